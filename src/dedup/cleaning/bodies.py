"""The lines that stay become bodies, in one pass."""

from typing import Final

import numpy as np
import polars as pl
from numba import njit

from dedup.cleaning.distinctlines import Bools
from dedup.cleaning.lines import LineTable
from dedup.flat import copied, flat, frozen, texts_of

_RULED_HEAD: Final = r"^[*_=~+/.–—-]{4}"
_DASHES: Final = r"^[*_=~+/.–—-]{4,}\s*|\s*[*_=~+/.–—-]{4,}$"


def bodies_of(table: LineTable, is_kept: Bools) -> pl.Series:
    """Of each article the lines that stay, without rules of dashes, with one blank line where the text had any between
    them.
    """
    texts = table.kinds["text"]
    ruled = (texts.str.contains(_RULED_HEAD) | texts.str.tail(4).str.contains(_RULED_HEAD)).arg_true()
    buffer, ends = flat(texts.scatter(ruled, texts.gather(ruled).str.replace_all(_DASHES, "")))
    which, blanks, is_kept = table.which, frozen(table.places["blanks"].to_numpy()), frozen(is_kept)
    out = np.empty(_room(which, is_kept, ends), np.uint8)
    body_ends = np.zeros(table.articles.height + 1, np.int64)
    size = _join(table.starts, which, blanks, is_kept, buffer, ends, out, body_ends)
    return texts_of("body", out[:size], body_ends)


@njit(cache=True, nogil=True)
def _room(which, is_kept, ends):  # type: ignore[no-untyped-def]
    size = 0
    for at in range(len(which)):
        if is_kept[at]:
            size += ends[which[at] + 1] - ends[which[at]] + 2
    return size


@njit(cache=True, nogil=True)
def _join(starts, which, blanks, is_kept, buffer, ends, out, body_ends):  # type: ignore[no-untyped-def]
    size = 0
    for page in range(len(starts) - 1):
        before = -1
        for at in range(starts[page], starts[page + 1]):
            if is_kept[at]:
                if before >= 0:
                    for _ in range(1 + (blanks[at] > blanks[before])):
                        out[size] = 0x0A
                        size += 1
                size = copied(buffer, ends[which[at]], ends[which[at] + 1], out, size)
                before = at
        body_ends[page + 1] = size
    return size
