"""Texts as one buffer of UTF-8 with offsets, as Arrow keeps them and compiled kernels read them; and back."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from numba import njit

UInt8 = npt.NDArray[np.uint8]
Int64 = npt.NDArray[np.int64]

Number = TypeVar("Number", bound=np.generic)


def frozen(array: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """A read-only view. Kernels are compiled once for read-only input, which Arrow's is and numpy's may not be."""
    view = array.view()
    view.flags.writeable = False
    return view


def flat(texts: pl.Series) -> tuple[UInt8, Int64]:
    """All bytes of the texts, and where each starts (one offset more than texts); a null is empty. Both read-only."""
    full = texts.fill_null("") if texts.null_count() else texts  # filling is a query of its own
    array = full.to_arrow(compat_level=pl.CompatLevel.oldest())  # one buffer; views would be cast
    _, offsets, content = array.buffers()
    buffer = np.frombuffer(content, np.uint8) if content is not None and content.size else np.zeros(0, np.uint8)
    if offsets is None or not len(array):
        return frozen(buffer), frozen(np.zeros(1, np.int64))
    return frozen(buffer), frozen(np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1])


def texts_of(name: str, buffer: UInt8, offsets: Int64) -> pl.Series:
    """The texts buffer[offsets[i]:offsets[i + 1]], which must be UTF-8, as a column."""
    count = len(offsets) - 1
    array = pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(buffer))
    return pl.Series(name, pl.from_arrow(array), pl.String)


@njit(inline="always")
def code_at(buffer, i):  # type: ignore[no-untyped-def]
    """The character that starts at byte `i` and its width, both unsigned."""
    code = np.uint64(buffer[i])
    if 0xE0 <= code < 0xF0:  # first, because Thai is
        second, third = np.uint64(buffer[i + np.uint64(1)]), np.uint64(buffer[i + np.uint64(2)])
        code = (code & np.uint64(0x0F)) << np.uint64(12) | (second & np.uint64(0x3F)) << np.uint64(6)
        return code | third & np.uint64(0x3F), np.uint64(3)
    if code < 0x80:
        return code, np.uint64(1)
    second = np.uint64(buffer[i + np.uint64(1)]) & np.uint64(0x3F)
    if code < 0xE0:
        return (code & np.uint64(0x1F)) << np.uint64(6) | second, np.uint64(2)
    third, fourth = np.uint64(buffer[i + np.uint64(2)]), np.uint64(buffer[i + np.uint64(3)])
    code = (code & np.uint64(0x07)) << np.uint64(18) | second << np.uint64(12)
    return code | (third & np.uint64(0x3F)) << np.uint64(6) | fourth & np.uint64(0x3F), np.uint64(4)
