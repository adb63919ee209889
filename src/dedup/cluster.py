"""The seam of `parallel` over the workers of a Dask cluster: the same functions, paths and counts.

Workers read and write the home and the raw folder under the same paths as here. Slices are written aside and renamed,
so one whose worker died is done again by another, and leaves the same bytes.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from distributed import CancelledError, Client, Future, KilledWorker

from dedup.errors import ClusterError
from dedup.fingerprint import rules_here
from dedup.index import Counts
from dedup.parallel import OnSlice, SliceMap, nobody, told
from dedup.workers import Broken, Ending, attempt

Item = TypeVar("Item")

CONNECT_SECONDS = 30
LOOK_SECONDS = 15  # between looks at whether anybody is left to do the work
WORKERLESS_LOOKS = 8
"""Looks in a row without a worker before the run gives up: two minutes, enough for a nanny to start them again."""


@dataclass(frozen=True)
class Asked:
    """What a worker must have for its slices to be ours: these rules, and the home where the lock names this run."""

    engine: str
    rules: dict[str, str]
    lock: Path
    holder: str


@contextmanager
def cluster_map(address: str, home: Path, engine: str, on_slice: OnSlice = nobody) -> Iterator[SliceMap]:
    """A map over the workers of the Dask scheduler at `address`, for the run that holds `home`.

    Raises ClusterError when there is no scheduler, none is left, or its workers cannot do the work.
    """
    lock = home / "lock"
    asked = Asked(engine, rules_here(engine), lock, lock.read_text(encoding="utf-8"))
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except OSError as error:
        raise ClusterError(
            f"{address}: no Dask scheduler answers ({error}); start it, or run without a cluster"
        ) from error

    maps = _Maps(client)

    def run(function: Callable[[Item], Counts], items: Iterable[Item], /) -> list[Counts | Broken]:
        # Not `pure`: equal calls of two steps are two calls, and nothing may come out of an old result.
        with maps.begin(partial(on_worker, function, asked), list(items)) as futures:
            told(function.__name__, len(futures), _as_they_come(client, futures, address), on_slice)
            return [_outcome(future, address) for future in futures]

    try:
        yield run
    finally:
        maps.end()
        client.close()


Futures = list[Future[Counts | Broken]]


class _Maps:
    """What is being mapped, by several threads of a run. A client that is closed leaves those that use it waiting."""

    def __init__(self, client: Client) -> None:
        """Nothing is mapped yet."""
        self.client = client
        self.in_hand: list[Futures] = []
        self.is_over = False
        self.changed = threading.Condition()

    @contextmanager
    def begin(self, function: Callable[[Item], Counts | Broken], items: list[Item]) -> Iterator[Futures]:
        """The futures of a map; those that are not done when the block ends are cancelled."""
        with self.changed:
            if self.is_over:
                raise ClusterError("the run is at its end")
            futures = self.client.map(function, items, pure=False)
            self.in_hand.append(futures)
        try:
            yield futures
        finally:
            self._cancel(futures)
            with self.changed:
                self.in_hand.remove(futures)
                self.changed.notify_all()

    def end(self) -> None:
        """Cancel all that is mapped, and wait until nobody uses the client."""
        with self.changed:
            self.is_over = True
            left = [future for futures in self.in_hand for future in futures]
        self._cancel(left)
        with self.changed:
            self.changed.wait_for(lambda: not self.in_hand)

    def _cancel(self, futures: Futures) -> None:
        if self.client.status == "running":
            self.client.cancel(futures)


def on_worker(function: Callable[[Item], Counts], asked: Asked, item: Item) -> Counts | Broken:
    """One slice, where it is done. Raises ClusterError on a worker whose bytes would not be ours."""
    here = rules_here(asked.engine)
    differing = sorted(name for name in here | asked.rules if here.get(name) != asked.rules.get(name))
    if differing:
        found = "; ".join(f"{name}: {here.get(name)} there, {asked.rules.get(name)} here" for name in differing)
        raise ClusterError(f"a worker has other software ({found}); install the same on every worker")
    try:
        holder = asked.lock.read_text(encoding="utf-8")
    except OSError:
        holder = ""
    if holder != asked.holder:
        raise ClusterError(
            f"a worker does not see this run under {asked.lock.parent}; share the folder, at the same path"
        )
    return attempt(function, item)


def _as_they_come(client: Client, futures: Futures, address: str) -> Iterator[Counts | Broken]:
    """The outcome of each slice when it is done; the first failure ends the step at once."""
    done: queue.SimpleQueue[Future[Counts | Broken]] = queue.SimpleQueue()
    for future in futures:
        future.add_done_callback(done.put)
    n_left, n_looks = len(futures), 0
    while n_left:
        try:
            future = done.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            if client.status == "closed":
                raise _scheduler_gone(address) from None
            n_looks = 0 if client.scheduler_info().get("workers") else n_looks + 1
            if n_looks >= WORKERLESS_LOOKS:
                raise ClusterError(
                    f"{address}: the cluster has no worker; start some, then run again to go on"
                ) from None
        else:
            n_left, n_looks = n_left - 1, 0
            yield _outcome(future, address)


def _outcome(future: Future[Counts | Broken], address: str) -> Counts | Broken:
    try:
        outcome: Counts | Broken = future.result()
    except CancelledError as error:
        raise _scheduler_gone(address) from error
    except KilledWorker as error:
        return Broken(Ending.KILLED, f"every worker that tried it died; {error.last_worker.address} was the last")
    return outcome


def _scheduler_gone(address: str) -> ClusterError:
    return ClusterError(
        f"{address}: the Dask scheduler is gone; start it again, then run again: what is finished is kept"
    )
