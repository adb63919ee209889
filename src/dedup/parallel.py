"""One seam for running a function over slices: here, in local processes."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class SliceMap(Protocol):
    """Runs a module-level function over items; results come back in the order of the items.

    Items and results are small and picklable: paths in, counts out, never frames.
    """

    def __call__(self, function: Callable[[Item], Result], items: Iterable[Item], /) -> list[Result]:
        """Run `function` on every item."""


def in_process(function: Callable[[Item], Result], items: Iterable[Item], /) -> list[Result]:
    """The plainest map: one after another, here."""
    return [function(item) for item in items]


@contextmanager
def worker_pool(workers: int) -> Iterator[SliceMap]:
    """A map over `workers` processes; 0 takes one a core. Nothing is started before it is needed.

    Workers are spawned: a child forked after Polars has run hangs on Polars' thread pool.
    """
    count = workers or os.cpu_count() or 1
    pool: ProcessPoolExecutor | None = None

    def run(function: Callable[[Item], Result], items: Iterable[Item], /) -> list[Result]:
        nonlocal pool
        todo = list(items)
        if count == 1 or len(todo) <= 1:
            return in_process(function, todo)
        if pool is None:
            pool = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))
        futures: list[Future[Result]] = [pool.submit(function, item) for item in todo]
        for done in as_completed(futures):
            done.result()  # the first failure ends the step at once
        return [future.result() for future in futures]

    try:
        yield run
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)
