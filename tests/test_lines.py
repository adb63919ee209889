import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from dedup.cleaning.lines import line_hashes, line_keys, line_labels, line_table


def night(pages: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(pages).with_row_index("row")


def every_line(articles: pl.DataFrame) -> pl.DataFrame:
    table = line_table(articles)
    return table.kinds[table.which].hstack(table.places)


# keys and hashes


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("ข่าวที่เกี่ยวข้อง", " ข่าว ที่เกี่ยวข้อง >>"),
        ("เราใช้คุกกี้", "เรา\u200bใช้ “คุกกี้”"),
        ("น้ำมัน 35 บาท", "นํ้ามัน ๓๕ บาท"),
        ("น้ำ", "น้ํา"),
        ("แปลก", "เเปลก"),
        ("นายกฯ เปิดงาน", "นายก เปิดงาน"),
        ("Café LIVE", "cafe\u0301 live"),
        ("ดู 👉️ ข่าว", "ดูข่าว"),
    ],
)
def test_two_ways_to_write_a_line_have_one_key(written: str, other: str) -> None:
    keys = line_keys(pl.Series([written, other]))
    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    ("line", "other"), [("ทองคำ 41,250 บาท", "ทองคำ 41,300 บาท"), ("ป้า", "ปา"), ("ปี", "ปิ"), ("เก", "แก")]
)
def test_figures_vowels_and_tones_tell_lines_apart(line: str, other: str) -> None:
    keys = line_keys(pl.Series([line, other]))
    assert keys[0] != keys[1]


@given(st.lists(st.text(alphabet="กขคงนมยรลวสหอะาิีุูเแโไ่้๊็์0123456789abcXYZ", min_size=1, max_size=30), max_size=8))
def test_blanks_and_punctuation_never_change_a_key(words: list[str]) -> None:
    tight, loose = "".join(words), " “".join(words) + " … >>\u200b"
    keys = line_keys(pl.Series([tight, loose], dtype=pl.String))
    assert keys[0] == keys[1]


@given(st.lists(st.sampled_from(["น้ำ", "นํ้า", "น้ํา", "นํา้", "ย่ำ", "กํา", "เเ", "แ", "ป้า", "Aa", "é", "๑", "ๆ", "ฯ", ". "])))
def test_key_of_a_key_is_itself(syllables: list[str]) -> None:
    once = line_keys(pl.Series(["".join(syllables)]))
    assert line_keys(once).to_list() == once.to_list()


def test_plain_lines_get_the_key_that_the_long_way_gives() -> None:
    thai = [chr(code) for code in range(0x0E30, 0x0E50)]
    column = pl.Series(
        [*map(chr, range(0x3100)), *("ก" + one + other + last for one in thai for other in thai for last in "าข")]
    )
    long_way = line_keys(column + "É").str.strip_suffix("é")
    assert_series_equal(line_keys(column), long_way)


def test_hash_is_the_same_in_every_version() -> None:
    hashes = line_hashes(pl.Series(["daily", "weekly", "daily"]), pl.Series(["ข่าวล่าสุด", "ข่าวล่าสุด", ""]))
    assert hashes.to_list() == [711652204245614163, 1403946350649053845, None]


# the table of lines


def test_table_keeps_every_line_that_is_not_blank() -> None:
    articles = night([{"source": "daily", "text": "ก ข\n\u200b \n\u00a0ค\n\n\nง", "title": "", "doc_key": "1"}])
    lines = every_line(articles)
    assert lines["text"].to_list() == ["ก ข", "ค", "ง"]
    assert lines["line"].to_list() == [0, 2, 5]
    assert lines["blanks"].diff().to_list() == [None, 1, 2]
    assert lines["letters"].to_list() == [2, 1, 1]


def test_letters_count_alike_in_short_and_long_lines() -> None:
    long = "น้ำ 12 บ. " * 60
    lines = every_line(night([{"source": "daily", "text": f"น้ำ 12 บ. \n{long}", "title": "", "doc_key": "1"}]))
    assert lines["key"].to_list() == ["น้ำ12บ", None]
    assert lines["letters"][1] == 60 * lines["letters"][0]


def test_article_without_text_has_no_lines() -> None:
    articles = night([{"source": "daily", "text": None, "title": "", "doc_key": "1"}])
    assert every_line(articles.with_columns(pl.col("text").cast(pl.String))).is_empty()


# labels


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("ภูผาโพสต์ - เกษตร", "ภูผาโพสต์\t"),
        ("ผู้เขียน : สมชาย ใจดี", "ผู้เขียน\t"),
        ("Daily | ข่าว | ภูมิภาค", "daily\t"),
        ("4 พ.ย. 2569 | เปิดอ่าน 12 ครั้ง", None),
        ("กรุงเทพ-เชียงใหม่เดินรถแล้ว", None),
        ("ฝนตกหนัก :", None),
        ("ผู้เขียน : " + "ก" * 80, None),
        ("", None),
    ],
)
def test_label_is_what_stands_before_a_sign_of_separation(line: str, label: str | None) -> None:
    assert line_labels(pl.Series([line])).to_list() == [label]


def test_label_and_line_of_one_wording_have_two_hashes() -> None:
    lines = every_line(night([{"source": "daily", "text": "เกษตร\nเกษตร : นา", "title": "", "doc_key": "1"}]))
    assert lines["label_hash"][0] == 0
    assert lines["label_hash"][1] not in {0, *lines["line_hash"]}
