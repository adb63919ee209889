import unicodedata
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythainlp.tokenize.tcc import tcc_pos

from dedup.showing.diffs import SHOWN_CHARS, Difference, Unit, differences
from dedup.words.tokens import words

THAI = st.text(alphabet="กขคงนมรลวสหอเแโใไะาำๅิีึืุู่้๊๋็์ๆฯ๑ 12ab\n.", max_size=80)


def marked(pieces: list) -> list[str]:  # type: ignore[type-arg]
    return [piece.text for piece in pieces if piece.is_changed]


@settings(deadline=None)  # the first call loads the dictionary
@given(THAI, THAI)
def test_pieces_joined_are_the_texts(left: str, right: str) -> None:
    found = differences(left, right)
    assert "".join(piece.text for piece in found.left) == left
    assert "".join(piece.text for piece in found.right) == right


@settings(deadline=None)  # the first call loads the dictionary
@given(THAI, THAI)
def test_what_is_not_marked_is_the_same_on_both_sides(left: str, right: str) -> None:
    found = differences(left, right)
    same = [[piece.text for piece in side if not piece.is_changed] for side in (found.left, found.right)]
    assert "".join(same[0]) == "".join(same[1])


@settings(deadline=None)  # the first call loads the dictionary
@given(THAI, THAI)
def test_no_mark_tears_a_letter_cluster(left: str, right: str) -> None:
    found = differences(left, right)
    for side in (found.left, found.right):
        for piece in side[1:]:
            assert unicodedata.category(piece.text[0]) != "Mn"
            assert piece.text[0] not in "ะาำๅ"
        for piece in side[:-1]:
            assert piece.text[-1] not in "เแโใไ"


def test_replaced_word_is_marked_whole() -> None:
    found = differences("รถชนกันที่เชียงใหม่ บาดเจ็บ 3 คน", "รถชนกันที่เชียงราย บาดเจ็บ 5 คน")
    assert marked(found.left) == ["เชียงใหม่", "3"]
    assert marked(found.right) == ["เชียงราย", "5"]
    assert found.unit is Unit.WORDS


def test_equal_texts_have_no_marks() -> None:
    assert differences("ข่าว\nใหม่", "ข่าว\nใหม่") == Difference(
        *[[("ข่าว\nใหม่", False)]] * 2,
        Unit.WORDS,
        False,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("side", [("", ""), ("", "ข่าว"), ("ข่าว", "")])
def test_empty_text_is_no_error(side: tuple[str, str]) -> None:
    found = differences(*side)
    assert marked(found.left) == [text for text in side[:1] if text]
    assert marked(found.right) == [text for text in side[1:] if text]


def test_one_word_for_pages_is_not_compared_word_by_word() -> None:
    hostile = "ข่าว " * 200_000
    found = differences(hostile, hostile + "x")
    assert found.unit is not Unit.WORDS
    assert found.is_cut
    assert len("".join(piece.text for piece in found.left)) <= SHOWN_CHARS


@pytest.mark.parametrize("letter", ["ก", " ", "่", "1", "\n", "า", "เ"])
def test_equal_letters_for_pages_are_no_trouble(letter: str) -> None:
    found = differences(letter * 200_000, letter * 199_999 + "ก")
    assert found.is_cut


def test_lines_stand_in_where_words_are_too_many() -> None:
    left = "\n".join(["ข่าว " * 40] * 90 + ["ต่าง"])
    found = differences(left, left.replace("ต่าง", "อื่น"))
    assert found.unit is Unit.LINES
    assert marked(found.left) == ["ต่าง"]


NEWS = (
    "ชาวสวนลำไยอำเภอสารภียื่นหนังสือถึงผู้ว่าราชการจังหวัด ขอให้เร่งระบายน้ำออกจากสวนภายในสัปดาห์นี้ "
    "เพราะต้นลำไยแช่น้ำมาแล้วสิบสองวัน ใบเริ่มเหลืองและร่วงเกือบครึ่งต้น ก้ำกึ่งว่าจะรอดหรือไม่ "
    "ด้านชลประทานชี้แจงว่าเครื่องสูบน้ำสองเครื่องเสียพร้อมกัน เพิ่งได้อะไหล่จากเชียงใหม่เมื่อเช้าวันพุธ"
)


PUT = ["น้ำท่วม", "เมื่อวานนี้", "ไม่", "๑๒ ตัว", "สัมภาษณ์", "เกาะ", "หนึ่งในสาม", "เพราะฉะนั้น", " "]
OWN = words(NEWS)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(OWN)), st.integers(0, 3), st.sampled_from(PUT)), min_size=1, max_size=5))
def test_no_mark_tears_a_cluster_as_pythainlp_has_them(edits: list[tuple[int, int, str]]) -> None:
    """Words left out and put in, as editors do; letter clusters by PyThaiNLP's own rules."""
    parts = list(OWN)
    for at, n, put in edits:
        parts[at : at + n] = [put]
    edited = "".join(parts)
    found = differences(NEWS, edited)
    for text, side in ((NEWS, found.left), (edited, found.right)):
        assert set(accumulate(len(piece.text) for piece in side)) <= tcc_pos(text)
