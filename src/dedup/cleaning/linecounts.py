"""What the lines of a night are counted for, in compiled passes over the lines of a part."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import njit

from dedup.cleaning.distinctlines import Bools, UInt32, UInt64
from dedup.cleaning.lines import LineTable
from dedup.cleaning.lookup import numbered
from dedup.flat import frozen

TITLE_LINES: Final = 30
"""Lines from the top of a page in which its template may repeat the title."""


def own_titles(table: LineTable, titles: UInt64) -> npt.NDArray[np.uint8]:
    """How often the own title (its hash, 0 is none) stands at the head of each page."""
    counts = np.zeros(len(titles), np.uint8)
    line = frozen(table.places["line"].to_numpy())
    _own_titles(table.starts, table.which, line, table.kind("line_hash"), frozen(titles), counts)
    return counts


def holders(
    table: LineTable, names: Sequence[str], documents: UInt32, is_counted: Bools, is_there: Bools
) -> pl.DataFrame:
    """Which documents hold which lines, or labels: line_hash, document; each pair once.

    `names` are the columns of hashes; `documents` the numbers of those that the articles are; `is_counted` and
    `is_there` tell of each kind of line, and of each place, whether it is looked at.
    """
    hashes = np.concatenate([table.kind(name) * is_counted for name in names])
    numbers, distinct = numbered(hashes)
    pairs = np.empty((2, len(names) * len(is_there)), np.uint32)
    count = _holders(
        np.argsort(documents, kind="stable"), table.starts, table.which, frozen(is_there),
        numbers.reshape(len(names), -1), frozen(documents), np.zeros(len(distinct), np.uint32), pairs,
    )  # fmt: skip
    return pl.DataFrame({"line_hash": distinct[pairs[0, :count]], "document": pairs[1, :count]})


def votes(table: LineTable, titles: UInt64, may_be: Bools, is_headline: Bools) -> tuple[UInt32, UInt32]:
    """How often each kind of line stands there if it may be a heading, and how often above a headline.

    An article's own title is no headline: a print button stands above it on every page of some outlets.
    """
    n, n_led = np.zeros(len(may_be), np.uint32), np.zeros(len(may_be), np.uint32)
    hashes = table.kind("line_hash")
    _votes(table.starts, table.which, hashes, frozen(titles), frozen(may_be), frozen(is_headline), n, n_led)
    return n, n_led


def below(table: LineTable, is_heading: Bools, is_member: Bools) -> Bools:
    """Which lines are members whose nearest heading, break or article start above them is a heading."""
    found = np.zeros(table.places.height, np.bool_)
    _below(table.starts, table.which, frozen(is_heading), frozen(is_member), found)
    return found


@njit(cache=True, nogil=True)
def _own_titles(starts, which, line, hashes, titles, counts):  # type: ignore[no-untyped-def]
    for page in range(len(titles)):
        if titles[page]:
            for at in range(starts[page], starts[page + 1]):
                if line[at] >= TITLE_LINES:
                    break
                counts[page] += hashes[which[at]] == titles[page]


@njit(cache=True, nogil=True)
def _holders(order, starts, which, is_there, numbers, documents, last, pairs):  # type: ignore[no-untyped-def]
    """Pages of one document stand together in `order`: the last one to hold a line tells whether this one is new."""
    count = 0
    for page in order:
        document = documents[page]
        for at in range(starts[page], starts[page + 1]):
            if is_there[at]:
                for column in range(len(numbers)):
                    number = numbers[column, which[at]]
                    if number and last[number] != document + 1:
                        last[number] = document + 1
                        pairs[0, count], pairs[1, count] = number, document
                        count += 1
    return count


@njit(cache=True, nogil=True)
def _votes(starts, which, hashes, titles, may_be, is_headline, n, n_led):  # type: ignore[no-untyped-def]
    for page in range(len(titles)):
        for at in range(starts[page], starts[page + 1]):
            line = which[at]
            if may_be[line]:
                n[line] += 1
                if at + 1 < starts[page + 1]:
                    other = which[at + 1]
                    n_led[line] += is_headline[other] and hashes[other] != titles[page]


@njit(cache=True, nogil=True)
def _below(starts, which, is_heading, is_member, found):  # type: ignore[no-untyped-def]
    for page in range(len(starts) - 1):
        is_below = False
        for at in range(starts[page], starts[page + 1]):
            line = which[at]
            found[at] = is_below and is_member[line] and not is_heading[line]
            is_below = is_heading[line] or found[at]
