"""Hashes of lines numbered, and looked up among others: 64 bits that are mixed well already, none of them 0."""

import numpy as np
import numpy.typing as npt
from numba import njit

from dedup.cleaning.distinctlines import Int64, UInt64
from dedup.flat import frozen


def numbered(hashes: UInt64) -> tuple[npt.NDArray[np.uint32], UInt64]:
    """The number of each hash, and the hash of each number, in the order in which they come; that of 0 is always 0."""
    numbers, distinct = np.zeros(len(hashes), np.uint32), np.zeros(len(hashes) + 1, np.uint64)
    count = _number(frozen(hashes), _slots(len(hashes)), numbers, distinct)
    return numbers, distinct[:count].copy()


def look_up(hashes: UInt64, among: UInt64) -> Int64:
    """Where each hash stands first among others, -1 for 0 and for one that does not."""
    places = np.full(len(hashes), -1, np.int64)
    _look_up(frozen(hashes), frozen(among), _slots(len(among)), places)
    return places


def _slots(count: int) -> npt.NDArray[np.uint32]:
    return np.zeros(1 << max(4, (2 * count).bit_length()), np.uint32)


@njit(cache=True, nogil=True)
def _number(hashes, slots, numbers, distinct):  # type: ignore[no-untyped-def]
    mask, count = np.uint64(len(slots) - 1), np.uint32(1)
    for at in range(len(hashes)):
        value = hashes[at]
        if value:
            slot = value & mask
            while slots[slot] and distinct[slots[slot]] != value:
                slot = (slot + np.uint64(1)) & mask
            if not slots[slot]:
                distinct[count], slots[slot] = value, count
                count += np.uint32(1)
            numbers[at] = slots[slot]
    return count


@njit(cache=True, nogil=True)
def _look_up(hashes, among, slots, places):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(slots) - 1)
    for at in range(len(among)):
        slot = among[at] & mask
        while slots[slot] and among[slots[slot] - np.uint32(1)] != among[at]:
            slot = (slot + np.uint64(1)) & mask
        if not slots[slot]:
            slots[slot] = at + 1
    for at in range(len(hashes)):
        value = hashes[at]
        if value:
            slot = value & mask
            while slots[slot] and among[slots[slot] - np.uint32(1)] != value:
                slot = (slot + np.uint64(1)) & mask
            places[at] = np.int64(slots[slot]) - 1
