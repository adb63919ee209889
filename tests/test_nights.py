"""While a night is linked, the next ones are prepared and sketched; what is published does not tell."""

import threading
from collections.abc import Callable
from concurrent.futures import wait
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from dedup.errors import InvariantError
from dedup.index import Counts
from dedup.nights import Work, lanes
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
    done: list[str] = []

    def work(name: str) -> Counts:
        done.append(name)
        if name == "prepare 2":
            raise InvariantError("as if")
        return {"records": len(done)}

    with lanes() as ahead:
        for at, night in enumerate(NIGHTS, 1):
            ahead.begin(night, *(partial(work, f"{step} {at}") for step in ("read", "prepare", "sketch")))
        for futures in ahead.begun.values():
            wait(futures)
    failed = [[future.exception() is not None for future in futures] for futures in ahead.begun.values()]
    assert failed == [[False, False, False], [False, True, True], [False, True, True]]
    assert sorted(done) == ["prepare 1", "prepare 2", "read 1", "read 2", "read 3", "sketch 1"]


def test_given_up_nights_are_begun_again() -> None:
    gate = threading.Event()
    done: list[tuple[int, str]] = []

    def work(attempt: int, step: str) -> Counts:
        gate.wait(SOON if step == "prepare" else 0)
        done.append((attempt, step))
        return {}

    with lanes() as ahead:
        for attempt in (1, 2):
            for night in NIGHTS:
                ahead.begin(night, *(partial(work, attempt, step) for step in ("read", "prepare", "sketch")))
            if attempt == 1:
                threading.Timer(0.1, gate.set).start()
                ahead.give_up()
                n_done = len(done)
                assert not ahead.begun
        assert all(attempt == 2 for attempt, _ in done[n_done:])
        wait([future for futures in ahead.begun.values() for future in futures])
    assert sorted(step for attempt, step in done if attempt == 2) == ["prepare"] * 3 + ["read"] * 3 + ["sketch"] * 3


def comes(is_so: Callable[[], bool]) -> bool:
    """Whether something is so before long; looked for often."""
    stop = threading.Event()
    for _ in range(int(SOON * 50)):
        if is_so():
            return True
        stop.wait(0.02)
    return False
