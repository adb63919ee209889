"""Texts as one buffer of UTF-8 with offsets, as Arrow keeps them and compiled kernels read them; and back."""

from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from numba import njit

UInt8 = npt.NDArray[np.uint8]
Int64 = npt.NDArray[np.int64]

SPAN: Final = 64
"""Bytes that are looked at together."""

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


@njit
def plain_end(buffer, i, last):  # type: ignore[no-untyped-def]
    """The first byte from `i` that JSON writes as an escape (a control, quote or backslash); `last` if none is."""
    at, end = np.uint64(i), np.uint64(last)
    while at < end:
        stop = min(at + np.uint64(SPAN), end)
        n_escaped = 0
        for j in range(at, stop):  # many bytes at once: a loop that only counts needs no branches
            n_escaped += (buffer[j] < 0x20) + (buffer[j] == 0x22) + (buffer[j] == 0x5C)
        if n_escaped:
            break
        at = stop
    while at < end and buffer[at] >= 0x20 and buffer[at] != 0x22 and buffer[at] != 0x5C:
        at += np.uint64(1)
    return np.int64(at)


@njit
def copied(buffer, start, stop, out, size):  # type: ignore[no-untyped-def]
    """Write buffer[start:stop] to out[size:]; where the next byte goes. A slice is assigned 15 times as slowly."""
    for j in range(np.uint64(stop - start)):
        out[np.uint64(size) + j] = buffer[np.uint64(start) + j]
    return size + (stop - start)


@njit(inline="always")
def code_at(buffer, i):  # type: ignore[no-untyped-def]
    """The character that starts at byte `i` and its width, both unsigned."""
    code = np.uint64(buffer[i])
    if code == 0xE0:  # first, because Thai is
        second, third = np.uint64(buffer[i + np.uint64(1)]), np.uint64(buffer[i + np.uint64(2)])
        return (second & np.uint64(0x3F)) << np.uint64(6) | third & np.uint64(0x3F), np.uint64(3)
    if code < 0x80:
        return code, np.uint64(1)
    second = np.uint64(buffer[i + np.uint64(1)]) & np.uint64(0x3F)
    if code < 0xE0:
        return (code & np.uint64(0x1F)) << np.uint64(6) | second, np.uint64(2)
    third = np.uint64(buffer[i + np.uint64(2)]) & np.uint64(0x3F)
    if code < 0xF0:
        return (code & np.uint64(0x0F)) << np.uint64(12) | second << np.uint64(6) | third, np.uint64(3)
    fourth = np.uint64(buffer[i + np.uint64(3)]) & np.uint64(0x3F)
    code = (code & np.uint64(0x07)) << np.uint64(18) | second << np.uint64(12)
    return code | third << np.uint64(6) | fourth, np.uint64(4)
