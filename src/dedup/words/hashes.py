"""Words as 64-bit hashes: what shingles are mixed from and word ids are cut from, so that a word is hashed once."""

import numpy as np
import numpy.typing as npt
from numba import njit

UInt8 = npt.NDArray[np.uint8]
Int64 = npt.NDArray[np.int64]
UInt64 = npt.NDArray[np.uint64]


def fnv(text: UInt8, starts: Int64, ends: Int64) -> UInt64:
    """FNV-1a 64 (http://www.isthe.com/chongo/tech/comp/fnv/) of the bytes of each word text[starts[i]:ends[i]]."""
    out = np.empty(len(starts), np.uint64)
    _fnv(text, starts, ends, out)
    return out


@njit(inline="always")
def fnv_of(text, first, last):  # type: ignore[no-untyped-def]
    """The hash of text[first:last], for kernels; the places are unsigned."""
    value = np.uint64(0xCBF29CE484222325)
    while first < last:
        value = (value ^ np.uint64(text[first])) * np.uint64(0x100000001B3)
        first += np.uint64(1)
    return value


@njit(cache=True, nogil=True)
def _fnv(text, starts, ends, out):  # type: ignore[no-untyped-def]
    for word in range(len(starts)):
        out[word] = fnv_of(text, np.uint64(starts[word]), np.uint64(ends[word]))
