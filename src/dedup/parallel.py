"""One seam for running a function over slices: here, in local processes."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Protocol, TypeVar

from dedup.index import Counts
from dedup.workers import Broken, Worker, attempt

Item = TypeVar("Item")


class SliceMap(Protocol):
    """Runs a module-level function over items; results come back in the order of the items.

    Items and results are small and picklable: paths in, counts out (`records` among them), never frames. An item that
    raises, or whose process ends, is `Broken` in its place (see `attempt`) and does not end the others. DedupError
    and OSError are raised: settings and disks are no item's fault.
    """

    def __call__(self, function: Callable[[Item], Counts], items: Iterable[Item], /) -> list[Counts | Broken]:
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


def told(name: str, n_slices: int, outcomes: Iterable[Counts | Broken], on_slice: OnSlice) -> list[Counts | Broken]:
    """The outcomes as they come, each of them told."""
    pace = Pace(name.replace("_", " "), n_slices)
    came = []
    for outcome in outcomes:
        came.append(outcome)
        pace.n_done += 1
        pace.records += 0 if isinstance(outcome, Broken) else outcome.get("records", 0)
        on_slice(pace)
    return came


def in_process(
    function: Callable[[Item], Counts], items: Iterable[Item], /, on_slice: OnSlice = nobody
) -> list[Counts | Broken]:
    """The plainest map: one after another, here. An item that ends the process, or never ends, ends the run."""
    todo = list(items)
    return told(function.__name__, len(todo), (attempt(function, item) for item in todo), on_slice)


@contextmanager
def worker_pool(workers: int, on_slice: OnSlice = nobody) -> Iterator[SliceMap]:
    """A map over `workers` processes; 0 is this process. None is started before it is needed."""
    everyone = [Worker() for _ in range(workers)]
    idle: SimpleQueue[Worker] = SimpleQueue()
    for worker in everyone:
        idle.put(worker)

    def here(function: Callable[[Item], Counts], items: Iterable[Item], /) -> list[Counts | Broken]:
        return in_process(function, items, on_slice)

    def run(function: Callable[[Item], Counts], items: Iterable[Item], /) -> list[Counts | Broken]:
        def one(item: Item) -> Counts | Broken:
            worker = idle.get()
            try:
                return worker.run(function, item)
            finally:
                idle.put(worker)

        futures = [threads.submit(one, item) for item in items]
        try:
            outcomes = (done.result() for done in as_completed(futures))
            told(function.__name__, len(futures), outcomes, on_slice)
        finally:
            for future in futures:
                future.cancel()  # the first error that is raised ends the step
        return [future.result() for future in futures]

    with ThreadPoolExecutor(max(1, workers)) as threads:
        try:
            yield run if workers else here
        finally:
            threads.shutdown(wait=False, cancel_futures=True)  # whoever still waits for slices shall not wait for more
            for worker in everyone:
                worker.stop()
