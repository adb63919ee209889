"""Values of one text looked for in another: a hash table of where each value first stands.

No text is sorted for it, and the table of a usual text stays in the first cache.
"""

import numpy as np
from numba import njit

NOWHERE = -1


@njit(cache=True, nogil=True)
def table_size(n):  # type: ignore[no-untyped-def]
    """Slots for n values, a power of two: at least four for each."""
    size = 8
    while size < 4 * n:
        size *= 2
    return size


@njit(inline="always")
def _slot(value, mask):  # type: ignore[no-untyped-def]
    """Where the search for a value begins (Fibonacci hashing: Knuth, TAOCP 3, 6.4): ids in a row must spread too."""
    mixed = np.uint64(value) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(mask))


@njit(cache=True, nogil=True)
def enter(values, table, first):  # type: ignore[no-untyped-def]
    """Note in first[i] where values[i] first stands among the values; how many of them are distinct.

    `table` has `table_size` slots for the values, or more.
    """
    mask = table_size(len(values)) - 1
    table[: mask + 1] = NOWHERE
    distinct = 0
    for i in range(len(values)):
        slot = _slot(values[i], mask)
        while table[slot] != NOWHERE and values[table[slot]] != values[i]:
            slot = (slot + 1) & mask
        if table[slot] == NOWHERE:
            table[slot] = i
            distinct += 1
        first[i] = table[slot]
    return distinct


@njit(cache=True, nogil=True)
def look_up(wanted, values, table, first, is_found, is_wanted):  # type: ignore[no-untyped-def]
    """Which places of `wanted` and of `values`, as they were entered, hold a value that both have.

    Returns how many distinct values that are, and how many of them are odd.
    """
    mask = table_size(len(values)) - 1
    is_wanted[: len(values)] = False
    for i in range(len(wanted)):
        slot = _slot(wanted[i], mask)
        while table[slot] != NOWHERE and values[table[slot]] != wanted[i]:
            slot = (slot + 1) & mask
        is_found[i] = table[slot] != NOWHERE
        if is_found[i]:
            is_wanted[table[slot]] = True
    common = odd = 0
    for i in range(len(values)):
        is_wanted[i] = is_wanted[first[i]]
        if is_wanted[i] and first[i] == i:
            common += 1
            odd += int(values[i]) & 1
    return common, odd
