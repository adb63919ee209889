"""Texts as flat buffers with offsets, as Arrow keeps lists: what exact comparison works on.

A text is the ids of its words in order, as `wordids.word_ids` gives them.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from dedup.matching.occurrences import enter, table_size

Int64 = npt.NDArray[np.int64]
UInt32 = npt.NDArray[np.uint32]
UInt64 = npt.NDArray[np.uint64]


class Words(NamedTuple):
    """Word ids of texts in order, and where each text begins; one offset more than there are texts."""

    ids: UInt32
    offsets: Int64


class Texts(NamedTuple):
    """Texts in flat buffers, each with its offsets, and how much of each kind a text has."""

    words: UInt32  # in text order
    offsets: Int64
    shingles: UInt64  # the one that begins at a word; of the last words of a text, which begin none, anything
    n_shingles: Int64  # distinct ones
    n_words: Int64  # distinct ones, figures included
    n_figures: Int64
    dates: Int64  # in text order
    date_offsets: Int64
    headlines: UInt64  # pairs of neighbouring words in the headline, distinct and sorted
    headline_offsets: Int64
    n_printed: Int64  # those of them that the text has too


def flatten(body: Words, headline: Words, dates: Int64, shingle_words: int) -> Texts:
    """Texts from the words of bodies and headlines; `dates` names the date that begins at each word of the bodies."""
    shingles = _shingles(*body, shingle_words)
    n_shingles, n_words, n_figures = _distinct(*body, shingles, shingle_words)
    headlines, headline_offsets = _word_pairs(*headline)
    named = np.flatnonzero(dates)
    return Texts(
        words=body.ids,
        offsets=body.offsets,
        shingles=shingles,
        n_shingles=n_shingles,
        n_words=n_words,
        n_figures=n_figures,
        dates=dates[named],
        date_offsets=np.searchsorted(named, body.offsets),
        headlines=headlines,
        headline_offsets=headline_offsets,
        n_printed=_printed(*body, headlines, headline_offsets),
    )


@njit(cache=True, nogil=True)
def hash_run(words, first, last):  # type: ignore[no-untyped-def]
    """words[first:last] as one number; the order counts (multiply and shift, constants of MurmurHash3)."""
    value = np.uint64(0x9E3779B97F4A7C15)
    for j in range(first, last):
        value = (value ^ np.uint64(words[j])) * np.uint64(0xFF51AFD7ED558CCD)
        value ^= value >> np.uint64(32)
    return value


@njit(cache=True, nogil=True)
def shingle_count(size, n):  # type: ignore[no-untyped-def]
    """Runs of n words in a text of so many; one of fewer words is one shingle, an empty one none."""
    return max(size - n + 1, min(size, 1))


@njit(cache=True, nogil=True)
def _shingles(words, offsets, n):  # type: ignore[no-untyped-def]
    """Every run of n words as a 64-bit hash, where it begins."""
    out = np.empty(len(words), np.uint64)
    for text in range(len(offsets) - 1):
        first, last = offsets[text], offsets[text + 1]
        for i in range(first, first + shingle_count(last - first, n)):
            out[i] = hash_run(words, i, min(i + n, last))
    return out


@njit(cache=True, nogil=True)
def _distinct(words, offsets, shingles, n):  # type: ignore[no-untyped-def]
    """How many distinct shingles, words and figures each text has: three rows."""
    n_shingles, n_words, n_figures = found = np.zeros((3, len(offsets) - 1), np.int64)
    longest = np.max(np.diff(offsets)) if len(offsets) > 1 else 0
    table, first = np.empty(table_size(longest), np.int32), np.empty(longest, np.int32)
    for text in range(len(offsets) - 1):
        start, end = offsets[text], offsets[text + 1]
        n_shingles[text] = enter(shingles[start : start + shingle_count(end - start, n)], table, first)
        n_words[text] = enter(words[start:end], table, first)
        for j in range(end - start):
            n_figures[text] += first[j] == j and words[start + j] & np.uint32(1) == 1
    return found


@njit(cache=True, nogil=True)
def _word_pairs(words, offsets):  # type: ignore[no-untyped-def]
    """The runs of two words in each text as hashes, sorted, every one once; offsets."""
    out = np.empty(len(words), np.uint64)
    starts = np.zeros_like(offsets)
    end = 0
    for text in range(len(offsets) - 1):
        start = end
        for i in range(offsets[text], offsets[text + 1] - 1):
            out[end] = hash_run(words, i, i + 2)
            end += 1
        found = np.unique(out[start:end])
        end = start + len(found)
        out[start:end] = found
        starts[text + 1] = end
    return out[:end].copy(), starts


@njit(cache=True, nogil=True)
def _printed(words, offsets, headlines, headline_offsets):  # type: ignore[no-untyped-def]
    """How many word pairs of its headline each text has."""
    out = np.empty(len(offsets) - 1, np.int64)
    for text in range(len(out)):
        headline = headlines[headline_offsets[text] : headline_offsets[text + 1]]
        out[text] = found_pairs(headline, words[offsets[text] : offsets[text + 1]])
    return out


@njit(cache=True, nogil=True)
def found_pairs(pairs, words):  # type: ignore[no-untyped-def]
    """How many of the sorted word pairs stand in a text.

    Most word pairs of the text are none of these, which a look at ten bits of them tells.
    """
    if len(pairs) == 0:
        return 0
    is_likely = np.zeros(1024, np.bool_)
    for pair in pairs:
        is_likely[pair & np.uint64(1023)] = True
    is_found = np.zeros(len(pairs), np.bool_)
    for j in range(len(words) - 1):
        pair = hash_run(words, j, j + 2)
        if is_likely[pair & np.uint64(1023)]:
            place = np.searchsorted(pairs, pair)
            if place < len(pairs) and pairs[place] == pair:
                is_found[place] = True
    return is_found.sum()
