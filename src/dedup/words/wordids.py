"""Words as numbers, which is what verification remembers of a text: 4 bytes a word.

An id is 31 bits of a hash and a lowest bit that marks figures: words of digits, with or without separators, and the
names of the months. Years of the Buddhist era are cut to two digits, because outlets write 2567 and 67 for one year.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
from numba import njit

from dedup.words.hashes import fnv_of
from dedup.words.tokens import Tokens

UInt32 = npt.NDArray[np.uint32]
Int64 = npt.NDArray[np.int64]

WORD_ID_VERSION = "1"
FIRST_LETTER = 65  # bytes from here on are letters, or part of one

MONTHS = (
    ("มกราคม", "ม", "ค"), ("กุมภาพันธ์", "ก", "พ"), ("มีนาคม", "มี", "ค"), ("เมษายน", "เม", "ย"),
    ("พฤษภาคม", "พ", "ค"), ("มิถุนายน", "มิ", "ย"), ("กรกฎาคม", "ก", "ค"), ("สิงหาคม", "ส", "ค"),
    ("กันยายน", "ก", "ย"), ("ตุลาคม", "ต", "ค"), ("พฤศจิกายน", "พ", "ย"), ("ธันวาคม", "ธ", "ค"),
)  # fmt: skip
"""Thai months: the name, and the two halves of its abbreviation (ม.ค.)."""


def _fnv(text: bytes) -> int:
    """FNV-1a of 64 bits, its upper half folded in (http://www.isthe.com/chongo/tech/comp/fnv/)."""
    value = 0xCBF29CE484222325
    for byte in text:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value ^ value >> 32


_MONTH_NAMES = np.array([_fnv(name.encode()) for name, _, _ in MONTHS], np.uint64)


def word_ids(tokens: Tokens) -> UInt32:
    """The id of each word."""
    out = np.empty(len(tokens.starts), np.uint32)
    _word_ids(tokens.buffer, tokens.starts, tokens.ends, tokens.hashes, _MONTH_NAMES, out)
    return out


@njit(cache=True, nogil=True)
def _word_ids(text, starts, ends, hashes, months, out):  # type: ignore[no-untyped-def]
    for i in range(len(starts)):
        first, last, value, is_figure = np.uint64(starts[i]), np.uint64(ends[i]), hashes[i], False
        if text[first] < FIRST_LETTER:  # else it is no figure
            digits = letters = 0
            for j in range(first, last):
                digits += 48 <= text[j] <= 57
                letters += text[j] >= FIRST_LETTER
            is_figure = digits > 0 and letters == 0
            if digits == last - first == 4 and text[first] == 50 and 52 <= text[first + np.uint64(1)] <= 53:
                value = fnv_of(text, first + np.uint64(2), last)  # 2400 to 2599
        value ^= value >> np.uint64(32)
        if last - first >= 18:  # the shortest name of a month has six letters of three bytes
            for month in months:
                is_figure |= value == month
        out[i] = np.uint32(value & np.uint64(0xFFFFFFFE)) | np.uint32(is_figure)


def date_at(ids: UInt32, offsets: Int64) -> Int64:
    """For each word month * 32 + day where it is a day and its month follows in the same text, elsewhere 0.

    `ids` are the words of texts one after another, text i from offsets[i] to offsets[i + 1].
    """
    days, months, halves = _calendar()
    dates = np.zeros(len(ids), np.int64)
    figures = np.flatnonzero(ids & np.uint32(1))
    day = _lookup(ids[figures], days)
    at, day = figures[day > 0], day[day > 0]
    ends = offsets[np.searchsorted(offsets, at, side="right")]
    padded = np.concatenate([ids, np.zeros(2, np.uint32)])
    first, second = padded[at + 1], padded[at + 2]
    name = np.where(at + 1 < ends, _lookup(first, months), 0)
    pair = first.astype(np.uint64) << np.uint64(32) | second
    abbreviation = np.where(at + 2 < ends, _lookup(pair, halves), 0)
    month = np.where(name > 0, name, abbreviation)
    dates[at] = np.where(month > 0, month * 32 + day, 0)
    return dates


def _one(word: str) -> int:
    text = np.frombuffer(word.encode(), np.uint8)
    return int(word_ids(Tokens(text, np.array([0]), np.array([len(text)]), np.array([0, 1])))[0])


@cache
def _calendar() -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """Ids of days, of month names, and of the halves of abbreviated months (the first << 32 | the second)."""
    days = {_one(form): day for day in range(1, 32) for form in (str(day), f"{day:02d}")}
    months: dict[int, int] = {}
    halves: dict[int, int] = {}
    for month, (name, first, second) in enumerate(MONTHS, start=1):
        for form in (name, first + second, f"{first}.{second}", f"{first}.{second}."):
            months[_one(form)] = month
        halves[_one(first) << 32 | _one(second)] = month
    return days, months, halves


def _lookup(values: npt.NDArray[np.unsignedinteger], table: dict[int, int]) -> Int64:
    """table[value] for each value, 0 where it has none."""
    keys = np.array(sorted(table), values.dtype)
    numbers = np.array([table[int(key)] for key in keys], np.int64)
    place = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
    return np.where(keys[place] == values, numbers[place], 0)
