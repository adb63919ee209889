"""Texts rewritten character by character in one pass over the bytes: dropped, replaced, blanks squeezed.

One regex after another does the same in four times the time. What a table of characters cannot say, such as canonical
order or letters beyond Thai and ASCII, is left to them: such a text is told apart as odd.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import njit

from dedup.flat import code_at, copied, flat, texts_of

Marks = npt.NDArray[np.bool_]

ASTRAL: Final = 0x10000
"""All characters from here on are treated alike."""
MOST_BREAKS: Final = 2
"""One blank line is a paragraph; more say nothing else."""
KEEP, DROP, BLANK, BREAK, RETURN, JOIN, ODD = range(7)
"""What is done with a character; a larger number is the character that takes its place.

Of blanks and breaks in a row the breaks are left, at most two, or one blank, none at the ends of a text and none before
a character that joins.
"""


def ranges_of(characters: str) -> list[tuple[int, int]]:
    """`a-z` and single characters as first and last code points; a hyphen that ends no range stands for itself."""
    points, ranges, at = [min(ord(one), ASTRAL) for one in characters], [], 0
    while at < len(points):
        is_range = at + 2 < len(points) and characters[at + 1] == "-"
        ranges.append((points[at], points[at + 2 if is_range else at]))
        at += 3 if is_range else 1
    return ranges


@dataclass(frozen=True)
class CharMap:
    """What becomes of each character up to ASTRAL, and which neighbours in the result make a text odd."""

    acts: npt.NDArray[np.uint32]
    sides: npt.NDArray[np.uint16]  # bit i: may stand left in odd pair i; bit 8 + i: right


def char_map(*rules: tuple[str, int], odd_pairs: Iterable[tuple[str, str]] = ()) -> CharMap:
    """A map from sets of characters (as `ranges_of` reads them) and what is done with them; the last rule counts.

    `\\r` that breaks a line makes one break with a following `\\n`.
    """
    acts, sides = np.zeros(ASTRAL + 1, np.uint32), np.zeros(ASTRAL + 1, np.uint16)
    for characters, act in rules:
        assert act < 0x80, "only ASCII takes another character's place: that never needs more room"
        for first, last in ranges_of(characters):
            acts[first : last + 1] = act
    if acts[ord("\r")] == BREAK:
        acts[ord("\r")] = RETURN
    for bit, pair in enumerate(odd_pairs):
        assert bit < 8, "a side has eight bits"
        for side, characters in enumerate(pair):
            for first, last in ranges_of(characters):
                sides[first : last + 1] |= np.uint16(1 << bit + 8 * side)
    return CharMap(acts, sides)


class Rewritten(NamedTuple):
    """The texts, and which had something dropped, had blanks squeezed or changed, or are odd and to be done again."""

    texts: pl.Series
    is_dropped: Marks
    is_squeezed: Marks
    is_odd: Marks


def rewritten(texts: pl.Series, by: CharMap) -> Rewritten:
    """The texts by the map; a null is empty."""
    buffer, offsets = flat(texts)
    out, out_offsets = np.empty(len(buffer), np.uint8), np.zeros(len(offsets), np.int64)
    marks = np.zeros((3, len(texts)), np.bool_)
    size = _rewrite(buffer, offsets, by.acts, by.sides, out, out_offsets, marks)
    return Rewritten(texts_of(texts.name, out[:size], out_offsets), *marks)


@njit(cache=True, nogil=True)
def _rewrite(buffer, offsets, acts, sides, out, out_offsets, marks):  # type: ignore[no-untyped-def]  # noqa: PLR0912
    size, has_sides = np.uint64(0), sides.any()
    for text in range(len(offsets) - 1):
        i, last, first, n_dropped = np.uint64(offsets[text]), np.uint64(offsets[text + 1]), size, np.uint64(0)
        is_apart, n_breaks, before, left, is_odd, is_squeezed = False, 0, 0, 0, False, False
        kept = i  # from here on nothing is written yet: what is kept is copied in one go
        while i < last:
            code, width = code_at(buffer, i)
            act = acts[min(code, np.uint64(ASTRAL))]
            if act == KEEP and not (is_apart or has_sides):
                before = KEEP
                i += width
                continue
            size = copied(buffer, kept, i, out, size)
            if act == KEEP or act >= JOIN:
                if is_apart:
                    if size > first and act != JOIN:
                        for _ in range(max(n_breaks, 1)):
                            out[size] = 0x0A if n_breaks else 0x20
                            size += np.uint64(1)
                        left = 0
                    is_apart, n_breaks = False, 0
                is_odd |= act == ODD
                if act > ODD:
                    code = np.uint64(act)
                side = sides[min(code, np.uint64(ASTRAL))]
                is_odd |= (left & side >> 8) != 0
                left = side & 0xFF
                if act > ODD:
                    out[size] = np.uint8(act)
                    size += np.uint64(1)
                else:
                    size = copied(buffer, i, i + width, out, size)
            elif act == DROP:
                n_dropped += width
            else:
                is_apart = True
                is_squeezed |= code != (0x20 if act == BLANK else 0x0A)
                if act != BLANK and not (before == RETURN and code == 0x0A):
                    n_breaks = min(n_breaks + 1, MOST_BREAKS)
            if act != DROP:
                before = act
            i += width
            kept = i
        size = copied(buffer, kept, last, out, size)
        marks[0, text] = n_dropped > 0
        marks[1, text] = is_squeezed or size - first + n_dropped < last - np.uint64(offsets[text])
        marks[2, text] = is_odd
        out_offsets[text + 1] = size
    return size
