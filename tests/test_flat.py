"""Texts as one buffer and back."""

import re
from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from dedup.flat import code_at, copied, flat, plain_end, texts_of

TEXTS = st.lists(st.one_of(st.text(max_size=20), st.none()), max_size=10)


@given(TEXTS, st.integers(0, 10))
def test_a_column_comes_back_as_it_was_but_for_nulls(texts: list[str | None], start: int) -> None:
    column = pl.Series("body", texts, dtype=pl.String)[start:]
    buffer, offsets = flat(column)
    assert texts_of("body", buffer, offsets).equals(column.fill_null(""), check_names=True)


@given(TEXTS)
def test_offsets_count_bytes(texts: list[str | None]) -> None:
    buffer, offsets = flat(pl.Series(texts, dtype=pl.String))
    found = [buffer[i:j].tobytes() for i, j in pairwise(offsets)]
    assert found == [(text or "").encode() for text in texts]


@njit
def codes(buffer):  # type: ignore[no-untyped-def]
    found, i = [], np.uint64(0)
    while i < len(buffer):
        code, width = code_at(buffer, i)
        found.append(code)
        i += width
    return found


def test_every_character_is_read_as_what_it_is() -> None:
    points = [point for point in range(0x11_0000) if not 0xD800 <= point < 0xE000]
    buffer, _ = flat(pl.Series(["".join(map(chr, points))]))
    assert codes(buffer) == points


LONG = st.lists(st.sampled_from(["x", "ก" * 30, "x" * 63, "y" * 200, '"', "\\", "\n", "\x7f"]), max_size=9).map("".join)


@given(LONG, st.integers(0, 300))
def test_plain_bytes_end_at_the_first_that_json_escapes(text: str, start: int) -> None:
    buffer, _ = flat(pl.Series([text]))
    raw, start = text.encode(), min(start, len(buffer))
    found = re.compile(rb'["\\\x00-\x1f]').search(raw, start)
    assert plain_end(buffer, start, len(buffer)) == (found.start() if found else len(raw))


def test_bytes_are_copied_to_their_place() -> None:
    buffer, out = np.arange(9, dtype=np.uint8), np.zeros(5, np.uint8)
    assert copied(buffer, 3, 6, out, 1) == 4
    assert out.tolist() == [0, 3, 4, 5, 0]
