"""One pass over the bytes does what a chain of regexes would, or says that it cannot."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.charmap import BLANK, BREAK, DROP, JOIN, KEEP, ODD, char_map, ranges_of, rewritten

LINES = char_map(("\u200b\x00-\x08", DROP), (" \t\xa0\u3000", BLANK), ("\n\r\u2028", BREAK))
ONE_LINE = char_map((" \n\t\r", BLANK))
PIECES = st.lists(st.sampled_from([*" \t\n\r\xa0\u3000\u2028\u200b\x01aกé", "🔥", "\r\n", "\n\n\n"]), max_size=25)


def by_regexes(text: str) -> str:
    text = re.sub("[\u200b\x00-\x08]+", "", text)
    text = re.sub("\r\n|[\r\u2028]", "\n", text)
    text = re.sub("[ \t\xa0\u3000]+", " ", text)
    text = re.sub(" ?\n ?", "\n", text)
    return re.sub("\n{3,}", "\n\n", text).strip(" \n")


@given(st.lists(PIECES.map("".join), max_size=6))
def test_lines_are_kept_as_the_regexes_keep_them(texts: list[str]) -> None:
    column = pl.Series("text", texts, dtype=pl.String)
    out, is_dropped, is_squeezed, _ = rewritten(column, LINES)
    assert out.to_list() == [by_regexes(text) for text in texts]
    bare = [re.sub("[\u200b\x00-\x08]+", "", text) for text in texts]
    assert is_dropped.tolist() == [one != text for one, text in zip(bare, texts, strict=True)]
    assert is_squeezed.tolist() == [one != text for one, text in zip(out.to_list(), bare, strict=True)]


@given(PIECES.map("".join))
def test_one_line_has_no_break(text: str) -> None:
    out, is_dropped, is_squeezed, _ = rewritten(pl.Series([text]), ONE_LINE)
    assert out.to_list() == [re.sub("[ \n\t\r]+", " ", text).strip(" ")]
    assert (is_dropped[0], is_squeezed[0]) == (False, out[0] != text)


@pytest.mark.parametrize("hostile", ["\n \r" * 60_000, "\u200b" * 200_000, " " * 200_000 + "ก"])
def test_long_runs_are_no_more_than_one(hostile: str) -> None:
    assert rewritten(pl.Series([hostile]), LINES)[0].to_list() in ([""], ["ก"])


def test_replaced_joined_and_odd_characters() -> None:
    letters = char_map(("\0-\U00010000", ODD), ("ก-ฮ", KEEP), (" .", BLANK), ("ๆ", JOIN), ("A", ord("a")), ("-", DROP))
    out, _, _, is_odd = rewritten(pl.Series(["ก. ข", "กA ๆ ข", " ๆ-ก ", "ก🔥", "กé", None]), letters)
    assert out.to_list() == ["ก ข", "กaๆ ข", "ๆก", "ก🔥", "กé", ""]
    assert is_odd.tolist() == [False, False, False, True, True, False]


def test_odd_neighbours_are_those_of_the_result() -> None:
    pairs = char_map(("-", DROP), (" ", BLANK), ("A", ord("a")), odd_pairs=[("ก", "ข"), ("a", "ค")])
    texts = pl.Series(["กข", "ก-ข", "ก ข", "ขก", "Aค", "กค"])
    assert rewritten(texts, pairs).is_odd.tolist() == [True, True, False, False, True, False]


def test_ranges_and_single_characters_are_told_apart() -> None:
    assert ranges_of("a-cx-") == [(97, 99), (120, 120), (45, 45)]
    assert ranges_of("-a") == [(45, 45), (97, 97)]
