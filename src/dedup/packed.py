"""Lists of numbers as bytes of a Binary column, which Parquet reads several times as fast as lists."""

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from dedup.flat import Int64, Number, flat


def pack(name: str, values: npt.NDArray[Number], offsets: Int64) -> pl.Series:
    """The numbers values[offsets[i]:offsets[i + 1]] of each row i, as they stand in memory (little-endian)."""
    ends, items = offsets * values.itemsize, np.ascontiguousarray(values)
    # From buffers: given arrays, pyarrow first loads pandas, where that is installed, to see whether they are its.
    rows = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(ends), pa.py_buffer(items)]
    )
    return pl.Series(name, pl.from_arrow(rows), pl.Binary)


def unpack(column: pl.Series, dtype: type[Number]) -> tuple[npt.NDArray[Number], Int64]:
    """All numbers of a packed column without nulls, and where each row begins; one offset more than there are rows."""
    buffer, ends = flat(column)
    values = buffer[ends[0] : ends[-1]].view(dtype)
    return values, (ends - ends[0]) // values.itemsize
