"""A delivered file → batches of records and of refusals; every record of the file ends in exactly one of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress
from typing import cast

import dataframely as dy
import numpy as np
import polars as pl

from dedup.reading.fields import FIELDS, Delivered, Events, ranks_of, refuse
from dedup.reading.formats import json_events, read_events
from dedup.reading.plainjson import plain_records
from dedup.reading.rawfiles import Format, RawFile, find_files
from dedup.reading.rawlines import ROW_BYTES, Lines, line_batches
from dedup.reading.refusals import LONGEST, ReadReason, Refusal, Refused, none_refused, quarantined
from dedup.schemas import Quarantine, RawRecord
from dedup.settings import ReadSettings

__all__ = ["Batch", "RawFile", "ReadReason", "find_files", "read_batches"]

BATCH_BYTES = 8 * 2**20

COLUMNS = (*FIELDS, "extra")


@dataclass(frozen=True)
class Batch:
    """Some records of one file, and what was refused between them, both in the file's order."""

    records: dy.DataFrame[RawRecord]
    refused: dy.DataFrame[Quarantine]


def read_batches(file: RawFile, *, settings: ReadSettings, batch_bytes: int = BATCH_BYTES) -> Iterator[Batch]:
    """The file in batches of about `batch_bytes` bytes; none if it holds no record.

    Records of JSON lines, CSV and Parquet are numbered by line or row from 1; blank lines are no records. Other
    files are one record. A fault never raises: what it costs is a row in `refused`, with its reason.
    """
    is_named = len(file.source or "") <= settings.max_source_chars  # records without a source get the file's
    if file.format is Format.JSONL and file.refusal is None and is_named:
        lines = line_batches(file.path, file.compression, settings=settings, batch_bytes=batch_bytes)
        batches = (_of_lines(file, some, settings) for some in lines)
    else:
        batches = (_batch(file, some, settings) for some in _cut(read_events(file, settings), batch_bytes))
    return (batch for batch in batches if batch.records.height or batch.refused.height)


def _cut(events: Events, most: int) -> Iterator[list[Delivered | Refused]]:
    """Lists of events that have about `most` bytes."""
    some: list[Delivered | Refused] = []
    n_bytes = 0
    for event in events:
        some.append(event)
        n_bytes += ROW_BYTES + (event.n_bytes if isinstance(event, Delivered) else len(event.payload or b""))
        if n_bytes >= most:
            yield some
            some, n_bytes = [], 0
    if some:
        yield some


def _of_lines(file: RawFile, lines: Lines, settings: ReadSettings) -> Batch:
    """Plain lines in bulk, the others one by one."""
    longest = {name: getattr(settings, most) for name, most in LONGEST.items()}
    offsets = lines.offsets[:-1] if lines.refusal else lines.offsets
    rows, is_plain = plain_records(lines.block, offsets, ranks_of(settings.aliases), longest)
    if lines.refusal:
        is_plain = np.append(is_plain, np.False_)
    if rows["source"].null_count():
        rows = rows.with_columns(pl.col("source").fill_null(pl.lit(file.source, pl.String)))
    numbers = pl.Series("line", lines.number + np.flatnonzero(is_plain), pl.Int64)
    columns = [pl.Series("file", [file.name]).new_from_index(0, len(numbers)), numbers, *rows.get_columns()]
    plain = cast("dy.DataFrame[RawRecord]", pl.DataFrame(columns))  # made of strings: nothing is to be cast
    if is_plain.all():
        return Batch(plain, none_refused())
    doubtful = map(lines.line, np.flatnonzero(~is_plain).tolist())
    others = _batch(file, list(json_events(doubtful, file, settings)), settings)
    if others.records.is_empty():
        return Batch(plain, others.refused)
    return Batch(RawRecord.cast(pl.concat([plain, others.records]).sort("line")), others.refused)


def _batch(file: RawFile, events: list[Delivered | Refused], settings: ReadSettings) -> Batch:
    """Both frames. What a column of strings cannot hold, or must not, is looked for here, in all rows at once."""
    delivered = [one for one in events if isinstance(one, Delivered)]
    refused = [one for one in events if isinstance(one, Refused)]
    if not delivered:  # nearly all of what is not read in bulk
        return Batch(
            _no_records(), quarantined(((file.name, one) for one in refused), night=file.night, settings=settings)
        )
    try:
        records = _records(file, delivered)
    except UnicodeEncodeError:
        is_odd = [_has_surrogate(one) for one in delivered]
        refused = refused + _refused(delivered, is_odd, ReadReason.LONE_SURROGATE, r"half of a \u surrogate pair")
        delivered = [one for one, is_bad in zip(delivered, is_odd, strict=True) if not is_bad]
        records = _records(file, delivered)
    for name, most in LONGEST.items():
        is_long = (records[name].str.len_chars() > getattr(settings, most)).fill_null(value=False)
        if is_long.any():
            detail = f"{name} has more than read.{most} = {getattr(settings, most)} characters"
            refused = refused + _refused(delivered, is_long.to_list(), ReadReason.NAME_TOO_LONG, detail)
            delivered = [one for one, is_bad in zip(delivered, is_long, strict=True) if not is_bad]
            records = RawRecord.cast(records.filter(~is_long))
    has_nul = records.select(pl.any_horizontal(pl.col(pl.String).str.contains("\0", literal=True))).to_series()
    is_nul = has_nul.fill_null(value=False).to_list()
    if any(is_nul):
        refused = refused + _refused(delivered, is_nul, ReadReason.NUL_BYTE, "NUL characters in a value")
        records = RawRecord.cast(records.filter([not is_bad for is_bad in is_nul]))
    refused = sorted(refused, key=lambda one: one.line or 0)
    return Batch(records, quarantined(((file.name, one) for one in refused), night=file.night, settings=settings))


@cache
def _no_records() -> dy.DataFrame[RawRecord]:
    return RawRecord.create_empty()


def _records(file: RawFile, delivered: Sequence[Delivered]) -> dy.DataFrame[RawRecord]:
    columns = zip(*(one.row for one in delivered), strict=True) if delivered else [[] for _ in COLUMNS]
    values: dict[str, Sequence[object]] = {
        "file": [file.name] * len(delivered),
        "line": [one.line for one in delivered],
        **dict(zip(COLUMNS, columns, strict=True)),
    }
    frame = pl.DataFrame(values, schema={name: pl.Int64 if name == "line" else pl.String for name in values})
    return RawRecord.cast(frame)  # not validate: no value can break the schema, and that costs 8 µs a record


def _refused(delivered: Sequence[Delivered], is_bad: Sequence[bool], reason: ReadReason, detail: str) -> list[Refused]:
    refusal = Refusal(reason, detail)
    return [refuse(refusal, one.line, one.row, one.original) for one in compress(delivered, is_bad)]


def _has_surrogate(record: Delivered) -> bool:
    try:
        "".join(value for value in record.row if value).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
