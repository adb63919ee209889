"""Finds lists of other headlines in article texts: below a heading, by the headlines known, or by their shape."""

from typing import Final

import numpy as np
from numba import njit

from dedup.cleaning.furniture import NO_REASON, Reason, code
from dedup.cleaning.linemodel import MAX_HEADLINE_CHARS

MIN_LIST_EVIDENCE: Final = 0.50
"""Share of known headlines in a run, from the heading to the last known one, for the others in between to go too."""
MIN_DENSE_RUN: Final = 3
"""Lines of a run set solid where the page puts blank lines between paragraphs: a list without any known headline."""
MIN_LAST_RUN: Final = 5
"""Lines of the last run of an article: a list without any known headline."""
MIN_STAMPS: Final = 2
"""Dates and counters in a run that make a list of it; a press release ends with one date."""
MAX_FOREIGN_SHARE: Final = 0.10
"""A text that says less of its title (5-letter passages) is another's: 97 % of 270 texts of short lines say more."""
MIN_PASSAGES: Final = 15
"""A shorter title says too little to tell."""
MAX_TAGS: Final = 12
TAG_CHARS: Final = 40
"""Tags below their heading, a line each, and the longest of them."""
MAX_STEPS: Final = 4
STEP_CHARS: Final = 25
"""Steps of a breadcrumb below `หน้าแรก`, and the longest of them."""

_NONE: Final = NO_REASON
_HEADLINE, _FREQUENT, _LISTED = code(Reason.HEADLINE), code(Reason.FREQUENT), code(Reason.LISTED)
_TAGS, _BREADCRUMB = code(Reason.TAGS), code(Reason.BREADCRUMB)


RUN: Final = np.dtype([("heading", np.int64), ("head", np.uint8), ("length", np.int64)], align=True)
"""A run below a heading: where that stands, why it goes, and how many lines the run has."""

BELOW: Final = np.dtype([("heading", np.int64), ("twice", np.int64)])
"""Of the number of a line: the last heading it stood below, plus one, and the first line, plus one, of the last article
in which it stood below two.
"""


@njit(cache=True, nogil=True)
def take_lists(first, end, lines, kinds, is_small, runs, below):  # type: ignore[no-untyped-def]
    """Gives a reason to headlines below a heading, to tags and to the steps of a breadcrumb, in one article.

    Known headlines count from the heading down; without them the shape of the run decides, and only where no paragraph
    follows. Evidence adds and never vetoes: in a thin crawl the other stories are not there to be known.
    """
    n_runs = _find_runs(first, end, lines, kinds, runs)
    _note_twice(n_runs, first, lines, kinds, runs, below)
    last_paragraph, is_airy = _page(first, end, lines, kinds)
    next_start, is_last, is_next_shaped = -1, True, False
    for run in range(n_runs - 1, -1, -1):
        heading, n = runs[run].heading, runs[run].length
        start = heading + 1
        if runs[run].head in (_TAGS, _BREADCRUMB):
            n_taken = _labels(start, n, runs[run].head, lines, kinds)
            _take(start, n_taken, runs[run].head, lines)
            continue
        n_stamps, n_known, known_until = _known(first, start, n, lines, kinds, below)
        is_clear = last_paragraph < start
        is_solid = lines[start].blanks == lines[start + n - 1].blanks
        is_dense = is_airy and is_solid and n - n_stamps >= MIN_DENSE_RUN
        is_end = is_last and not is_airy and n - n_stamps >= MIN_LAST_RUN
        is_shaped = is_clear and (is_dense or is_end)
        leads_on = is_next_shaped and next_start == start + n and is_clear and is_small
        if is_shaped or leads_on:
            _take(start, n, _LISTED, lines)
        elif n_known >= MIN_LIST_EVIDENCE * known_until:
            _take(start, known_until, _LISTED, lines)
        next_start, is_last, is_next_shaped = heading, False, is_shaped


@njit(cache=True, nogil=True)
def _find_runs(first, end, lines, kinds, runs):  # type: ignore[no-untyped-def]
    """Notes the runs below headings and returns how many there are; a heading with no member below it has none."""
    n_runs, head = 0, _NONE
    heading = first
    for at in range(first, end):
        kind, reason = kinds[lines[at].kind], lines[at].reason
        if reason != _NONE and kind.is_opener:
            head, heading = reason, at
        elif at == first or not _is_member(kind, reason):
            head = _NONE
        elif head != _NONE:
            if at == heading + 1:
                runs[n_runs].heading, runs[n_runs].head, runs[n_runs].length = heading, head, 0
                n_runs += 1
            runs[n_runs - 1].length += 1
    return n_runs


@njit(cache=True, nogil=True)
def _note_twice(n_runs, first, lines, kinds, runs, below):  # type: ignore[no-untyped-def]
    """Which lines stand below two headings of the article, those of tags and breadcrumbs apart."""
    for run in range(n_runs):
        if runs[run].head != _TAGS and runs[run].head != _BREADCRUMB:
            heading = runs[run].heading
            for at in range(heading + 1, heading + 1 + runs[run].length):
                number = kinds[lines[at].kind].number
                if below[number].heading > first and below[number].heading != heading + 1:
                    below[number].twice = first + 1
                below[number].heading = heading + 1


@njit(inline="always")
def _is_member(kind, reason):  # type: ignore[no-untyped-def]
    by_count = reason == _HEADLINE or (reason == _FREQUENT and not kind.is_fixed)
    may_be = reason == _NONE or by_count or kind.is_stamp
    return may_be and kind.is_headline_long and not kind.is_never


@njit(cache=True, nogil=True)
def _page(first, end, lines, kinds):  # type: ignore[no-untyped-def]
    """The last line that stays and is no headline by length, or -1, and whether the page is airy.

    An airy page has blank lines between paragraphs, and not between all lines.
    """
    last_paragraph, n_apart = -1, 0
    for at in range(first, end):
        if lines[at].reason == _NONE and not kinds[lines[at].kind].is_headline_long:
            last_paragraph = at
        n_apart += at > first and lines[at].blanks > lines[at - 1].blanks
    return last_paragraph, n_apart >= MIN_DENSE_RUN and n_apart < 0.9 * (end - first - 1)


@njit(cache=True, nogil=True)
def _known(first, start, n, lines, kinds, below):  # type: ignore[no-untyped-def]
    """Stamps in a run, its known headlines, and the steps down to the last of these.

    A line below two headings of one article is known, and so are dates where there are several.
    """
    n_stamps, n_known, known_until = 0, 0, 0
    for at in range(start, start + n):
        n_stamps += kinds[lines[at].kind].is_stamp
    for at in range(start, start + n):
        kind = kinds[lines[at].kind]
        is_known = lines[at].reason != _NONE or kind.is_listed or lines[at].is_own
        is_known |= kind.is_stamp and n_stamps >= MIN_STAMPS
        if is_known or below[kind.number].twice == first + 1:
            n_known += 1
            known_until = at - start + 1
    return n_stamps, n_known, known_until


@njit(cache=True, nogil=True)
def _labels(start, n, head, lines, kinds):  # type: ignore[no-untyped-def]
    """How many lines directly below their heading are tags, or section names."""
    for at in range(start, start + n):
        kind, step = kinds[lines[at].kind], at - start + 1
        if head == _TAGS:
            is_short = kind.chars <= TAG_CHARS or kind.is_hashtag or step == 1
            is_label = step <= MAX_TAGS and is_short
        else:
            is_label = step <= MAX_STEPS and kind.chars <= STEP_CHARS
        if not is_label or lines[at].is_own_part:
            return step - 1
    return n


@njit(cache=True, nogil=True)
def _take(start, n, reason, lines):  # type: ignore[no-untyped-def]
    for at in range(start, start + n):
        lines[at].is_in_list = True
        if lines[at].reason == _NONE:
            lines[at].reason = reason


@njit(cache=True, nogil=True)
def take_stamps(first, end, lines, kinds):  # type: ignore[no-untyped-def]
    """Gives their pattern as reason to the date and the counter that stand below a headline, a line each."""
    was_stamp = False
    for at in range(first, end):
        kind = kinds[lines[at].kind]
        is_stamp = kind.is_stamp and lines[at].reason == _NONE
        is_below = at > first and (
            _is_headline(lines[at - 1].reason) or (was_stamp and at > first + 1 and _is_headline(lines[at - 2].reason))
        )
        if is_stamp and is_below and not kind.is_never:
            lines[at].reason = kind.pattern
        was_stamp = is_stamp


@njit(inline="always")
def _is_headline(reason):  # type: ignore[no-untyped-def]
    return reason in (_HEADLINE, _LISTED)


@njit(cache=True, nogil=True)
def may_be_headlines(first, end, lines, kinds):  # type: ignore[no-untyped-def]
    """Whether all lines that an article has left are short, and one at least is the title of another."""
    n, n_known = 0, 0
    longest, n_kept = 0, 0
    for at in range(first, end):
        n += is_left(lines[at])
        n_known += is_left(lines[at]) and lines[at].reason != _NONE
        if lines[at].reason == _NONE:
            n_kept += 1
            longest = max(longest, kinds[lines[at].kind].chars)
    return n >= MIN_LAST_RUN and n_known > 0 and n_kept > 0 and longest <= MAX_HEADLINE_CHARS


@njit(inline="always")
def is_left(line):  # type: ignore[no-untyped-def]
    """Whether a line stays, or is a headline of no list."""
    return line.reason == _NONE or (line.reason == _HEADLINE and not line.is_in_list)


@njit(cache=True, nogil=True)
def take_headlines(first, end, lines, kinds):  # type: ignore[no-untyped-def]
    """Takes all lines that an article has left."""
    for at in range(first, end):
        if is_left(lines[at]) and not kinds[lines[at].kind].is_never:
            lines[at].reason, lines[at].is_in_list = _LISTED, True


def is_foreign(title: str, said: str) -> bool:
    """Whether hardly any passage of the title occurs in the text (both are keys)."""
    passages = [title[start : start + 5] for start in range(len(title) - 4)]
    n_said = sum(passage in said for passage in passages)
    return len(passages) >= MIN_PASSAGES and n_said <= MAX_FOREIGN_SHARE * len(passages)
