import random
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dedup.linemodel import LineState, line_model, night_state
from dedup.lines import line_hashes, line_keys, line_table
from dedup.settings import CleanSettings

LIMITS = CleanSettings(line_min_articles=3, cold_source=5, small_source=1000, line_share_small=0.3)
NOTHING: list[LineState] = []
PLACES = ["บ้านสวน", "ท่าช้าง", "หนองบัว", "คลองใหม่", "ดอนเมือง", "ห้วยแก้ว", "วังทอง", "โคกสูง"]


def page(number: int, *, tail: str = "", title: str | None = None, source: str = "daily") -> dict[str, object]:
    """An article of its own, with `tail` below."""
    place = PLACES[number % len(PLACES)]
    story = f"ชาวตำบล{place}ที่ {number} ช่วยกันซ่อมสะพานไม้ที่ชำรุด\nงานซ่อมใช้เวลา {number + 3} วันและเสร็จตามกำหนด"
    return {
        "source": source,
        "title": title if title is not None else f"ชาวตำบล{place}ซ่อมสะพานครั้งที่ {number}",
        "text": f"{story}\n{tail}",
        "doc_key": f"{source}/{number}",
    }


def night(pages: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(pages).with_row_index("row")


def state_of(articles: pl.DataFrame, earlier: list[LineState] = NOTHING) -> LineState:
    return night_state(line_table(articles), articles, earlier, LIMITS)


def count_of(state: LineState, text: str, column: str, source: str = "daily") -> object:
    wanted = line_hashes(pl.Series([source]), line_keys(pl.Series([text])))
    return state.lines.filter(pl.col("line_hash").is_in(wanted.implode()))[column].to_list()


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


def test_hash_is_the_same_in_every_version() -> None:
    hashes = line_hashes(pl.Series(["daily", "weekly", "daily"]), pl.Series(["ข่าวล่าสุด", "ข่าวล่าสุด", ""]))
    assert hashes.to_list() == [9067444296271538834, 14066470477875303290, None]


# the table of lines


def test_table_keeps_every_line_that_is_not_blank() -> None:
    articles = night([{"source": "daily", "text": "ก ข\n\u200b \n\u00a0ค\n\n\nง", "title": "", "doc_key": "1"}])
    lines = line_table(articles)
    assert lines["text"].to_list() == ["ก ข", "ค", "ง"]
    assert lines["line"].to_list() == [0, 2, 5]
    assert lines["blanks"].diff().to_list() == [None, 1, 2]
    assert lines["letters"].to_list() == [2, 1, 1]


def test_letters_count_alike_in_short_and_long_lines() -> None:
    long = "น้ำ 12 บ. " * 60
    lines = line_table(night([{"source": "daily", "text": f"น้ำ 12 บ. \n{long}", "title": "", "doc_key": "1"}]))
    assert lines["key"].to_list() == ["น้ำ12บ", None]
    assert lines["letters"][1] == 60 * lines["letters"][0]


def test_article_without_text_has_no_lines() -> None:
    articles = night([{"source": "daily", "text": None, "title": "", "doc_key": "1"}])
    assert line_table(articles.with_columns(pl.col("text").cast(pl.String))).is_empty()


# what a night contributes


def test_recrawl_of_a_document_counts_once_in_a_night() -> None:
    pages = [page(1, tail="ป้ายประกาศ"), page(1, tail="ป้ายประกาศ"), page(2, tail="ป้ายประกาศ")]
    assert count_of(state_of(night(pages)), "ป้ายประกาศ", "n_articles") == [2]


def test_recrawl_of_a_document_counts_once_in_a_window() -> None:
    first = state_of(night([page(number, tail="ป้ายประกาศ") for number in range(4)]))
    second = state_of(night([page(number, tail="ป้ายประกาศ") for number in (2, 3, 4)]), [first])
    assert count_of(second, "ป้ายประกาศ", "n_articles") == [3]
    assert count_of(second, "ป้ายประกาศ", "n_new") == [1]
    model = line_model(second, [first], LIMITS)
    assert model.sources.row(0) == ("daily", 5, 3)


def test_line_of_another_source_is_another_line() -> None:
    pages = [page(number, tail="ป้ายประกาศ", source="daily") for number in range(8)]
    pages += [page(number, source="weekly") for number in range(8)] + [page(9, tail="ป้ายประกาศ", source="weekly")]
    state = state_of(night(pages))
    assert count_of(state, "ป้ายประกาศ", "n_articles", "daily") == [8]
    assert count_of(state, "ป้ายประกาศ", "n_articles", "weekly") == [1]


def test_line_over_the_limit_is_not_counted() -> None:
    long = "สะพานไม้ข้ามคลอง" * 20
    assert count_of(state_of(night([page(1, tail=long), page(2, tail=long)])), long, "n_articles") == []


def test_state_shows_no_text_of_a_single_article() -> None:
    state = state_of(night([page(1, tail="ป้ายประกาศ"), page(2, tail="ป้ายประกาศ")]))
    assert state.lines.filter(pl.col("n_articles") == 1)["key"].null_count() == 4
    assert count_of(state, "ป้ายประกาศ", "key") == ["ป้ายประกาศ"]


def test_lines_below_a_heading_are_counted_as_listed_up_to_a_long_line() -> None:
    paragraph = "ผู้ใหญ่บ้านกล่าวขอบคุณทุกคนที่มาช่วยงาน" * 6
    tail = f"ข่าวล่าสุด\nเปิดตลาดน้ำแห่งใหม่ริมคลอง\n{paragraph}\nป้ายท้ายหน้า"
    state = state_of(night([page(number, tail=tail) for number in range(3)]))
    assert count_of(state, "เปิดตลาดน้ำแห่งใหม่ริมคลอง", "n_listed") == [3]
    assert count_of(state, "ป้ายท้ายหน้า", "n_listed") == [0]


def headline(number: int) -> str:
    return f"เทศบาล{PLACES[number % 8]}เปิดสวนแห่งที่ {number}"


def pages_with_heading(heading: str) -> list[dict[str, object]]:
    return [
        page(number, tail=f"{heading}\n{headline(number % 9)}\n{headline(number % 7 + 20)}") for number in range(30)
    ]


def test_unknown_heading_is_learned_from_the_headlines_below_it() -> None:
    state = state_of(night(pages_with_heading("มุมนี้ต้องดู")))
    assert count_of(state, "มุมนี้ต้องดู", "is_heading") == [True]
    assert state.lines["is_heading"].sum() == 1
    assert count_of(state, headline(3), "n_listed") == count_of(state, headline(3), "n_articles")


def test_fixed_line_above_the_story_is_no_heading() -> None:
    pages = [{**page(number), "text": f"กดปุ่มสีแดง\n{page(number)['text']}"} for number in range(30)]
    state = state_of(night(pages))
    assert count_of(state, "กดปุ่มสีแดง", "n_articles") == [30]
    assert count_of(state, "กดปุ่มสีแดง", "is_heading") == [False]


# the model of a night


def test_line_is_frequent_from_its_share_of_the_articles() -> None:
    often = [page(number, tail="ป้ายประกาศ" if number < 30 else "") for number in range(100)]
    seldom = [page(number, tail="ป้ายประกาศ" if number < 29 else "") for number in range(100)]
    for pages, expected in ((often, True), (seldom, False)):
        state = state_of(night(pages))
        model = line_model(state, [], LIMITS)
        found = model.lines.filter(pl.col("n_articles") > 5)
        assert found["is_frequent"].to_list() == [expected]


def test_source_with_few_articles_has_no_frequent_lines() -> None:
    state = state_of(night([page(number, tail="ป้ายประกาศ") for number in range(4)]))
    assert not line_model(state, [], LIMITS).lines["is_frequent"].any()


def test_changed_template_is_frequent_the_night_it_appears() -> None:
    earlier: list[LineState] = []
    for _ in range(10):
        start = 100 * len(earlier)
        earlier.append(state_of(night([page(start + number, tail="ป้ายเก่า") for number in range(20)]), earlier))
    tonight = state_of(night([page(5000 + number, tail="ป้ายใหม่") for number in range(20)]), earlier)
    model = line_model(tonight, earlier, LIMITS)
    assert model.lines.filter(pl.col("is_frequent")).height == 1
    assert model.lines.filter(pl.col("is_frequent"))["share"].item() == 1.0


def test_title_index_knows_how_many_documents_bear_a_title() -> None:
    title = "เทศบาลเปิดสวนสาธารณะริมน้ำ"
    state = state_of(night([page(1, title=title), page(2, title=title), page(3, title="สั้น"), page(4, title="")]))
    titles = line_model(state, [], LIMITS).titles
    assert titles.select("title_key", "n_docs").rows() == [(title, 2)]


def test_model_forgets_lines_that_the_night_does_not_hold() -> None:
    first = state_of(night([page(number, tail="ป้ายเก่า") for number in range(9)]))
    second = state_of(night([page(10 + number, tail="ป้ายใหม่") for number in range(9)]), [first])
    assert line_model(second, [first], LIMITS).lines.height == second.lines.height


def test_order_of_the_articles_changes_nothing() -> None:
    pages = [*pages_with_heading("มุมนี้ต้องดู"), page(50, source="weekly")]
    shuffled = random.Random(7).sample(pages, len(pages))
    there, back = state_of(night(pages)), state_of(night(shuffled))
    assert_frame_equal(there.lines, back.lines)
    assert_frame_equal(there.titles, back.titles)
    assert_frame_equal(line_model(there, [], LIMITS).lines, line_model(back, [], LIMITS).lines)


def test_sources_apart_give_what_they_give_together() -> None:
    daily, weekly = pages_with_heading("มุมนี้ต้องดู"), [page(number, tail="ป้าย", source="weekly") for number in range(9)]
    together = state_of(night(daily + weekly))
    apart = [state_of(night(pages)) for pages in (daily, weekly)]
    assert_frame_equal(together.lines, pl.concat([state.lines for state in apart]).sort("line_hash"))


def test_replay_of_a_night_gives_the_same_model() -> None:
    nights = {date(2026, 11, day): [page(day * 7 + number, tail="ป้าย") for number in range(10)] for day in (2, 3, 4)}
    states: list[LineState] = []
    for pages in nights.values():
        states.append(state_of(night(pages), list(states)))
    again = state_of(night(nights[date(2026, 11, 3)]), states[:1])
    assert_frame_equal(again.lines, states[1].lines)
    assert_frame_equal(line_model(again, states[:1], LIMITS).lines, line_model(states[1], states[:1], LIMITS).lines)
