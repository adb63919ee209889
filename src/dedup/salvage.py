"""A slice that cannot be done gives up the records that break it, and the night goes on without them.

The search costs nothing until a slice breaks. Then it is tried in quarters, and the quarters that break in quarters,
down to single records; what breaks alone, and does so again, is poison. A kill may be chance and counts after several.
The night is then prepared without it, as if it had never been delivered, but for its row in quarantine. What is tried
is the step's own function.
"""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import polars as pl

from dedup import atomic
from dedup.errors import SliceError
from dedup.index import Counts
from dedup.parallel import Item, SliceMap
from dedup.poison import Place, Poison, PoisonError
from dedup.workers import Broken, Ending, allow

PARTS = 4  # least trials a record found is with 2 to 4 parts, and 4 wait half as often for what never ends
MANY = 64
"""So many parts of which none can be done are no accident of a record: the program or the machine is broken."""

ENOUGH = 256
"""So many parts that break are not looked into any further: all their records go."""

CHANCES = 5
"""Trials that must all end in a kill before a record, or the program, is to blame: Linux, short of memory, takes any
worker."""

SLICE_RECORDS = 10
"""A slice is allowed the time of so many records, for what a fresh process has to load …"""

SECONDS_A_RECORD = 0.02
"""… and so much CPU time more for each of its records: over five times what it needs."""

READ_SECONDS = 100.0
"""CPU time that reading the next batch of a file, some 8 MB, is allowed."""


PLACES = "places.parquet"
PLACE = {"file": pl.String, "line": pl.Int64}


class Slice(Protocol):
    """What a step hands to a worker: a frozen dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def file(self) -> str | None:
        """The file it is, if it is one."""

    @property
    def ordinal(self) -> int:
        """Its number among the slices of the step."""

    @property
    def out(self) -> Path:
        """The folder that the results are written to."""

    @property
    def only(self) -> tuple[Place, ...] | None:
        """The records to take; None takes all."""

    @property
    def cpu_seconds(self) -> float:
        """CPU time that the slice is allowed, `SECONDS_A_RECORD` for each record apart."""


AnySlice = TypeVar("AnySlice", bound=Slice)


def once(function: Callable[[AnySlice], Counts]) -> Callable[[AnySlice], Counts]:
    """A step's function that does no slice again which a killed run had finished: its counts lie beside its files."""

    @wraps(function)
    def done(task: AnySlice) -> Counts:
        if task.only is not None:  # a trial
            return function(task)
        note = task.out / f"{function.__name__}-{task.ordinal:09d}.json"
        if note.is_file():
            known: Counts = json.loads(note.read_text(encoding="utf-8"))
            return known
        counts = function(task)
        atomic.note_slice(counts, note)
        return counts

    return done


def begin(task: Slice, n_records: int) -> None:
    """Called by a step's function before it works on so many records."""
    allow(task.cpu_seconds + SECONDS_A_RECORD * n_records)


def begin_reading() -> None:
    """Called before the next batch of a file is read."""
    allow(READ_SECONDS)


def chosen(rows: pl.DataFrame, task: Slice) -> pl.DataFrame:
    """The rows (with `file` and `line`) that a slice takes, in their order."""
    if task.only is None:
        return rows
    places = pl.DataFrame(task.only, schema=PLACE, orient="row")
    is_chosen = pl.struct("file", "line").is_in(places.to_struct().implode())
    return rows.filter(is_chosen)


def write_places(rows: Iterable[pl.DataFrame], task: Slice) -> Counts:
    """What a step's `places` ends with: the places of all records of a slice, in their order."""
    found = pl.concat([pl.DataFrame(schema=PLACE), *(part.select("file", "line") for part in rows)])
    found.write_parquet(task.out / PLACES)
    return {"records": found.height}


def _read_places(folder: Path) -> list[Place]:
    return [Place(*row) for row in pl.read_parquet(folder / PLACES).iter_rows()]


@dataclass(frozen=True)
class Step(Generic[AnySlice]):
    """A step's function over slices, and how to look for what breaks it.

    `places` writes the places of a slice's records (see `write_places`). `record_seconds`: CPU time a record may use.
    """

    name: str
    function: Callable[[AnySlice], Counts]
    places: Callable[[AnySlice], Counts]
    record_seconds: float


@dataclass(frozen=True)
class Trial(Generic[AnySlice]):
    """A step's function over some records of a slice, for the sake of how it ends."""

    function: Callable[[AnySlice], Counts]
    task: AnySlice


def try_out(trial: Trial[AnySlice]) -> Counts:
    """Run it on nothing first: what a fresh process has to load and compile is no record's time."""
    trial.task.out.mkdir(parents=True, exist_ok=True)
    trial.function(replace(trial.task, only=(), cpu_seconds=math.inf))
    return trial.function(trial.task)


def results(run_slices: SliceMap, step: Step[AnySlice], slices: Sequence[AnySlice]) -> list[Counts]:
    """The step's result of every slice. Raises PoisonError naming the records that break it, SliceError without any."""
    outcomes = run_slices(step.function, slices)
    poison: list[Poison] = []
    for i, outcome in enumerate(outcomes):
        if isinstance(outcome, Broken):
            mended = _mended(run_slices, step, slices[i], outcome)
            if isinstance(mended, list):
                poison += mended
            else:
                outcomes[i] = mended
    if poison:
        raise PoisonError(sorted(poison))
    return [outcome for outcome in outcomes if not isinstance(outcome, Broken)]


def _mended(run_slices: SliceMap, step: Step[AnySlice], task: AnySlice, broken: Broken) -> Counts | list[Poison]:
    """The result of a broken slice after all, or the records that break it."""
    if broken.ending in (Ending.KILLED, Ending.DIED):  # perhaps another slice had the memory
        (again,) = run_slices(step.function, [task])
        if not isinstance(again, Broken):
            return again
    with TemporaryDirectory(dir=task.out) as scratch:
        search = _Search(run_slices, step, task, Path(scratch))
        culprits = search.culprits(broken)
    if culprits:
        return culprits
    again = _surely(run_slices, step.function, replace(task, cpu_seconds=math.inf))
    if isinstance(again, Broken):
        raise SliceError(
            f"{step.name}: a slice cannot be done as a whole ({again.detail}), though each of its records can. "
            f"Give the run more memory, or fewer workers (run.workers), then run again."
        )
    return again


def _surely(run_slices: SliceMap, function: Callable[[Item], Counts], item: Item) -> Counts | Broken:
    """The outcome of one item, with a few chances for one whose process is killed."""
    for _ in range(CHANCES):
        (outcome,) = run_slices(function, [item])
        if not (isinstance(outcome, Broken) and outcome.ending is Ending.KILLED):
            break
    return outcome


@dataclass(frozen=True)
class _Search(Generic[AnySlice]):
    """The search for what breaks a slice; trials write below `scratch`."""

    run_slices: SliceMap
    step: Step[AnySlice]
    task: AnySlice
    scratch: Path

    def culprits(self, broken: Broken) -> list[Poison]:
        """What breaks it; nothing where it is only the slice as a whole that is too large or too slow."""
        listed = _surely(self.run_slices, self.step.places, replace(self.task, out=self.scratch))
        if isinstance(listed, Broken):  # not even its records can be read
            if self.task.file is None:
                raise self._nobody(listed)
            return [Poison(self.task.file, None, self.step.name, listed.ending, listed.detail)]
        every = _read_places(self.scratch)
        if nothing := self._tried_alone([]):
            raise self._nobody(nothing)
        found = self.alone(every)
        is_by_size = broken.ending in (Ending.KILLED, Ending.TOO_SLOW)
        return found if found or is_by_size else self.together(every)

    def alone(self, every: list[Place]) -> list[Poison]:
        """The records that break the step by themselves, and do it again."""
        found: list[Poison] = []
        suspects = _quarters(every)
        while suspects:
            outcomes = self._tried(suspects)
            broken = [part for part, outcome in zip(suspects, outcomes, strict=True) if outcome]
            if len(broken) == len(suspects) >= MANY and outcomes[0]:
                raise self._nobody(outcomes[0])
            if len(broken) > ENOUGH:
                return [*found, *self._given_up(suspects, outcomes)]
            singles = [part for part in broken if len(part) == 1]
            confirmed = [(part[0], self._tried_alone(part)) for part in singles]
            found += [self._poison(place, outcome) for place, outcome in confirmed if outcome]
            suspects = [quarter for part in broken if len(part) > 1 for quarter in _quarters(part)]
        return found

    def together(self, suspects: list[Place], fine: tuple[Place, ...] = ()) -> list[Poison]:
        """The records that break the step when they come to those before them."""
        (outcome,) = self._tried([[*fine, *suspects]])
        if outcome is None:
            return []
        if len(suspects) == 1:
            return [self._poison(suspects[0], outcome)]
        found: list[Poison] = []
        for part in _quarters(suspects):
            bad = self.together(part, fine)
            found += bad
            fine += tuple(place for place in part if place not in {(one.file, one.line) for one in bad})
        return found

    def _tried(self, parts: Sequence[Sequence[Place]]) -> list[Broken | None]:
        """How the step breaks on each part; None where it does not."""
        outcomes = self.run_slices(try_out, [self._trial(number, part) for number, part in enumerate(parts)])
        return [outcome if isinstance(outcome, Broken) else None for outcome in outcomes]

    def _tried_alone(self, part: Sequence[Place]) -> Broken | None:
        """How the step breaks on a part, no kill by chance."""
        outcome = _surely(self.run_slices, try_out, self._trial(0, part))
        return outcome if isinstance(outcome, Broken) else None

    def _trial(self, number: int, part: Sequence[Place]) -> Trial[AnySlice]:
        out = self.scratch / str(number)
        task = replace(self.task, only=tuple(part), out=out, cpu_seconds=self.step.record_seconds)
        return Trial(self.step.function, task)

    def _given_up(self, parts: list[list[Place]], outcomes: list[Broken | None]) -> list[Poison]:
        """All records of the parts that break: to look further would take longer than the night."""
        every = [(place, outcome) for part, outcome in zip(parts, outcomes, strict=True) for place in part]
        return [self._poison(place, outcome) for place, outcome in every if outcome]

    def _poison(self, place: Place, broken: Broken) -> Poison:
        return Poison(place.file, place.line, self.step.name, broken.ending, broken.detail)

    def _nobody(self, broken: Broken) -> SliceError:
        return SliceError(
            f"{self.step.name} breaks whatever it is given ({broken.detail}): the program or the machine is at fault, "
            f"not what was delivered. Nothing was published."
        )


def _quarters(part: list[Place]) -> list[list[Place]]:
    size = -(-len(part) // PARTS)
    return [part[start : start + size] for start in range(0, len(part), size or 1)]
