"""The digest of a row is what it always was: articles are named by it."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dedup.digests import row_digests
from dedup.index import digest

TEXT = st.none() | st.text(max_size=12) | st.text(st.sampled_from('"\\/\b\f\n\r\t\v\x00\x1f\x7fกé🔥'), max_size=9)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=6))
def test_rows_have_the_digest_of_their_values(rows: list[tuple[str | None, ...]]) -> None:
    columns = [pl.Series([row[i] for row in rows], dtype=pl.String) for i in range(3)]
    assert row_digests(columns).to_list() == [digest(*row) for row in rows]


def test_where_one_value_ends_and_the_next_begins_counts() -> None:
    left, right = pl.Series(["กข", "ก", None, ""]), pl.Series(["", "ข", "", None])
    assert row_digests([left, right]).n_unique() == 4
    assert row_digests([left[1:], right[1:]]).to_list() == row_digests([left, right])[1:].to_list()
