"""One row a run: when, over which nights, with what result. The only place where a wall clock is written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

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


def _write(home: Path, record: Record, status: str, message: str | None, finished: datetime | None) -> None:
    row = {
        "run": record.run,
        "started_at": record.started_at.isoformat(),
        "finished_at": finished.isoformat() if finished else None,
        "nights": [str(night) for night in record.nights],
        "status": status,
        "message": message,
        "version": record.version,
    }
    atomic.write_text(home / "runs" / f"{record.run:06d}.json", json.dumps(row, ensure_ascii=False, indent=1))
    aside = home / "runs" / f"{atomic.ASIDE}runs.parquet"
    table(home).write_parquet(aside)
    aside.replace(home / "runs" / "runs.parquet")


@contextmanager
def recorded(home: Path) -> Iterator[Record]:
    """Record the run that the block is: as running, then as finished or failed."""
    earlier = [int(path.stem) for path in (home / "runs").glob("[0-9]*.json")]
    record = Record(max(earlier, default=0) + 1, datetime.now(UTC))
    _write(home, record, "running", None, None)
    try:
        yield record
    except BaseException as error:
        _write(home, record, "failed", str(error) or type(error).__name__, datetime.now(UTC))
        raise
    _write(home, record, "finished", None, datetime.now(UTC))


def table(home: Path) -> pl.DataFrame:
    """Every run of this home, oldest first. A run that was killed stays `running`."""
    rows = [json.loads(path.read_text("utf-8")) for path in sorted((home / "runs").glob("[0-9]*.json"))]
    times = [pl.col(name).str.to_datetime(time_zone="UTC", time_unit="us") for name in ("started_at", "finished_at")]
    nights = pl.col("nights").list.eval(pl.element().str.to_date())
    as_read = dict.fromkeys(SCHEMA, pl.String) | {"run": pl.Int64, "nights": pl.List(pl.String)}
    return pl.DataFrame(rows, schema=as_read).with_columns(*times, nights).cast(SCHEMA)  # type: ignore[arg-type]
