"""What `make serve` puts into the Prefect UI."""

from typing import cast

from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron

from flows.nightly import nightly

NIGHTLY = Cron("0 3 * * *", timezone="Asia/Bangkok", slug="nightly-0300-bangkok")


def deployments(raw: str, home: str) -> list[RunnerDeployment]:
    """The deployments for one raw folder and one home."""
    deployed = nightly.to_deployment(
        name="nightly",
        description="Runs at **03:00 Asia/Bangkok**: cleans and deduplicates what the scrapers delivered.",
        schedules=[NIGHTLY],
        parameters={"raw": raw, "home": home},
        tags=["dedup"],
        concurrency_limit=1,
    )
    return [cast(RunnerDeployment, deployed)]  # awaitable only where an event loop runs
