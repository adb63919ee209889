"""Slices run in processes as they do one after another, and whoever watches is told after each."""

import errno
import fcntl
import multiprocessing
import os
import re
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dedup.index import Counts
from dedup.parallel import Pace, in_process, worker_pool
from dedup.workers import Broken, Ending, allow


def double(n: int) -> Counts:
    return {"records": 2 * n, "process": os.getpid()}


def test_results_come_in_the_order_of_the_items() -> None:
    with worker_pool(2) as run_slices:
        came = run_slices(double, [3, 1, 2])
    assert [counts["records"] for counts in came] == [6, 2, 4]
    assert os.getpid() not in {counts["process"] for counts in came}


@pytest.mark.parametrize("workers", [0, 2])
def test_every_slice_is_told_with_the_records_so_far(workers: int) -> None:
    told: list[tuple[str, int, int, int]] = []
    with worker_pool(workers, lambda pace: told.append((pace.name, pace.n_done, pace.n_slices, pace.records))) as run:
        run(double, [5, 5])
    assert told == [("double", 1, 2, 10), ("double", 2, 2, 20)]


def fails(how: str) -> Counts:
    match how:
        case "raise":
            raise ValueError("no such thing")
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "endless":
            allow(1)
            re.match("(a+)+$", "a" * 60 + "b")  # compiled code that no exception reaches
        case "disk":
            raise OSError(errno.ENOSPC, "disk full")
    return {"records": 1}


def test_broken_slices_say_how_they_ended_and_cost_the_others_nothing() -> None:
    with worker_pool(2) as run_slices:
        came = run_slices(fails, ["well", "raise", "kill", "well", "segfault", "endless", "well"])
    endings = [one.ending if isinstance(one, Broken) else one["records"] for one in came]
    assert endings == [1, Ending.RAISED, Ending.KILLED, 1, Ending.DIED, Ending.TOO_SLOW, 1]


@pytest.mark.parametrize("workers", [0, 2])
def test_failing_disk_ends_the_step(workers: int) -> None:
    with worker_pool(workers) as run_slices, pytest.raises(OSError, match="disk full"):
        run_slices(fails, ["well", "disk", "well"])


def test_nothing_is_allowed_or_refused_outside_a_worker() -> None:
    before = resource.getrlimit(resource.RLIMIT_CPU)
    allow(1)
    assert resource.getrlimit(resource.RLIMIT_CPU) == before


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
