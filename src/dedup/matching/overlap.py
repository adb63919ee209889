"""What two texts share, counted exactly: the compiled part of verification."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from dedup.matching.flattexts import found_pairs, shingle_count
from dedup.matching.occurrences import enter, look_up, table_size

Bool = npt.NDArray[np.bool_]

COUNTS = (
    "shared",  # distinct shingles that both have
    "words",  # distinct words of the text with fewer of them
    "words_shared",
    "figures",  # distinct figures of the text with fewer of them
    "figures_shared",
    "covered",  # words in shared shingles
    "longest_run",  # most of them in a row
    "standing",  # distinct figures that stand within shared wording
    "standing_lacking",  # those of them that the other text has nowhere
    "others_lacking",  # the same for the other text's figures; counted only where one of its own is lacking
    "dates",  # NO_DATES, SAME_DATES, OTHER_DATES or ONE_DAY
    "headline",  # word pairs of its headline
    "headline_in_own",  # those in its own text
    "headline_in_other",  # those in the other text
    "other_headline",  # word pairs of the other text's headline
    "other_headline_in_own",  # those in that text
    "names_lacking",  # distinct words that are no figures, and that the other text has nowhere
)
"""Columns of `count_overlap`; where nothing else is said, of the text with fewer distinct shingles."""

REACH = 3  # a figure stands within shared wording if that ends at most so many words before it and resumes as soon

DATES = 13 * 32  # a date is month * 32 + day

NO_DATES, SAME_DATES, OTHER_DATES, ONE_DAY = 0, 1, 2, 3
"""Either names no date; one opens with a date that the other has too; each opens with a date that the other lacks; both
open with the same date, and one of them names no date that the other lacks."""


class Side(NamedTuple):
    """Room for what is known of each place of a text while it is compared with another."""

    is_word: Bool  # the word stands in the other text too
    is_shingle: Bool  # so does the shingle that begins here
    is_covered: Bool  # the word stands in such a shingle


@njit(cache=True, nogil=True)
def count_overlap(texts, left, right, n):  # type: ignore[no-untyped-def]
    """`COUNTS` for each pair of texts (left[i], right[i]), as an int64 row; n is the words in a shingle.

    Pairs with the same right text should stand together: it is entered once for all of them.
    """
    out = np.zeros((len(left), len(COUNTS)), np.int64)
    longest = np.max(np.diff(texts.offsets)) if len(left) else 0
    of_left, of_right = _side(longest), _side(longest)
    words, first_words = _index(longest)
    shingles, first_shingles = _index(longest)
    held = -1
    for i in range(len(left)):
        a, b = left[i], right[i]
        if b != held:
            enter(_words(texts, b), words, first_words)
            enter(_shingles(texts, b, n), shingles, first_shingles)
            held = b
        row = out[i]
        marks = of_left.is_shingle, of_right.is_shingle
        row[0], _ = look_up(_shingles(texts, a, n), _shingles(texts, b, n), shingles, first_shingles, *marks)
        marks = of_left.is_word, of_right.is_word
        row[2], row[4] = look_up(_words(texts, a), _words(texts, b), words, first_words, *marks)
        if texts.n_shingles[a] <= texts.n_shingles[b]:
            _count(row, texts, a, of_left, b, of_right, n)
        else:
            _count(row, texts, b, of_right, a, of_left, n)
    return out


@njit(cache=True, nogil=True)
def _count(row, texts, a, of_a, b, of_b, n):  # type: ignore[no-untyped-def]
    """Fill a row, of which columns 0, 2 and 4 are there, for text a, which has fewer shingles, and text b."""
    row[1] = min(texts.n_words[a], texts.n_words[b])
    row[3] = min(texts.n_figures[a], texts.n_figures[b])
    row[16] = texts.n_words[a] - texts.n_figures[a] - (row[2] - row[4])
    row[5], row[6] = _cover(of_a.is_shingle, len(_words(texts, a)), n, of_a.is_covered)
    row[7], row[8] = _standing(_words(texts, a), of_a.is_word, of_a.is_covered)
    if row[8] > 0:
        _cover(of_b.is_shingle, len(_words(texts, b)), n, of_b.is_covered)
        row[9] = _standing(_words(texts, b), of_b.is_word, of_b.is_covered)[1]
    row[10] = _compare_dates(texts, a, b)
    row[11], row[14] = len(_headline(texts, a)), len(_headline(texts, b))
    if row[11] > 0:
        row[12], row[13] = texts.n_printed[a], found_pairs(_headline(texts, a), _words(texts, b))
        row[15] = texts.n_printed[b]


@njit(cache=True, nogil=True)
def _index(longest):  # type: ignore[no-untyped-def]
    """Room for the values of a text in which others are looked up: `table` and `first` of `occurrences.enter`."""
    return np.empty(table_size(longest), np.int32), np.empty(longest, np.int32)


@njit(cache=True, nogil=True)
def _side(longest):  # type: ignore[no-untyped-def]
    return Side(np.empty(longest, np.bool_), np.empty(longest, np.bool_), np.empty(longest, np.bool_))


@njit(cache=True, nogil=True)
def _words(texts, a):  # type: ignore[no-untyped-def]
    return texts.words[texts.offsets[a] : texts.offsets[a + 1]]


@njit(cache=True, nogil=True)
def _shingles(texts, a, n):  # type: ignore[no-untyped-def]
    start = texts.offsets[a]
    return texts.shingles[start : start + shingle_count(texts.offsets[a + 1] - start, n)]


@njit(cache=True, nogil=True)
def _headline(texts, a):  # type: ignore[no-untyped-def]
    return texts.headlines[texts.headline_offsets[a] : texts.headline_offsets[a + 1]]


@njit(cache=True, nogil=True)
def _cover(is_shingle, size, n, is_covered):  # type: ignore[no-untyped-def]
    """Mark the words of a text that stand in a shared shingle; how many there are, and the most of them in a row."""
    n_shingles = shingle_count(size, n)
    end = covered = run = longest = 0
    for j in range(size):
        if j < n_shingles and is_shingle[j]:
            end = j + n
        is_covered[j] = j < end
        run = run + 1 if j < end else 0
        covered += j < end
        longest = max(longest, run)
    return covered, longest


@njit(cache=True, nogil=True)
def _standing(words, is_word, is_covered):  # type: ignore[no-untyped-def]
    """Distinct figures between covered words, and those of them that the other text has nowhere."""
    found = np.empty(len(words), np.uint64)
    n_found = 0
    last = following = -1 - REACH  # covered words, the one before and the one after
    for j in range(len(words)):
        if is_covered[j]:
            last = j
        if words[j] & np.uint32(1) and j - last <= REACH:
            following = max(following, j)
            while following < len(words) and not is_covered[following]:
                following += 1
            if following - j <= REACH and following < len(words):
                found[n_found] = np.uint64(words[j]) << np.uint64(1) | np.uint64(is_word[j])
                n_found += 1
    found[:n_found].sort()
    standing = lacking = 0
    for j in range(n_found):
        if j == 0 or found[j] != found[j - 1]:
            standing += 1
            lacking += not found[j] & np.uint64(1)
    return standing, lacking


@njit(cache=True, nogil=True)
def _compare_dates(texts, a, b):  # type: ignore[no-untyped-def]
    """DATES = 13 * 32  # a date is month * 32 + day

    NO_DATES, SAME_DATES, OTHER_DATES or ONE_DAY."""
    of_a = texts.dates[texts.date_offsets[a] : texts.date_offsets[a + 1]]
    of_b = texts.dates[texts.date_offsets[b] : texts.date_offsets[b + 1]]
    if len(of_a) == 0 or len(of_b) == 0:
        return NO_DATES
    if of_a[0] == of_b[0] and (_all_in(of_a, of_b) or _all_in(of_b, of_a)):
        return ONE_DAY
    if np.any(of_b == of_a[0]) or np.any(of_a == of_b[0]):
        return SAME_DATES
    return OTHER_DATES


@njit(cache=True, nogil=True)
def _all_in(values, others):  # type: ignore[no-untyped-def]
    """Whether each date is among the others: a hostile text may name the same thousands of times."""
    named = np.zeros(DATES, np.bool_)
    for other in others:
        named[other] = True
    for value in values:  # noqa: SIM110 - a compiled loop
        if not named[value]:
            return False
    return True
