"""The automation that marks a run as crashed when its process is gone and nobody is left to say so.

For servers with worker pools: `PREFECT_API_URL=… python -m flows.automations`. `make serve` does without it and
marks such runs when it starts (`recovery`): with SQLite, the automation's book-keeping locks the database.
"""

from datetime import timedelta

from prefect.automations import Automation
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

NAME = "crash runs without a heartbeat"
HEARTBEAT = "prefect.flow-run.heartbeat"
ENDS = frozenset(f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed", "TimedOut"))

SILENCE = timedelta(minutes=10)
"""A run's process gives a sign every 3 minutes (PREFECT_FLOWS_HEARTBEAT_FREQUENCY). Less than three of them
marked healthy runs as crashed."""


def mark_dead_runs() -> None:
    """Make the automation on the server that PREFECT_API_URL names, unless it is there."""
    with get_client(sync_client=True) as client:
        if client.read_automations_by_name(NAME):
            return
    Automation(
        name=NAME,
        trigger=EventTrigger(
            after={HEARTBEAT},
            expect={HEARTBEAT, *ENDS},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="its process gave no sign for 10 minutes")],
    ).create()


if __name__ == "__main__":
    mark_dead_runs()
