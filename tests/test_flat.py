"""Texts as one buffer and back."""

from itertools import pairwise

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dedup.flat import flat, texts_of

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
