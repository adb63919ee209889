"""Texts without what is invisible, their blanks squeezed and their signs in order, in one pass over the bytes.

Nearly all scraped texts need that, and few need more: the same pass sees what else a text sets off, as it comes and as
it goes. Whatever is in its place is not touched: what stands between two changes is copied in one go.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import njit

from dedup.charmap import ASTRAL, BLANK, BREAK, DROP, KEEP, MOST_BREAKS, RETURN, CharMap
from dedup.cleaning.signorder import SIGNS, ordered
from dedup.cleaning.triggers import CHAINED, END, MOST_CLASSES, NEAR, SAME_0, SAME_1, START, Triggers, set_off
from dedup.flat import code_at, copied, flat, texts_of

Bools = npt.NDArray[np.bool_]
UInt32 = npt.NDArray[np.uint32]

THAI: Final = 0xE00

EVENT: Final = 1 << 28
"""In the tables of pairs, above the bits: the second is not kept as it stands."""

EVENTS: Final = np.uint64(SAME_1 - 1)
LONG_RUN: Final = np.uint64(2**64 - 1)
"""64 pairs in a row of one run of the second layer."""


@dataclass(frozen=True)
class Tidying:
    """What is looked for, and what is done with each class of characters: in a text that does not keep its lines (mode
    0) and in one that does (1). `order`: bit of the trigger for signs in disorder.
    """

    triggers: Triggers
    acts: npt.NDArray[np.uint8]  # mode × class
    pairs: UInt32  # mode × (class << 7 | class)
    order: np.uint32


def tidying_of(triggers: Triggers, on_one_line: CharMap, lines_kept: CharMap, *, order: np.uint32) -> Tidying:
    """The tables. Of the maps only what is kept, dropped and blank counts."""
    assert triggers.shortest[1] > 64, "a long run has more characters than LONG_RUN has pairs"
    acts, events = np.zeros((2, MOST_CLASSES), np.uint8), np.zeros((2, MOST_CLASSES, MOST_CLASSES), np.bool_)
    for of_class, by in zip(acts, (on_one_line, lines_kept), strict=True):
        of_class[triggers.classes] = by.acts
        assert (of_class[triggers.classes] == by.acts).all(), "a class has characters of two kinds"
    start, end, blank, line = (triggers.classes[ord(one)] for one in (START, END, " ", "\n"))
    for event, act in zip(events, acts, strict=True):
        is_apart = act != KEEP
        event[:, is_apart] = True
        event[np.ix_(~is_apart, [blank])] = False  # one blank stays, and one break
        event[np.ix_(~is_apart, [line])] &= act[line] != BREAK
        event[start, is_apart] = event[is_apart, end] = True
    pairs = triggers.pairs | events.reshape(2, -1) * np.uint32(EVENT)
    return Tidying(triggers, acts, pairs, order)


class Tidied(NamedTuple):
    """The texts; the triggers each sets off as it comes (no runs, no chain) and as it goes; which had something
    dropped, blanks squeezed, signs put in order.
    """

    texts: pl.Series
    came: UInt32
    left: UInt32
    is_dropped: Bools
    is_squeezed: Bools
    is_ordered: Bools


def tidied(texts: pl.Series, keep_lines: Bools, by: Tidying) -> Tidied:
    """Texts tidied; a null is empty."""
    buffer, offsets = flat(texts)
    out, out_offsets = np.empty(len(buffer), np.uint8), np.zeros(len(offsets), np.int64)
    seen, marks = np.zeros((2, len(texts)), np.uint32), np.zeros((3, len(texts)), np.bool_)
    about = by.triggers
    tables = (about.tables, about.edges, about.shortest)
    size = _tidy(buffer, offsets, keep_lines, by.acts, by.pairs, by.order, tables, out, out_offsets, seen, marks)
    return Tidied(texts_of(texts.name, out[:size], out_offsets), *seen, *marks)


@njit(cache=True, nogil=True)
def _tidy(buffer, offsets, keep_lines, acts, pairs, order, look, out, out_offsets, seen, marks):  # type: ignore[no-untyped-def]
    size = np.uint64(0)
    for text in range(len(offsets) - 1):
        i, last, mode = np.uint64(offsets[text]), np.uint64(offsets[text + 1]), np.uint64(keep_lines[text])
        size = _tidy_one(
            buffer, i, last, acts[mode], pairs[mode], order, look, out, size, seen[:, text], marks[:, text]
        )
        out_offsets[text + 1] = size
    return size


@njit
def _tidy_one(buffer, i, last, act_of, pairs, order, look, out, size, seen, marks):  # type: ignore[no-untyped-def]  # noqa: PLR0915
    """Nearly every character stays and sets nothing off: the loop over those is short, all else is out of it.

    Where something may be set off that takes more than two neighbours to tell, the text that is left is looked through.
    """
    tables, edges, shortest = look
    classes = tables[0]
    first, kept = size, i  # from here on nothing is written yet
    before, history = np.uint64(edges[0]) << np.uint64(7), np.uint64(0)
    came, left, is_doubtful = np.uint32(0), np.uint32(0), False
    n_run, run_at, n_chained, chained_at = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    is_dropped, is_squeezed, is_ordered = False, False, False
    while i < last:
        code, width = code_at(buffer, i)
        now = np.uint64(classes[min(code, np.uint64(ASTRAL))])
        pair = pairs[before | now]
        history = history << np.uint64(1) | np.uint64(pair >> np.uint32(31))
        if np.uint64(pair) & EVENTS | np.uint64(history == LONG_RUN) == np.uint64(0):
            before = now << np.uint64(7)
            i += width
            continue
        came |= pair
        if pair & np.uint32(EVENT) and act_of[now] != KEEP:
            gap = i - np.uint64(act_of[before >> np.uint64(7)] != KEEP)  # the one blank before belongs to it
            i, n_blank, n_breaks, is_odd, has_dropped, bits = _gap(buffer, gap, last, before, classes, act_of, pairs)
            is_inside = i < last and (gap > kept or size > first)
            wanted = max(n_breaks, np.uint64(n_blank > 0)) if is_inside else np.uint64(0)
            is_odd |= n_blank != wanted
            if is_odd or has_dropped:
                size = _filled(buffer, kept, gap, 0x0A if n_breaks else 0x20, wanted, out, size)
                kept = i
            if n_blank:
                before = np.uint64(classes[0x0A if n_breaks else 0x20] if wanted else edges[0]) << np.uint64(7)
            history = history >> np.uint64(1) | np.uint64(1) << np.uint64(63)  # what is dropped ends no run
            came |= bits
            is_dropped |= has_dropped
            is_squeezed |= is_odd
        elif pair & order:
            left |= pair
            i, size, has_dropped, is_moved = _cluster(buffer, i, last, kept, out, first, size, classes, act_of)
            kept, is_doubtful = i, True
            is_dropped |= has_dropped
            is_ordered |= is_moved
        else:
            left |= pair
            before = now << np.uint64(7)
            i += width
            at = size + (i - kept)
            n_run, run_at = _again(pair & np.uint32(SAME_0), n_run, run_at, at, width)
            n_chained, chained_at = _again(pair & np.uint32(CHAINED), n_chained, chained_at, at, np.uint64(NEAR))
            is_doubtful |= history == LONG_RUN or n_run + np.uint64(1) >= np.uint64(shortest[0])
            is_doubtful |= n_chained >= np.uint64(3)
    edge = pairs[before | np.uint64(edges[1])]
    if edge & np.uint32(EVENT):
        last -= np.uint64(1)
        is_squeezed = True
    size = copied(buffer, kept, last, out, size)
    left = set_off(out, first, size, tables, edges, shortest) if is_doubtful else left | edge
    seen[0], seen[1] = came & np.uint32(EVENT - 1), left & np.uint32(EVENT - 1)
    marks[0], marks[1], marks[2] = is_dropped, is_squeezed, is_ordered
    return size


@njit(inline="always")
def _again(is_seen, n_seen, seen_at, at, near):  # type: ignore[no-untyped-def]
    """How often something was seen in a row, and where last."""
    if not is_seen:
        return n_seen, seen_at
    return n_seen + np.uint64(1) if at - seen_at <= near else np.uint64(1), at


@njit
def _filled(buffer, kept, gap, mark, count, out, size):  # type: ignore[no-untyped-def]
    """Write what is kept before a gap, and the blank or the breaks that are left of it; where the next byte goes."""
    size = copied(buffer, kept, gap, out, size)
    for _ in range(count):
        out[size] = mark
        size += np.uint64(1)
    return size


@njit
def _gap(buffer, i, last, before, classes, act_of, pairs_of):  # type: ignore[no-untyped-def]
    """What is dropped and what is blank from `i` on: where it ends, bytes of blanks, breaks, whether any blank is to be
    another, whether anything is dropped, and the triggers that its characters set off.
    """
    n_blank, n_breaks, bits = np.uint64(0), np.uint64(0), np.uint32(0)
    is_odd, is_return, is_dropped = False, False, False
    while i < last:
        code, width = code_at(buffer, i)
        now = np.uint64(classes[min(code, np.uint64(ASTRAL))])
        bits |= pairs_of[before | now]
        act = act_of[now]
        if act == KEEP:
            break
        before = now << np.uint64(7)
        i += width
        if act == DROP:
            is_dropped = True
            continue
        n_blank += width
        is_odd |= code != np.uint64(0x20 if act == BLANK else 0x0A)
        if act != BLANK and not (is_return and code == 0x0A):
            n_breaks = min(n_breaks + np.uint64(1), np.uint64(MOST_BREAKS))
        is_return = act == RETURN
    return i, n_blank, n_breaks, is_odd, is_dropped, bits


@njit
def _cluster(buffer, i, last, kept, out, first, size, classes, act_of):  # type: ignore[no-untyped-def]
    """Write what is kept, and from `i` on the rest of its last cluster, put in order: where that ends, where the next
    byte goes, whether anything is dropped, or moved.
    """
    is_dropped = False
    while i < last:
        code, width = code_at(buffer, i)
        if act_of[classes[min(code, np.uint64(ASTRAL))]] == DROP:
            is_dropped = True
            size = copied(buffer, kept, i, out, size)
            kept = i + width
        elif not _is_sign(code):
            break
        i += width
    size, is_moved = ordered(out, np.int64(first), np.int64(copied(buffer, kept, i, out, size)))
    return i, np.uint64(size), is_dropped, is_moved


@njit(inline="always")
def _is_sign(code):  # type: ignore[no-untyped-def]
    place = code - np.uint64(THAI)
    return place < np.uint64(len(SIGNS)) and SIGNS[place] != 0
