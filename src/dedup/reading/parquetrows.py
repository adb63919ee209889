"""Rows out of a Parquet file, within the budgets."""

import math
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dedup.reading.decompress import over_budget, too_long
from dedup.reading.fields import Delivered, Events, Mapper, event, mapper, refuse
from dedup.reading.rawfiles import RawFile
from dedup.reading.refusals import ReadReason, Refusal, Refused, stands_twice
from dedup.settings import ReadSettings

PARQUET_ROWS = 64
"""Read at a time: a file of few bytes can hold the largest row many times over (64 × 4 MiB = 256 MiB)."""

BROKEN = (OSError, pa.ArrowException, UnicodeDecodeError)
"""What Arrow raises over a damaged file; the last where a column's name is no text."""


def parquet_rows(file: RawFile, settings: ReadSettings) -> Events:
    """Every row, mapped or refused.

    A row group that cannot be read is refused as one, from the row where reading stopped; the next is tried.
    """
    map_record = mapper(settings.aliases, file.source)
    n_done = n_out = 0
    try:
        n_in = file.path.stat().st_size
        with pq.ParquetFile(file.path, pre_buffer=False, page_checksum_verification=True) as parquet:
            if fault := _file_fault(parquet, settings):
                yield Refused(fault, source=file.source)
                return
            for group in range(parquet.metadata.num_row_groups):
                n_rows = parquet.metadata.row_group(group).num_rows
                n_seen = 0
                try:
                    for batch in parquet.iter_batches(PARQUET_ROWS, row_groups=[group]):
                        n_out += batch.nbytes
                        if fault := over_budget(n_out, n_in, settings):
                            yield Refused(fault, line=n_done + n_seen + 1, source=file.source)
                            return
                        for record in _records(batch):
                            n_seen += 1
                            yield _table_row(record, map_record, n_done + n_seen, settings)
                except BROKEN as error:
                    lost = f"rows {n_done + n_seen + 1} to {n_done + n_rows} cannot be read: {_sentence(error)}"
                    yield Refused(Refusal(_reason(error), lost), line=n_done + n_seen + 1, source=file.source)
                n_done += n_rows
    except BROKEN as error:
        detail = f"not readable as Parquet: {_sentence(error)}"
        yield Refused(Refusal(_reason(error), detail), source=file.source)


def _file_fault(parquet: pq.ParquetFile, settings: ReadSettings) -> Refusal | None:
    """What the footer alone says against the file."""
    footer = parquet.metadata
    if footer.num_rows > settings.max_file_rows:
        detail = f"{footer.num_rows} rows, more than read.max_file_rows = {settings.max_file_rows}"
        return Refusal(ReadReason.OVER_BUDGET, detail)
    twice = stands_twice(parquet.schema_arrow.names)
    if twice is not None:
        return Refusal(ReadReason.DUPLICATE_KEY, f"the column {twice!a} stands twice")
    n_bytes = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
    return over_budget(n_bytes, n_bytes, settings)


def _records(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Rows as mappings. By way of Python, not Polars, which panics over dates that Python cannot hold."""
    names = batch.schema.names
    for row in zip(*(_values(column) for column in batch.columns), strict=True):
        yield dict(zip(names, row, strict=True))


def _values(column: pa.Array) -> list[Any]:
    """The column's values; NaN, which data frames write for null, as None."""
    if pa.types.is_timestamp(column.type):  # Python holds no nanoseconds
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    values: list[Any]
    try:
        values = column.to_pylist()
    except (ValueError, OverflowError, KeyError, pa.ArrowException):
        values = [_value(scalar) for scalar in column]
    if pa.types.is_floating(column.type):
        return [None if value is None or math.isnan(value) else value for value in values]
    return values


def _value(scalar: pa.Scalar) -> Any:
    """A value, or what it is made of: bytes that are no UTF-8, the number of a time outside Python's calendar."""
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return scalar.as_buffer().to_pybytes() if hasattr(scalar, "as_buffer") else str(scalar)
    except (ValueError, OverflowError, KeyError, pa.ArrowException):
        return str(getattr(scalar, "value", scalar))


def _table_row(record: dict[str, Any], map_record: Mapper, line: int, settings: ReadSettings) -> Delivered | Refused:
    mapped = map_record(record)
    n_letters = sum(len(value) for value in mapped.row if value)
    if n_letters * 4 > settings.max_record_bytes:  # only then can it be too long: count
        n_bytes = sum(len(value.encode("utf-8", "surrogatepass")) for value in mapped.row if value)
        if n_bytes > settings.max_record_bytes:
            return refuse(too_long(settings), line, mapped.row, record)
    return event(mapped, line, record, 3 * n_letters)


def _reason(error: Exception) -> ReadReason:
    """An OSError without a number is Arrow's own, about the bytes and not about the disk."""
    is_of_disk = isinstance(error, OSError) and error.errno is not None
    return ReadReason.UNREADABLE_FILE if is_of_disk else ReadReason.DAMAGED


def _sentence(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
