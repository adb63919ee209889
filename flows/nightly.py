"""The nightly flow: the four steps as Prefect tasks. `python -m flows.nightly --help` runs it without a server."""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow, runtime
from prefect.client.schemas.objects import State

from dedup import pipeline
from dedup.errors import DedupError
from dedup.pipeline import Wanted
from dedup.places import is_address, whole
from flows import forms, recovery, steps
from flows.artifacts import show
from flows.forms import job_of

HOURS = 5
"""From 03:00 to when the first reader comes. What is finished by then is kept, and the next run goes on."""


def _run_name() -> str:
    return f"nightly {runtime.flow_run.parameters.get('night') or steps.today()}"


@flow(
    name="nightly",
    flow_run_name=_run_name,
    timeout_seconds=HOURS * 3600,
    persist_result=False,
    on_cancellation=[recovery.what_now],
    on_crashed=[recovery.what_now],
)
def nightly(
    raw: forms.Place = forms.RAW,
    home: forms.Place = forms.HOME,
    night: date | None = forms.NIGHT,
    *,
    settings: str = forms.SETTINGS,
    verdicts: str = forms.VERDICTS,
    accept: list[str] = forms.ACCEPT,
    how: forms.How = forms.HOW,
) -> State[Any]:
    """Clean and deduplicate what the scrapers delivered, and publish it as Parquet.

    Every delivered night that is new or changed goes through **prepare → sketch → link**, oldest first, so a missed
    night is caught up by itself; then one new version is **published**, as a whole. What is finished is not done again.

    - **It failed:** the message says what to do. Readers keep the version before.
    - **It was cancelled, or its machine died:** start it again; it goes on where it stopped.
    - **Another run holds the home:** it waits its turn, as long as *Wait for the home* says.
    - **A gate refused the night:** look at the outlets it names. If the night is right as it is, run again and name the
      gates under *Accept gates*.
    """

    def work() -> steps.Outcome:
        job = job_of(raw, home, settings=settings, verdicts=verdicts, accept=accept, how=how)
        summary = steps.through(job, Wanted(night=night), wait_minutes=how.wait_minutes)
        show(job, summary)
        return steps.outcome(summary)

    return steps.ended(work, home)


def main() -> int:
    """Run the flow from the command line, with or without a Prefect server."""
    parser = argparse.ArgumentParser(prog="python -m flows.nightly", description="Run the nightly Prefect flow once.")
    parser.add_argument("--raw", required=True, metavar="DIR", help="where the scrapers deliver, or s3://BUCKET/PREFIX")
    parser.add_argument("--home", required=True, metavar="DIR", help="where the job publishes, or s3://BUCKET/PREFIX")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every delivered night that is new or changed")
    which.add_argument("--night", type=date.fromisoformat, metavar="YYYY-MM-DD", help="one night")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="TOML file with settings")
    args = parser.parse_args()
    settings = str(args.settings.resolve()) if args.settings else ""
    try:
        nightly(whole(args.raw), whole(args.home), args.night, settings=settings)
    except DedupError as error:
        print(f"dedup: {error}", file=sys.stderr)
        return 1
    print(f"published: {args.home if is_address(args.home) else pipeline.versions_of(Path(args.home)).current}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
