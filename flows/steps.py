"""A run as Prefect tasks: it waits for the home, shows how far it is, and is refused with a sentence."""

import errno
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
from prefect import get_run_logger, runtime, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Completed, Failed
from prefect.tasks import Task

from dedup import pipeline
from dedup.errors import ClusterError, DedupError, GateError, LockedError, OvertakenError, StoreError
from dedup.index import Counts
from dedup.nights import Work
from dedup.parallel import Pace
from dedup.pipeline import Job, Summary, Wanted
from dedup.showing.stepwords import told
from flows.artifacts import if_it_can_be_shown, show_findings
from flows.events import published, refused

BANGKOK = ZoneInfo("Asia/Bangkok")

WAITS = [30.0, 60.0, 120.0, 300.0, *[600.0] * 24]
"""Seconds before each new attempt; together somewhat more than `forms.MOST_MINUTES`."""

FEW = 3
"""Attempts at what may pass by itself but may also not."""

PASSING = frozenset({errno.EAGAIN, errno.EBUSY, errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN})
"""What a network file system says while it is away. A full disk or a missing permission is not among them."""


def today() -> date:
    """The day a run belongs to: that of its scheduled start in Bangkok, however late it starts."""
    when = runtime.flow_run.scheduled_start_time or datetime.now(UTC)
    local = when.astimezone(BANGKOK)
    return date(local.year, local.month, local.day)  # Prefect's is a subclass that neither Polars nor JSON knows


Mends = Callable[[Task[Any, Any], TaskRun, State[Any]], bool]


def waits(minutes: float) -> list[float]:
    """The waits that begin within so many minutes; the last one is cut there."""
    left, found = 60.0 * minutes, []
    for wait in WAITS:
        if left <= 0:
            break
        found.append(min(wait, left))
        left -= wait
    return found


def patience(minutes: float, mends: Mends) -> dict[str, Any]:
    """How a task is tried again: for so many minutes where the home is held, and where `mends` says it may help."""
    held = waits(minutes)

    def again(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> bool:
        if isinstance(state.data, LockedError):
            return task_run.run_count <= len(held)
        return task_run.run_count < FEW and mends(task, task_run, state)

    delays = [*held, *WAITS[len(held) : FEW]]
    times = {"retries": len(delays), "retry_delay_seconds": delays, "retry_jitter_factor": 0.2}
    return {**times, "retry_condition_fn": again}


def never(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> bool:
    """A person has to act."""
    return False


def can_pass(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether another attempt may end otherwise. Every other `DedupError` is final: a person has to act."""
    error = state.data
    return isinstance(error, ClusterError | OvertakenError | StoreError) or (
        isinstance(error, OSError) and error.errno in PASSING
    )


SAID_EVERY = 20.0
"""Seconds between two lines on how fast a step goes: a line a slice would bury the log of a long run."""

SHOWN_EVERY = 1.0
"""Seconds between two looks of the artifact: each is a call to the server that the work waits for, and small nights
make many steps. What is passed over was short, and what comes after it is shown."""


@dataclass
class Progress:
    """The live progress artifact of one run, and what readers saw when it began."""

    job: Job
    n_steps: int = 1
    n_done: int = 0
    artifact: UUID | None = None
    before: dict[str, str] = field(default_factory=dict)
    step: str = ""
    said_at: float = field(default_factory=time.monotonic)
    shown_at: float = -math.inf
    tasks: dict[str, Task[[Work], Counts]] = field(default_factory=dict)

    def begin(self, n_steps: int) -> None:
        """The plan stands and the home is held."""
        versions = self.job.versions
        self.before = versions.manifest(versions.current_name()).get("partitions", {})
        self.n_steps, self.n_done = n_steps, 0
        if self.artifact is not None:
            return
        with if_it_can_be_shown("progress"):
            made = create_progress_artifact(0.0, key="dedup-progress", description=f"0 of {n_steps} steps done")
            self.artifact = cast(UUID, made)  # awaitable only where an event loop runs

    def do(self, step: str, night: date | None, work: Work) -> Counts:
        """One step as a task. Counts come out of it; articles stay in the files between the steps."""
        self.step = f"{step} {night}" if night else step
        if step not in self.tasks:
            self.tasks[step] = self._task(step)
        counts = self.tasks[step](work)
        self.n_done += 1
        self._show(f"{self.step} done")
        return counts

    def _task(self, step: str) -> Task[[Work], Counts]:
        """The task of a step, for all nights: to make one, Prefect reads its source again."""

        @task(name=step, task_run_name=lambda: self.step, cache_policy=NO_CACHE)
        def one_step(work: Work) -> Counts:
            counts = work()
            get_run_logger().info("%s: %s", self.step, told(step, counts))
            return counts

        return one_step

    def on_slice(self, pace: Pace) -> None:
        """How fast the step in hand goes, in its log and on the artifact; not after every slice."""
        now = time.monotonic()
        if now - self.said_at < SAID_EVERY:
            return
        self.said_at = now
        get_run_logger().info("%s, %s", self.step, pace)
        self._show(f"{self.step}, {pace}")

    def _show(self, said: str) -> None:
        now, is_last = time.monotonic(), self.n_done >= self.n_steps
        if self.artifact is None or (now - self.shown_at < SHOWN_EVERY and not is_last):
            return
        self.shown_at = now
        with if_it_can_be_shown("progress"):
            said = f"{self.n_done} of {self.n_steps}: {said}"
            update_progress_artifact(self.artifact, 100 * self.n_done / self.n_steps, said)


@contextmanager
def light_workers() -> Iterator[None]:
    """A spawned worker imports the main module again. Here that is Prefect (1.2 s each), which no step needs."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def through(job: Job, wanted: Wanted, *, wait_minutes: float, is_rebuild: bool = False) -> Summary:
    """The planned nights through the four steps. While another run holds the home, this one waits so long.

    A rebuild that failed in the middle is not begun again: its next attempt would forget what is finished.
    Raises DedupError with a sentence to act on.
    """
    progress = Progress(job)
    day = today()

    @task(
        name="all steps",
        task_run_name="all steps",
        cache_policy=NO_CACHE,
        **patience(wait_minutes, never if is_rebuild else can_pass),
    )
    def whole() -> Summary:
        with light_workers():
            return pipeline.run(
                job,
                wanted,
                today=day,
                is_rebuild=is_rebuild,
                do=progress.do,
                on_plan=progress.begin,
                on_slice=progress.on_slice,
            )

    summary = whole()
    if summary.published.is_new:
        published(job, summary.published.version, progress.before)
    return summary


Outcome = tuple[str, dict[str, Any]]
"""What a flow did, as a sentence for people and as facts for other flows."""


def outcome(summary: Summary) -> Outcome:
    """The version, whether it is new, and the nights gone through."""
    version, nights, n_made = summary.published.version, summary.nights, len(summary.made)
    news = f"New version {version}" if summary.published.is_new else f"Nothing changed: still version {version}"
    facts = {"version": version, "is_new": summary.published.is_new, "nights": [str(night) for night in nights]}
    did = f"{news}. {n_made:,} of {len(nights):,} nights had something to do."
    n_said, n_applied = summary.heard.height, summary.heard.filter(pl.col("n_pairs") > 0).height
    facts |= {"verdicts": n_said, "verdicts_applied": n_applied} if n_said else {}
    return f"{did} {n_applied:,} of {n_said:,} verdicts of persons were applied." if n_said else did, facts


def ended(work: Callable[[], Outcome], home: Path | str) -> State[Any]:
    """How a flow ends: with the sentence of `work`, or refused with the sentence to act on, as the state's message."""
    try:
        sentence, facts = work()
    except DedupError as error:
        get_run_logger().error("%s", error)
        refused(str(home), error)
        if isinstance(error, GateError):
            show_findings(error.findings)
        return Failed(message=str(error), data=error)
    get_run_logger().info("%s", sentence)
    return Completed(message=sentence, data=facts)
