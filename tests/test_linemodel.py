import random
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dedup.cleaning.linemodel import LineModel, LineState, learn, line_model, window_of
from dedup.cleaning.lines import line_hashes, line_keys, line_labels, line_table
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
    return learn([line_table(articles)], articles, window_of(earlier), LIMITS)[0]


def model_of(tonight: LineState, earlier: list[LineState]) -> LineModel:
    return line_model(tonight, window_of(earlier), LIMITS)


def count_of(state: LineState, text: str, column: str, source: str = "daily") -> object:
    wanted = line_hashes(pl.Series([source]), line_keys(pl.Series([text])))
    return state.lines.filter(pl.col("line_hash").is_in(wanted.implode()))[column].to_list()


# what a night contributes


def test_recrawl_of_a_document_counts_once_in_a_night() -> None:
    pages = [page(1, tail="ป้ายประกาศ"), page(1, tail="ป้ายประกาศ"), page(2, tail="ป้ายประกาศ")]
    assert count_of(state_of(night(pages)), "ป้ายประกาศ", "n_articles") == [2]


def test_recrawl_of_a_document_counts_once_in_a_window() -> None:
    first = state_of(night([page(number, tail="ป้ายประกาศ") for number in range(4)]))
    second = state_of(night([page(number, tail="ป้ายประกาศ") for number in (2, 3, 4)]), [first])
    assert count_of(second, "ป้ายประกาศ", "n_articles") == [3]
    assert count_of(second, "ป้ายประกาศ", "n_new") == [1]
    model = model_of(second, [first])
    assert model.sources.select("source", "size", "size_tonight").row(0) == ("daily", 5, 3)


def test_addresses_with_one_title_are_one_document() -> None:
    title = "เทศบาลเปิดสวนสาธารณะริมน้ำ"
    pages = [page(number, tail="ป้ายประกาศ", title=title) for number in range(4)]
    first = state_of(night([*pages, page(9, tail="ป้ายประกาศ")]))
    assert count_of(first, "ป้ายประกาศ", "n_articles") == [2]
    assert model_of(first, []).sources["size"].to_list() == [2]
    second = state_of(night([page(20, tail="ป้ายประกาศ", title=title)]), [first])
    assert count_of(second, "ป้ายประกาศ", "n_new") == [0]


def test_short_titles_do_not_join_documents() -> None:
    state = state_of(night([page(number, tail="ป้ายประกาศ", title="ข่าวด่วน") for number in range(3)]))
    assert count_of(state, "ป้ายประกาศ", "n_articles") == [3]


def test_labels_are_counted_beside_the_lines() -> None:
    state = state_of(night([page(number, tail=f"คนริมคลอง - {PLACES[number]}") for number in range(4)]))
    label = line_hashes(pl.Series(["daily"]), line_labels(pl.Series(["คนริมคลอง - ก"])))
    counted = state.lines.filter(pl.col("line_hash").is_in(label.implode()))
    assert counted.select("n_articles", "n_new", "n_listed", "key").rows() == [(4, 4, 0, None)]


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


def test_button_above_an_articles_own_title_is_no_heading() -> None:
    pages = [
        {**page(number), "text": f"กดปุ่มสีแดง\n{page(number)['title']}\n{page(number)['text']}"} for number in range(30)
    ]
    assert count_of(state_of(night(pages)), "กดปุ่มสีแดง", "is_heading") == [False]


# the model of a night


def test_line_is_frequent_from_its_share_of_the_articles() -> None:
    often = [page(number, tail="ป้ายประกาศ" if number < 30 else "") for number in range(100)]
    seldom = [page(number, tail="ป้ายประกาศ" if number < 29 else "") for number in range(100)]
    for pages, expected in ((often, True), (seldom, False)):
        state = state_of(night(pages))
        model = model_of(state, [])
        found = model.lines.filter(pl.col("n_articles") > 5)
        assert found["is_frequent"].to_list() == [expected]


def test_source_with_few_articles_has_no_frequent_lines() -> None:
    state = state_of(night([page(number, tail="ป้ายประกาศ") for number in range(4)]))
    assert not model_of(state, []).lines["is_frequent"].any()


def test_line_on_most_pages_of_a_small_source_is_usual_and_then_overwhelming() -> None:
    for size, expected in ((3, (False, False)), (4, (True, False)), (7, (True, False)), (8, (True, True))):
        limits = CleanSettings()
        articles = night([page(number, tail="ป้ายประกาศ") for number in range(size)])
        _, model = learn([line_table(articles)], articles, window_of([]), limits)
        found = model.lines.filter(pl.col("n_articles") == size)
        assert found.select("is_usual", "is_overwhelming").rows() == [expected]


def test_headlines_are_bounded_by_the_titles_once_eight_are_known() -> None:
    bounds = []
    for size in (7, 8):
        model = model_of(state_of(night([page(number, title="ก" * 40) for number in range(size)])), [])
        bounds.append(model.sources["headline_letters"].item())
    assert bounds == [None, None]  # one title: one document
    state = state_of(night([page(number, title=f"{number:040}") for number in range(8)]))
    assert model_of(state, []).sources["headline_letters"].item() == 50


def test_source_knows_how_often_its_pages_repeat_the_title() -> None:
    pages = [page(number) for number in range(20)]
    pages = [{**one, "text": f"{one['title']}\n{one['text']}"} for one in pages]
    pages[0]["text"] = f"{pages[0]['title']}\n{pages[0]['text']}"
    state = state_of(night(pages))
    assert sorted(state.titles["n_own"]) == [1] * 19 + [2]
    assert model_of(state, []).sources["usual_own"].item() == 1


def test_changed_template_is_frequent_the_night_it_appears() -> None:
    earlier: list[LineState] = []
    for _ in range(10):
        start = 100 * len(earlier)
        earlier.append(state_of(night([page(start + number, tail="ป้ายเก่า") for number in range(20)]), earlier))
    tonight = state_of(night([page(5000 + number, tail="ป้ายใหม่") for number in range(20)]), earlier)
    model = model_of(tonight, earlier)
    assert model.lines.filter(pl.col("is_frequent")).height == 1
    assert model.lines.filter(pl.col("is_frequent"))["share"].item() == 1.0


def test_title_index_knows_how_many_documents_bear_a_title() -> None:
    title = "เทศบาลเปิดสวนสาธารณะริมน้ำ"
    state = state_of(night([page(1, title=title), page(2, title=title), page(3, title="สั้น"), page(4, title="")]))
    titles = model_of(state, []).titles
    assert titles.select("title_key", "n_docs").rows() == [(title, 2)]


def test_model_forgets_lines_that_the_night_does_not_hold() -> None:
    first = state_of(night([page(number, tail="ป้ายเก่า") for number in range(9)]))
    second = state_of(night([page(10 + number, tail="ป้ายใหม่") for number in range(9)]), [first])
    assert model_of(second, [first]).lines.height == second.lines.height


def test_order_of_the_articles_changes_nothing() -> None:
    pages = [*pages_with_heading("มุมนี้ต้องดู"), page(50, source="weekly")]
    shuffled = random.Random(7).sample(pages, len(pages))
    there, back = state_of(night(pages)), state_of(night(shuffled))
    assert_frame_equal(there.lines, back.lines)
    assert_frame_equal(there.titles, back.titles)
    assert_frame_equal(model_of(there, []).lines, model_of(back, []).lines)


def test_sources_apart_give_what_they_give_together() -> None:
    daily, weekly = pages_with_heading("มุมนี้ต้องดู"), [page(number, tail="ป้าย", source="weekly") for number in range(9)]
    together = state_of(night(daily + weekly))
    apart = [state_of(night(pages)) for pages in (daily, weekly)]
    assert_frame_equal(together.lines, pl.concat([state.lines for state in apart]))


@pytest.mark.parametrize("size", [1, 4, 11])
def test_night_learned_part_by_part_is_the_night_learned_at_once(size: int) -> None:
    first = state_of(night([page(number, tail="ป้าย") for number in range(6)]))
    pages = [*pages_with_heading("มุมนี้ต้องดู"), *(page(number, tail="ป้าย") for number in range(3, 9))]
    articles = night([*pages, *pages[2:5], *(page(number, source="weekly") for number in range(5))])
    parts = [line_table(part) for part in articles.iter_slices(size)]
    whole_state, whole_model = learn([line_table(articles)], articles, window_of([first]), LIMITS)
    state, model = learn(parts, articles, window_of([first]), LIMITS)
    assert_frame_equal(state.lines, whole_state.lines)
    assert_frame_equal(state.titles, whole_state.titles)
    for name in ("lines", "titles", "sources"):
        assert_frame_equal(getattr(model, name), getattr(whole_model, name))
    assert state.lines["is_heading"].any()
    assert state.lines["n_listed"].sum() > 0


def test_replay_of_a_night_gives_the_same_model() -> None:
    nights = {date(2026, 11, day): [page(day * 7 + number, tail="ป้าย") for number in range(10)] for day in (2, 3, 4)}
    states: list[LineState] = []
    for pages in nights.values():
        states.append(state_of(night(pages), list(states)))
    again = state_of(night(nights[date(2026, 11, 3)]), states[:1])
    assert_frame_equal(again.lines, states[1].lines)
    assert_frame_equal(model_of(again, states[:1]).lines, model_of(states[1], states[:1]).lines)
