"""One pass over the bytes does what a chain of regexes would."""

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cleaning.blanks import acts_of, tidied

LINES = acts_of(drop="\u200b\x00-\x08", blank=" \t\xa0\u3000", line_break="\n\r\u2028")
ONE_LINE = acts_of(blank=" \n\t\r")
PIECES = st.lists(st.sampled_from([*" \t\n\r\xa0\u3000\u2028\u200b\x01aกé", "🔥", "\r\n", "\n\n\n"]), max_size=25)


def by_regexes(text: str) -> str:
    text = re.sub("[\u200b\x00-\x08]+", "", text)
    text = re.sub("\r\n|[\r\u2028]", "\n", text)
    text = re.sub("[ \t\xa0\u3000]+", " ", text)
    text = re.sub(" ?\n ?", "\n", text)
    return re.sub("\n{3,}", "\n\n", text).strip(" \n")


@settings(deadline=None)
@given(st.lists(PIECES.map("".join), max_size=6))
def test_lines_are_kept_as_the_regexes_keep_them(texts: list[str]) -> None:
    column = pl.Series("text", texts, dtype=pl.String)
    out, is_dropped, is_squeezed = tidied(column, LINES)
    assert out.to_list() == [by_regexes(text) for text in texts]
    bare = [re.sub("[\u200b\x00-\x08]+", "", text) for text in texts]
    assert is_dropped.tolist() == [one != text for one, text in zip(bare, texts, strict=True)]
    assert is_squeezed.tolist() == [one != text for one, text in zip(out.to_list(), bare, strict=True)]


@settings(deadline=None)
@given(PIECES.map("".join))
def test_one_line_has_no_break(text: str) -> None:
    out, is_dropped, is_squeezed = tidied(pl.Series([text]), ONE_LINE)
    assert out.to_list() == [re.sub("[ \n\t\r]+", " ", text).strip(" ")]
    assert (is_dropped[0], is_squeezed[0]) == (False, out[0] != text)


@pytest.mark.parametrize("hostile", ["\n \r" * 60_000, "\u200b" * 200_000, " " * 200_000 + "ก"])
def test_long_runs_are_no_more_than_one(hostile: str) -> None:
    assert tidied(pl.Series([hostile]), LINES)[0].to_list() in ([""], ["ก"])
