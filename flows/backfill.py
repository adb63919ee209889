"""The backfill flow: a range of nights, one nightly run after another."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from prefect import flow, get_run_logger, runtime
from prefect.client.schemas.objects import State

from dedup.errors import InputError
from dedup.lock import locked
from dedup.pipeline import Job, Wanted, delivered_nights
from flows import forms, recovery, steps
from flows.artifacts import show
from flows.forms import job_of
from flows.nightly import nightly

HOURS = 72


def _run_name() -> str:
    asked = runtime.flow_run.parameters
    return f"backfill {asked.get('first_night')} to {asked.get('last_night') or 'the newest'}"


def portions(nights: Iterable[date], known: Iterable[date]) -> list[Wanted]:
    """What each run of a backfill goes through, in order: one night, as long as no known night lies after a new one.

    The nights after a new one rest on it and are done again. With a run a night that would be once a night of the
    range, so from there on the range is one run, and they are done again once.
    """
    asked, remembered = sorted(nights), frozenset(known)
    for number, night in enumerate(asked):
        if night not in remembered and any(later > night for later in remembered):
            return [*(Wanted(night=before) for before in asked[:number]), Wanted(since=night, until=asked[-1])]
    return [Wanted(night=night) for night in asked]


def nights_asked(job: Job, first: date, last: date | None) -> list[date]:
    """The delivered nights of the range, oldest first. Raises InputError with a sentence when there are none."""
    if last is not None and last < first:
        raise InputError(f"the last night {last} lies before the first night {first}")
    delivered = sorted(delivered_nights(job, otherwise=steps.today()))
    asked = [night for night in delivered if first <= night <= (last or night)]
    if not asked:
        there = f"there are {delivered[0]} to {delivered[-1]}" if delivered else "there is no night at all"
        raise InputError(f"{job.raw}: no files for {first} to {last or 'the newest night'}; {there}")
    return asked


@flow(
    name="backfill",
    flow_run_name=_run_name,
    timeout_seconds=HOURS * 3600,
    persist_result=False,
    on_cancellation=[recovery.what_now],
    on_crashed=[recovery.what_now],
)
def backfill(
    raw: forms.Place = forms.RAW,
    home: forms.Place = forms.HOME,
    first_night: date = forms.FIRST,
    last_night: date | None = forms.LAST,
    *,
    settings: str = forms.SETTINGS,
    verdicts: str = forms.VERDICTS,
    accept: list[str] = forms.ACCEPT,
    how: forms.How = forms.HOW,
) -> State[Any]:
    """Go through a range of nights: after an outage, for an archive, or again from a date on.

    One `nightly` run a night, oldest first; each publishes before the next begins, and the first that fails ends the
    backfill. **Start it again with the same dates to go on**: nights that are finished and unchanged are passed over.
    To replay all that was delivered from a date on, give the first night only.

    Where the range lies before nights that are known already, these rest on it and are done again. They are done
    once: from the first new night on, the range is one run.
    """

    def work() -> steps.Outcome:
        form: dict[str, Any] = {
            "settings": settings, "verdicts": verdicts, "accept": accept, "how": how,
        }  # fmt: skip
        job = job_of(raw, home, **form)
        if job.elsewhere:
            with locked(job.home):
                job.elsewhere.pull()
        asked = nights_asked(job, first_night, last_night)
        runs = portions(asked, job.index.nights())
        get_run_logger().info("%d delivered nights, %d runs", len(asked), len(runs))
        for number, wanted in enumerate(runs, 1):
            if wanted.night is not None:
                did: Any = nightly(raw, home, wanted.night, **form)
                get_run_logger().info("%d of %d: %s is in version %s", number, len(runs), wanted.night, did["version"])
            else:
                show(job, steps.through(job, wanted, wait_minutes=how.wait_minutes))
        version = job.versions.current_name()
        said = f"Version {version} has every delivered night from {asked[0]} to {asked[-1]}."
        return said, {"version": version, "nights": [str(night) for night in asked]}

    return steps.ended(work, home)
