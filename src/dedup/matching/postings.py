"""Who shares a key with whom: one night's keys looked up in the nights before, one night at a time.

Tonight's keys go into a hash table; each earlier night, newest first, is streamed past it. Of a key only the `width`
newest postings matter, so memory is bounded by tonight's keys, however long the window and crowded the key.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]

_EMPTY = -1


class Keys(NamedTuple):
    """The keys of a night's articles in flat buffers; `first` is the place of its first article among all."""

    values: Int64
    offsets: Int64  # one entry more than there are articles
    first: int


class Neighbours(NamedTuple):
    """Pairs of places, one for each key that brings them together, and what the width cut."""

    pairs: Int64  # older << 32 | newer: one number a pair, because there are tens of millions
    n_crowded: int  # keys with more postings than fit
    largest: int  # postings of the most crowded key
    n_cut: int  # pairs that were not made


def neighbours(tonight: Keys, window: Iterable[Keys], width: int) -> Neighbours:
    """Each of tonight's articles with the `width` articles before it, per key, in the order of places.

    `window` gives the earlier nights, newest first. Linear in all postings; at most `width` pairs a posting of tonight.
    """
    n_keys = len(tonight.values)
    table = np.full(1 << max(4, int(2 * n_keys).bit_length()), _EMPTY, np.int32)
    slot_of = np.empty(n_keys, np.int32)
    n_slots = _enter(tonight.values, table, slot_of)
    distinct = np.empty(n_slots, np.int64)
    distinct[slot_of] = tonight.values
    found = np.full((n_slots, width), _EMPTY, np.int32)
    seen = np.zeros(n_slots, np.int32)
    for night in window:
        _look_up(night.values, night.offsets, night.first, table, distinct, found, seen)
    pairs = np.empty(n_keys * width, np.int64)
    n_pairs, n_crowded, largest, n_cut = _pair(tonight.offsets, tonight.first, slot_of, found, seen, pairs)
    return Neighbours(pairs[:n_pairs], n_crowded, largest, n_cut)


@njit(cache=True, nogil=True)
def _start(key, mask):  # type: ignore[no-untyped-def]
    """Where the search for a key begins: the finalizer of MurmurHash3 spreads keys that are not hashes."""
    value = np.uint64(key)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return np.int64((value ^ (value >> np.uint64(33))) & np.uint64(mask))


@njit(cache=True, nogil=True)
def _enter(values, table, slot_of):  # type: ignore[no-untyped-def]
    """Number the distinct keys in the order they come; `table` maps to the first position of each."""
    mask = len(table) - 1
    n_slots = 0
    first_at = np.empty(len(values), np.int32)
    for i in range(len(values)):
        place = _start(values[i], mask)
        while table[place] != _EMPTY and values[first_at[table[place]]] != values[i]:
            place = (place + 1) & mask
        if table[place] == _EMPTY:
            table[place] = n_slots
            first_at[n_slots] = i
            n_slots += 1
        slot_of[i] = table[place]
    return n_slots


@njit(cache=True, nogil=True)
def _look_up(values, offsets, first, table, distinct, found, seen):  # type: ignore[no-untyped-def]
    """Note the newest postings of each key, the night's last article first, and count them all."""
    mask = len(table) - 1
    width = found.shape[1]
    for article in range(len(offsets) - 2, -1, -1):
        for i in range(offsets[article], offsets[article + 1]):
            place = _start(values[i], mask)
            while table[place] != _EMPTY and distinct[table[place]] != values[i]:
                place = (place + 1) & mask
            slot = table[place]
            if slot != _EMPTY:
                if seen[slot] < width:
                    found[slot, seen[slot]] = first + article
                seen[slot] += 1


@njit(cache=True, nogil=True)
def _pair(offsets, first, slot_of, found, seen, pairs):  # type: ignore[no-untyped-def]
    """Walk tonight's articles in order; `found` of a key is kept as a ring of the newest postings so far."""
    width = found.shape[1]
    for slot in range(len(seen)):  # newest first → oldest first, so that appending goes on with it
        n = min(seen[slot], width)
        for i in range(n // 2):
            found[slot, i], found[slot, n - 1 - i] = found[slot, n - 1 - i], found[slot, i]
    total = seen.copy()
    kept = np.minimum(seen, width)
    newest = kept.copy()  # where the next posting goes
    n_pairs = n_cut = 0
    for article in range(len(offsets) - 1):
        for i in range(offsets[article], offsets[article + 1]):
            slot = slot_of[i]
            for j in range(kept[slot]):
                pairs[n_pairs] = np.int64(found[slot, j]) << 32 | first + article
                n_pairs += 1
            n_cut += max(0, total[slot] - width)
            found[slot, newest[slot] % width] = first + article
            newest[slot] += 1
            total[slot] += 1
            kept[slot] = min(total[slot], width)
    n_crowded = largest = 0
    for slot in range(len(total)):
        n_crowded += total[slot] > width + 1
        largest = max(largest, total[slot])
    return n_pairs, n_crowded, largest, n_cut
