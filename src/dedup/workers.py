"""One process that works on one slice at a time, and what becomes of a slice that cannot be done."""

import math
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from dedup import forkserver, lean
from dedup.atomic import disk_errors
from dedup.errors import DedupError
from dedup.index import Counts

Item = TypeVar("Item")


class Ending(StrEnum):
    """How a slice broke."""

    RAISED = "raised"
    DIED = "died"  # its process ended: a fault in compiled code
    KILLED = "killed"  # from outside, or for want of memory
    TOO_SLOW = "too slow"  # it used all the time it was allowed


@dataclass(frozen=True)
class Broken:
    """A slice that gave no result; `detail` is one sentence for a person."""

    ending: Ending
    detail: str


def attempt(function: Callable[[Item], Counts], item: Item) -> Counts | Broken:
    """The result of one item, or how it broke."""
    try:
        with disk_errors():
            return function(item)
    except (DedupError, OSError):
        raise
    except MemoryError:
        return Broken(Ending.KILLED, "there was not enough memory")
    except (Exception, pl.exceptions.PanicException) as error:  # whatever a hostile record can make a library raise
        return Broken(Ending.RAISED, f"{type(error).__name__}: {error}"[:500])


def allow(cpu_seconds: float) -> None:
    """From now on this worker may use so much CPU time; then the kernel ends it, whatever code it is in.

    Whole seconds, all threads together; `math.inf` lifts it. A process that is no worker is left alone.
    """
    if not Worker.is_here:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = hard if cpu_seconds == math.inf else math.ceil(used.ru_utime + used.ru_stime + cpu_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


class Worker:
    """One process, one slice at a time: where it ends, that slice was in it, and a new one takes its place.

    Forked from a server that has everything loaded (`forkserver`), not from this process.
    """

    is_here = False  # true in the worker's own process

    def __init__(self) -> None:
        """Nothing is started before it is needed."""
        self.process: BaseProcess | None = None
        self.pipe: Connection[Any, Any] | None = None

    def run(self, function: Callable[[Item], Counts], item: Item) -> Counts | Broken:
        """The item's outcome; raises what `attempt` raises there."""
        process, pipe = self._started()
        try:
            pipe.send((function, item))
            outcome: Counts | Broken | Exception = pipe.recv()
        except (EOFError, ConnectionError):
            process.join()
            self.process = None
            return _ended(process.exitcode or 0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def stop(self) -> None:
        """End the process, whatever it is at."""
        if self.process is not None:
            self.process.kill()
            self.process.join()

    def _started(self) -> tuple[BaseProcess, "Connection[Any, Any]"]:
        if self.process is None or self.pipe is None:
            context = forkserver.context()
            self.pipe, theirs = context.Pipe()
            self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self.process.start()
            theirs.close()
        return self.process, self.pipe


def _ended(code: int) -> Broken:
    if code == -signal.SIGXCPU:
        return Broken(Ending.TOO_SLOW, "it used more CPU time than a record is allowed (run.record_seconds)")
    if code == -signal.SIGKILL:
        return Broken(Ending.KILLED, "its process was killed, as the kernel does when memory runs out")
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return Broken(Ending.DIED, f"its process ended with {name}")


def _serve(pipe: "Connection[Any, Any]") -> None:
    """A worker's life: one item after another until the parent is gone."""
    Worker.is_here = True
    lean.load()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted parent ends its workers itself
    with suppress(OSError):  # where memory runs out, Linux shall take a worker and not the run
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            function, item = pipe.recv()
        except EOFError:
            return
        try:
            outcome: Any = attempt(function, item)
        except (DedupError, OSError) as error:
            outcome = error
        allow(math.inf)
        pipe.send(outcome)


def _end_with_parent() -> None:
    """A worker whose parent was killed must not go on writing into a folder that the next run has taken over.

    Nor wait for ever for work: whoever reads the parent's open files, as Prefect does to learn of the end, would too.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker has a parent"
    wait([parent.sentinel])
    os._exit(1)
