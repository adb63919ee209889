"""Why each line of an article goes, article by article, in compiled passes over its lines.

Lines, kinds of line and articles are arrays of records: a compiled function that takes a tuple of thirty arrays spends
more time on counting their users than on its work.
"""

from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numba import njit

from dedup.cleaning.distinctlines import Bools, Int64, UInt32
from dedup.cleaning.edges import LABEL, take_edges
from dedup.cleaning.evidence import NOBODY, SEVERAL, Records
from dedup.cleaning.furniture import NO_REASON, Reason, Zone, code
from dedup.cleaning.headlinelists import (
    BELOW,
    RUN,
    is_foreign,
    is_left,
    may_be_headlines,
    take_headlines,
    take_lists,
    take_stamps,
)
from dedup.cleaning.lines import LineTable
from dedup.flat import flat
from dedup.settings import CleanSettings

MIN_TITLE_PART: Final = 15
"""Letters of a line that is the own title without the site's name, or with it …"""
MAX_SITE_NAME: Final = 30
"""… and letters of that name at most."""

LINE: Final = np.dtype(
    [
        ("kind", np.uint32),
        ("blanks", np.uint32),  # blank lines so far
        ("reason", np.uint8),  # why it goes: its code, or NO_REASON
        ("above", np.uint8),  # why it goes if it stands above the story …
        ("below", np.uint8),  # … and below it
        ("is_in_list", np.bool_),
        ("is_own", np.bool_),  # the record's own title
        ("is_own_part", np.bool_),  # that without the site's name, or with it
    ],
    align=True,
)
"""A line of an article, and what is found of it."""

_NONE, _ANYWHERE = NO_REASON, code(Zone.ANYWHERE)
_ALWAYS, _FREQUENT, _HEADLINE, _LABELLED = map(code, (Reason.ALWAYS, Reason.FREQUENT, Reason.HEADLINE, Reason.LABELLED))


class Totals(NamedTuple):
    """What is counted of each article."""

    letters: Int64
    kept: Int64  # letters of the lines that stay
    left_letters: Int64  # of those that would stay if the original were not kept
    first_kept: Int64  # the place of the first line that stays; -1 if none does
    n_removed: UInt32
    is_suspicious: Bools  # counts alone would take too much: the original is kept


def judge(
    table: LineTable, kinds: Records, pages: Records, own_keys: pl.Series, settings: CleanSettings
) -> tuple[Records, Totals]:
    """Why each line goes (`LINE`), and what is counted of each article; `own_keys` are the keys of their titles."""
    starts, lines = table.starts, np.zeros(table.places.height, LINE)
    lines["kind"], lines["blanks"], lines["reason"] = table.which, table.places["blanks"].to_numpy(), NO_REASON
    _mark_own(starts, lines, kinds, pages, *flat(table.kinds["key"]), *flat(own_keys))
    runs = np.empty(int(np.diff(starts).max(initial=0)), RUN)
    below = np.zeros(int(kinds["number"].max(initial=0)) + 1, BELOW)
    labels = np.zeros(int(kinds["label"].max(initial=0)) + 1, LABEL)
    is_suspect = np.zeros(len(pages), np.bool_)
    _judge(starts, lines, kinds, pages, runs, below, labels, is_suspect)
    for page in np.flatnonzero(is_suspect):
        first, end = starts[page : page + 2]
        left = [line["kind"] for line in lines[first:end] if is_left(line)]
        if is_foreign(own_keys[int(page)], "".join(table.kinds["key"].gather(left).drop_nulls())):
            take_headlines(first, end, lines, kinds)
    letters, kept, left_letters, first_kept = np.zeros((4, len(pages)), np.int64)
    n_removed, is_suspicious = np.zeros(len(pages), np.uint32), np.zeros(len(pages), np.bool_)
    totals = Totals(letters, kept, left_letters, first_kept, n_removed, is_suspicious)
    _total(starts, lines, kinds, settings.max_removed_share, totals)
    return lines, totals


@njit(cache=True, nogil=True)
def _mark_own(starts, lines, kinds, pages, keys, key_ends, titles, title_ends):  # type: ignore[no-untyped-def]
    """Which lines are the own title, and which that without the site's name before or after it, or with it."""
    for page in range(len(pages)):
        own = pages[page]
        title = titles[title_ends[page] : title_ends[page + 1]]
        for at in range(starts[page], starts[page + 1]):
            number = lines[at].kind
            n_line, n_title = kinds[number].letters, own.own_letters
            lines[at].is_own = own.own_hash != 0 and kinds[number].line_hash == own.own_hash
            if min(n_line, n_title) >= MIN_TITLE_PART and abs(n_line - n_title) <= MAX_SITE_NAME:
                lines[at].is_own_part = _frames(keys[key_ends[number] : key_ends[number + 1]], title)


@njit(cache=True, nogil=True)
def _frames(key, other):  # type: ignore[no-untyped-def]
    """Whether one of the keys begins, or ends, with the other; one that is empty was too long for a key."""
    long, short = (key, other) if len(key) >= len(other) else (other, key)
    begins = ends = len(short) > 0
    apart = len(long) - len(short)
    for i in range(len(short)):
        begins &= long[i] == short[i]
        ends &= long[apart + i] == short[i]
        if not (begins or ends):
            break
    return begins or ends


@njit(cache=True, nogil=True)
def _judge(starts, lines, kinds, pages, runs, below, labels, is_suspect):  # type: ignore[no-untyped-def]
    for page in range(len(pages)):
        first, end = starts[page], starts[page + 1]
        for at in range(first, end):
            lines[at].reason = _sure_reason(lines[at], at == first, kinds[lines[at].kind], pages[page])
        take_lists(first, end, lines, kinds, pages[page].is_small, runs, below)
        take_stamps(first, end, lines, kinds)
        take_edges(first, end, lines, kinds, pages[page].usual_own, labels)
        if pages[page].is_digest:
            _give_back(first, end, lines)
        is_suspect[page] = may_be_headlines(first, end, lines, kinds)


@njit(cache=True, nogil=True)
def _give_back(first, end, lines):  # type: ignore[no-untyped-def]
    """A digest prints the headlines of others above their texts: those of no list stay, above a line that stays."""
    is_kept = False
    for at in range(end - 1, first - 1, -1):
        if is_kept and lines[at].reason == _HEADLINE and not lines[at].is_in_list:
            lines[at].reason = _NONE
        is_kept = lines[at].reason == _NONE


@njit(inline="always")
def _sure_reason(line, is_first, kind, page):  # type: ignore[no-untyped-def]
    """The reason where the line alone decides: overrides, patterns, counts, titles, in this order.

    The own title and the first line are never headlines of something else.
    """
    reason = _NONE
    if kind.is_never:
        pass
    elif kind.is_always:
        reason = _ALWAYS
    elif line.is_own:
        pass
    elif kind.zone == _ANYWHERE:
        reason = kind.pattern
    elif kind.is_common:
        reason = _FREQUENT
    elif not is_first and _is_headline(kind, page):
        reason = _HEADLINE
    return reason


@njit(inline="always")
def _is_headline(kind, page):  # type: ignore[no-untyped-def]
    """Whether a line is, begins like or introduces the title of another article."""
    is_introduced = kind.rest_hash != page.own_hash and _is_of_other(kind.introduced, page)
    return is_introduced or _is_of_other(kind.titled, page) or _is_of_other(kind.cut, page)


@njit(inline="always")
def _is_of_other(document, page):  # type: ignore[no-untyped-def]
    return document == SEVERAL or document not in (NOBODY, page.document)


@njit(cache=True, nogil=True)
def _total(starts, lines, kinds, max_removed_share, totals):  # type: ignore[no-untyped-def]
    """Counts, and takes the reasons back where counts alone would remove too much.

    Patterns, lists below headings and lines on half of all pages are not counted: a short brief on a page full of
    furniture is clean when three quarters of the page are gone.
    """
    for page in range(len(starts) - 1):
        first, end = starts[page], starts[page + 1]
        letters, loose, left, n_removed, first_kept = 0, 0, 0, 0, -1
        for at in range(first, end):
            kind, reason = kinds[lines[at].kind], lines[at].reason
            letters += kind.letters
            by_count = reason in (_FREQUENT, _HEADLINE, _LABELLED)
            if reason == _NONE:
                first_kept = at if first_kept < 0 else first_kept
                left += kind.letters
            elif by_count and not lines[at].is_in_list and not kind.is_certain:
                loose += kind.letters
            n_removed += reason != _NONE
        is_suspicious = loose > max_removed_share * (loose + left)
        if is_suspicious:
            for at in range(first, end):
                lines[at].reason = _NONE
        totals.letters[page], totals.left_letters[page], totals.first_kept[page] = letters, left, first_kept
        totals.kept[page], totals.n_removed[page] = (letters, 0) if is_suspicious else (left, n_removed)
        totals.is_suspicious[page] = is_suspicious
