"""Thai signs put into the order they are typed in, a cluster at a time, where they stand; compiled.

A cluster is signs in a row, and no rule reaches out of it. In some pair of `DISORDERED` every disorder shows.
"""

from typing import Final

import numpy as np
from numba import njit

from dedup.charmap import ranges_of

TONE, MUTE, MARK, FOOT, PHINTHU, AM, OTHER = (1 << bit for bit in range(7))
NIKHAHIT, SARA_AA, SARA_AM, SARA_E, SARA_AE = 0x4D, 0x32, 0x33, 0x40, 0x41
"""Signs by their place in the Thai block, U+0E00 to U+0E7F."""

_SETS: Final = {
    TONE: "\u0e48-\u0e4b",
    MUTE: "\u0e4c",
    MARK: "\u0e31\u0e34-\u0e3a\u0e47\u0e4d",
    FOOT: "\u0e38\u0e39",
    PHINTHU: "\u0e3a",
    AM: "\u0e33",
    OTHER: "\u0e32\u0e40",
}
DISORDERED: Final = (
    (_SETS[OTHER][-1], _SETS[OTHER][-1]),
    (_SETS[TONE] + _SETS[MUTE], _SETS[MARK]),
    (_SETS[FOOT], _SETS[PHINTHU]),  # as NFC has them
    ("\u0e4d", _SETS[TONE] + "\u0e32"),  # nikhahit + aa is sara am
    (_SETS[AM], _SETS[TONE]),
)


def _signs() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    signs = np.zeros(0x80, np.uint8)
    for bit, characters in _SETS.items():
        for first, last in ranges_of(characters):
            signs[first - 0xE00 : last + 1 - 0xE00] |= np.uint8(bit)
    return signs


SIGNS: Final = _signs()
"""The sets that each character of the Thai block is in; 0 for what is in none, and ends a cluster."""


@njit
def ordered(text, first, end):  # type: ignore[no-untyped-def]
    """Order the cluster that ends at text[end]; nothing is looked at before text[first]. Its new end, and whether it
    was in disorder.
    """
    start = end
    while (
        start - 3 >= first
        and text[start - 3] == 0xE0
        and text[start - 2] >> 1 == 0x5C
        and SIGNS[_sign(text, start - 3)]
    ):
        start -= 3
    shorter = _paired(text, start, end)
    is_moved = False
    for _ in range(3):  # four signs are sorted in three turns
        is_moved |= _swapped(text, start, shorter, TONE | MUTE, MARK)
    is_moved |= _swapped(text, start, shorter, FOOT, PHINTHU)
    shorter = _composed(text, start, shorter)
    is_moved |= _swapped(text, start, shorter, AM, TONE)
    return shorter, is_moved or shorter != end


@njit(inline="always")
def _sign(text, i):  # type: ignore[no-untyped-def]
    return (text[i + 1] & 1) << 6 | text[i + 2] & 0x3F


@njit
def _put(text, i, sign):  # type: ignore[no-untyped-def]
    text[i] = 0xE0
    text[i + 1] = 0xB8 | sign >> 6
    text[i + 2] = 0x80 | sign & 0x3F
    return i + 3


@njit
def _turned(text, start, end):  # type: ignore[no-untyped-def]
    """Signs in the opposite order."""
    end -= 3
    while start < end:
        one, other = _sign(text, start), _sign(text, end)
        _put(text, start, other)
        _put(text, end, one)
        start, end = start + 3, end - 3


@njit
def _swapped(text, i, end, before, after):  # type: ignore[no-untyped-def]
    """Where signs of one set stand before signs of another, they change places; whether any did."""
    is_moved = False
    while i < end:
        start = i
        while i < end and SIGNS[_sign(text, i)] & before:
            i += 3
        middle = i
        while i < end and middle > start and SIGNS[_sign(text, i)] & after:
            i += 3
        if i > middle > start:
            _turned(text, start, middle)
            _turned(text, middle, i)
            _turned(text, start, i)
            is_moved = True
        i += 3 * (i == start)
    return is_moved


@njit
def _paired(text, start, end):  # type: ignore[no-untyped-def]
    """Two sara e are one sara ae; the new end."""
    i, size = start, start
    while i < end:
        sign = _sign(text, i)
        is_two = sign == SARA_E and i + 3 < end and _sign(text, i + 3) == SARA_E
        size = _put(text, size, SARA_AE if is_two else sign)
        i += 6 if is_two else 3
    return size


@njit
def _composed(text, start, end):  # type: ignore[no-untyped-def]
    """Nikhahit, tones and sara aa are the tones and sara am; the new end."""
    i, size = start, start
    while i < end:
        sign, stop = _sign(text, i), i + 3
        while sign == NIKHAHIT and stop < end and SIGNS[_sign(text, stop)] & TONE:
            stop += 3
        if sign == NIKHAHIT and stop < end and _sign(text, stop) == SARA_AA:
            for tone in range(i + 3, stop, 3):
                size = _put(text, size, _sign(text, tone))
            size = _put(text, size, SARA_AM)
            i = stop + 3
        else:
            size = _put(text, size, sign)
            i += 3
    return size
