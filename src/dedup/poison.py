"""Records that a step breaks on: how they are named, remembered, and refused."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from dedup import atomic
from dedup.errors import DedupError
from dedup.reading.read import COLUMNS
from dedup.reading.refusals import ReadReason, Refusal, Refused, quarantined
from dedup.settings import ReadSettings
from dedup.workers import Ending


class Place(NamedTuple):
    """Where a record stands."""

    file: str
    line: int


class Poison(NamedTuple):
    """A record that a step breaks on; where reading itself breaks, `line` is None: the whole file."""

    file: str
    line: int | None
    step: str
    ending: Ending
    detail: str


class PoisonError(DedupError):
    """Some records break a step. Who catches it prepares the night without them."""

    def __init__(self, records: list[Poison]) -> None:
        """`records`: those that break it, at least one."""
        one = records[0]
        super().__init__(
            f"{len(records)} records cannot be worked on, {one.file} line {one.line or '–'} among them "
            f"({one.step}: {one.detail}). Do their night again, and they go into quarantine: dedup run --from"
        )
        self.records = records


@dataclass(frozen=True)
class Note:
    """The poison of a night, remembered for as long as its input has this digest."""

    path: Path
    inputs: str

    def read(self) -> list[Poison]:
        """What is known of this input, in order."""
        try:
            noted = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        if noted["inputs"] != self.inputs:
            return []
        return [Poison(file, line, step, Ending(end), why) for file, line, step, end, why in noted["records"]]

    def add(self, found: Sequence[Poison]) -> None:
        """Remember more. Raises PoisonError where nothing of it is new: to refuse these records does not help."""
        known = self.read()
        every = {(one.file, one.line or 0): one for one in [*found, *known]}
        if len(every) == len(known):
            raise PoisonError([*found])
        noted = {"inputs": self.inputs, "records": [every[key] for key in sorted(every)]}
        atomic.write_text(self.path, json.dumps(noted, ensure_ascii=False, indent=1))


def as_refused(poisoned: list[tuple[dict[str, Any], Poison]], settings: ReadSettings) -> pl.DataFrame:
    """Their quarantine rows, each with the step that breaks on it."""
    refused = ((row["file"], _refused(row, poison)) for row, poison in poisoned)
    rows = quarantined(refused, night=None, settings=settings)
    return rows.with_columns(step=pl.Series([poison.step for _, poison in poisoned], dtype=pl.String))


def refusal(poison: Poison) -> Refusal:
    """Why it is refused."""
    reason = ReadReason.TOO_SLOW if poison.ending is Ending.TOO_SLOW else ReadReason.POISONED
    return Refusal(reason, f"the step {poison.step} cannot be done with it: {poison.detail}")


def _refused(row: dict[str, Any], poison: Poison) -> Refused:
    known = {name: row[name] for name in ("line", "source", "source_record_id", "url", "title")}
    payload = json.dumps({name: row[name] for name in COLUMNS if row[name] is not None}, ensure_ascii=False)
    return Refused(refusal(poison), payload.encode("utf-8"), **known)
