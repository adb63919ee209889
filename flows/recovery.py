"""Runs that a power cut or a `kill -9` of everything left as Running: nobody else would ever end them."""

from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.states import Crashed

from dedup.errors import LockedError
from dedup.lock import locked

LEFT_OPEN = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def crash_dead_runs(deployments: list[str], home: Path) -> list[str]:
    """Mark the runs of `deployments` that are open although nothing holds the home; the names of those runs.

    To be called before anything is served: only a process of an earlier server could be behind such a run, and it
    would hold the home.
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
            gone: State[None] = Crashed(
                message="its process was gone when the server started again; finished steps are kept"
            )
            client.set_flow_run_state(run.id, gone, force=True)
    return [run.name for run in left]
