"""While a night is linked, the next ones are prepared and sketched; what is published does not tell."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from dedup.errors import InvariantError
from dedup.index import Counts
from dedup.nights import Beside, Work
from dedup.pipeline import Job, Wanted, plainly, run
from dedup.settings import load
from tests.conftest import published_tree

TWO_WORKERS = load(None, run={"workers": 2}, gates={"is_on": False})
SOON = 60.0
NIGHTS = [date(2026, 11, day) for day in (20, 21, 22)]


def test_next_night_is_sketched_while_one_is_linked(small_raw: Path, at_once: Path, tmp_path: Path) -> None:
    job = Job(small_raw, tmp_path, TWO_WORKERS)
    ahead: list[tuple[date, bool]] = []

    def link_waits_for_the_next_night(step: str, night: date | None, work: Work) -> Counts:
        if step == "link" and night is not None:
            after = [one for one in NIGHTS if one > night][:1]
            ahead.extend((night, comes(lambda: job.index.stamp(after[0], "sketch") is not None)) for _ in after)
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


def test_what_comes_after_a_failure_is_not_done_and_fails_with_it() -> None:
    done: list[int] = []

    def work(n: int) -> Counts:
        done.append(n)
        if n == 2:
            raise InvariantError("as if")
        return {"records": n}

    with ThreadPoolExecutor(1) as thread:
        beside = Beside(thread)
        first, second, third = (beside.begin(partial(work, n)) for n in (1, 2, 3))
        assert first() == {"records": 1}
        for failed in (second, third):
            with pytest.raises(InvariantError, match="as if"):
                failed()
    assert done == [1, 2]


def comes(is_so: Callable[[], bool]) -> bool:
    """Whether something is so before long; looked for often."""
    stop = threading.Event()
    for _ in range(int(SOON * 50)):
        if is_so():
            return True
        stop.wait(0.02)
    return False
