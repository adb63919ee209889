"""What the quality screen counts in a text, in compiled passes over its bytes."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import njit

from dedup.flat import code_at, flat

Int64 = npt.NDArray[np.int64]

GRAM: Final = 16
"""Characters of a passage whose repetition counts: about three Thai words."""
ONE_IN: Final = 16
"""Of the passages so many are looked at: one in …"""
TELLING: Final = 100
"""Characters from which on a text without a chosen passage is taken for repetitive."""

THAI: Final = r"[\u{0E01}-\u{0E3A}\u{0E40}-\u{0E4E}]+"


def letter_counts(texts: pl.Series) -> pl.DataFrame:
    """`n_thai` (letters, vowels and tones), `n_letters` (those and the letters of other scripts) of each text."""
    counts = np.zeros((len(texts), 3), np.int64)
    buffer, offsets = flat(texts)
    _count_letters(buffer, offsets, counts)
    n_thai, n_latin, n_foreign = counts.T
    rows = np.flatnonzero(n_foreign)  # half of all articles have a bullet or an arrow; few have a letter among them
    others = texts.gather(rows).str.replace_all(THAI, "").str.count_matches(r"\p{L}")
    n_latin[rows] = others.to_numpy()
    return pl.DataFrame({"n_thai": n_thai, "n_letters": n_thai + n_latin})


@njit(cache=True, nogil=True)
def _count_letters(buffer, offsets, counts):  # type: ignore[no-untyped-def]
    """Thai characters, ASCII letters, and characters that may be letters of another script."""
    for text in range(len(offsets) - 1):
        i, last = np.uint64(offsets[text]), np.uint64(offsets[text + 1])
        n_thai, n_latin, n_foreign = 0, 0, 0
        while i < last:
            code, width = code_at(buffer, i)
            i += width
            if code >= 0x0E00 and code < 0x0E80:
                n_thai += (code > 0x0E00 and code <= 0x0E3A) or (code >= 0x0E40 and code <= 0x0E4E)
            elif code < 0x80:
                n_latin += 0x61 <= code | 0x20 <= 0x7A
            else:
                n_foreign += code != 0xA0 and (code < 0x2000 or code > 0x206F)
        counts[text] = n_thai, n_latin, n_foreign


def repeated_shares(texts: pl.Series) -> pl.Series:
    """Share of a text that stands in passages it holds more than once, the first time not counted (0 to 1).

    One passage of `GRAM` characters in sixteen is looked at, chosen by its own first characters, so that a repeated
    passage is chosen each time. A text without one chosen passage is taken for repetitive from 100 characters on.
    """
    buffer, offsets = flat(texts)
    n_most = int(np.diff(offsets).max(initial=0))
    shares = np.zeros(len(texts))
    _share(buffer, offsets, np.empty(n_most, np.uint32), np.empty(n_most, np.uint64), shares)
    return pl.Series("repeated_share", shares, dtype=pl.Float64)


@njit(cache=True, nogil=True)
def _share(buffer, offsets, points, grams, shares):  # type: ignore[no-untyped-def]
    for text in range(len(offsets) - 1):
        i, last, n = np.uint64(offsets[text]), np.uint64(offsets[text + 1]), 0
        while i < last:
            points[n], width = code_at(buffer, i)
            i += width
            n += 1
        n_grams = 0
        for at in range(n - GRAM + 1):
            mixed = np.uint64(points[at]) * np.uint64(0x9E37_79B1) + np.uint64(points[at + 1]) * np.uint64(0x85EB_CA77)
            if (mixed >> np.uint64(7)) % np.uint64(ONE_IN) == 0:
                gram = np.uint64(0)
                for step in range(at, at + GRAM):
                    gram = gram * np.uint64(0x100_0000_01B3) + np.uint64(points[step])
                grams[n_grams] = gram >> np.uint64(24)  # the last character hardly counts: 15 decide
                n_grams += 1
        if n_grams == 0:
            shares[text] = 1.0 if n >= TELLING else 0.0
            continue
        chosen = np.sort(grams[:n_grams])
        n_distinct = 1
        for at in range(1, n_grams):
            n_distinct += chosen[at] != chosen[at - 1]
        shares[text] = 1.0 - n_distinct / n_grams
