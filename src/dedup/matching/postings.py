"""Who shares a key with whom: one night's keys looked up in the nights before, one night at a time.

Tonight's keys go into a hash table; the earlier nights, oldest first, are streamed past it. Of a key only the `width`
newest postings matter, so memory is bounded by tonight's keys, however long the window and crowded the key.

The table of a large night is larger than any cache, and a key may be anywhere in it. So keys are first dealt out to
parts of the table (one pass of a radix sort): those of a part meet in memory that the cache holds.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]

_EMPTY = -1

_PART_BITS = np.uint64(16)
"""Places of the table in a part, as a power of two: with all that belongs to them less than a megabyte."""


class Keys(NamedTuple):
    """The keys of a night's articles in flat buffers."""

    values: Int64
    offsets: Int64  # one entry more than there are articles


class Dealt(NamedTuple):
    """Keys, each with the place of its article; those of a part together, and in the order they came."""

    values: Int64
    articles: Int32


class Neighbours(NamedTuple):
    """Pairs of places, one for each key that brings them together, and what the width cut."""

    pairs: Int64  # older << 32 | newer: one number a pair, because there are tens of millions
    n_crowded: int  # keys with more postings than fit
    largest: int  # postings of the most crowded key
    n_cut: int  # pairs that were not made


class Postings:
    """Tonight's keys, and the newest places of each in the nights that went past."""

    def __init__(self, tonight: Keys, width: int) -> None:
        """Room for `width` places of each of tonight's keys."""
        n_keys = len(tonight.values)
        n_bits = max(4, int(2 * n_keys).bit_length())
        self._shift = np.uint64(64 - n_bits)
        self._table = np.full(1 << n_bits, _EMPTY, np.int32)
        # Most keys of other nights are none of tonight's: of nine in ten one bit says so, of eight for each key.
        self._bits = np.zeros(1 << (n_keys // 8).bit_length(), np.uint64)
        articles = np.repeat(np.arange(len(tonight.offsets) - 1, dtype=np.int32), np.diff(tonight.offsets))
        self._tonight = self._dealt(tonight.values, articles)
        self._slot_of = np.empty(n_keys, np.int32)
        n_slots = _enter(self._tonight.values, self._shift, self._table, self._slot_of, self._bits)
        self._distinct = np.empty(n_slots, np.int64)
        self._distinct[self._slot_of] = self._tonight.values
        self._newest = np.full((n_slots, width), _EMPTY, np.int32)
        self._seen = np.zeros(n_slots, np.int32)

    def pass_by(self, night: Keys, first: int) -> None:
        """Note who has tonight's keys in a night before it, after all earlier ones; `first` is its first place."""
        likely = self._dealt(*_likely(*night, first, self._bits))
        _look_up(*likely, self._shift, self._table, self._distinct, self._newest, self._seen)

    def neighbours(self, first: int) -> Neighbours:
        """Each of tonight's articles with the `width` articles before it, per key. To be asked for once.

        `first` is the place of tonight's first article. Linear in all postings; at most `width` pairs a posting of
        tonight.
        """
        pairs = np.empty(self._slot_of.size * self._newest.shape[1], np.int64)
        found = _pair(self._tonight.articles, first, self._slot_of, self._newest, self._seen, pairs)
        return Neighbours(pairs[: found[0]], *found[1:])

    def _dealt(self, values: Int64, articles: Int32) -> Dealt:
        return Dealt(*_deal(values, articles, self._shift, max(1, len(self._table) >> int(_PART_BITS))))


@njit(inline="always")
def _mixed(key):  # type: ignore[no-untyped-def]
    """The finalizer of MurmurHash3 spreads keys that are not hashes."""
    value = np.uint64(key)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))


@njit(inline="always")
def _bit(key, bits):  # type: ignore[no-untyped-def]
    """The word and the bit of a key in a filter (Bloom 1970, with one hash)."""
    place = _mixed(key) & np.uint64(0xFFFFFFFF)
    return (place >> np.uint64(6)) & np.uint64(len(bits) - 1), np.uint64(1) << (place & np.uint64(63))


@njit(cache=True, nogil=True)
def _likely(values, offsets, first, bits):  # type: ignore[no-untyped-def]
    """The keys that may be tonight's, and the places of their articles; and no branch, as none could be foreseen."""
    likely = np.empty(len(values), np.int64)
    articles = np.empty(len(values), np.int32)
    n = 0
    for article in range(len(offsets) - 1):
        for i in range(offsets[article], offsets[article + 1]):
            word, bit = _bit(values[i], bits)
            likely[n], articles[n] = values[i], first + article
            n += bits[word] & bit != 0
    return likely[:n], articles[:n]


@njit(cache=True, nogil=True)
def _deal(values, articles, shift, n_parts):  # type: ignore[no-untyped-def]
    """Both, part by part."""
    ends = np.zeros(n_parts + 1, np.int64)
    for value in values:
        ends[(_mixed(value) >> shift >> _PART_BITS) + np.uint64(1)] += 1
    ends = np.cumsum(ends)
    dealt, dealt_articles = np.empty_like(values), np.empty_like(articles)
    for i in range(len(values)):
        part = _mixed(values[i]) >> shift >> _PART_BITS
        dealt[ends[part]], dealt_articles[ends[part]] = values[i], articles[i]
        ends[part] += 1
    return dealt, dealt_articles


@njit(cache=True, nogil=True)
def _enter(values, shift, table, slot_of, bits):  # type: ignore[no-untyped-def]
    """Number the distinct keys in the order they come; `table` maps to the number of each."""
    mask = len(table) - 1
    n_slots = 0
    first_at = np.empty(len(values), np.int32)
    for i in range(len(values)):
        word, bit = _bit(values[i], bits)
        bits[word] |= bit
        place = np.int64(_mixed(values[i]) >> shift)
        while table[place] != _EMPTY and values[first_at[table[place]]] != values[i]:
            place = (place + 1) & mask
        if table[place] == _EMPTY:
            table[place] = n_slots
            first_at[n_slots] = i
            n_slots += 1
        slot_of[i] = table[place]
    return n_slots


@njit(cache=True, nogil=True)
def _look_up(values, articles, shift, table, distinct, newest, seen):  # type: ignore[no-untyped-def]
    """Note the newest postings of each key, in a ring, and count them all."""
    mask = len(table) - 1
    width = newest.shape[1]
    for i in range(len(values)):
        place = np.int64(_mixed(values[i]) >> shift)
        while table[place] != _EMPTY and distinct[table[place]] != values[i]:
            place = (place + 1) & mask
        slot = table[place]
        if slot != _EMPTY:
            newest[slot, seen[slot] % width] = articles[i]
            seen[slot] += 1


@njit(cache=True, nogil=True)
def _pair(articles, first, slot_of, newest, seen, pairs):  # type: ignore[no-untyped-def]
    """Go through tonight's articles, each of which is then the newest posting of its key."""
    width = newest.shape[1]
    n_pairs = n_cut = 0
    for slot, article in zip(slot_of, articles):  # noqa: B905 - a compiled loop
        newer = first + article
        for j in range(min(seen[slot], width)):
            pairs[n_pairs] = np.int64(newest[slot, j]) << 32 | newer
            n_pairs += 1
        n_cut += max(0, seen[slot] - width)
        newest[slot, seen[slot] % width] = newer
        seen[slot] += 1
    n_crowded = largest = 0
    for slot in range(len(seen)):
        n_crowded += seen[slot] > width + 1
        largest = max(largest, seen[slot])
    return n_pairs, n_crowded, largest, n_cut
