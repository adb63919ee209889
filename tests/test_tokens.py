import multiprocessing
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal
from pythainlp.tokenize import newmm as pythainlp_newmm
from pythainlp.tokenize import word_tokenize

from dedup.errors import SettingsError
from dedup.words import kept, tokens
from dedup.words.automata import Tables
from dedup.words.tokens import COMPILED, LONGEST_RUN, comparison_text, tokenize, tokenizer_fingerprint, words

PARAGRAPHS = [
    "ศาลอาญาสั่งจำคุกอดีตผู้บริหารบริษัท 3 ปี ไม่รอลงอาญา หลังพบทุจริตเงิน 12.5 ล้านบาท",
    "กรมอุตุนิยมวิทยาเตือน ฝนตกหนักถึงหนักมาก 20 จังหวัด ระหว่างวันที่ 3 - 5 ตุลาคม",
    "สมาคมฟุตบอลฯ ประกาศรายชื่อ 23 นักเตะทีมชาติไทย ลุยศึก ASEAN Cup 2026 ที่ประเทศเวียดนาม",
    "",
    "ทีมแพทย์ รพ.ศิริราช แถลงความสำเร็จในการผ่าตัดหัวใจด้วยหุ่นยนต์ ครั้งแรกของประเทศ",
]
thai = st.text(st.characters(min_codepoint=0x0E01, max_codepoint=0x0E5B), max_size=40)
plain = st.text(st.sampled_from([*"กงนมอเแาิุ่้์ๆฯ ๑7aB.,“”–\xa0"]), max_size=40)
foreign = st.text(st.sampled_from([*"éÉΣσİſK한😀\u0301\u0323\u200b\ufe0fกุ่"]), max_size=20)
any_text = st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=40)  # Polars knows a newer Unicode
texts = st.lists(thai | plain | foreign | any_text, max_size=3).map("".join)


def folded(text: str | None) -> str:
    return str(comparison_text(pl.Series([text], dtype=pl.String))[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        ("  \n ", ""),
        ("ราคา\xa0\xa0ทอง\u3000วันนี้", "ราคา ทอง วันนี้"),
        ("“น้ำท่วม” – 20 จังหวัด…", "น้ำท่วม 20 จังหวัด"),
        ("น\u0e49\u0e4d\u0e32 น\u0e4d\u0e49\u0e32 ก\u0e4d\u0e32", "น้\u0e4d\u0e32 น้ำ กำ".replace("\u0e4d\u0e32", "ำ")),
        ("เเม่เเบบ", "แม่แบบ"),
        ("เ\u200bเม่ ซ่อน\u00adตัว\ufeff", "แม่ ซ่อนตัว"),
        ("พ.ศ. ๒๕๖๘", "พ ศ 2568"),
        ("COVID-19 ÉCOLE Ｋ", "covid 19 école ｋ"),
        ("e\u0301", "é"),
        ("ก\u0e48\u0e38", "ก\u0e38\u0e48"),
        ("ต่าง ๆ ต่างๆ ต่าง  ๆ", "ต่างๆ ต่างๆ ต่างๆ"),
        ("❤\ufe0f ½ m²", "½ m²"),
        ("1,234.50 บาท ฿5", "1 234 50 บาท 5"),
    ],
)
def test_typography_folds_to_one_form(text: str | None, expected: str) -> None:
    assert folded(text) == expected


@given(st.lists(texts, max_size=5))
@settings(max_examples=200, deadline=None)
def test_comparison_text_has_only_letters_marks_numbers_and_single_blanks(rows: list[str]) -> None:
    for text in comparison_text(pl.Series(rows, dtype=pl.String)):
        assert {unicodedata.category(char)[0] for char in text} <= {"L", "M", "N", "Z"}
        assert text == " ".join(text.split(" ")).strip(" ")
        assert "  " not in text


@given(texts)
@settings(max_examples=200, deadline=None)
def test_comparison_text_of_a_comparison_text_is_itself(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.lists(texts, max_size=4))
@settings(max_examples=200, deadline=None)
def test_comparison_text_does_not_depend_on_other_rows(rows: list[str]) -> None:
    alone = [folded(text) for text in rows]
    assert comparison_text(pl.Series([*rows, "É\u200b"], dtype=pl.String)).to_list() == [*alone, "é"]


@given(texts)
@settings(max_examples=200, deadline=None)
def test_the_short_way_for_plain_text_gives_what_the_long_way_gives(text: str) -> None:
    assert folded(text + " É") == (folded(text) + " é").strip()


def test_the_short_way_holds_for_every_character_and_every_pair_of_thai_marks() -> None:
    marks = [chr(code) for code in range(0x0E00, 0x0E80) if unicodedata.combining(chr(code)) or 0x0E30 < code < 0x0E4F]
    single = [chr(code) for code in range(0x2100)]
    column = pl.Series([*single, *("ก" + one + other for one in marks for other in marks)])
    long_way = comparison_text(column + " É").str.strip_suffix("é").str.strip_chars_end(" ")
    assert_series_equal(comparison_text(column), long_way)


@given(thai)
@settings(max_examples=200, deadline=None)
def test_no_thai_mark_is_ever_dropped(text: str) -> None:
    def marks(of: str) -> list[str]:
        return sorted(char for char in of if unicodedata.category(char) == "Mn" and char != "\u0e4d")

    assert marks(folded(text)) == marks(text)


@given(plain, st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_an_invisible_character_anywhere_changes_nothing(text: str, place: int) -> None:
    for invisible in "\u200b\u00ad\ufeff":
        assert folded(text[:place] + invisible + text[place:]) == folded(text)


@given(st.lists(texts, max_size=4))
@settings(max_examples=200, deadline=None)
def test_compiled_words_are_pythainlps(rows: list[str]) -> None:
    series = comparison_text(pl.Series(rows, dtype=pl.String))
    expected = [word_tokenize(x, engine="newmm", join_broken_num=False, keep_whitespace=False) for x in series]
    assert tokenize(series, engine=COMPILED).lists() == expected


def test_spans_are_flat_and_in_order() -> None:
    found = tokenize(comparison_text(pl.Series(PARAGRAPHS)), engine=COMPILED)
    assert found.buffer.dtype == np.uint8
    assert found.starts.dtype == found.ends.dtype == found.doc_offsets.dtype == np.int64
    assert (found.starts < found.ends).all()
    assert (found.ends[:-1] <= found.starts[1:]).all()
    assert found.doc_offsets[0] == 0
    assert found.doc_offsets[-1] == len(found.starts)
    assert found.doc_offsets[3] == found.doc_offsets[4], "an empty text has no words"


def test_no_text_and_null_have_no_words() -> None:
    assert tokenize(pl.Series([], dtype=pl.String), engine=COMPILED).lists() == []
    assert tokenize(pl.Series([None, "", " "], dtype=pl.String), engine=COMPILED).lists() == [[], [], []]


def test_a_slice_of_a_column_gives_the_words_of_its_rows() -> None:
    series = comparison_text(pl.Series(PARAGRAPHS))
    everything = tokenize(series, engine=COMPILED).lists()
    assert tokenize(series[2:5], engine=COMPILED).lists() == everything[2:5]
    chunked = pl.concat([series[:2], series[2:]], rechunk=False)
    assert tokenize(chunked, engine=COMPILED).lists() == everything


@pytest.mark.parametrize("engine", ["newmm", "newmm-safe", "longest"])
def test_another_engine_covers_the_same_text(engine: str) -> None:
    series = comparison_text(pl.Series(PARAGRAPHS))
    found = ["".join(row).replace(" ", "") for row in tokenize(series, engine=engine).lists()]
    assert found == [text.replace(" ", "") for text in series]


def test_pythainlps_own_newmm_gives_the_compiled_words() -> None:
    series = comparison_text(pl.Series(PARAGRAPHS))
    assert tokenize(series, engine="newmm").lists() == tokenize(series, engine=COMPILED).lists()


def test_another_engine_never_sees_a_long_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def whole(text: str, **_: object) -> list[str]:
        seen.append(text)
        return [text]

    monkeypatch.setattr(tokens, "word_tokenize", whole)
    text = "ก" * 1_234 + " ขค " + "ง" * LONGEST_RUN + " 1"
    tokenize(pl.Series([text]), engine="longest")
    assert "".join(seen) == text
    assert max(len(run) for piece in seen for run in piece.split(" ")) <= LONGEST_RUN
    assert len(seen) == 3


@pytest.mark.parametrize("engine", ["no-such-engine", "attacut"])
def test_an_engine_that_cannot_be_used_is_a_settings_error(engine: str) -> None:
    with pytest.raises(SettingsError, match=engine):
        tokenize(pl.Series(["ข่าว"]), engine=engine)


@given(texts)
@settings(max_examples=100, deadline=None)
def test_words_for_display_join_to_the_text(text: str) -> None:
    assert "".join(words(text)) == text


def test_threads_give_the_same_words() -> None:
    series = comparison_text(pl.Series(PARAGRAPHS * 50))
    expected = tokenize(series, engine=COMPILED).lists()
    with ThreadPoolExecutor(4) as pool:
        parts = list(
            pool.map(
                lambda part: tokenize(part, engine=COMPILED).lists(), [series[i : i + 25] for i in range(0, 250, 25)]
            )
        )
    assert [row for part in parts for row in part] == expected


def spawned(rows: list[str]) -> list[list[str]]:
    return tokenize(comparison_text(pl.Series(rows)), engine=COMPILED).lists()


def test_a_spawned_process_gives_the_same_words() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(spawned, PARAGRAPHS).result() == spawned(PARAGRAPHS)


def test_the_fingerprint_names_engine_version_and_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = tokenizer_fingerprint(COMPILED)
    assert compiled.startswith("newmm-compiled/pythainlp-5")
    assert tokenizer_fingerprint("longest") != compiled
    tokens._dictionary_hash.cache_clear()
    monkeypatch.setattr(tokens, "dictionary", lambda: ["ก"])
    assert tokenizer_fingerprint(COMPILED) != compiled
    tokens._dictionary_hash.cache_clear()


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    tokens._load_tables.cache_clear()
    yield tmp_path / "dedup"
    tokens._load_tables.cache_clear()


@pytest.fixture
def built_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares a test the seconds of building; what is built is another test's subject."""
    tables = tokens._tables()
    monkeypatch.setattr(tokens, "build_tables", lambda _: tables)
    monkeypatch.setattr(tokens, "_check", lambda _: None)


def test_tables_are_kept_and_read_again(empty_cache: Path) -> None:
    built = tokens._tables()
    assert built is not None
    assert [path.suffix for path in empty_cache.iterdir()] == [".npz"]
    arrays = kept.read(next(empty_cache.iterdir()), Tables._fields)
    assert arrays is not None
    for ours, theirs in zip(built, arrays.values(), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.usefixtures("built_before")
@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", None])
def test_damaged_tables_are_built_again(damage: bytes | None, empty_cache: Path) -> None:
    tokens._tables()
    file = next(empty_cache.iterdir())
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    tokens._load_tables.cache_clear()
    assert words("ข่าวเช้า") == ["ข่าว", "เช้า"]
    assert kept.read(file, Tables._fields) is not None


@pytest.mark.usefixtures("built_before")
def test_a_cache_that_cannot_be_written_is_done_without(empty_cache: Path) -> None:
    empty_cache.write_text("a file where the folder should be")
    assert words("ข่าวเช้า") == ["ข่าว", "เช้า"]


def test_changed_rules_fall_back_to_newmm_with_a_warning(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythainlp_newmm, "_MAX_GRAPH_SIZE", 40)
    with pytest.warns(RuntimeWarning, match="graph size is 40"):
        found = tokenize(pl.Series(PARAGRAPHS), engine=COMPILED)
    assert found.lists() == tokenize(pl.Series(PARAGRAPHS), engine="newmm").lists()
    assert words("ข่าว เช้า") == ["ข่าว", " ", "เช้า"]
    assert tokenizer_fingerprint(COMPILED) == tokenizer_fingerprint("newmm")
    assert not empty_cache.exists()


def test_a_rule_changed_in_silence_is_found_by_the_check(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = pythainlp_newmm._PAT_NONTHAI.pattern.replace("[-a-zA-Z]+|", "[a-zA-Z]+|")
    monkeypatch.setattr(pythainlp_newmm, "_PAT_NONTHAI", pythainlp_newmm.re.compile(changed))
    with pytest.warns(RuntimeWarning, match="its own newmm is used"):
        assert tokens._tables() is None


def test_comparison_text_keeps_the_name_and_order_of_its_column() -> None:
    column = pl.Series("body", ["B", None, "A"])
    assert_series_equal(comparison_text(column), pl.Series("body", ["b", "", "a"]))
