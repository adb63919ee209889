"""One seam for running a function over slices: here, in local processes."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from dedup.index import Counts

Item = TypeVar("Item")


class SliceMap(Protocol):
    """Runs a module-level function over items; results come back in the order of the items.

    Items and results are small and picklable: paths in, counts out (`records` among them), never frames.
    """

    def __call__(self, function: Callable[[Item], Counts], items: Iterable[Item], /) -> list[Counts]:
        """Run `function` on every item."""


@dataclass
class Pace:
    """How far one function is over its slices, and how fast. Only people see it: no result depends on it."""

    name: str
    n_slices: int
    n_done: int = 0
    records: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def per_second(self) -> float:
        """Records a second since the first slice began."""
        return self.records / max(time.monotonic() - self.started, 0.001)

    @property
    def seconds_left(self) -> float:
        """What the slices still to come will take, if they are like those that are done."""
        return (time.monotonic() - self.started) * (self.n_slices - self.n_done) / max(self.n_done, 1)

    def __str__(self) -> str:
        """A line for a person."""
        minutes, seconds = divmod(round(self.seconds_left), 60)
        return f"{self.name}: {self.records:,} records, {self.per_second:,.0f} a second, {minutes}:{seconds:02} left"


OnSlice = Callable[[Pace], None]
"""Told after every slice."""


def nobody(pace: Pace) -> None:
    """Nobody is told."""


def told(name: str, n_slices: int, results: Iterable[Counts], on_slice: OnSlice) -> list[Counts]:
    """The results as they come, each of them told."""
    pace = Pace(name.replace("_", " "), n_slices)
    came = []
    for counts in results:
        came.append(counts)
        pace.n_done += 1
        pace.records += counts.get("records", 0)
        on_slice(pace)
    return came


def in_process(
    function: Callable[[Item], Counts], items: Iterable[Item], /, on_slice: OnSlice = nobody
) -> list[Counts]:
    """The plainest map: one after another, here."""
    todo = list(items)
    return told(function.__name__, len(todo), map(function, todo), on_slice)


def end_with_parent() -> None:
    """End this process when its parent does, however that ends.

    A worker of a run that was killed would wait for work for ever, with its memory and with the parent's open files:
    whoever reads these, as Prefect does to learn of the end, would wait too.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a worker has a parent"

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def worker_pool(workers: int, on_slice: OnSlice = nobody) -> Iterator[SliceMap]:
    """A map over `workers` processes; 0 takes one a core. Nothing is started before it is needed.

    Workers are spawned: a child forked after Polars has run hangs on Polars' thread pool.
    """
    count = workers or os.cpu_count() or 1
    pool: ProcessPoolExecutor | None = None

    def run(function: Callable[[Item], Counts], items: Iterable[Item], /) -> list[Counts]:
        nonlocal pool
        todo = list(items)
        if count == 1 or len(todo) <= 1:
            return in_process(function, todo, on_slice)
        if pool is None:
            spawn = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(count, mp_context=spawn, initializer=end_with_parent)
        futures = [pool.submit(function, item) for item in todo]
        # The first failure ends the step at once.
        told(function.__name__, len(todo), (done.result() for done in as_completed(futures)), on_slice)
        return [future.result() for future in futures]

    try:
        yield run
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)
