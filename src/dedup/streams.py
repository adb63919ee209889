"""Tables larger than memory: written as their rows come, put in order from sorted runs.

Polars reads and writes them; what is held at once is a chunk of the rows and the columns they are ordered by.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

CHUNK_ROWS = 5_000
"""Rows held at once while a table is put in order or published."""

GROUP_ROWS = 20_000
"""Rows of a row group of a published table: about 60 MB of articles, which the writer holds."""

_RUN, _AT = "·run", "·at"  # no table has such columns


def write(frames: Iterable[pl.DataFrame], path: Path, schema: pl.Schema, **parquet: Any) -> None:
    """Write frames of one schema as one Parquet file, in their order; it may depend on rows, not on how they are cut.

    `parquet` are options of `sink_parquet`. What `frames` raises while it is read is raised here.
    """

    def source(*_: object) -> Iterator[pl.DataFrame]:
        yield from frames

    register_io_source(source, schema=schema).sink_parquet(path, **parquet)


def gather(runs: Sequence[Path], path: Path, by: Sequence[str] = (), **order: Any) -> None:
    """The rows of all runs as one file: one run after the other, or in the order `by` that each run is in."""
    frames = merged(runs, by, **order) if by else (frame for run in runs for frame in chunks(run))
    write(frames, path, pl.Schema(pl.read_parquet_schema(runs[0])))


def chunks(path: Path, columns: Sequence[str] | None = None, *, rows: int = CHUNK_ROWS) -> Iterator[pl.DataFrame]:
    """The rows of a file, some at a time."""
    scan = pl.scan_parquet(path)
    n_rows = scan.select(pl.len()).collect().item()
    wanted = scan.select(columns) if columns else scan
    for start in range(0, n_rows, rows):
        yield wanted.slice(start, rows).collect()


def merged(
    runs: Sequence[Path],
    by: Sequence[str],
    *,
    descending: Sequence[bool] | bool = False,
    nulls_last: bool = False,
    rows: int = CHUNK_ROWS,
) -> Iterator[pl.DataFrame]:
    """The rows of all runs in the order `by`, each of them in this order already; ties in the order of the runs."""
    frames = [pl.read_parquet(run, columns=list(by)).with_row_index(_AT) for run in runs]
    if not frames:
        return
    keys = pl.concat([frame.with_columns(pl.lit(n, pl.Int32).alias(_RUN)) for n, frame in enumerate(frames)])
    del frames
    order = {"descending": descending, "nulls_last": nulls_last, "maintain_order": True}
    places = keys.sort(*by, **order).select(_RUN, _AT)  # type: ignore[arg-type]
    del keys
    for chunk in places.iter_slices(rows):
        spans = chunk.group_by(_RUN).agg(pl.col(_AT).min(), n=pl.len()).sort(_RUN)
        parts = [pl.scan_parquet(runs[run]).slice(at, n) for run, at, n in spans.iter_rows()]
        yield pl.concat(pl.collect_all(parts)).sort(*by, **order)  # type: ignore[arg-type]
