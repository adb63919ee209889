"""Texts as flat buffers with offsets, as Arrow keeps lists: what exact comparison works on.

A text is the ids of its words in order, as `wordids.hash_words` gives them.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Int64 = npt.NDArray[np.int64]
UInt32 = npt.NDArray[np.uint32]
UInt64 = npt.NDArray[np.uint64]


class Words(NamedTuple):
    """Word ids of texts in order, and where each text begins; one offset more than there are texts."""

    ids: UInt32
    offsets: Int64


class Texts(NamedTuple):
    """Texts in flat buffers, each with its offsets."""

    words: UInt32  # in text order
    offsets: Int64
    shingles: UInt64  # in text order, repetitions kept
    shingle_offsets: Int64
    sets: UInt64  # the same, distinct and sorted
    set_offsets: Int64
    distinct: UInt32  # words, distinct and sorted
    distinct_offsets: Int64
    dates: Int64  # in text order
    date_offsets: Int64
    headlines: UInt64  # pairs of neighbouring words in the headline, distinct and sorted
    headline_offsets: Int64


def flatten(body: Words, headline: Words, dates: Int64, shingle_words: int) -> Texts:
    """Texts from the words of bodies and headlines; `dates` names the date that begins at each word of the bodies."""
    shingles, shingle_offsets = _shingles(body.ids, body.offsets, shingle_words)
    sets, set_offsets = _distinct(shingles, shingle_offsets)
    distinct, distinct_offsets = _distinct(body.ids, body.offsets)
    headlines, headline_offsets = _distinct(*_shingles(*_of_several_words(headline), 2))
    named = np.flatnonzero(dates)
    return Texts(
        words=body.ids,
        offsets=body.offsets,
        shingles=shingles,
        shingle_offsets=shingle_offsets,
        sets=sets,
        set_offsets=set_offsets,
        distinct=distinct,
        distinct_offsets=distinct_offsets,
        dates=dates[named],
        date_offsets=np.searchsorted(named, body.offsets),
        headlines=headlines,
        headline_offsets=headline_offsets,
    )


def _of_several_words(texts: Words) -> Words:
    """Texts of one word made empty: there is no pair of words in them."""
    sizes = np.diff(texts.offsets)
    ids = texts.ids[np.repeat(sizes != 1, sizes)]
    return Words(ids, np.concatenate([[0], np.cumsum(np.where(sizes == 1, 0, sizes))]))


@njit(cache=True, nogil=True)
def hash_run(words, first, last):  # type: ignore[no-untyped-def]
    """words[first:last] as one number; the order counts (multiply and shift, constants of MurmurHash3)."""
    value = np.uint64(0x9E3779B97F4A7C15)
    for j in range(first, last):
        value = (value ^ np.uint64(words[j])) * np.uint64(0xFF51AFD7ED558CCD)
        value ^= value >> np.uint64(32)
    return value


@njit(cache=True, nogil=True)
def _shingles(words, offsets, n):  # type: ignore[no-untyped-def]
    """Every run of n words as a 64-bit hash; a text of fewer words is one shingle, an empty one none."""
    out = np.empty(len(words) + len(offsets), np.uint64)
    starts = np.empty_like(offsets)
    end = 0
    for text in range(len(offsets) - 1):
        starts[text] = end
        first, last = offsets[text], offsets[text + 1]
        for i in range(first, min(max(last - n + 1, first + 1), last)):
            out[end] = hash_run(words, i, min(i + n, last))
            end += 1
    starts[-1] = end
    return out[:end].copy(), starts


@njit(cache=True, nogil=True)
def _distinct(values, offsets):  # type: ignore[no-untyped-def]
    """Each text's values sorted, every one once."""
    out = np.empty_like(values)
    starts = np.empty_like(offsets)
    end = 0
    for text in range(len(offsets) - 1):
        starts[text] = end
        ordered = np.sort(values[offsets[text] : offsets[text + 1]])
        for i in range(len(ordered)):
            if i == 0 or ordered[i] != ordered[i - 1]:
                out[end] = ordered[i]
                end += 1
    starts[-1] = end
    return out[:end].copy(), starts
