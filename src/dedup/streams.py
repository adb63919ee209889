"""Tables larger than memory: written as their rows come, put in order from sorted runs.

Polars reads and writes them; what is held at once is a chunk of the rows, the columns they are ordered by, and the row
group that is being filled. Chunks and row groups are cut by bytes too: one row may be a page of megabytes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from polars.io.plugins import register_io_source

from dedup import atomic
from dedup.memory import cut_rows

CHUNK_ROWS = 5_000
"""Rows held at once while a table is put in order or published …"""

CHUNK_BYTES = 16 * 2**20
"""… and their bytes."""

GROUP_ROWS = 20_000
"""Rows of a row group of a published table: about 60 MB of articles, which the writer holds."""

INDEX_GROUP_ROWS = 2**18
"""Rows of a row group of a table that only the next step reads."""

GROUP_BYTES = 96 * 2**20
"""Most bytes of a row group: where more would come together, all groups of the table have half the rows, or less …"""

FEWEST_ROWS = 16
"""… but not fewer than these."""

SMALL_BYTES = 32 * 2**20
"""Of runs, which are not compressed, that are put together in memory."""

OPEN_FILES = 64
"""Files read at once: each one costs Polars a thread, and there may be thousands."""

_RUN, _AT, _SIZE = "·run", "·at", "·size"  # no table has such columns
_ITEM_BYTES = 8  # of a list

Frames = Callable[[], Iterable[pl.DataFrame]]
"""Makes the rows of a table, some at a time; asked again, the same ones."""

Query = Callable[[pl.LazyFrame], pl.LazyFrame]


def row_bytes(schema: pl.Schema) -> pl.Expr:
    """Bytes of each row of a table, near enough: all of its strings, bytes and list items, eight for anything else."""
    sizes = [pl.lit(8 * len(schema), pl.Int64)]
    for name, dtype in schema.items():
        if dtype == pl.String:
            sizes.append(pl.col(name).str.len_bytes().fill_null(0))
        elif dtype == pl.Binary:
            sizes.append(pl.col(name).bin.size().cast(pl.Int64).fill_null(0))
        elif isinstance(dtype, pl.List):
            sizes.append(pl.col(name).list.len().fill_null(0) * _ITEM_BYTES)
    return pl.sum_horizontal(sizes).cast(pl.Int64).alias(_SIZE)


def group_rows(sizes: pl.Series, most: int) -> int:
    """Rows of a row group: `most`, or a half of it, a quarter …, so that no group holds more than `GROUP_BYTES`."""
    rows = most
    while rows // 2 >= FEWEST_ROWS and _largest(sizes, rows) > GROUP_BYTES:
        rows //= 2
    return rows


def _largest(sizes: pl.Series, rows: int) -> int:
    """Bytes of the largest group of so many rows."""
    return int(np.add.reduceat(sizes.to_numpy(), np.arange(0, len(sizes), rows)).max()) if len(sizes) else 0


@dataclass(frozen=True)
class Table:
    """A file to be written: its columns, how its rows are made of those that come, and options of `sink_parquet`."""

    path: Path
    schema: pl.Schema
    make: Callable[[pl.DataFrame], pl.DataFrame]
    parquet: dict[str, Any]


def write(frames: Frames, *tables: Table) -> None:
    """Write tables that are made of the same rows, in their order; files depend on rows, not on how they are cut.

    What is raised while rows are read or made is raised here. What fits into a row group is read once; of more the
    rows are only weighed then, to see how large the groups may be, and asked for again by each table.
    """
    sizes: list[list[pl.Series]] = [[] for _ in tables]
    held: list[list[pl.DataFrame]] = [[] for _ in tables]
    n_bytes = 0
    for frame in frames():
        n_bytes += int(frame.estimated_size())
        for at, table in enumerate(tables):
            rows = table.make(frame)
            sizes[at].append(rows.select(row_bytes(rows.schema)).to_series())
            held[at] = [*held[at], rows] if n_bytes <= GROUP_BYTES else []
    for table, of_rows, whole in zip(tables, sizes, held, strict=True):
        options = {"row_group_size": group_rows(pl.concat(of_rows), GROUP_ROWS) if of_rows else None, **table.parquet}
        if n_bytes <= GROUP_BYTES:
            pl.concat(whole or [table.schema.to_frame()]).write_parquet(table.path, **options)
        else:
            _sink(map(table.make, frames()), table.path, table.schema, **options)


def _sink(frames: Iterable[pl.DataFrame], path: Path, schema: pl.Schema, **parquet: Any) -> None:
    def source(*_: object) -> Iterator[pl.DataFrame]:
        yield from frames

    register_io_source(source, schema=schema).sink_parquet(path, **parquet)


def gather(runs: Sequence[Path], path: Path, by: Sequence[str] = (), *, nulls_last: bool = False, **same: Any) -> None:
    """The rows of all runs as one file: one run after the other, or in the order `by` that each run is in.

    `same`: columns of the runs that get this value in every row. The file is for the next steps, which read it more
    often than it is kept long: it is compressed fast, not well. A single run is the file.
    """
    if len(runs) == 1 and not same:
        atomic.take_over(runs[0], path)
        return
    values = {name: pl.lit(value) for name, value in same.items()}
    if sum(run.stat().st_size for run in runs) <= SMALL_BYTES:
        whole = selected(runs, lambda scan: scan.with_columns(**values))
        if by and len(runs) > 1:
            whole = whole.sort(*by, nulls_last=nulls_last, maintain_order=True)
        sizes = whole.select(row_bytes(whole.schema)).to_series()
        whole.write_parquet(path, row_group_size=group_rows(sizes, INDEX_GROUP_ROWS), compression="lz4")
        return
    places = places_of(runs, by, nulls_last=nulls_last)
    frames = in_order(runs, places, by, nulls_last=nulls_last)
    valued = (frame.with_columns(**values) for frame in frames)
    rows = group_rows(places[_SIZE], INDEX_GROUP_ROWS)
    _sink(valued, path, pl.Schema(pl.read_parquet_schema(runs[0])), row_group_size=rows, compression="lz4")


def selected(paths: Sequence[Path], query: Query, **scan: Any) -> pl.DataFrame:
    """What a query that goes row by row finds in files of one schema, one file after the other.

    `scan` are options of `scan_parquet`. At least one path is wanted.
    """
    few = (list(paths[at : at + OPEN_FILES]) for at in range(0, len(paths), OPEN_FILES))
    return pl.concat([query(pl.scan_parquet(some, **scan)).collect() for some in few])


def chunks(path: Path, columns: Sequence[str] | None = None, *, rows: int = CHUNK_ROWS) -> Iterator[pl.DataFrame]:
    """The rows of a file, some at a time: of a file with small row groups not more than one of them holds."""
    scan = pl.scan_parquet(path)
    about = pq.read_metadata(path)
    if about.num_row_groups:
        rows = min(rows, about.row_group(0).num_rows)
    wanted = scan.select(columns) if columns else scan
    for start in range(0, about.num_rows, rows):
        yield wanted.slice(start, rows).collect()


def places_of(runs: Sequence[Path], by: Sequence[str], *, nulls_last: bool = False) -> pl.DataFrame:
    """Where each row stands, in the order `by` that each run is in: number of its run, row of the run, bytes.

    Ties, and all rows where there is no `by`, are in the order of the runs.
    """
    schema = {_RUN: pl.Int32, _AT: pl.UInt32, _SIZE: pl.Int64}
    frames = [pl.DataFrame(schema=schema)]
    for number, run in enumerate(runs):
        scan = pl.scan_parquet(run)
        rows = scan.select(*by, row_bytes(scan.collect_schema())).collect().with_row_index(_AT)
        frames.append(rows.with_columns(pl.lit(number, pl.Int32).alias(_RUN)))
    places = pl.concat(frames, how="diagonal")
    if by:
        places = places.sort(*by, nulls_last=nulls_last, maintain_order=True)
    return places.select(_RUN, _AT, _SIZE)


def in_order(
    runs: Sequence[Path], places: pl.DataFrame, by: Sequence[str], *, nulls_last: bool = False, rows: int = CHUNK_ROWS
) -> Iterator[pl.DataFrame]:
    """The rows of all runs as `places_of` puts them, some at a time."""
    for start, n_rows in cut_rows(places[_SIZE], most=CHUNK_BYTES, rows=rows):
        spans = places.slice(start, n_rows).group_by(_RUN).agg(pl.col(_AT).min(), n=pl.len()).sort(_RUN)
        scans = [pl.scan_parquet(runs[run]).slice(at, n) for run, at, n in spans.iter_rows()]
        parts = [
            part for few in range(0, len(scans), OPEN_FILES) for part in pl.collect_all(scans[few : few + OPEN_FILES])
        ]
        if parts:
            chunk = pl.concat(parts)
            yield chunk.sort(*by, nulls_last=nulls_last, maintain_order=True) if by else chunk
