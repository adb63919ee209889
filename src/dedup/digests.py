"""Digests of rows of texts, all at once: those of `index.digest`, to the bit. They are part of article ids."""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl
from numba import njit

from dedup.flat import copied, flat, plain_end

SHORT: Final = b"btn\0fr"
"""Letters of the escapes of U+0008 to U+000D; 0 for the one that has none."""


def row_digests(columns: Sequence[pl.Series]) -> pl.Series:
    """`digest(*row)` of each row of some columns of strings: they are spelled as JSON by a compiled loop."""
    n_rows = len(columns[0])
    buffers, offsets = zip(*map(flat, columns), strict=True)
    is_there = np.ones((len(columns), n_rows), np.bool_)
    for column, there in zip(columns, is_there, strict=True):
        if column.null_count():
            there[:] = column.is_not_null().to_numpy()
    out, ends = np.empty(_room(buffers, n_rows), np.uint8), np.zeros(n_rows + 1, np.int64)
    _spell(buffers, offsets, is_there, np.frombuffer(SHORT, np.uint8), out, ends)
    spelled = out.data
    made = [blake2b(spelled[start:end], digest_size=16).hexdigest() for start, end in pairwise(ends.tolist())]
    return pl.Series(made, dtype=pl.String)


@njit(cache=True, nogil=True)
def _room(buffers, n_rows):  # type: ignore[no-untyped-def]
    """Bytes that the spelled rows need at most."""
    size = n_rows * len(buffers) * len('"null"\0')
    for column in range(len(buffers)):
        buffer = buffers[column]
        size += len(buffer)
        for i in range(len(buffer)):
            size += 5 * (buffer[i] < 0x20) + (buffer[i] == 0x22) + (buffer[i] == 0x5C)
    return size


@njit(cache=True, nogil=True)
def _spell(buffers, offsets, is_there, short, out, ends):  # type: ignore[no-untyped-def]
    size = 0
    for row in range(len(ends) - 1):
        for column in range(len(buffers)):
            if is_there[column, row]:
                out[size] = 0x22
                size = _quoted(buffers[column], offsets[column][row], offsets[column][row + 1], short, out, size + 1)
                out[size] = 0x22
                size += 1
            else:
                for letter in (0x6E, 0x75, 0x6C, 0x6C):
                    out[size] = letter
                    size += 1
            out[size] = 0
            size += 1
        ends[row + 1] = size


@njit
def _quoted(buffer, i, last, short, out, size):  # type: ignore[no-untyped-def]
    """Write the text with quotes, backslashes and controls escaped; where the next byte goes."""
    while i < last:
        stop = plain_end(buffer, i, last)
        size = copied(buffer, i, stop, out, size)
        i = stop + 1
        if stop < last:
            size = _escaped(buffer[stop], short, out, size)
    return size


@njit
def _escaped(byte, short, out, size):  # type: ignore[no-untyped-def]
    out[size] = 0x5C
    if byte >= 0x20:
        out[size + 1] = byte
        return size + 2
    if 0x08 <= byte <= 0x0D and short[byte - 0x08]:
        out[size + 1] = short[byte - 0x08]
        return size + 2
    out[size + 1] = 0x75
    out[size + 2] = 0x30
    out[size + 3] = 0x30
    out[size + 4] = 0x30 + (byte >> 4)
    digit = byte & 0x0F
    out[size + 5] = digit + (0x30 if digit < 10 else 0x57)
    return size + 6
