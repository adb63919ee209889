from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.words.tokens import Tokens
from dedup.words.wordids import MONTHS, date_at, word_ids


def ids_of(*texts: str) -> tuple[np.ndarray, np.ndarray]:
    words = [word.encode() for text in texts for word in text.split()]
    sizes = np.array([len(word) for word in words], np.int64)
    ends = np.cumsum(sizes)
    offsets = np.cumsum([0, *(len(text.split()) for text in texts)], dtype=np.int64)
    return word_ids(Tokens(np.frombuffer(b"".join(words), np.uint8), ends - sizes, ends, offsets)), offsets


def is_figure(word: str) -> bool:
    return bool(ids_of(word)[0][0] & 1)


@pytest.mark.parametrize("word", ["7", "68,200", "09.20", "2567", *(name for name, _, _ in MONTHS)])
def test_digits_and_months_are_figures(word: str) -> None:
    assert is_figure(word)


@pytest.mark.parametrize("word", ["บาท", "covid19", "19th", "ม", "วันที่", "กรกฎา", "๗"])
def test_other_words_are_no_figures(word: str) -> None:
    assert not is_figure(word)


def test_a_buddhist_year_is_the_same_in_two_digits() -> None:
    same = ids_of("2567 67")[0]
    assert same[0] == same[1]
    others = ids_of("2367 1967 12567 2667 67")[0]
    assert len(set(others.tolist())) == 5


@settings(deadline=None)
@given(st.lists(st.text("กขคabc123", min_size=1, max_size=6), min_size=1, max_size=8))
def test_equal_words_have_equal_ids_and_different_words_different_ones(words: list[str]) -> None:
    ids = ids_of(" ".join(words))[0]
    folded = [word[2:] if len(word) == 4 and word[:2] in ("24", "25") and word.isdigit() else word for word in words]
    assert len(set(ids.tolist())) == len(set(folded))


def dates(*texts: str) -> list[list[int]]:
    ids, offsets = ids_of(*texts)
    found = date_at(ids, offsets)
    return [[int(n) for n in found[i:j] if n] for i, j in pairwise(offsets)]


@pytest.mark.parametrize("text", ["วันที่ 3 กันยายน 2567", "เมื่อ 03 ก ย 67", "3 ก.ย. นี้", "3 กย"])
def test_a_day_and_its_month_are_a_date_however_they_are_written(text: str) -> None:
    assert dates(text) == [[9 * 32 + 3]]


@pytest.mark.parametrize("text", ["32 กันยายน", "กันยายน 3", "3 วัน ก ย", "3 ก", "3"])
def test_other_neighbours_are_no_date(text: str) -> None:
    assert dates(text) == [[]]


def test_a_date_does_not_reach_into_the_next_text() -> None:
    assert dates("ที่ 3", "กันยายน 5 ก", "ย 1 มกราคม") == [[], [], [33]]


def test_no_words_have_no_dates() -> None:
    assert dates("", "") == [[], []]
