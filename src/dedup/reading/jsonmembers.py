"""Where the members of JSON objects stand in a block of lines, and the text of their values; compiled.

A string ends at its quote, an escape has its length, anything else ends where its brackets close. What may be no JSON,
or is text only with luck (NUL, half of a surrogate pair), is told apart as odd: to judge it is another reader's work.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit

from dedup.flat import copied, plain_end

Int64 = npt.NDArray[np.int64]
UInt8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

MOST_MEMBERS: Final = 32
MOST_SHAPES: Final = 16
"""Of an object; and different lists of names in a block of lines: a scraper has one or two, of ten names."""

MOST_DIGITS: Final = 18
"""Of a number; with more it may not be its own text."""

NULL, COPIED, ESCAPED, OTHER, ODD = range(5)
"""A value: null; a string as it stands, or digits; a string with escapes; any other; one that cannot be told."""

KEY, KEY_END, VALUE, VALUE_END = range(4)
"""Columns of places: bytes of the block, without quotes."""

QUOTE, BACKSLASH, SLASH, COMMA, COLON = 0x22, 0x5C, 0x2F, 0x2C, 0x3A
OPEN, OPEN_LIST, CLOSE, CLOSE_LIST = 0x7B, 0x5B, 0x7D, 0x5D


class Members:
    """The members of the objects in some lines.

    places[line, member, 4], kinds[line, member]; counts[line]; shapes[line]: the number of its list of names, -1 where
    the line is no plain object; examples[shape]: the first line that has it.
    """

    def __init__(self, buffer: UInt8, offsets: Int64) -> None:
        """The lines are `buffer[offsets[i]:offsets[i + 1]]`."""
        n_lines = len(offsets) - 1
        self.places = np.empty((n_lines, MOST_MEMBERS, 4), np.int64)
        self.kinds = np.empty((n_lines, MOST_MEMBERS), np.uint8)
        self.counts = np.zeros(n_lines, np.int64)
        self.shapes = np.full(n_lines, -1, np.int64)
        examples = np.zeros(MOST_SHAPES, np.int64)
        n_shapes = _find(buffer, offsets, self.places, self.kinds, self.counts, self.shapes, examples)
        self.examples = examples[:n_shapes]


def values(buffer: UInt8, starts: Int64, ends: Int64, kinds: UInt8) -> tuple[UInt8, Int64]:
    """The texts of strings and digits as one buffer with offsets; null is empty."""
    out, offsets = np.empty(int((ends - starts).sum()), np.uint8), np.zeros(len(starts) + 1, np.int64)
    return out[: _copy(buffer, starts, ends, kinds, out, offsets)], offsets


def is_visible(content: UInt8, offsets: Int64) -> Bools:
    """Which texts hold a sign of ASCII or a letter from U+0800 to U+0FFF, Thai among them: those are not blank."""
    found = np.zeros(len(offsets) - 1, np.bool_)
    _look(content, offsets, found)
    return found


@njit(inline="always")
def _after_blanks(buffer, i, last):  # type: ignore[no-untyped-def]
    while i < last and (buffer[i] == 0x20 or buffer[i] == 0x09 or buffer[i] == 0x0D or buffer[i] == 0x0A):
        i += 1
    return i


@njit(inline="always")
def _hex4(buffer, i, last):  # type: ignore[no-untyped-def]
    """The number that four hexadecimal digits give; -1 where they are none."""
    if i + 4 > last:
        return -1
    number = 0
    for j in range(i, i + 4):
        digit = int(buffer[j])
        if 0x30 <= digit <= 0x39:
            digit -= 0x30
        elif 0x41 <= digit <= 0x46 or 0x61 <= digit <= 0x66:
            digit = (digit & 0xDF) - 0x37
        else:
            return -1
        number = number << 4 | digit
    return number


@njit
def _escape(buffer, i, last):  # type: ignore[no-untyped-def]
    """The character that the escape at `i` stands for, and its width; 0, 0 where it is odd."""
    sign = buffer[i + 1] if i + 1 < last else 0
    if sign in (QUOTE, BACKSLASH, SLASH):
        return int(sign), 2
    if sign == 0x6E:
        return 0x0A, 2
    if sign == 0x75:
        code = _hex4(buffer, i + 2, last)
        if 0xD800 <= code < 0xDC00 and i + 8 <= last and buffer[i + 6] == BACKSLASH and buffer[i + 7] == 0x75:
            low = _hex4(buffer, i + 8, last)
            return (0x10000 + ((code - 0xD800) << 10 | low - 0xDC00), 12) if 0xDC00 <= low < 0xE000 else (0, 0)
        return (code, 6) if code > 0 and not 0xD800 <= code < 0xE000 else (0, 0)
    for letter, code in ((0x72, 0x0D), (0x74, 0x09), (0x62, 0x08), (0x66, 0x0C)):
        if sign == letter:
            return code, 2
    return 0, 0


@njit
def _string_end(buffer, i, last):  # type: ignore[no-untyped-def]
    """Where the quote stands that ends the string from `i`, `last` where it is odd; whether it has escapes."""
    has_escapes = False
    while True:
        i = plain_end(buffer, i, last)
        if i == last or buffer[i] == 0:
            return last, False
        if buffer[i] == QUOTE:
            return i, has_escapes
        width = 1
        if buffer[i] == BACKSLASH:
            _, width = _escape(buffer, i, last)
            if width == 0:
                return last, False
            has_escapes = True
        i += width


@njit
def _other_end(buffer, i, last):  # type: ignore[no-untyped-def]
    """Where a value ends that is neither string nor null: its brackets are closed, whether rightly or not."""
    depth = 0
    while i < last:
        byte = buffer[i]
        if byte == QUOTE:
            i, _ = _string_end(buffer, i + 1, last)
            if i == last:
                return last
        elif byte in (OPEN, OPEN_LIST):
            depth += 1
        elif byte in (CLOSE, CLOSE_LIST):
            if depth == 0:
                return i
            depth -= 1
        elif byte == 0 or (byte == COMMA and depth == 0):
            return i
        i += 1
    return last


@njit
def _value(buffer, i, last):  # type: ignore[no-untyped-def]
    """Kind, start, end of the value at `i`, and where what follows it begins."""
    if i >= last:
        return ODD, i, i, last
    if buffer[i] == QUOTE:
        end, has_escapes = _string_end(buffer, i + 1, last)
        return (ODD, i, i, last) if end == last else (ESCAPED if has_escapes else COPIED, i + 1, end, end + 1)
    end = _other_end(buffer, i, last)
    if end - i == 4 and buffer[i] == 0x6E and buffer[i + 1] == 0x75 and buffer[i + 2] == 0x6C and buffer[i + 3] == 0x6C:
        return NULL, i, end, end
    is_number = 0 < end - i <= MOST_DIGITS and (buffer[i] != 0x30 or end - i == 1)
    for j in range(i, end):
        is_number = is_number and 0x30 <= buffer[j] <= 0x39
    return COPIED if is_number else OTHER, i, end, end


@njit
def _same_names(buffer, places, one, other, count):  # type: ignore[no-untyped-def]
    for member in range(count):
        at, end = places[one, member, KEY], places[one, member, KEY_END]
        shift = places[other, member, KEY] - at
        if places[other, member, KEY_END] - end != shift:
            return False
        for i in range(at, end):
            if buffer[i] != buffer[i + shift]:
                return False
    return True


@njit
def _members(buffer, i, last, places, kinds):  # type: ignore[no-untyped-def]  # noqa: PLR0911
    """Places and kinds of the members of one line, and their number; 0 where it is no plain object."""
    i = _after_blanks(buffer, i, last)
    if i == last or buffer[i] != OPEN:
        return 0
    i = _after_blanks(buffer, i + 1, last)
    for member in range(MOST_MEMBERS):
        if i == last or buffer[i] != QUOTE:
            return 0
        places[member, KEY] = i + 1
        i, is_escaped = _string_end(buffer, i + 1, last)
        places[member, KEY_END] = i
        i = _after_blanks(buffer, min(i + 1, last), last)
        if is_escaped or i == last or buffer[i] != COLON:
            return 0
        kind, start, end, i = _value(buffer, _after_blanks(buffer, i + 1, last), last)
        kinds[member], places[member, VALUE], places[member, VALUE_END] = kind, start, end
        i = _after_blanks(buffer, i, last)
        if kind == ODD or i == last:
            return 0
        if buffer[i] == CLOSE:
            return member + 1 if _after_blanks(buffer, i + 1, last) == last else 0
        if buffer[i] != COMMA:
            return 0
        i = _after_blanks(buffer, i + 1, last)
    return 0


@njit(cache=True, nogil=True)
def _find(buffer, offsets, places, kinds, counts, shapes, examples):  # type: ignore[no-untyped-def]
    n_shapes = 0
    for line in range(len(offsets) - 1):
        count = _members(buffer, offsets[line], offsets[line + 1], places[line], kinds[line])
        counts[line] = count
        shape = 0
        while count and shape < n_shapes:
            known = examples[shape]
            if counts[known] == count and _same_names(buffer, places, known, line, count):
                break
            shape += 1
        if count and shape < MOST_SHAPES:
            shapes[line] = shape
            if shape == n_shapes:
                examples[shape] = line
                n_shapes += 1
    return n_shapes


@njit(cache=True, nogil=True)
def _copy(buffer, starts, ends, kinds, out, offsets):  # type: ignore[no-untyped-def]
    size = 0
    for line in range(len(starts)):
        i, last = starts[line], ends[line]
        while kinds[line] != NULL and i < last:
            stop = last if kinds[line] == COPIED else plain_end(buffer, i, last)
            size = copied(buffer, i, stop, out, size)
            i = stop
            if i < last:
                is_escape = buffer[i] == BACKSLASH  # else a control as it stands
                code, width = _escape(buffer, i, last) if is_escape else (int(buffer[i]), 1)
                size = _put(out, size, code)
                i += width
        offsets[line + 1] = size
    return size


@njit
def _put(out, size, code):  # type: ignore[no-untyped-def]
    """Write a character in UTF-8; where the next one goes."""
    if code < 0x80:
        out[size] = code
        return size + 1
    if code < 0x800:
        out[size] = 0xC0 | code >> 6
        out[size + 1] = 0x80 | code & 0x3F
        return size + 2
    if code < 0x10000:
        out[size] = 0xE0 | code >> 12
        out[size + 1] = 0x80 | code >> 6 & 0x3F
        out[size + 2] = 0x80 | code & 0x3F
        return size + 3
    out[size] = 0xF0 | code >> 18
    out[size + 1] = 0x80 | code >> 12 & 0x3F
    out[size + 2] = 0x80 | code >> 6 & 0x3F
    out[size + 3] = 0x80 | code & 0x3F
    return size + 4


@njit(cache=True, nogil=True)
def _look(content, offsets, found):  # type: ignore[no-untyped-def]
    for text in range(len(found)):
        for i in range(offsets[text], offsets[text + 1]):
            if 0x20 < content[i] < 0x7F or content[i] == 0xE0:
                found[text] = True
                break
