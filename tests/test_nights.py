"""While a night is linked, the next one is prepared; what is published does not tell."""

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from dedup.errors import InvariantError
from dedup.index import Counts
from dedup.nights import Work
from dedup.pipeline import Job, Wanted, plainly, run
from dedup.settings import load
from tests.conftest import published_tree

TWO_WORKERS = load(None, run={"workers": 2}, gates={"is_on": False})
SOON = 60.0
NIGHTS = [date(2026, 11, day) for day in (20, 21, 22)]


def test_next_night_is_prepared_while_one_is_linked(small_raw: Path, at_once: Path, tmp_path: Path) -> None:
    job = Job(small_raw, tmp_path, TWO_WORKERS)
    ahead: list[tuple[date, bool]] = []

    def link_waits_for_the_next_night(step: str, night: date | None, work: Work) -> Counts:
        if step == "link" and night is not None:
            after = [one for one in NIGHTS if one > night][:1]
            ahead.extend((night, comes(lambda: after[0] in job.index.nights())) for _ in after)
        return work()

    run(job, Wanted(), today=NIGHTS[-1], do=link_waits_for_the_next_night)
    assert ahead == [(night, True) for night in NIGHTS[:-1]]
    assert published_tree(tmp_path) == published_tree(at_once)


def test_steps_of_a_run_that_is_not_ahead_are_one_after_the_other(small_raw: Path, tmp_path: Path) -> None:
    job = Job(small_raw, tmp_path, TWO_WORKERS)
    known: list[list[date]] = []

    def linked(step: str, night: date | None, work: Work) -> Counts:
        counts = work()
        known.extend([job.index.nights()] if step == "link" else [])
        return counts

    run(job, Wanted(), today=NIGHTS[-1], is_ahead=False, do=linked)
    assert known == [NIGHTS[:1], NIGHTS[:2], NIGHTS]


def test_run_that_fails_leaves_nothing_at_work_behind(small_raw: Path, at_once: Path, tmp_path: Path) -> None:
    def link_fails(step: str, night: date | None, work: Work) -> Counts:
        if step == "link":
            raise InvariantError("as if")
        return work()

    before = threading.active_count()
    with pytest.raises(InvariantError, match="as if"):
        run(Job(small_raw, tmp_path, TWO_WORKERS), Wanted(), today=NIGHTS[-1], do=link_fails)
    assert threading.active_count() <= before
    run(Job(small_raw, tmp_path, TWO_WORKERS), Wanted(), today=NIGHTS[-1], do=plainly)
    assert published_tree(tmp_path) == published_tree(at_once)


def comes(is_so: Callable[[], bool]) -> bool:
    """Whether something is so before long; looked for often."""
    stop = threading.Event()
    for _ in range(int(SOON * 50)):
        if is_so():
            return True
        stop.wait(0.02)
    return False
