"""What the quality screen counts in a text, in compiled passes over its bytes."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import njit

from dedup.charmap import ASTRAL, ranges_of
from dedup.flat import code_at, flat, frozen

GRAM: Final = 16
"""Characters of a passage whose repetition counts: about three Thai words."""
ONE_IN: Final = 16
"""Of the passages so many are looked at: one in …"""
FEW: Final = 32
"""With fewer passages chosen all are looked at: a brief has too few for an estimate, or none at all."""

THAI: Final = r"[\u{0E01}-\u{0E3A}\u{0E40}-\u{0E4E}]+"


_THAI, _LATIN, _FOREIGN = 1, 2, 4
_POWERS: Final = frozen(np.array([pow(0x100_0000_01B3, GRAM - 1 - step, 2**64) for step in range(GRAM)], np.uint64))


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """What each character up to ASTRAL is: Thai, an ASCII letter, or perhaps a letter of another script."""
    kinds = np.full(ASTRAL + 1, _FOREIGN, np.uint8)
    for first, last in (
        (0, 0x7F),
        (0xA0, 0xA0),
        (0x0E00, 0x0E7F),
        (0x2000, 0x206F),
        (0x2190, 0x23FF),
        (0x2500, 0x2BFF),
    ):
        kinds[first : last + 1] = 0  # quotes, bullets, arrows, shapes
    for one, ranges in ((_LATIN, ("A-Z", "a-z")), (_THAI, ("\u0e01-\u0e3a", "\u0e40-\u0e4e"))):
        for first, last in (bounds for some in ranges for bounds in ranges_of(some)):
            kinds[first : last + 1] = one
    return frozen(kinds)


def measured(texts: pl.Series) -> pl.DataFrame:
    """`n_thai` (letters, vowels and tones), `n_letters` (those and the letters of other scripts) and `repeated_share`.

    The last is the share of a text that stands in passages it holds more than once, the first time not counted (0 to
    1). One passage of `GRAM` characters in sixteen is looked at, chosen by its own first characters, so that a repeated
    passage is chosen each time; where those are few, all are.
    """
    buffer, offsets = flat(texts)
    n_most = int(np.diff(offsets).max(initial=0))
    counts, shares = np.zeros((3, len(texts)), np.int64), np.zeros(len(texts))
    room = np.empty(n_most, np.uint32), np.empty(n_most + 1, np.uint64), np.empty(4 * n_most + 4, np.uint64)
    _measure(buffer, offsets, _kinds(), _POWERS, *room, counts, shares)
    n_thai, n_latin, n_foreign = counts
    rows = np.flatnonzero(n_foreign)  # half of all articles have a bullet or an arrow; few have a letter among them
    others = texts.gather(rows).str.replace_all(THAI, "").str.count_matches(r"\p{L}")
    n_latin[rows] = others.to_numpy()
    return pl.DataFrame({"n_thai": n_thai, "n_letters": n_thai + n_latin, "repeated_share": shares})


@njit(cache=True, nogil=True)
def _measure(buffer, offsets, kinds, powers, points, grams, slots, counts, shares):  # type: ignore[no-untyped-def]
    """Without branches where one in sixteen goes another way: they took longer than all else."""
    for text in range(len(offsets) - 1):
        i, last = np.uint64(offsets[text]), np.uint64(offsets[text + 1])
        n, n_chosen, before = np.uint64(0), np.uint64(0), np.uint64(0)
        n_thai, n_latin, n_foreign = np.uint64(0), np.uint64(0), np.uint64(0)
        while i < last:
            code, width = code_at(buffer, i)
            i += width
            points[n] = code
            kind = np.uint64(kinds[min(code, np.uint64(ASTRAL))])
            n_thai += kind & np.uint64(_THAI)
            n_latin += kind >> np.uint64(1) & np.uint64(1)
            n_foreign += kind >> np.uint64(2)
            grams[n_chosen] = n - np.uint64(1)  # where it starts, for now
            mixed = before * np.uint64(0x9E37_79B1) + code * np.uint64(0x85EB_CA77)
            n_chosen += np.uint64((n > np.uint64(0)) & (mixed & np.uint64((ONE_IN - 1) << 7) == np.uint64(0)))
            before = code
            n += np.uint64(1)
        counts[0, text], counts[1, text], counts[2, text] = n_thai, n_latin, n_foreign
        while n_chosen and grams[n_chosen - np.uint64(1)] + np.uint64(GRAM) > n:
            n_chosen -= np.uint64(1)
        if n_chosen < np.uint64(FEW):
            n_chosen = max(n, np.uint64(GRAM - 1)) - np.uint64(GRAM - 1)
            for at in range(n_chosen):
                grams[at] = at
        if n_chosen == 0:
            continue
        mask = np.uint64(1)
        while mask < np.uint64(2) * n_chosen:
            mask = mask << np.uint64(1) | np.uint64(1)
        slots[: mask + np.uint64(1)] = 0
        n_distinct = 0
        for at in range(n_chosen):
            gram = np.uint64(0)
            for step in range(np.uint64(GRAM)):
                gram += np.uint64(points[grams[at] + step]) * powers[step]
            gram = gram >> np.uint64(24) | np.uint64(1 << 63)  # the last character hardly counts: 15 decide
            slot = gram & mask
            while slots[slot] and slots[slot] != gram:
                slot = (slot + np.uint64(1)) & mask
            n_distinct += slots[slot] != gram
            slots[slot] = gram
        shares[text] = 1.0 - n_distinct / n_chosen
