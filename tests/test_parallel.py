"""Slices run in processes as they do one after another, and whoever watches is told after each."""

import fcntl
import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dedup.index import Counts
from dedup.parallel import Pace, in_process, worker_pool


def double(n: int) -> Counts:
    return {"records": 2 * n, "process": os.getpid()}


def test_results_come_in_the_order_of_the_items() -> None:
    with worker_pool(2) as run_slices:
        came = run_slices(double, [3, 1, 2])
    assert [counts["records"] for counts in came] == [6, 2, 4]
    assert os.getpid() not in {counts["process"] for counts in came}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_slice_is_told_with_the_records_so_far(workers: int) -> None:
    told: list[tuple[str, int, int, int]] = []
    with worker_pool(workers, lambda pace: told.append((pace.name, pace.n_done, pace.n_slices, pace.records))) as run:
        run(double, [5, 5])
    assert told == [("double", 1, 2, 10), ("double", 2, 2, 20)]


def test_first_failure_ends_the_step() -> None:
    with worker_pool(2) as run_slices, pytest.raises(TypeError):
        run_slices(double, [1, None, 2])  # type: ignore[list-item]


def test_what_is_left_is_judged_by_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 130.0)
    pace = Pace("clean", n_slices=5, n_done=2, records=3_000, started=100.0)
    assert (pace.per_second, pace.seconds_left) == (100.0, 45.0)
    assert str(pace) == "clean: 3,000 records, 100 a second, 0:45 left"


def test_nobody_has_to_watch() -> None:
    assert in_process(double, [1]) == [{"records": 2, "process": os.getpid()}]


def stay(marks: Path) -> Counts:
    with (marks / str(os.getpid())).open("w") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        time.sleep(600)
    return {}


def hold_two_workers(marks: Path) -> None:
    with worker_pool(2) as run_slices:
        run_slices(stay, [marks, marks])


def n_alive(marks: Path) -> int:
    """Workers that still hold the lock of their mark; a dead one holds nothing, reaped or not."""
    n_held = 0
    for path in marks.iterdir():
        with path.open() as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                n_held += 1
    return n_held


def test_workers_do_not_outlive_a_run_that_was_killed(tmp_path: Path) -> None:
    run = multiprocessing.get_context("spawn").Process(target=hold_two_workers, args=(tmp_path,))
    run.start()
    assert within(60, lambda: n_alive(tmp_path) == 2)
    run.kill()
    run.join()
    assert within(30, lambda: n_alive(tmp_path) == 0)


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
    return is_so()
