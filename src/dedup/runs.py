"""One row a run: when, over which nights, with what result. The only place where a wall clock is written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from dedup import atomic

SCHEMA = {
    "run": pl.Int64,
    "started_at": pl.Datetime("us", "UTC"),
    "finished_at": pl.Datetime("us", "UTC"),
    "nights": pl.List(pl.Date),
    "status": pl.String,  # running | finished | failed
    "message": pl.String,
    "version": pl.String,
}


@dataclass
class Record:
    """What is known of the run in hand; the steps fill it in."""

    run: int
    started_at: datetime
    nights: list[date] = field(default_factory=list)
    version: str | None = None


class Ledger(Protocol):
    """Where the machines that work on one home show each other their runs.

    A run does not hang on it: what cannot be read or written there is logged, no more.
    """

    def fetch(self) -> None:
        """Bring the records of other machines here."""

    def claim(self, name: str, text: str) -> bool:
        """Show a run that begins; false where another one has that name."""

    def bring(self, name: str, text: str) -> None:
        """Show what became of it."""


def record_name(run: int) -> str:
    """The file of a run."""
    return f"{run:06d}.json"


def _write(
    home: Path, record: Record, status: str, message: str | None = None, finished: datetime | None = None
) -> str:
    """The record as it stands now."""
    row = {
        "run": record.run,
        "started_at": record.started_at.isoformat(),
        "finished_at": finished.isoformat() if finished else None,
        "nights": [str(night) for night in record.nights],
        "status": status,
        "message": message,
        "version": record.version,
    }
    text = json.dumps(row, ensure_ascii=False, indent=1)
    atomic.write_text(home / "runs" / record_name(record.run), text)
    aside = home / "runs" / f"{atomic.ASIDE}runs.parquet"
    table(home).write_parquet(aside)
    aside.replace(home / "runs" / "runs.parquet")
    return text


def _begin(home: Path, ledger: Ledger | None) -> Record:
    """The run that begins, under the first number that no machine has used."""
    if ledger:
        ledger.fetch()
    earlier = [int(path.stem) for path in (home / "runs").glob("[0-9]*.json")]
    record = Record(max(earlier, default=0) + 1, datetime.now(UTC))
    text = _write(home, record, "running")
    while ledger and not ledger.claim(record_name(record.run), text):
        (home / "runs" / record_name(record.run)).unlink()
        record.run += 1
        text = _write(home, record, "running")
    return record


@contextmanager
def recorded(home: Path, ledger: Ledger | None = None) -> Iterator[Record]:
    """Record the run that the block is: as running, then as finished or failed."""
    record = _begin(home, ledger)

    def end(status: str, message: str | None = None) -> None:
        text = _write(home, record, status, message, datetime.now(UTC))
        if ledger:
            ledger.bring(record_name(record.run), text)

    try:
        yield record
    except BaseException as error:
        end("failed", str(error) or type(error).__name__)
        raise
    end("finished")


def table(home: Path) -> pl.DataFrame:
    """Every run of this home, oldest first. A run that was killed stays `running`."""
    rows = [json.loads(path.read_text("utf-8")) for path in sorted((home / "runs").glob("[0-9]*.json"))]
    times = [pl.col(name).str.to_datetime(time_zone="UTC", time_unit="us") for name in ("started_at", "finished_at")]
    nights = pl.col("nights").list.eval(pl.element().str.to_date())
    as_read = dict.fromkeys(SCHEMA, pl.String) | {"run": pl.Int64, "nights": pl.List(pl.String)}
    return pl.DataFrame(rows, schema=as_read).with_columns(*times, nights).cast(SCHEMA)  # type: ignore[arg-type]
