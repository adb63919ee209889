"""The nightly flow: the four steps as Prefect tasks. `python -m flows.nightly --help` runs it without a server."""

import argparse
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from prefect import flow, get_run_logger, runtime, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from dedup import pipeline
from dedup.errors import DedupError
from dedup.index import Counts
from dedup.pipeline import Job, Summary, Wanted, Work
from dedup.report import by_source, totals
from dedup.settings import load
from flows.markdown import escaped, table

BANGKOK = ZoneInfo("Asia/Bangkok")


def as_task(step: str, night: date | None, work: Work) -> Counts:
    """Carry out one step as a Prefect task: paths in, counts out; a step finds out itself what is done already."""
    logger = get_run_logger()

    @task(name=step, task_run_name=f"{step} {night}" if night else step, cache_policy=NO_CACHE)
    def one_step() -> Counts:
        return work()

    counts = one_step()
    logger.info("%s %s: %s", step, night or "", ", ".join(f"{value:,} {name}" for name, value in counts.items()))
    return counts


def _run_name() -> str:
    night = runtime.flow_run.parameters.get("night")
    return f"nightly {night}" if night else f"nightly of {datetime.now(BANGKOK).date()}"


@flow(name="nightly", flow_run_name=_run_name, persist_result=False)
def nightly(raw: Path, home: Path, night: date | None = None, settings: Path | None = None) -> dict[str, object]:
    """Clean and deduplicate what the scrapers delivered, and publish it as Parquet.

    Without a night, every delivered night that is new or changed is gone through, oldest first: a missed
    night is caught up by itself. What is finished is not done again.

    Args:
        raw: Folder the scrapers deliver to: `crawl_date=YYYY-MM-DD/<source>.jsonl` and the like.
        home: Folder the job keeps its index in and publishes under.
        night: One crawl date, and the known nights after it; empty for all that is new.
        settings: TOML file with settings; empty for the defaults.
    """
    job = Job(Path(raw), Path(home), load(settings))
    summary = pipeline.run(job, Wanted(night=night), today=datetime.now(BANGKOK).date(), do=as_task)
    show(job, summary)
    return {"version": summary.published.version, "is_new": summary.published.is_new}


def show(job: Job, summary: Summary) -> None:
    """The run's artifacts. Scraped text does not come into them: outlets are escaped, the rest are figures."""
    current = job.versions.current
    news = "A new version" if summary.published.is_new else "Nothing changed; still version"
    lines = [f"## {news} {summary.published.version}", "", table(totals(current)), ""]
    lines.append(f"Report and partitions: `{escaped(str(current.resolve()))}`")
    create_markdown_artifact("\n".join(lines), key="dedup-summary", description="What was published")
    rows = by_source(current).to_dicts()
    create_table_artifact(rows, key="dedup-outlets", description="Outlets")


def main() -> int:
    """Run the flow from the command line, with or without a Prefect server."""
    parser = argparse.ArgumentParser(prog="python -m flows.nightly", description="Run the nightly Prefect flow once.")
    parser.add_argument("--raw", type=Path, required=True, metavar="DIR", help="where the scrapers deliver")
    parser.add_argument("--home", type=Path, required=True, metavar="DIR", help="where the job keeps and publishes")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every delivered night that is new or changed")
    which.add_argument("--night", type=date.fromisoformat, metavar="YYYY-MM-DD", help="one night")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="TOML file with settings")
    args = parser.parse_args()
    try:
        nightly(args.raw.resolve(), args.home.resolve(), args.night, args.settings)
    except DedupError as error:
        print(f"dedup: {error}", file=sys.stderr)
        return 1
    print(f"published: {pipeline.versions_of(args.home).current}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
