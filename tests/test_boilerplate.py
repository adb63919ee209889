import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dedup.cleaning.boilerplate import Flag, leaderboard, strip_boilerplate, tally
from dedup.cleaning.furniture import Reason
from dedup.cleaning.linemodel import learn, window_of
from dedup.cleaning.lines import line_table
from dedup.settings import CleanSettings
from tests.newspages import (
    LIMITS,
    article,
    bodies,
    crawled_page,
    crowd,
    headline,
    pages_with_list,
    paragraph,
    reasons,
    story,
    stripped,
    title_of,
)

# one page alone: patterns and shape


def test_first_page_of_an_unknown_source_keeps_its_story_and_nothing_else() -> None:
    page, story_lines = crawled_page()
    assert bodies([article(1, page)]) == ["\n\n".join(story_lines)]


def test_rules_of_dashes_go_and_the_words_beside_them_stay() -> None:
    assert bodies([article(1, story(1, "********** 4 พฤศจิกายน 2569", "=========="))]) == [story(1, "4 พฤศจิกายน 2569")]


def test_paragraphs_stay_apart_by_one_blank_line() -> None:
    text = f"{paragraph(1, 0)}\n\n \n{paragraph(1, 1)}\nแชร์ข่าวนี้\n\n{paragraph(1, 2)}\n{paragraph(1, 3)}\n\n"
    kept = f"{paragraph(1, 0)}\n\n{paragraph(1, 1)}\n\n{paragraph(1, 2)}\n{paragraph(1, 3)}"
    assert bodies([article(1, text)]) == [kept]


def test_page_without_text_gives_an_empty_body() -> None:
    row = stripped([article(1, "")]).articles.row(0, named=True)
    assert (row["body"], row["n_removed"], row["removed_share"], row["letters"]) == ("", 0, 0.0, 0)


# what the source has taught


def test_line_on_every_page_goes_and_the_same_line_of_another_source_stays() -> None:
    sign = "ของดีประจำตำบลเรา มีให้เลือกทุกวัน"
    pages = [*crowd(60, below=sign), *crowd(60, source="weekly"), article(1, story(1, sign), source="weekly")]
    found = stripped(pages)
    assert reasons(found, sign) == {Reason.FREQUENT}
    assert found.removed["row"].n_unique() == 60
    assert found.articles["body"].to_list()[-1] == story(1, sign)


def test_service_line_on_a_twentieth_of_the_pages_stays() -> None:
    notice = "สายด่วนรับเรื่องเดือดร้อนของตำบลเปิดตลอดวัน"
    pages = [*crowd(380), *crowd(20, below=notice, start=900)]
    assert stripped(pages).removed.is_empty()


@pytest.mark.parametrize(("size", "is_gone"), [(7, False), (8, True)])
def test_short_line_on_every_page_of_a_small_source_goes_from_the_eighth_page(size: int, *, is_gone: bool) -> None:
    sign = "ของดีประจำตำบลเรา มีให้เลือกทุกวัน"
    pages = [article(number, "\n".join([paragraph(number, 0), sign, paragraph(number, 1)])) for number in range(size)]
    found = stripped(pages)
    assert [sign not in body for body in found.articles["body"].to_list()] == [is_gone] * size
    assert found.articles["flags"].to_list() == [[Flag.COLD_MODEL]] * size


def test_formula_within_the_stories_of_a_small_source_stays() -> None:
    formula = "ผู้ซื้อควรตรวจน้ำหนักและขอใบรับประกันจากร้านที่เป็นสมาชิกของชมรมทุกครั้งก่อนจ่ายเงิน"
    pages = [article(number, "\n".join([paragraph(number, 0), formula, paragraph(number, 1)])) for number in range(12)]
    assert stripped(pages).removed.is_empty()


def test_line_on_half_the_pages_of_a_small_source_stays() -> None:
    sign = "ของดีประจำตำบลเรา มีให้เลือกทุกวัน"
    assert stripped([*crowd(10, below=sign), *crowd(10, start=300)]).removed.is_empty()


def test_one_article_under_many_addresses_teaches_nothing() -> None:
    short = [f"ผู้ใหญ่บ้านหมู่ที่ {part} กล่าวขอบคุณทุกคน" for part in range(4)]
    pages = [{**article(1, story(1, *short)), "doc_key": f"daily/{copy}"} for copy in range(12)]
    assert bodies(pages) == [story(1, *short)] * 12


def test_original_is_kept_where_a_small_source_repeats_nearly_all() -> None:
    regular = [f"ราคาสินค้าเกษตรชนิดที่ {number} ไม่เปลี่ยนแปลงจากเมื่อวาน" for number in range(12)]
    pages = [article(number, "\n".join([f"วันที่ {number} ตลาดเปิดปกติ", *regular])) for number in range(1, 31)]
    found = stripped(pages)
    assert found.articles["body"].to_list() == [page["text"] for page in pages]
    assert found.articles["flags"].to_list() == [[Flag.SUSPICIOUS_REMOVAL, Flag.COLD_MODEL]] * 30


@pytest.mark.parametrize("introduction", ["อ่านเรื่องเด่น !", "2.", "เรื่องถัดไป :", "•"])
def test_title_of_another_article_goes_with_what_introduces_it(introduction: str) -> None:
    line = f"{introduction} {title_of(2)}"
    pages = [article(1, "\n".join([paragraph(1, 0), line, paragraph(1, 1)])), article(2, story(2))]
    assert bodies(pages)[0] == f"{paragraph(1, 0)}\n{paragraph(1, 1)}"


def test_title_of_another_article_goes_in_mid_story() -> None:
    text = "\n".join([paragraph(1, 0), title_of(2), paragraph(1, 1)])
    found = stripped([article(1, text), article(2, story(2))])
    assert found.articles["body"][0] == f"{paragraph(1, 0)}\n{paragraph(1, 1)}"
    assert reasons(found, title_of(2)) == {Reason.HEADLINE}


def test_title_cut_with_an_ellipsis_goes() -> None:
    cut = title_of(2)[:40] + "…"
    pages = [article(1, "\n".join([paragraph(1, 0), cut, paragraph(1, 1)])), article(2, story(2))]
    assert bodies(pages)[0] == f"{paragraph(1, 0)}\n{paragraph(1, 1)}"


def test_own_title_is_kept_though_it_is_a_headline_on_fifty_other_pages() -> None:
    others = [article(number, story(number, "ข่าวล่าสุด", title_of(1))) for number in range(100, 150)]
    own = article(1, "\n".join([paragraph(1, 0), title_of(1), paragraph(1, 1)]))
    found = stripped([own, *others, *crowd(20, start=300)])
    assert title_of(1) in found.articles["body"][0]
    assert not any(title_of(1) in body for body in found.articles["body"].to_list()[1:])


def test_first_line_of_a_story_stays_though_another_article_is_called_so() -> None:
    pages = [article(1, f"{title_of(2)}\n{story(1)}"), article(2, story(2))]
    assert bodies(pages)[0] == f"{title_of(2)}\n{story(1)}"


def test_original_is_kept_where_counts_would_take_nearly_all() -> None:
    regular = [f"ราคาสินค้าเกษตรชนิดที่ {number} ไม่เปลี่ยนแปลงจากเมื่อวาน" for number in range(12)]
    pages = [article(number, "\n".join([f"วันที่ {number} ตลาดเปิดปกติ", *regular])) for number in range(1, 31)]
    found = stripped([*pages, *crowd(60)])
    first = found.articles.row(0, named=True)
    assert first["body"] == pages[0]["text"]
    assert first["flags"] == [Flag.SUSPICIOUS_REMOVAL]
    assert first["removed_share"] == 0.0
    assert first["left_letters"] < 50
    assert found.removed.is_empty()


def test_short_brief_on_a_page_full_of_furniture_is_clean_and_flagged() -> None:
    page, _ = crawled_page()
    brief = "ชาวตำบลบ้านสวนเปิดสะพานไม้แห่งใหม่แล้ววันนี้"
    furniture = [line for line in page.split("\n") if "ย่อหน้า" not in line]
    row = stripped([article(1, "\n".join([*furniture[:7], brief, *furniture[7:]]))]).articles.row(0, named=True)
    assert row["body"] == brief
    assert Flag.MOSTLY_FURNITURE in row["flags"]


# a person's word


def test_named_lines_are_always_or_never_removed() -> None:
    sign, odd = "ของดีประจำตำบลเรา มีให้เลือกทุกวัน", "ประโยคแปลกที่บรรณาธิการไม่ต้องการ"
    limits = CleanSettings(never_remove={"daily": [sign, "ข่าวล่าสุด"]}, always_remove={"daily": [odd.replace(" ", "")]})
    pages = [article(number, story(number, sign, "ข่าวล่าสุด", odd)) for number in range(60)]
    found = stripped(pages, limits=limits)
    assert found.articles["body"].to_list() == [story(number, sign, "ข่าวล่าสุด") for number in range(60)]
    assert reasons(found, odd) == {Reason.ALWAYS}


def test_named_line_of_one_source_says_nothing_of_another() -> None:
    limits = CleanSettings(always_remove={"weekly": ["ผู้ใหญ่บ้านขอบคุณทุกคน"]})
    assert bodies([article(1, story(1, "ผู้ใหญ่บ้านขอบคุณทุกคน"))], limits) == [story(1, "ผู้ใหญ่บ้านขอบคุณทุกคน")]


# counts and order


def test_every_letter_is_kept_or_counted_as_removed() -> None:
    page, _ = crawled_page()
    pages = [*pages_with_list("ข่าวที่น่าสนใจ"), article(900, page), article(901, "")]
    found = stripped(pages)
    removed = found.removed.group_by("row").agg(letters=pl.col("letters").sum(), lines=pl.len())
    joined = found.articles.join(removed, on="row", how="left").with_columns(
        pl.col("letters_right", "lines").fill_null(0)
    )
    assert (joined["letters"] - joined["left_letters"]).to_list() == joined["letters_right"].to_list()
    assert joined["n_removed"].to_list() == joined["lines"].to_list()


def test_leaderboard_counts_articles_and_puts_the_commonest_first() -> None:
    found = stripped([*pages_with_list("ข่าวที่น่าสนใจ"), article(900, story(900, "ข่าวล่าสุด"))])
    board = leaderboard(tally(found.removed))
    assert board.row(0, named=True)["text"] == "ข่าวที่น่าสนใจ"
    assert board.row(0, named=True)["n_articles"] == 60
    assert board["n_articles"].is_sorted(descending=True)
    assert leaderboard(tally(found.removed), top=3).height == 3


def test_order_and_company_of_articles_change_nothing() -> None:
    pages = [*pages_with_list("มุมนี้ต้องดู"), *crowd(20, source="weekly")]
    shuffled = random.Random(3).sample(range(len(pages)), len(pages))
    there = bodies(pages)
    back = bodies([pages[number] for number in shuffled])
    assert [there[number] for number in shuffled] == back
    assert there[:60] == bodies(pages[:60])


def test_articles_stripped_part_by_part_are_those_stripped_at_once() -> None:
    pages = [
        *pages_with_list("ข่าวล่าสุด", count=6),
        article(10, f"ข่าวล่าสุด\n{headline(1)}\n{headline(2)}\n{headline(3)}\n\n{story(10)}"),
        article(11, f"4 พฤศจิกายน 2569\nอ่าน 20 ครั้ง\n{story(11, 'ข่าวล่าสุด', title_of(10), title_of(3))}"),
        article(12, f"4 พฤศจิกายน 2569\nอ่าน 20 ครั้ง\n{story(12)}"),
    ]
    articles = pl.DataFrame(pages).with_row_index("row")
    whole = line_table(articles)
    _, model = learn([whole], articles, window_of([]), LIMITS)
    at_once = strip_boilerplate(whole, articles, model, LIMITS)
    apart = [strip_boilerplate(line_table(part), part, model, LIMITS) for part in articles.iter_slices(1)]
    assert_frame_equal(at_once.articles, pl.concat([part.articles for part in apart]))
    removed = pl.concat([part.removed for part in apart])
    assert_frame_equal(at_once.removed.drop("kind"), removed.drop("kind"))  # kinds are numbered in each table


def test_replay_of_a_night_gives_the_same_bodies() -> None:
    first, second = pages_with_list("มุมนี้ต้องดู")[:30], pages_with_list("มุมนี้ต้องดู")[30:]
    frame = pl.DataFrame(first).with_row_index("row")
    earlier = [learn([line_table(frame)], frame, window_of([]), LIMITS)[0]]
    once, again = stripped(second, earlier=earlier), stripped(second, earlier=earlier)
    assert_frame_equal(once.articles, again.articles)
    assert_frame_equal(once.removed, again.removed)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "",
                "ข่าวล่าสุด",
                "แท็ก",
                "หน้าแรก",
                "-----",
                "โดย : ก ข",
                "X",
                headline(1),
                headline(2),
                paragraph(1, 1),
                title_of(1),
            ]
        ),
        max_size=14,
    )
)
def test_any_order_of_lines_loses_no_paragraph(lines: list[str]) -> None:
    body = bodies([article(1, "\n".join(lines))])[0]
    assert body.count(paragraph(1, 1)) == lines.count(paragraph(1, 1))


@pytest.mark.parametrize("unit", ["ก", " ", "่", "1", "ข่าวล่าสุด\n", "\n", "#ก ", "นายก…\n"])
def test_hostile_text_is_answered(unit: str) -> None:
    assert len(bodies([article(1, unit * (200_000 // len(unit)))])) == 1
