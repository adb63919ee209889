"""What a finished run leaves in the Prefect UI. Keys are stable, so the UI shows each one's history.

Every text that scrapers delivered, such as an outlet's name, is escaped; the rest are figures and paths.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx
import polars as pl
from prefect import get_run_logger
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from dedup.errors import Finding
from dedup.pipeline import Job, Summary
from dedup.settings import Gate
from dedup.showing.figures import SHOWN_NIGHTS, metrics, totals
from dedup.versions import nights_of, scan
from flows.markdown import MAX_CHARS, code, fenced, table
from flows.picture import as_markdown, nights_svg
from flows.reports import link_to

MAX_ROWS = 1_000
"""Rows of a table artifact; the UI pages through them, and the published tables have them all."""

MAX_NIGHTS = 14
"""Nights in the summary's table."""

MAX_REASONS = 12
"""Reasons in the summary's table; the report has them all."""

LEGEND = (
    "**Kept**: one article a story. **Copies**: the same text from another outlet, or crawled again; `members` names "
    "the article that stands for each. **Quarantined**: refused, and kept whole in `quarantine` with every reason"
)


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
    version = summary.published.version
    folder = job.versions.folder(version)  # not `current`: the next run may have moved it by now
    published = nights_of(folder)
    shown = published[-SHOWN_NIGHTS:]
    create_markdown_artifact(
        summary_text(job, summary, totals(folder, shown), len(published)),
        key="dedup-summary",
        description="What was published",
    )
    said = (
        f"The newest {len(shown)} of {len(published)} nights. Quarantined: share of the records; copies, furniture "
        f"(text that was removed) and dated: shares of the articles, in percent"
    )
    create_table_artifact(outlets(metrics(folder, shown)), key="dedup-outlets", description=said)
    if address := link_to(job.home, folder / "report.html"):
        name = f"report of version {version}"
        create_link_artifact(address, link_text=name, key="dedup-report", description="What was published, in full")


MEASURED = {
    Gate.SILENT: "records of an outlet that always delivers",
    Gate.RECORDS: "records",
    Gate.QUARANTINE: "share of the records refused",
    Gate.REMOVED: "share of the text removed as furniture",
    Gate.COPIES: "share of the articles that are copies",
    Gate.DATES: "share of the articles with a date",
}
"""What the figures of a gate are."""


def show_findings(findings: Sequence[Finding]) -> None:
    """The gates that a night did not pass: what to look at, and what to enter where it is right as it is."""
    with if_it_can_be_shown("findings"):
        create_markdown_artifact(findings_text(findings), key="dedup-refused", description="Why nothing was published")


def findings_text(findings: Sequence[Finding]) -> str:
    """The page of a refused run."""
    rows = [
        {
            "night": str(finding.night),
            "outlet": finding.source,
            "measured": MEASURED[Gate(finding.gate)],
            "found": _figure(finding.gate, finding.found),
            "usual": _figure(finding.gate, finding.usual),
        }
        for finding in findings
    ]
    names = dict.fromkeys(f"{finding.gate}:{finding.source}" for finding in findings[:MAX_ROWS])
    return "\n".join(
        [
            "## Not published: readers keep the version before",
            "",
            table(pl.DataFrame(rows[:MAX_ROWS])),
            "",
            "**Look at these outlets first**: a new page template and a broken scraper look the same in the figures. "
            "If the night is right as it is, run `nightly` again with these lines as one item of *Accept gates* "
            "(a gate alone, such as `silent`, accepts it for every outlet):",
            "",
            fenced(names),
        ]
    )


def _figure(gate: str, value: float) -> str:
    return f"{value:,.0f}" if gate in (Gate.SILENT, Gate.RECORDS) else f"{100 * value:.1f} %"


def outlets(by_night: pl.DataFrame) -> list[dict[str, object]]:
    """The table of outlets, from `figures.metrics`; shares in percent, unknown where there is nothing to share."""
    records = pl.col("records")
    accepted = records * (1 - pl.col("quarantine").fill_null(0))
    shares = {"quarantined %": ("quarantine", records), "copies %": ("copies", accepted)}
    shares |= {"furniture %": ("removed", accepted), "dated %": ("dates", accepted)}
    means = [
        (100 * (pl.col(metric) * weight).sum() / weight.sum()).fill_nan(None).round(1).alias(name)
        for name, (metric, weight) in shares.items()
    ]
    rows = by_night.group_by(pl.col("source").str.slice(0, MAX_CHARS).alias("outlet")).agg(records.sum(), *means)
    return rows.sort("outlet").head(MAX_ROWS).to_dicts()


def refusals(folder: Path, nights: list[date]) -> list[str]:
    """What the columns mean, and why records of these nights were refused: a record may have several reasons."""
    found = scan(folder, "quarantine", nights).explode("reasons", empty_as_null=True).group_by(reason="reasons")
    top = found.agg(records=pl.len()).sort("records", "reason", descending=[True, False]).head(MAX_REASONS).collect()
    return [f"{LEGEND}:", "", table(top), ""] if top.height else [f"{LEGEND}.", ""]


def summary_text(job: Job, summary: Summary, nights: pl.DataFrame, n_published: int) -> str:
    """The run's page: what changed, the picture, the newest nights, where everything lies."""
    current, folder = job.versions.current, job.versions.folder(summary.published.version)
    nights = nights.with_columns(copies=pl.col("articles") - pl.col("kept"))
    columns = ["dt", "records", "quarantined", "articles", "kept", "copies"]
    newest = nights.select(pl.col("dt").cast(pl.String), *columns[1:]).tail(MAX_NIGHTS)
    together = newest.select(pl.lit("together").alias("dt"), pl.col(columns[1:]).sum())
    version = summary.published.version
    made = " to ".join(dict.fromkeys(str(night) for night in (*summary.made[:1], *summary.made[-1:]))) or "none"
    address = link_to(job.home, folder / "report.html")
    news = f"New version {version}" if summary.published.is_new else f"Nothing changed: still version {version}"
    earlier = f"The newest {newest.height} of {n_published} nights."
    return "\n".join(
        [
            f"## {news}",
            "",
            f"Nights with something to do: **{len(summary.made)}** of {len(summary.nights):,} ({made}). "
            f"Partitions written: **{summary.published.n_written:,}**, taken over unchanged: "
            f"**{summary.published.n_linked:,}**.",
            "",
            as_markdown(nights_svg(nights), "records by night: kept, copies, quarantined"),
            "",
            table(pl.concat([newest, together]).rename({"dt": "night"})),
            "",
            *([earlier, ""] if n_published > newest.height else []),
            *refusals(folder, nights["dt"].tail(MAX_NIGHTS).to_list()),
            *([f"- [Open the report]({address})"] if address else []),
            f"- Report: {code(str(current / 'report.html'))}",
            f"- Partitions: {code(str(current / 'articles'))} and beside it `members`, `matches`, `quarantine`",
            f"- This version itself: {code(str(folder))}",
            "",
            "```sql",
            "-- DuckDB: stories by night",
            "select dt, count(*) from read_parquet(",
            f"  '{str(current).replace(chr(39), chr(39) * 2)}/articles/*/*.parquet',",
            "  hive_partitioning = true) group by dt order by dt;",
            "```",
        ]
    )
