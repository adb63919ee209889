"""What a finished run leaves in the Prefect UI. Keys are stable, so the UI shows each one's history.

Every text that scrapers delivered, such as an outlet's name, is escaped; the rest are figures and paths.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import polars as pl
from prefect import get_run_logger
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from dedup.pipeline import Job, Summary
from dedup.showing.report import by_source, totals
from flows.markdown import MAX_CHARS, code, table
from flows.picture import as_markdown, nights_svg
from flows.reports import link_to

MAX_ROWS = 1_000
"""Rows of a table artifact; the UI pages through them, and the published tables have them all."""

MAX_NIGHTS = 14
"""Nights in the summary's table."""


@contextmanager
def if_it_can_be_shown(what: str) -> Iterator[None]:
    """What is only for looking at: the work goes on while the server is away, and says so in its log."""
    try:
        yield
    except httpx.HTTPError as error:
        get_run_logger().warning("%s is not shown: %s", what, error or type(error).__name__)


def show(job: Job, summary: Summary) -> None:
    """Summary, outlets and report of the version that readers see after the run."""
    with if_it_can_be_shown("summary"):
        _show(job, summary)


def _show(job: Job, summary: Summary) -> None:
    current = job.versions.current
    nights = totals(current).with_columns(copies=pl.col("articles") - pl.col("kept"))
    create_markdown_artifact(summary_text(job, summary, nights), key="dedup-summary", description="What was published")
    create_table_artifact(outlets(current), key="dedup-outlets", description="Outlets, over every published night")
    report = current.resolve() / "report.html"
    if address := link_to(job.home, report):
        name = f"report of version {summary.published.version}"
        create_link_artifact(address, link_text=name, key="dedup-report", description="What was published, in full")


def outlets(current: Path) -> list[dict[str, object]]:
    """The table of outlets; shares in percent."""
    copies = 1 - pl.col("kept") / pl.col("articles")
    shares = {"copies %": copies, "furniture %": pl.col("removed"), "dated %": pl.col("dated")}
    has_articles = pl.when(pl.col("articles") > 0)  # the shares of none are unknown
    rows = by_source(current).head(MAX_ROWS)
    return rows.select(
        pl.col("source").alias("outlet").str.slice(0, MAX_CHARS),
        "articles",
        "kept",
        "quarantined",
        *(has_articles.then(100 * share).round(1).alias(name) for name, share in shares.items()),
    ).to_dicts()


def summary_text(job: Job, summary: Summary, nights: pl.DataFrame) -> str:
    """The run's page: what changed, the picture, the newest nights, where everything lies."""
    current = job.versions.current
    columns = ["dt", "records", "quarantined", "articles", "kept", "copies"]
    total = nights.select(pl.lit("all").alias("dt"), pl.col(columns[1:]).sum())
    newest = pl.concat([nights.select(pl.col("dt").cast(pl.String), *columns[1:]).tail(MAX_NIGHTS), total])
    version = summary.published.version
    gone_through = f"{summary.nights[0]} to {summary.nights[-1]}" if summary.nights else "none"
    news = f"New version {version}" if summary.published.is_new else f"Nothing changed: still version {version}"
    earlier = f"The newest {MAX_NIGHTS} of {nights.height} nights; the last line counts all of them."
    return "\n".join(
        [
            f"## {news}",
            "",
            f"Nights gone through: **{len(summary.nights)}** ({gone_through}). "
            f"Partitions written: **{summary.published.n_written:,}**, taken over unchanged: "
            f"**{summary.published.n_linked:,}**.",
            "",
            as_markdown(nights_svg(nights), "records by night: kept, copies, quarantined"),
            "",
            table(newest.rename({"dt": "night"})),
            "",
            *([earlier, ""] if nights.height > MAX_NIGHTS else []),
            f"- Report: {code(str(current / 'report.html'))}",
            f"- Partitions: {code(str(current / 'articles'))} and beside it `members`, `matches`, `quarantine`",
            f"- This version for good: {code(str(current.resolve()))}",
            "",
            "```sql",
            "-- DuckDB: stories by night",
            "select dt, count(*) from read_parquet(",
            f"  '{str(current).replace(chr(39), chr(39) * 2)}/articles/*/*.parquet', hive_partitioning = true)",
            "group by dt order by dt;",
            "```",
        ]
    )
