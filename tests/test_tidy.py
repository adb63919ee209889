"""One pass does what a map of characters and one regex after another do, and sees what else a text sets off."""

import re
from functools import reduce

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.charmap import rewritten
from dedup.cleaning.repair import _LINES_KEPT, _ON_ONE_LINE, _plan
from dedup.cleaning.tidy import Tidied, tidied

TONE_FIRST = ("([\u0e48-\u0e4c]+)([\u0e31\u0e34-\u0e3a\u0e47\u0e4d]+)", r"\2\1")
IN_ORDER = (
    ("เเ", "แ"),
    *[TONE_FIRST] * 3,
    ("([\u0e38\u0e39]+)(\u0e3a+)", r"\2\1"),
    ("\u0e4d([\u0e48-\u0e4b]*)\u0e32", "\\1\u0e33"),
    ("(\u0e33+)([\u0e48-\u0e4b]+)", r"\2\1"),
)
SIGNS = st.text(alphabet="กเแา่้๊์ัิฺุู็ํำ \u200b", max_size=14)
BLANKS = st.text(alphabet="กa่ \n\r\t\u2028\xa0\u3000\u200b\xad\x85\ue000\ue001🔥", max_size=14)
RUNS = st.lists(
    st.sampled_from(["ก" * 60, "ข" * 5, "1" * 64, "1", "้็", "่", "\u200b", "é", "ü", " ", "เนเ", "น", "ธ"]), max_size=8
)
TEXTS = st.lists(st.one_of(SIGNS, BLANKS, RUNS.map("".join), st.text(max_size=30)), min_size=1, max_size=8)


def tidy(texts: list[str | None], *, keep_lines: bool) -> Tidied:
    return tidied(pl.Series(texts, dtype=pl.String), np.full(len(texts), keep_lines), _plan().tidying)


@given(TEXTS, st.booleans())
@settings(max_examples=400, deadline=None)
def test_one_pass_does_what_a_map_and_then_regexes_do(texts: list[str], keep_lines: bool) -> None:
    mapped = rewritten(pl.Series(texts, dtype=pl.String), _LINES_KEPT if keep_lines else _ON_ONE_LINE)
    wanted = [reduce(lambda now, rule: re.sub(*rule, now), IN_ORDER, text) for text in mapped.texts]
    found = tidy(texts, keep_lines=keep_lines)
    assert found.texts.to_list() == wanted
    assert found.is_dropped.tolist() == mapped.is_dropped.tolist()
    assert found.is_squeezed.tolist() == mapped.is_squeezed.tolist()
    assert found.is_ordered.tolist() == [one != other for one, other in zip(mapped.texts, wanted, strict=True)]


@given(TEXTS, st.booleans())
@settings(max_examples=400, deadline=None)
def test_no_trigger_is_missed(texts: list[str], keep_lines: bool) -> None:
    plan, found = _plan(), tidy(texts, keep_lines=keep_lines)
    of_runs = np.bitwise_or.reduce(plan.tidying.triggers.bits)
    came = plan.seen(pl.Series(texts, dtype=pl.String)) & plan.early & ~of_runs
    left = plan.seen(found.texts)
    assert (came & ~found.came).tolist() == [0] * len(texts)
    assert (left & ~found.left).tolist() == [0] * len(texts)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("ที่  นี่ \r\n\r\n\n ที่\u200bนั่น ", "ที่ นี่\n\nที่นั่น"),
        (" \u200b ก", "ก"),
        ("ก \u200b", "ก"),
        ("ก \u200b\n ข", "ก\nข"),
        ("นํ้า นำ้ เเม่", "น้ำ น้ำ แม่"),
        ("ก่\u200bี\u200b ก", "กี่ ก"),
        ("\n\n", ""),
        ("", ""),
    ],
)
def test_blanks_and_signs_where_they_meet(text: str, right: str) -> None:
    assert tidy([text, text], keep_lines=True).texts.to_list() == [right, right]


def test_signs_without_end_take_no_longer_than_they_are_long() -> None:
    half = 100_000
    (ordered,) = tidy(["\u200b".join("่" * half + "ี" * half)], keep_lines=True).texts
    assert ordered == "ี" * half + "่" * half


def test_a_sliced_column_is_read_where_it_stands_and_a_null_is_empty() -> None:
    texts = pl.Series(["  ", "ก  ข", None, "นํ้า"])
    assert tidied(texts[1:], np.ones(3, np.bool_), _plan().tidying).texts.to_list() == ["ก ข", "", "น้ำ"]
