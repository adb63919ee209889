"""What is damage is undone; what was written stays, to the last mark."""

import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cleaning.repair import Repair, repair

ARTICLE = (
    "ผู้ว่าฯ เปิดตลาดน้ำ “ของดีริมคลอง” ครั้งที่ ๒\n\n"
    "นายฤทธิ์ ฤๅชา กล่าวว่า ป้าไปป่า ปูไปปู่ ปีนี้คนมามากกว่า 1,500 คน และจะจัดซ้ำอีกต่าง ๆ นานา…\n"
    "พระครูธมฺมธโร (โต พฺรหฺมรํสี) เป็นประธานพิธี ‘สาธุ’ ค่าาา"
)


def text_of(text: str, *, keep_lines: bool = True) -> str:
    return repair(pl.Series([text]), keep_lines=keep_lines)["text"][0]


def repairs_of(text: str) -> list[str]:
    return repair(pl.Series([text]))["repairs"][0].to_list()


# --- the frame


def test_frame_has_the_promised_columns_and_keeps_nulls() -> None:
    repaired = repair(pl.Series(["เเม่", None, "พ่อ"]))
    assert repaired.schema == {"text": pl.String, "repairs": pl.List(pl.String), "damage_share": pl.Float64}
    assert repaired["text"].to_list() == ["แม่", None, "พ่อ"]
    assert repaired["repairs"].to_list() == [["thai-order"], [], []]
    assert repaired["damage_share"].to_list() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("texts", [[], [None, None]])
def test_nothing_in_nothing_out(texts: list[None]) -> None:
    assert repair(pl.Series(texts, dtype=pl.String))["text"].to_list() == texts


def test_the_callers_series_is_not_changed() -> None:
    texts = pl.Series(["เเม่", "ก  ข"])
    repair(texts)
    assert texts.to_list() == ["เเม่", "ก  ข"]


def test_repairs_are_named_in_order() -> None:
    assert repairs_of("<p>เเม่&nbsp;&amp; พ่อ\u200b</p>") == ["entities", "invisibles", "spaces", "tags", "thai-order"]


# --- each repair


@pytest.mark.parametrize(
    ("damaged", "right"),
    [
        ("&ldquo;น้ำขึ้น&rdquo; ให้รีบตัก", "“น้ำขึ้น” ให้รีบตัก"),
        ("&amp;ldquo;น้ำ&amp;amp;rdquo;", "“น้ำ”"),
        ("&#3609;&#x0E49;&#xE33;", "น้ำ"),
        ("ก&nbsp;ข &nbspค", "ก ข ค"),
        ("R&amp;D", "R&D"),
        ("&" + "amp;" * 30 + "lt;", "<"),
        ("2 &lt; 3 &gt; 1", "2 < 3 > 1"),
    ],
)
def test_entities_become_characters(damaged: str, right: str) -> None:
    assert text_of(damaged) == right
    assert Repair.ENTITIES in repairs_of(damaged)


@pytest.mark.parametrize("text", ["AT&T, Q&A และ Test&Go", "Q&notice", "https://a.example/?a=1&lt=2&copy=3", "&ไทย;"])
def test_ampersands_that_are_no_entities_stay(text: str) -> None:
    assert text_of(text) == text


def test_mojibake_is_read_again_before_invisibles_go() -> None:
    damaged = "ญาติผู้ใหญ่ชาญวิทย์กล่าว".encode("cp874").decode("latin-1")
    assert "\xad" in damaged  # ญ looks like a soft hyphen
    assert text_of(damaged) == "ญาติผู้ใหญ่ชาญวิทย์กล่าว"


def test_entities_can_spell_mojibake() -> None:
    damaged = "".join(f"&#{byte};" for byte in "ภาคใต้ฝนตกหนัก".encode())
    assert text_of(damaged.replace("&#160;", "&nbsp;")) == "ภาคใต้ฝนตกหนัก"


@pytest.mark.parametrize(
    ("glyph", "sign"),
    [
        ("\uf700", "ฐ"), ("\uf701", "ิ"), ("\uf704", "ื"), ("\uf705", "่"), ("\uf709", "์"), ("\uf70a", "่"),
        ("\uf70e", "์"), ("\uf70f", "ญ"), ("\uf710", "ั"), ("\uf711", "ํ"), ("\uf712", "็"), ("\uf713", "่"),
        ("\uf717", "์"), ("\uf718", "ุ"), ("\uf719", "ู"), ("\uf71a", "ฺ"),
        ("\uf884", "ั"), ("\uf885", "ิ"), ("\uf888", "ื"), ("\uf889", "็"), ("\uf88a", "่"), ("\uf88c", "่"),
        ("\uf88d", "้"), ("\uf890", "๊"), ("\uf893", "๋"), ("\uf896", "์"), ("\uf898", "์"), ("\uf899", "ํ"),
        ("\uf89a", "ญ"), ("\uf89b", "ุ"), ("\uf89c", "ู"), ("\uf89d", "ฺ"), ("\uf89e", "ฐ"),
        ("\uf0b7", "•"),
    ],
)  # fmt: skip
def test_private_glyph_is_the_sign_it_draws(glyph: str, sign: str) -> None:
    assert text_of(f"ก{glyph}ข") == f"ก{sign}ข"


@pytest.mark.parametrize("invisible", list("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202e\x00\x1f\x7f"))
def test_invisibles_go(invisible: str) -> None:
    assert text_of(f"น้ำ{invisible}ท่วม{invisible}") == "น้ำท่วม"


def test_emoji_stay_joined() -> None:
    assert text_of("ครอบครัว 👨\u200d👩\u200d👧 สุขใจ\u200d") == "ครอบครัว 👨\u200d👩\u200d👧 สุขใจ"


@pytest.mark.parametrize("blank", list("\u00a0\u2003\u2009\u202f\u3000\t"))
def test_every_blank_is_one_blank(blank: str) -> None:
    assert text_of(f"{blank}น้ำ {blank} ท่วม{blank}\n{blank}บ้าน") == "น้ำ ท่วม\nบ้าน"


def test_blank_lines_mark_paragraphs_and_stay() -> None:
    assert text_of("หนึ่ง\r\n\r\n \u00a0\r\n\r\nสอง\rสาม\n") == "หนึ่ง\n\nสอง\nสาม"


def test_titles_are_one_line() -> None:
    assert text_of(" น้ำท่วม\n\nหนัก\r\nมาก<br>แล้ว ", keep_lines=False) == "น้ำท่วม หนัก มาก แล้ว"


@pytest.mark.parametrize(
    ("damaged", "right"),
    [
        ("เเม่เเละเเปลก", "แม่และแปลก"),
        ("นํา", "นำ"),
        ("น\u0e49\u0e4d\u0e32", "น้ำ"),
        ("น\u0e4d\u0e49\u0e32", "น้ำ"),
        ("นำ้", "น้ำ"),
        ("ที\u0e48", "ที่"),
        ("ท\u0e48\u0e35", "ที่"),
        ("พันธ\u0e4c\u0e38", "พันธุ์"),
        ("ข\u0e49\u0e31น", "ขั้น"),
        ("ผู ้รับเหมา", "ผู้รับเหมา"),
        ("ผ ู ้รับเหมา", "ผู้รับเหมา"),
        ("ก ำหนด", "กำหนด"),
        ("เ\u200bเปลก", "แปลก"),
    ],
)
def test_thai_signs_stand_in_order(damaged: str, right: str) -> None:
    assert text_of(damaged) == right


@pytest.mark.parametrize(
    ("damaged", "right"),
    [
        ("ที่่", "ที่"),
        ("นั้้น", "นั้น"),
        ("ทุุน", "ทุน"),
        ("กัับ", "กับ"),
        ("เคล\u0e48\u0e37\u0e48อน", "เคลื่อน"),
        ("ได้แแจ้ง", "ได้แจ้ง"),
        ("น้ำำ", "น้ำ"),
    ],
)
def test_doubled_marks_are_one(damaged: str, right: str) -> None:
    assert text_of(damaged) == right
    assert Repair.DOUBLED_MARKS in repairs_of(damaged)


@pytest.mark.parametrize(
    "text",
    [
        "วรรณยุกต์คือ ่ ้ ๊ ๋ มีสี่รูป",  # a list of marks is meant as one
        "้ที่ประชุม",  # the consonant is lost: the mark is left as a sign of it
        "มั้่น",  # two tone marks: nobody knows which is right
        "ฤๅษี ๑๒๓ ต่างๆ นานา ฯลฯ",
        '“คำ” ‘คำ’ "คำ" … – —',
        "ขาาาา ค่ะะะ",
    ],
)
def test_what_cannot_be_proven_wrong_stays(text: str) -> None:
    assert text_of(text) == text
    assert repairs_of(text) == []


def test_latin_accents_are_composed() -> None:
    assert text_of(unicodedata.normalize("NFD", "Järvi กับ café")) == "Järvi กับ café"


def test_page_source_becomes_paragraphs() -> None:
    page = (
        "<div class='content'><!-- top --><p>น้ำ<b>ท่วม</b>หนัก</p><p>ชาวบ้าน<br/>เดือดร้อน</p>"
        "<ul><li>หนึ่ง</li><li>สอง</li></ul><script>if (a<b) {alert('x')}</script>"
        "<style>p {x: y}</style><a href='https://a.example/?x=1'>อ่านต่อ</a></div>"
    )
    assert text_of(page) == "น้ำท่วมหนัก\n\nชาวบ้าน\nเดือดร้อน\n\nหนึ่ง\nสอง\nอ่านต่อ"


@pytest.mark.parametrize(
    ("scraped", "left"),
    [
        ("น้ำท่วม /p ชาวบ้านอพยพ", "น้ำท่วม\nชาวบ้านอพยพ"),
        ("น้ำท่วม / p / div ชาวบ้าน", "น้ำท่วม\nชาวบ้าน"),
        ('[caption id="a" width="3"]ภาพ[/caption] ข่าว', "ภาพ ข่าว"),
        ("ราคาnbsp;ทอง", "ราคา ทอง"),
    ],
)
def test_scraper_residue_goes(scraped: str, left: str) -> None:
    assert text_of(scraped) == left


@pytest.mark.parametrize(
    "text",
    ["a < b และ c > d", "รัก <3 มาก", "งาน <FOR MY DEAR> ปีนี้", "3<5>2", "ความเร็ว 80 km/p ต่อ", "[ข่าวด่วน] ฝนตก", "<ชื่อ>"],
)
def test_text_that_only_looks_like_markup_stays(text: str) -> None:
    assert text_of(text) == text


def test_long_runs_are_bounded() -> None:
    for run in ("ก", "=", "5", "า", "🔥", "é"):
        assert text_of(f"ดู{run * 1000}จบ") == f"ดู{run * 64}จบ"
    assert text_of("12345" * 100) == ("12345" * 100)[:64]
    assert len(text_of("ก" + "่ิ" * 100)) <= 5


def test_rules_of_dashes_stay_as_they_are() -> None:
    assert text_of("หนึ่ง\n" + "-" * 64 + "\nสอง") == "หนึ่ง\n" + "-" * 64 + "\nสอง"


@pytest.mark.parametrize(
    "hostile",
    [
        "ก" * 200_000, " " * 200_000, "ก" + " " * 200_000 + "ข", "\xa0" * 200_000, "่" * 200_000, "ก ่" * 60_000,
        "ก" + " ่" * 100_000 + " x", "0123456789" * 20_000, "&" * 200_000, "&" + "amp;" * 50_000 + "lt;",
        "<b" * 60_000 + ">" * 60_000, "<div>" * 40_000, "<script>" * 25_000, "<!--" * 50_000, "<p a=b " * 28_000,
        "\n \r" * 60_000, "\u200d" * 200_000, "à¸" * 100_000, "ÀÁÂ\n" * 50_000, "\ufffd" * 200_000,
        "[caption " * 22_000, " /p" * 60_000, "ํ้า" * 60_000, "a" + "\u0301\u0316" * 100_000,
    ],
)  # fmt: skip
def test_hostile_text_settles(hostile: str) -> None:
    # Quadratic rules would take minutes here; that the test ends is half of what it shows.
    once = text_of(hostile)
    assert text_of(once) == once


# --- what must always hold

_CONSONANT = st.sampled_from([chr(code) for code in range(0x0E01, 0x0E2F)])
_TONE = st.sampled_from(["", "", "่", "้", "๊", "๋"])
_FINAL = st.sampled_from(["", "ก", "ง", "น", "ม", "ย", "ว", "บ", "ด"])


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


# เ with ธ or น is left out: three such syllables in a row are what UTF-8 looks like in windows-874.
_SYLLABLE = st.one_of(
    _joined(_CONSONANT, st.sampled_from(["", "ั", "ิ", "ี", "ึ", "ื", "ุ", "ู"]), _TONE, _FINAL),
    _joined(st.sampled_from("แโใไ"), _CONSONANT, _TONE, _FINAL),
    _joined(st.just("เ"), _CONSONANT.filter(lambda letter: letter not in "ธน"), _TONE, _FINAL),
    _joined(_CONSONANT, _TONE, st.sampled_from("าำะ"), _FINAL),
    _joined(_CONSONANT, st.sampled_from(["็", "์", "ิ์", "ุ์", "ํ", "ฺ"]), _CONSONANT),
)
_WORD = st.one_of(
    st.lists(_SYLLABLE, min_size=1, max_size=4).map("".join),
    st.sampled_from(["๑๒๓", "2569", "ๆ", "ฯลฯ", "“คำ”", "(พ.ศ.", "Green", "a < b", "R&D", "฿50", "10:30"]),
)
_LINE = st.lists(_WORD, min_size=1, max_size=8).map(" ".join)
WELL_FORMED = st.lists(_LINE, min_size=1, max_size=5).flatmap(
    lambda lines: st.sampled_from(["\n", "\n\n"]).map(lambda gap: gap.join(lines))
)
PIECES = st.lists(
    st.sampled_from(
        [*"กขธนเแโไะาำๅ่้์็ัิฺุูํ๎ \n\r\t&;#<>[]/'\"=àé¸¹ÃÂ1๑apl", "\xa0", "\u200b", "\u200d", "\ufeff", "\xad", "\x99",
         "\u0301", "\uf70a", "\ufffd", "😀", "&amp;", "amp;", "&lt;", "&#38;", "&nbsp;", "nbsp;", "<p>", "</p>", "<b>",
         "<i", "<script>", "</script>", "<!--", "-->", "[caption", "]", " /p ", "à¸\x99", "เธ", "เน", "â€"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(WELL_FORMED)
@settings(max_examples=300, deadline=None)
def test_well_formed_thai_comes_back_unchanged(text: str) -> None:
    repaired = repair(pl.Series([text]))
    assert repaired["text"][0] == text
    assert repaired["repairs"][0].to_list() == []
    assert repaired["damage_share"][0] == 0.0


def test_a_real_looking_article_comes_back_unchanged() -> None:
    assert text_of(ARTICLE) == ARTICLE
    assert repairs_of(ARTICLE) == []


@given(st.lists(st.one_of(PIECES, st.text(max_size=60)), max_size=20), st.booleans())
@settings(max_examples=200, deadline=None)
def test_repair_is_idempotent_and_takes_any_text(texts: list[str], keep_lines: bool) -> None:
    once = repair(pl.Series(texts, dtype=pl.String), keep_lines=keep_lines)["text"]
    assert repair(once, keep_lines=keep_lines)["text"].to_list() == once.to_list()


@given(st.lists(st.tuples(st.one_of(PIECES, st.text(max_size=60)), st.booleans()), max_size=12))
@settings(deadline=None)
def test_titles_and_texts_are_repaired_together_as_they_are_apart(rows: list[tuple[str, bool]]) -> None:
    texts = pl.Series([text for text, _ in rows], dtype=pl.String)
    together = repair(texts, keep_lines=np.array([is_text for _, is_text in rows], np.bool_))
    apart = [repair(pl.Series([text]), keep_lines=is_text) for text, is_text in rows]
    assert together.rows() == [row for one in apart for row in one.rows()]


@given(st.lists(PIECES, min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_row_does_not_depend_on_the_others(texts: list[str]) -> None:
    together = repair(pl.Series(texts))
    alone = pl.concat([repair(pl.Series([text])) for text in texts])
    assert together.equals(alone)


@given(PIECES)
@settings(max_examples=150, deadline=None)
def test_titles_hold_no_line_break(text: str) -> None:
    assert not set(text_of(text, keep_lines=False)) & set("\n\r\u2028")


# --- title suffixes
