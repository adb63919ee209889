"""What a finished run leaves in the Prefect UI. Keys are stable, so the UI shows each one's history.

Every text that scrapers delivered, such as an outlet's name, is escaped; the rest are figures and paths.
"""

import polars as pl
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from dedup.pipeline import Job, Summary
from dedup.report import by_source, totals
from flows.markdown import code, table
from flows.picture import as_markdown, nights_svg

MAX_ROWS = 1_000
"""Rows of a table artifact; the UI pages through them, and the published tables have them all."""

MAX_NIGHTS = 14
"""Nights in the summary's table."""


def show(job: Job, summary: Summary) -> None:
    """Summary, outlets and report of the version that readers see after the run."""
    current = job.versions.current
    nights = totals(current).with_columns(copies=pl.col("articles") - pl.col("kept"))
    create_markdown_artifact(summary_text(job, summary, nights), key="dedup-summary", description="What was published")
    rows = by_source(current).head(MAX_ROWS).with_columns(pl.col(pl.Float64).round(4))
    create_table_artifact(rows.to_dicts(), key="dedup-outlets", description="Outlets, over every published night")
    report = current.resolve() / "report.html"
    create_link_artifact(
        report.as_uri(), link_text=f"report of version {summary.published.version}", key="dedup-report",
        description=f"Open {code(str(report))} on the machine that publishes",
    )  # fmt: skip


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
