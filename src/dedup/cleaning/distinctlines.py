"""The lines of many texts, found in one pass over their bytes; what a line is, is found once for all that are equal.

Of 300,000 lines of a week three in ten are different: menus, headings and headlines stand on page after page. A line is
known again by a hash of its bytes and its source's, and only one that is new is read character by character.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import njit

from dedup.charmap import ASTRAL, DROP, ODD, CharMap
from dedup.flat import code_at, copied, flat, texts_of

Bools = npt.NDArray[np.bool_]
Int64 = npt.NDArray[np.int64]
UInt32 = npt.NDArray[np.uint32]
UInt64 = npt.NDArray[np.uint64]


class Lines(NamedTuple):
    """Every line that is not blank, in the order of the texts and of their lines."""

    starts: Int64  # of each text: where its lines start here, and one more for the end
    line: UInt32  # its number in the text, from 0
    blanks: UInt32  # blank lines before it, over all texts
    which: UInt32  # its place in `Distinct`


class Distinct(NamedTuple):
    """The different lines of each source, in the order in which they come."""

    first: UInt32  # the number of the text that has it first
    texts: pl.Series  # without what is blank around them
    keys: pl.Series  # what the map leaves of them; empty where they have more characters than a key is made of
    chars: UInt32
    kept: UInt32  # characters that the map leaves
    has_odd: Bools  # a character that the map does not know
    is_odd: Bools  # that, or, in a line that is not too long for a key, neighbours that the map leaves to others


def find_lines(
    texts: pl.Series, salts: UInt64, by: CharMap, blank: Bools, *, most_key_chars: int
) -> tuple[Lines, Distinct]:
    """The lines of the texts; a null is a text of one blank line.

    Lines are told apart where the `salts` of their texts differ.
    `blank` tells for each character up to ASTRAL whether it goes at both ends of a line. The map may keep, drop and
    replace characters.
    """
    buffer, offsets = flat(texts)
    words = buffer[: len(buffer) // 8 * 8].view(np.uint64)
    most = int(texts.str.count_matches("\n", literal=True).sum()) + len(texts)
    line_starts, places = np.zeros(len(offsets), np.int64), np.empty((3, most), np.uint32)
    counts = np.empty((3, most), np.uint32)
    odd = np.empty((2, most), np.bool_)
    starts, key_starts = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
    out, keys = np.empty(len(buffer), np.uint8), np.empty(len(buffer), np.uint8)
    slots = np.zeros(1 << max(4, (2 * most).bit_length()), np.uint32)
    n_lines, n_distinct = _find(
        buffer, words, offsets, salts, by.acts, by.sides, blank, most_key_chars,
        slots, np.empty(most, np.uint64), line_starts, places, counts, odd, starts, key_starts, out, keys,
    )  # fmt: skip
    lines = Lines(line_starts, *(column[:n_lines].copy() for column in places))
    starts, key_starts = starts[: n_distinct + 1].copy(), key_starts[: n_distinct + 1].copy()
    first, *columns = (column[:n_distinct].copy() for column in (*counts, *odd))
    found = (
        texts_of("text", out[: starts[-1]], starts),
        texts_of("key", keys[: key_starts[-1]], key_starts),
    )
    return lines, Distinct(first, *found, *columns)


@njit(cache=True, nogil=True)
def _find(  # type: ignore[no-untyped-def]
    buffer, words, offsets, salts, acts, sides, blank, most_key_chars,
    slots, hashes, line_starts, places, counts, odd, starts, key_starts, out, keys,
):  # fmt: skip
    """All indices are unsigned: numba looks behind the end of an array for a signed one."""
    mask = np.uint64(len(slots) - 1)
    n_lines, n_distinct, n_blank = np.uint64(0), np.uint64(0), np.uint32(0)
    for text in range(len(offsets) - 1):
        first, last = np.uint64(offsets[text]), np.uint64(offsets[text + 1])
        line = np.uint32(0)
        while True:
            end = _line_end(buffer, words, first, last)
            start, stop = _stripped(buffer, first, end, blank)
            if start == stop:
                n_blank += np.uint32(1)
            else:
                value = hash_of(buffer, start, stop) ^ salts[text]
                slot = value & mask
                while slots[slot] and hashes[slots[slot] - np.uint32(1)] != value:
                    slot = (slot + np.uint64(1)) & mask
                if not slots[slot]:
                    hashes[n_distinct] = value
                    to = np.uint64(starts[n_distinct])
                    for i in range(start, stop):
                        out[to + (i - start)] = buffer[i]
                    starts[n_distinct + np.uint64(1)] = to + (stop - start)
                    counts[0, n_distinct] = text
                    size = _read(
                        buffer, start, stop, acts, sides, most_key_chars,
                        np.uint64(key_starts[n_distinct]), keys, counts, odd, n_distinct,
                    )  # fmt: skip
                    key_starts[n_distinct + np.uint64(1)] = size
                    n_distinct += np.uint64(1)
                    slots[slot] = n_distinct
                places[0, n_lines], places[1, n_lines] = line, n_blank
                places[2, n_lines] = slots[slot] - np.uint32(1)
                n_lines += np.uint64(1)
            if end == last:
                break
            first, line = end + np.uint64(1), line + np.uint32(1)
        line_starts[text + 1] = n_lines
    return n_lines, n_distinct


@njit(inline="always")
def _line_end(buffer, words, i, last):  # type: ignore[no-untyped-def]
    """Where the next line break is, or `last`; eight bytes at a time."""
    while i < last and i & np.uint64(7) and buffer[i] != 0x0A:
        i += np.uint64(1)
    while not i & np.uint64(7) and i + np.uint64(8) <= last:
        word = words[i >> np.uint64(3)] ^ np.uint64(0x0A0A0A0A0A0A0A0A)
        if (word - np.uint64(0x0101010101010101)) & ~word & np.uint64(0x8080808080808080):
            break
        i += np.uint64(8)
    while i < last and buffer[i] != 0x0A:
        i += np.uint64(1)
    return i


@njit(inline="always")
def _stripped(buffer, start, stop, blank):  # type: ignore[no-untyped-def]
    """The bounds of a line without what is blank at its ends."""
    while start < stop:
        code, width = code_at(buffer, start)
        if not blank[min(code, np.uint64(ASTRAL))]:
            break
        start += width
    while start < stop:
        before = stop - np.uint64(1)
        while buffer[before] & 0xC0 == 0x80:
            before -= np.uint64(1)
        code, _ = code_at(buffer, before)
        if not blank[min(code, np.uint64(ASTRAL))]:
            break
        stop = before
    return start, stop


@njit(inline="always")
def _read(buffer, i, stop, acts, sides, most_key_chars, size, keys, counts, odd, at):  # type: ignore[no-untyped-def]
    """Reads one line into counts, odd and keys; where the keys end then."""
    first, chars, kept, left, has_odd, is_odd = size, np.uint32(0), np.uint32(0), 0, False, False
    uncopied = i  # what is kept is copied in one go
    while i < stop and chars <= most_key_chars:
        code, width = code_at(buffer, i)
        act = acts[min(code, np.uint64(ASTRAL))]
        chars += np.uint32(1)
        if act == DROP or act > ODD:
            size = copied(buffer, uncopied, i, keys, size)
            uncopied = i + width
        if act != DROP:
            kept += np.uint32(1)
            has_odd |= act == ODD
            if act > ODD:
                code = np.uint64(act)
                keys[size] = np.uint8(act)
                size += np.uint64(1)
            side = sides[min(code, np.uint64(ASTRAL))]
            is_odd |= (left & side >> 8) != 0
            left = side & 0xFF
        i += width
    size = copied(buffer, uncopied, i, keys, size)
    while i < stop:  # prose: no key, only counts
        code, width = code_at(buffer, i)
        act = acts[min(code, np.uint64(ASTRAL))]
        chars += np.uint32(1)
        kept += np.uint32(act != DROP)
        has_odd |= act == ODD
        i += width
    counts[1, at], counts[2, at], odd[0, at], odd[1, at] = chars, kept, has_odd, has_odd or is_odd
    return size if chars <= most_key_chars else first


def text_hashes(texts: pl.Series) -> UInt64:
    """A 64-bit hash of the bytes of each text, the same in every version: `hash_of`. A null is empty."""
    buffer, offsets = flat(texts)
    hashes = np.empty(len(texts), np.uint64)
    _hash_all(buffer, offsets, hashes)
    return hashes


@njit(cache=True, nogil=True)
def _hash_all(buffer, offsets, hashes):  # type: ignore[no-untyped-def]
    for text in range(len(hashes)):
        hashes[text] = hash_of(buffer, np.uint64(offsets[text]), np.uint64(offsets[text + 1]))


@njit(inline="always")
def hash_of(buffer, start, stop):  # type: ignore[no-untyped-def]
    """The first half of MurmurHash3's 128 bits, taken alone: eight bytes at a time, and its final mix."""
    value = stop - start
    while start < stop:
        word = np.uint64(0)
        if start + np.uint64(8) <= stop:
            for i in range(np.uint64(8)):
                word |= np.uint64(buffer[start + i]) << (np.uint64(8) * i)
        else:
            for i in range(stop - start):
                word |= np.uint64(buffer[start + i]) << (np.uint64(8) * i)
        word *= np.uint64(0x87C37B91114253D5)
        word = word << np.uint64(31) | word >> np.uint64(33)
        value ^= word * np.uint64(0x4CF5AD432745937F)
        value = value << np.uint64(27) | value >> np.uint64(37)
        value = value * np.uint64(5) + np.uint64(0x52DCE729)
        start += np.uint64(8)
    value = (value ^ value >> np.uint64(33)) * np.uint64(0xFF51AFD7ED558CCD)
    value = (value ^ value >> np.uint64(33)) * np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ value >> np.uint64(33)
