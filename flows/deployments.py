"""What `make serve` puts into the Prefect UI; `prefect.yaml` says the same for worker pools."""

from typing import Any, cast

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.flows import Flow
from prefect.schedules import Cron

from flows.backfill import backfill
from flows.downstream import morning
from flows.events import VERSION
from flows.nightly import nightly
from flows.rebuild import rebuild
from flows.review import review
from flows.rollback import rollback

NIGHTLY = Cron("0 3 * * *", timezone="Asia/Bangkok", slug="nightly-0300-bangkok")

ONE_AT_A_TIME = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
"""A second run of a deployment waits. Cancelling the new one would drop nights after an outage."""

AFTER_PUBLISHING = DeploymentEventTrigger(
    name="morning after a published version",
    expect={VERSION},
    match={"prefect.resource.id": "dedup.home.*"},
    parameters={"home": "{{ event.payload.home }}"},
)


def deployments(raw: str, home: str) -> list[RunnerDeployment]:
    """The deployments for one raw folder and one home. A form starts with these two filled in."""

    def made(flow: Flow[Any, Any], head: str, parameters: dict[str, Any], **more: Any) -> RunnerDeployment:
        described = f"{head}\n\n{(flow.description or '').strip()}"
        deployed = flow.to_deployment(
            name=flow.name, description=described, parameters=parameters, concurrency_limit=ONE_AT_A_TIME,
            tags=["dedup"], **more,
        )  # fmt: skip
        return cast(RunnerDeployment, deployed)  # awaitable only where an event loop runs

    both = {"raw": raw, "home": home}
    return [
        made(nightly, "Runs at **03:00 Asia/Bangkok**, every night.", both, schedules=[NIGHTLY]),
        made(backfill, "Started by hand.", both),
        made(rebuild, "Started by hand.", both),
        made(rollback, "Started by hand.", {"home": home}),
        made(review, "Started by hand.", {"home": home}),
        made(morning, "Starts when something was published.", {"home": home}, triggers=[AFTER_PUBLISHING]),
    ]
