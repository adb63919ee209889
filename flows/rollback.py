"""The rollback flow: readers see an earlier version again."""

from typing import Any

from prefect import flow, runtime, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from dedup import places
from flows import forms, steps
from flows.markdown import code

PATIENCE = 50  # minutes for the run that holds the home; the flow itself has an hour


def _run_name() -> str:
    return f"rollback to {runtime.flow_run.parameters.get('version') or 'the version before'}"


@flow(name="rollback", flow_run_name=_run_name, timeout_seconds=3600, persist_result=False)
def rollback(home: forms.Place = forms.HOME, version: str = forms.VERSION) -> State[Any]:
    """Show readers an earlier version again, at once.

    Nothing is deleted, and the index keeps what it learned: **the next nightly run publishes on from there**. Pause the
    schedule of `nightly` until what was wrong is mended.
    """

    @task(name="rollback", task_run_name="rollback", cache_policy=NO_CACHE, **steps.patience(PATIENCE, steps.never))
    def switch() -> str:
        return places.rollback(home, version.strip() or None)

    def work() -> steps.Outcome:
        forms.check_whole("Home", home)
        name = switch()
        meaning = places.consequence(home, name)
        show(home, name, meaning)
        return f"Readers see version {name}. {meaning}", {"version": name}

    return steps.ended(work, home)


def show(home: str, current: str, meaning: str) -> None:
    """The kept versions, which of them readers see, and what that means for the next run."""
    names, _ = places.kept_versions(home)
    lines = [f"- {code(name)}{' **← readers see this one**' if name == current else ''}" for name in reversed(names)]
    text = "\n".join(
        [
            f"## Readers see version {current}",
            "",
            meaning,
            "",
            f"Kept versions of {code(home)}, newest first:",
            "",
            *lines,
        ]
    )
    create_markdown_artifact(text, key="dedup-versions", description="Kept versions")
