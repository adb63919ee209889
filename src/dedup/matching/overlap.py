"""What two texts share, counted exactly: the compiled part of verification."""

import numpy as np
from numba import njit

from dedup.matching.flattexts import hash_run

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


@njit(cache=True, nogil=True)
def count_overlap(texts, left, right, n):  # type: ignore[no-untyped-def]
    """`COUNTS` for each pair of texts (left[i], right[i]), as an int64 row; n is the words in a shingle."""
    out = np.zeros((len(left), len(COUNTS)), np.int64)
    for i in range(len(left)):
        a, b = left[i], right[i]
        if _size(texts.set_offsets, b) < _size(texts.set_offsets, a):
            a, b = b, a
        row = out[i]
        row[0] = _common(texts.sets, texts.set_offsets, a, b)[0]
        row[1] = min(_size(texts.distinct_offsets, a), _size(texts.distinct_offsets, b))
        row[2], row[4] = _common(texts.distinct, texts.distinct_offsets, a, b)
        row[16] = _size(texts.distinct_offsets, a) - _figures(texts, a) - (row[2] - row[4])
        row[3] = min(_figures(texts, a), _figures(texts, b))
        covered = _covered(texts, a, b, n)
        row[5], row[6] = _longest_run(covered)
        row[7], row[8] = _standing(texts, a, b, covered)
        if row[8] > 0:
            row[9] = _standing(texts, b, a, _covered(texts, b, a, n))[1]
        row[10] = _compare_dates(texts, a, b)
        row[11], row[14] = _size(texts.headline_offsets, a), _size(texts.headline_offsets, b)
        if row[11] > 0:
            row[12], row[13] = _headline_in(texts, a, a), _headline_in(texts, a, b)
            row[15] = _headline_in(texts, b, b)
    return out


@njit(cache=True, nogil=True)
def _size(offsets, text):  # type: ignore[no-untyped-def]
    """How many values a text has."""
    return offsets[text + 1] - offsets[text]


@njit(cache=True, nogil=True)
def _figures(texts, a):  # type: ignore[no-untyped-def]
    """How many distinct figures a text has."""
    figures = 0
    for j in range(texts.distinct_offsets[a], texts.distinct_offsets[a + 1]):
        if texts.distinct[j] & np.uint32(1):
            figures += 1
    return figures


@njit(cache=True, nogil=True)
def _common(values, offsets, a, b):  # type: ignore[no-untyped-def]
    """How many sorted, distinct values texts a and b have in common, and how many of those are odd."""
    i, j = offsets[a], offsets[b]
    common = odd = 0
    while i < offsets[a + 1] and j < offsets[b + 1]:
        if values[i] < values[j]:
            i += 1
        elif values[i] > values[j]:
            j += 1
        else:
            common += 1
            if values[i] & np.uint64(1):
                odd += 1
            i += 1
            j += 1
    return common, odd


@njit(cache=True, nogil=True)
def _place(values, first, last, wanted):  # type: ignore[no-untyped-def]
    """Where the sorted values[first:last] hold `wanted`; `last` if they do not."""
    end = last
    while first < last:
        middle = (first + last) >> 1
        if values[middle] < wanted:
            first = middle + 1
        else:
            last = middle
    return first if first < end and values[first] == wanted else end


@njit(cache=True, nogil=True)
def _covered(texts, a, b, n):  # type: ignore[no-untyped-def]
    """For each word of a, whether it stands in a shingle that b has too."""
    covered = np.zeros(_size(texts.offsets, a), np.bool_)
    first, last = texts.set_offsets[b], texts.set_offsets[b + 1]
    start = texts.shingle_offsets[a]
    for j in range(_size(texts.shingle_offsets, a)):
        if _place(texts.sets, first, last, texts.shingles[start + j]) < last:
            covered[j : j + n] = True
    return covered


@njit(cache=True, nogil=True)
def _longest_run(covered):  # type: ignore[no-untyped-def]
    """Covered words, and the most of them in a row."""
    run = longest = 0
    for j in range(len(covered)):
        run = run + 1 if covered[j] else 0
        longest = max(longest, run)
    return covered.sum(), longest


@njit(cache=True, nogil=True)
def _standing(texts, a, b, covered):  # type: ignore[no-untyped-def]
    """Distinct figures of a between words that b shares, and those of them that b has nowhere."""
    size = len(covered)
    after = np.empty(size, np.int64)
    gap = size
    for j in range(size - 1, -1, -1):
        gap = 0 if covered[j] else gap + 1
        after[j] = gap
    found = np.empty(size, np.uint32)
    end = 0
    gap = size
    for j in range(size):
        gap = 0 if covered[j] else gap + 1
        word = texts.words[texts.offsets[a] + j]
        if word & np.uint32(1) and gap <= REACH and after[j] <= REACH:
            found[end] = word
            end += 1
    ordered = np.sort(found[:end])
    first, last = texts.distinct_offsets[b], texts.distinct_offsets[b + 1]
    standing = lacking = 0
    for j in range(end):
        if j == 0 or ordered[j] != ordered[j - 1]:
            standing += 1
            lacking += _place(texts.distinct, first, last, ordered[j]) == last
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


@njit(cache=True, nogil=True)
def _headline_in(texts, a, b):  # type: ignore[no-untyped-def]
    """How many word pairs of a's headline stand in b's text."""
    start, end = texts.headline_offsets[a], texts.headline_offsets[a + 1]
    is_found = np.zeros(end - start, np.bool_)
    for j in range(texts.offsets[b], texts.offsets[b + 1] - 1):
        place = _place(texts.headlines, start, end, hash_run(texts.words, j, j + 2))
        if place < end:
            is_found[place - start] = True
    return is_found.sum()
