import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.words.shingles import Shingles, distinct, sampled, shingle
from dedup.words.tokens import Tokens

texts = st.lists(st.lists(st.text("กขคa1๑ é", min_size=1, max_size=5), max_size=9), max_size=6)
U64 = 2**64
SHINGLES = [2736900220, 3940024833, 667933076]


def tokens_of(rows: list[list[str]]) -> Tokens:
    encoded = [word.encode() for row in rows for word in row]
    ends = np.cumsum([len(word) for word in encoded], dtype=np.int64)
    starts = ends - np.array([len(word) for word in encoded], np.int64)
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return Tokens(np.frombuffer(b"".join(encoded), np.uint8), starts, ends, offsets)


def word_hash(word: str) -> int:
    """FNV-1a 64."""
    value = 0xCBF29CE484222325
    for byte in word.encode():
        value = (value ^ byte) * 0x100000001B3 % U64
    return value


def shingle_hash(words: list[str]) -> int:
    value = 0x9E3779B97F4A7C15
    for word in words:
        value = (value ^ word_hash(word)) * 0xFF51AFD7ED558CCD % U64
        value ^= value >> 32
    return value % 2**32


def by_text(flat: Shingles) -> list[list[int]]:
    return [flat.hashes[i:j].tolist() for i, j in zip(flat.doc_offsets[:-1], flat.doc_offsets[1:], strict=True)]


@given(texts, st.integers(1, 5))
@settings(deadline=None)
def test_shingles_are_the_hashes_of_every_run_of_words(rows: list[list[str]], n: int) -> None:
    expected = [[shingle_hash(row[i : i + n]) for i in range(max(len(row) - n + 1, 1))] if row else [] for row in rows]
    assert by_text(shingle(tokens_of(rows), words=n)) == expected


@given(texts)
@settings(deadline=None)
def test_distinct_is_each_texts_set_in_order(rows: list[list[str]]) -> None:
    shingles = shingle(tokens_of(rows), words=1)
    assert by_text(distinct(shingles)) == [sorted(set(row)) for row in by_text(shingles)]


@given(texts, st.integers(1, 64))
@settings(deadline=None)
def test_a_sample_is_chosen_by_the_hash_alone(rows: list[list[str]], one_in: int) -> None:
    shingles = shingle(tokens_of(rows), words=1)
    chosen = [{value for value in row if value * 2_654_435_761 % 2**32 < 2**32 // one_in} for row in by_text(shingles)]
    assert by_text(sampled(shingles, one_in=one_in)) == [sorted(row) for row in chosen]


@given(texts)
@settings(deadline=None)
def test_a_text_has_the_shingles_it_has_alone(rows: list[list[str]]) -> None:
    together = distinct(shingle(tokens_of(rows), words=3))
    alone = [by_text(distinct(shingle(tokens_of([row]), words=3)))[0] for row in rows]
    assert by_text(together) == alone


def test_hashes_stay_what_they_were() -> None:
    """The index remembers them: when this fails, raise SHINGLE_VERSION."""
    rows = [["น้ำท่วม", "20", "จังหวัด", "ทั่ว", "ประเทศ"]]
    assert shingle(tokens_of(rows), words=3).hashes.tolist() == SHINGLES


@pytest.mark.parametrize(("n_words", "n_shingles"), [(0, 0), (1, 1), (2, 1), (3, 1), (4, 2), (10, 8)])
def test_a_short_text_is_one_shingle_and_an_empty_one_none(n_words: int, n_shingles: int) -> None:
    rows = [["ข่าว"], [f"คำ{i}" for i in range(n_words)], ["ข่าว"]]
    assert len(by_text(shingle(tokens_of(rows), words=3))[1]) == n_shingles


def test_the_order_of_words_counts() -> None:
    one, other = by_text(shingle(tokens_of([["หมา", "กัด", "คน"], ["คน", "กัด", "หมา"]]), words=3))
    assert one != other


def test_words_are_not_glued_to_the_same_shingle() -> None:
    one, other = by_text(shingle(tokens_of([["ตา", "กลม"], ["ตาก", "ลม"]]), words=2))
    assert one != other


def test_no_texts_have_no_shingles() -> None:
    empty = shingle(tokens_of([]), words=3)
    assert empty.doc_offsets.tolist() == distinct(empty).doc_offsets.tolist() == [0]
    assert empty.hashes.dtype == distinct(empty).hashes.dtype == np.uint32
