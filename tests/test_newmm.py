import itertools
import re
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pythainlp.tokenize import newmm as pythainlp_newmm
from pythainlp.tokenize import tcc_p, word_tokenize

from dedup.words import automata, newmm, tokens
from dedup.words.alphabet import END, LAST_NEWLINE, UnknownRulesError
from dedup.words.automata import CELL_BITS, MOST_CHARS, NO_CELL, WORD_BIT, Tables
from dedup.words.clusters import LAG
from dedup.words.tokens import words

SENTENCES = [
    "",
    "ก",
    "นายกรัฐมนตรีลงพื้นที่ตรวจสถานการณ์น้ำท่วมจังหวัดพระนครศรีอยุธยา",
    'ผู้ว่าฯ กล่าวว่า "จะเร่งช่วยเหลือประชาชนทุก ๆ ครัวเรือน" ก่อนวันที่ 15 ต.ค. 2568',
    "ราคาทองคำวันนี้ รับซื้อบาทละ 64,350.50 บาท ขายออก 64,450 บาท (ประกาศครั้งที่ 3)",
    "กรุงเทพฯ\r\nเวลา 10.30 น.\nตำรวจ สน.ปทุมวัน จับกุมผู้ต้องหา 2 ราย\r",
    "หุ้นไทยปิดที่ 1,287.42 จุด +3.15% มูลค่าซื้อขาย 4.1 หมื่นล้าน SET50 ปิด 812.9",
    "๑๒ สิงหา วันแม่แห่งชาติ พ.ศ.๒๕๖๘ ณ ท้องสนามหลวง",
    "โอเคค่าาาา ขอบคุณมากกกก 555555 อิอิอิ",
    "COVID-19 กลับมาระบาด\xa0\xa0ยอดติดเชื้อ 1,234 ราย…ดูที่ https://example.org/a?b=1",
    "เจ้าหน้าที่กู้ภัยเร่งค้นหาผู้สูญหายใต้ซากอาคารที่ถล่มลงมาเมื่อคืนที่ผ่านมา",
    "ภรรยา เสีย\n",
    "น\u0e4dาแข็ง เเม่ทัพ ก\u0e34\u0e48\u0e48ง ์ ฺ ํ",
    "한국 日本 Ελλάδα ١٢٣ ๑๒๓ ໑໒໓ 😀👍🏽 \u200bซ่อน\u200b",
]
RUNS = ["ส", "1", "๑", "อิ", "า", "ำ", "เ", "่", "ๆ", "ฯ", "a", "-", ",", "\r", "\n", "\t", " ", "1,", "😀", "\x00", "นา"]
PIECES = [*"กขคงจดตนบปมยรลวสหอเแโใไะาำัิีึืุู็่้๊๋์ฺํๆฯ๑๒", *"aZ-19.,:;/ \t\r\n\xa0é中…“", "\r\n", "ทร", "รร", "อุ", "หึ", "เสีย", "เกุย"]

SYLLABLES = [
    "การ",
    "ความ",
    "ผู้",
    "ที่",
    "เมือง",
    "นอก",
    "รอบ",
    "เครื่อง",
    "เกี้ยว",
    "เปลี่ยน",
    "กรรม",
    "ธรรม์",
    "เพชร",
    "ตาก",
    "ลม",
]
random_text = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
syllables = st.lists(st.sampled_from(SYLLABLES), max_size=40).map("".join)
dictionary_words = st.lists(st.sampled_from(newmm.dictionary()[::61]), max_size=25)
glued = dictionary_words.map("".join)
spaced = dictionary_words.map(" ".join)
any_text = st.text(st.characters(codec="utf-8"), max_size=60)
texts = st.lists(random_text | syllables | glued | spaced | any_text, min_size=2, max_size=4).map("".join)


@cache
def small_tables() -> Tables:
    return newmm.build_tables(["ก"])


def cluster_ends(text: str, tables: Tables) -> bytes:
    symbols, byte_at = np.empty(len(text) + 1, np.uint8), np.empty(len(text) + 1, np.uint32)
    ends = np.zeros(len(text) + 1 + LAG, np.uint8)
    encoded = np.frombuffer(text.encode(), np.uint8)
    assert newmm._read(encoded, tables, symbols, byte_at, ends) == len(text)
    return ends[LAG - 1 :][: len(text) + 1].tobytes()


def reference(text: str) -> list[str]:
    return word_tokenize(text, engine="newmm", join_broken_num=False)


def test_the_installed_pythainlp_is_one_that_the_kernel_knows() -> None:
    assert tokens._tables() is not None, "all other tests would compare newmm with itself"


@pytest.mark.parametrize("text", SENTENCES)
def test_words_of_a_sentence_are_pythainlps(text: str) -> None:
    assert words(text) == reference(text)


@given(texts)
@settings(max_examples=500, deadline=None)
def test_words_of_any_text_are_pythainlps(text: str) -> None:
    assert words(text) == reference(text)


@pytest.mark.parametrize("unit", RUNS)
def test_words_of_a_run_are_pythainlps(unit: str) -> None:
    for text in (unit * 700, "เครีย" + unit * 301 + "ด", unit * 300 + "\n"):
        assert words(text) == reference(text)


@pytest.mark.parametrize("unit", ["กรรมการ", "เมืองนอกรอบ", "ด้านหน้า", "ตากลม", "มากกว่า"])
def test_ambiguity_beyond_the_graph_size_is_cut_as_pythainlp_cuts_it(unit: str) -> None:
    for text in (unit * 14, "เมือง" + unit * 60):
        assert words(text) == reference(text)


LONGEST = sorted(newmm.dictionary(), key=len)[-12:]


@pytest.mark.parametrize("word", LONGEST)
def test_words_of_many_characters_are_found(word: str) -> None:
    for text in (word, word * 3, word[:-1], f"กา{word}นอก", word[:40] + word, f"{word} {word[5:]}", word[:-9] + word):
        assert words(text) == reference(text)


def test_a_word_that_crosses_the_64th_character_is_among_them() -> None:
    assert len(LONGEST[-1]) > 70


@pytest.mark.parametrize("unit", RUNS)
def test_a_run_of_200_000_characters_is_read_to_its_end(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    assert "".join(words(text)) == text


thai_text = st.text(st.characters(min_codepoint=0x0E00, max_codepoint=0x0E5B), max_size=30)


@example("เกุย\n")
@example("เกุย\nก")
@given(st.lists(thai_text | random_text, min_size=1, max_size=4).map("".join))
@settings(max_examples=500, deadline=None)
def test_clusters_end_where_pythainlps_pattern_ends_them(text: str) -> None:
    assert cluster_ends(text, small_tables()) == bytes(tcc_p.tcc_pos_array(text))


@pytest.mark.parametrize(
    "pattern",
    [
        "กข|กขค|ข",
        "กขค|กข|ข",
        "ก?ขค?",
        "ก(ข(คง?)?|ง)",
        "ก(?:ข|ค)?ง?",
        "ก(?=ข)|กง",
        "ก(?=ข|$)",
        "ก(?=[ข-ค])[ก-ง]|ง",
        "[กง](?=[กข]|$)(กค?)?",
    ],
)
def test_a_pattern_ends_where_the_re_module_ends_it(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcc_p, "_PAT_TCC", re.compile(pattern))
    tables = newmm.build_tables(["ก"])
    for length in range(6):
        for text in map("".join, itertools.product("กขคง\n", repeat=length)):
            assert cluster_ends(text, tables) == bytes(tcc_p.tcc_pos_array(text)), repr(text)


def test_the_trie_holds_its_words_and_nothing_else() -> None:
    held = ["ก", "กา", "การ", "การบ้าน", "ต่าง ๆ", "น.", "นา"]
    tables = automata.build(held, "ก")

    def is_word(text: str) -> bool:
        cell = int(tables.trie[0])
        for char in text:
            symbol = int(tables.symbol[ord(char)])
            cell = int(tables.trie[(cell >> CELL_BITS) + symbol])
            if cell & NO_CELL != symbol:
                return False
        return bool(cell >> WORD_BIT & 1)

    prefixes = {word[:end] for word in held for end in range(len(word) + 1)}
    assert {text for text in prefixes | {"ข", "กาก", "ต่าง", "นาย"} if is_word(text)} == set(held)
    assert not any(is_word(word + other) for word in held for other in ("ๆ", "x", "😀"))


def test_no_symbol_of_the_alphabet_means_the_end() -> None:
    tables = small_tables()
    assert tables.symbol.max() < LAST_NEWLINE < END


@pytest.mark.parametrize("pattern", ["ก+", "ก*", "[ก-ฮ]{2}", "^ก", r"\u0e01", "(?!ก)ข", "(?P<a>ก)"])
def test_a_cluster_pattern_the_tables_cannot_hold_is_refused(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcc_p, "_PAT_TCC", type("Pattern", (), {"pattern": pattern}))
    with pytest.raises(UnknownRulesError):
        newmm.build_tables(["ก"])


def test_another_graph_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythainlp_newmm, "_MAX_GRAPH_SIZE", 40)
    with pytest.raises(UnknownRulesError, match="40"):
        newmm.build_tables(["ก"])


def test_a_rule_that_is_gone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(tcc_p, "_PAT_TCC")
    with pytest.raises(UnknownRulesError, match="_PAT_TCC"):
        newmm.build_tables(["ก"])


def test_a_word_longer_than_the_kernel_keeps_breaks_for_is_refused() -> None:
    with pytest.raises(UnknownRulesError, match="word of 128"):
        newmm.build_tables(["ก" * (MOST_CHARS + 1)])
    assert newmm.build_tables(["ก" * MOST_CHARS])


def test_a_dictionary_of_too_many_characters_is_refused() -> None:
    with pytest.raises(UnknownRulesError, match="characters"):
        newmm.build_tables([chr(code) for code in range(0x4E00, 0x4E80)])
