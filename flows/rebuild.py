"""The rebuild flow: the index made anew from the raw files."""

from pathlib import Path
from typing import Any

from prefect import flow, runtime
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State

from dedup import places
from dedup.errors import SettingsError
from dedup.pipeline import Wanted
from dedup.places import is_address
from flows import forms, recovery, steps
from flows.artifacts import show
from flows.forms import as_toml, job_of

HOURS = 72


def _run_name() -> str:
    kind = "trial" if runtime.flow_run.parameters.get("rules") else "rebuild"
    return f"{kind} {steps.today()}"


def check_trial(home: str) -> None:
    """Rules from the form may not stand where a nightly run reads others from its settings file.

    Raises SettingsError for a home that has anything in it.
    """
    is_empty = is_address(home) or not any(Path(home).glob("index/*"))
    if not is_empty or places.kept_versions(home)[0]:
        raise SettingsError(
            f"{home} is in use, and the nightly run would refuse to go on with other rules than it was made with. "
            f"Try rules in an empty home; to keep them, write them into the settings file and rebuild without any here"
        )


@flow(
    name="rebuild",
    flow_run_name=_run_name,
    timeout_seconds=HOURS * 3600,
    persist_result=False,
    on_cancellation=[recovery.what_now],
    on_crashed=[recovery.what_now],
)
def rebuild(
    raw: forms.Place = forms.RAW,
    home: forms.Place = forms.HOME,
    rules: forms.Rules | None = forms.RULES,
    *,
    settings: str = forms.SETTINGS,
    verdicts: str = forms.VERDICTS,
    accept: list[str] = forms.ACCEPT,
    how: forms.How = forms.HOW,
) -> State[Any]:
    """Forget the index and make every delivered night anew: after a change of settings, tokenizer or rules.

    What is published stays readable until the new version is whole. **Nights whose raw files are gone will not be in
    the new version.** If it stops in the middle, go on with `nightly`: a second rebuild begins from nothing.

    *Rules to try* is for a trial: they go into an empty home of its own, and the published home is not touched. The
    artifact `dedup-rules` then has the lines for the settings file.
    """

    def work() -> steps.Outcome:
        job = job_of(raw, home, settings=settings, verdicts=verdicts, accept=accept, how=how, rules=rules)
        if rules:
            check_trial(home)
        summary = steps.through(job, Wanted(), wait_minutes=how.wait_minutes, is_rebuild=True)
        show(job, summary)
        if rules:
            text = (
                f"To keep these rules, add them to the settings file, then rebuild:\n\n```toml\n{as_toml(rules)}\n```"
            )
            create_markdown_artifact(text, key="dedup-rules", description="The rules of this trial")
        return steps.outcome(summary)

    return steps.ended(work, home)
