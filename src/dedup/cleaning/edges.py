"""Takes what is furniture only above or below the story: own title, date, byline, contact, lines the source repeats."""

from typing import Final

import numpy as np
from numba import njit

from dedup.cleaning.furniture import NO_REASON, Reason, Zone, code

EDGE_CHARS: Final = 160
"""A longer line is not taken for standing on most pages of a small source."""
MAX_LABELLED: Final = 2
"""Lines of a page with one label; in an interview every other line begins with it."""
ENCLOSED_CHARS: Final = 60
"""A longer line of no known kind is the story's."""
HEAD_MARKS: Final = (Reason.COUNTER, Reason.BREADCRUMB, Reason.LABELLED)
"""Between the top of the page and one of these, or the whole own title, no story begins with a short line …"""
TAIL_MARKS: Final = (
    Reason.SHARE,
    Reason.FOLLOW,
    Reason.COOKIE,
    Reason.COPYRIGHT,
    Reason.PAGE_TOOL,
    Reason.COUNTER,
    Reason.TAGS,
)
"""… and below one of these none ends with one. Headings of lists are not among them: stories go on below lists."""

_NONE: Final = NO_REASON
_HEADLINE, _FREQUENT, _LABELLED = code(Reason.HEADLINE), code(Reason.FREQUENT), code(Reason.LABELLED)
_OWN_TITLE, _ENCLOSED = code(Reason.OWN_TITLE), code(Reason.ENCLOSED)
_HEAD, _TAIL, _EDGE = code(Zone.HEAD), code(Zone.TAIL), code(Zone.EDGE)
_IS_HEAD_MARK: Final = np.isin(np.arange(NO_REASON + 1), [code(mark) for mark in HEAD_MARKS])
_IS_TAIL_MARK: Final = np.isin(np.arange(NO_REASON + 1), [code(mark) for mark in TAIL_MARKS])


LABEL: Final = np.dtype([("article", np.int64), ("count", np.int64)])
"""Of the number of a label: the first line, plus one, of the last article that has it, and how often it has it."""


@njit(cache=True, nogil=True)
def take_edges(first, end, lines, kinds, usual_own, labels):  # type: ignore[no-untyped-def]
    """Gives a reason to what is furniture only above the first line of the story or below its last one.

    Short lines of no known kind go with what encloses them.
    """
    _judge_edges(first, end, lines, kinds, usual_own, labels)
    first_line, last_line = _story(first, end, lines, kinds)
    for at in range(first, end):
        enclosed = _NONE if kinds[lines[at].kind].is_never else _ENCLOSED
        if at < first_line:
            lines[at].reason = _first_of(lines[at].above, _first_of(lines[at].reason, enclosed))
        elif at > last_line:
            lines[at].reason = _first_of(lines[at].below, _first_of(lines[at].reason, enclosed))


@njit(inline="always")
def _first_of(reason, other):  # type: ignore[no-untyped-def]
    return other if reason == _NONE else reason


@njit(cache=True, nogil=True)
def _judge_edges(first, end, lines, kinds, usual_own, labels):  # type: ignore[no-untyped-def]
    """The reason each line has above or below the story, before the reason it may have anyway."""
    extra_title = _extra_title(first, end, lines, usual_own)
    _count_labels(first, end, lines, kinds, labels)
    for at in range(first, end):
        kind, reason = kinds[lines[at].kind], lines[at].reason
        is_free = reason == _NONE and not kind.is_never
        is_taken = is_free or (reason in (_FREQUENT, _HEADLINE) and not kind.is_never)
        learned = _NONE
        if is_free and kind.is_usual and kind.chars <= EDGE_CHARS:
            learned = _FREQUENT
        elif is_free and kind.is_labelled and labels[kind.label].count <= MAX_LABELLED:
            learned = _LABELLED
        zone, pattern = kind.zone, kind.pattern
        is_own = (lines[at].is_own and not kind.is_never) or (lines[at].is_own_part and is_free)
        lines[at].below = pattern if is_taken and zone in (_TAIL, _EDGE) else learned
        if is_own and at != extra_title:
            lines[at].above = _OWN_TITLE
        else:
            lines[at].above = pattern if is_taken and zone in (_HEAD, _EDGE) else learned


@njit(cache=True, nogil=True)
def _extra_title(first, end, lines, usual_own):  # type: ignore[no-untyped-def]
    """The last line with the own title where it stands more often than the template puts it there: it begins the story.
    Else -1.
    """
    n_own, last = 0, -1
    for at in range(first, end):
        if lines[at].is_own:
            n_own += 1
            last = at
    return last if n_own > usual_own else -1


@njit(cache=True, nogil=True)
def _count_labels(first, end, lines, kinds, labels):  # type: ignore[no-untyped-def]
    for at in range(first, end):
        kind = kinds[lines[at].kind]
        if kind.is_labelled:
            label = kind.label
            if labels[label].article != first + 1:
                labels[label].article, labels[label].count = first + 1, 0
            labels[label].count += 1


@njit(cache=True, nogil=True)
def _story(first, end, lines, kinds):  # type: ignore[no-untyped-def]
    """The first and the last line of the story.

    The first line that is no furniture begins it, but a short one above a mark of the page's head does not, if the
    story has a longer one below; likewise at the end.
    """
    begin, stop, first_long, last_long = end, -1, -1, -1
    for at in range(first, end):
        is_kept = lines[at].reason == _NONE
        begins, ends = is_kept and lines[at].above == _NONE, is_kept and lines[at].below == _NONE
        if begins:
            begin = min(begin, at)
        if ends:
            stop = at
        if begins and ends and kinds[lines[at].kind].chars > ENCLOSED_CHARS:
            last_long = at
            if first_long < 0:
                first_long = at
    if first_long >= 0:
        for at in range(first, first_long):
            if lines[at].is_own or _IS_HEAD_MARK[_first_of(lines[at].above, lines[at].reason)]:
                begin = max(begin, at + 1)
        for at in range(end - 1, last_long, -1):
            if _IS_TAIL_MARK[_first_of(lines[at].below, lines[at].reason)]:
                stop = min(stop, at - 1)
    return begin, stop
