"""What a killed process left open, in the UI: nobody else would ever end it."""

from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.flows import Flow
from prefect.logging.loggers import flow_run_logger
from prefect.states import Crashed

from dedup.errors import LockedError
from dedup.lock import locked

GONE = "its process is gone; finished steps are kept"
LEFT_OPEN = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def what_now(flow: Flow[Any, Any], flow_run: FlowRun, state: State[Any]) -> None:
    """For a run that was cancelled or that died: what it began is ended too, and one line says what is left of it."""
    with get_client(sync_client=True) as client:
        crash_what_it_began(client, flow_run.id)
    flow_run_logger(flow_run, flow).warning(
        "Readers keep the version published before, this run does not hold the home any more, and finished steps "
        "are kept: start the flow again with the same parameters to go on."
    )


def crash_what_it_began(client: SyncPrefectClient, run: UUID) -> None:
    """End the tasks of a run whose process is gone, and the runs within it: they would be shown as running for ever."""
    is_open = FlowRunFilterState(type=FlowRunFilterStateType(any_=LEFT_OPEN))
    within = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run]), state=is_open)
    for inner in client.read_flow_runs(flow_run_filter=within):
        client.set_flow_run_state(inner.id, _gone(), force=True)
        crash_what_it_began(client, inner.id)
    is_running = TaskRunFilterState(type=TaskRunFilterStateType(any_=[StateType.RUNNING]))
    left = client.read_task_runs(
        flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run])), task_run_filter=TaskRunFilter(state=is_running)
    )
    for task in left:
        client.set_task_run_state(task.id, _gone(), force=True)


def _gone() -> State[None]:
    return Crashed(message=GONE)


def crash_dead_runs(deployments: list[str], home: Path) -> list[str]:
    """Mark the runs of `deployments` that are open although nothing holds the home; the names of those runs.

    To be called before anything is served: only an earlier process could be behind such a run, and it would hold the
    home.
    """
    try:
        with locked(home):
            pass
    except LockedError:
        return []
    with get_client(sync_client=True) as client:
        left = client.read_flow_runs(
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=deployments)),
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=LEFT_OPEN))),
        )
        for run in left:
            client.set_flow_run_state(run.id, _gone(), force=True)
            crash_what_it_began(client, run.id)
    return [run.name for run in left]
