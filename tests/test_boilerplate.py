import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dedup.boilerplate import Flag, Stripped, leaderboard, strip_boilerplate
from dedup.furniture import Reason
from dedup.linemodel import LineState, line_model, night_state
from dedup.lines import line_table
from dedup.settings import CleanSettings

LIMITS = CleanSettings()
NOTHING: list[LineState] = []
PLACES = ["บ้านสวน", "ท่าช้าง", "หนองบัว", "คลองใหม่", "ดอนเมือง", "ห้วยแก้ว", "วังทอง", "โคกสูง", "นาดี", "ปากน้ำ"]
DEEDS = ["ซ่อมสะพานไม้", "ปลูกป่าชายเลน", "เปิดตลาดนัดเช้า", "ขุดลอกคลอง", "แจกพันธุ์ข้าว", "สร้างสนามเด็กเล่น", "จัดงานบุญ"]


def title_of(number: int) -> str:
    return f"ชาวตำบล{PLACES[number % 10]}{DEEDS[number % 7]} หวังให้คนรุ่นหลังได้ใช้ต่อ ครั้งที่ {number}"


def paragraph(number: int, part: int) -> str:
    """A paragraph of its own, longer than any headline."""
    place, deed = PLACES[(number + part) % 10], DEEDS[(number * 3 + part) % 7]
    return (
        f"นายอำเภอ{place}กล่าวในย่อหน้าที่ {part} ของเรื่องที่ {number} ว่าชาวบ้านร่วมกัน{deed}มาตั้งแต่ต้นปี "
        f"โดยใช้เงินของกองทุนหมู่บ้าน {number * 17 + part} บาท และแรงงานอาสาวันละ {part + 12} คน "
        f"เมื่อแล้วเสร็จจะเป็นประโยชน์แก่คนทั้งตำบล{place}และตำบลใกล้เคียงอีกหลายแห่ง ซึ่งรอคอยมานานกว่า {part + 3} ปีแล้ว"
    )


def article(number: int, text: str, *, source: str = "daily", title: str | None = None) -> dict[str, object]:
    title = title_of(number) if title is None else title
    return {"source": source, "title": title, "text": text, "doc_key": f"{source}/{number}"}


def story(number: int, *below: str, parts: int = 3) -> str:
    return "\n".join([*(paragraph(number, part) for part in range(parts)), *below])


def stripped(
    pages: list[dict[str, object]], *, limits: CleanSettings = LIMITS, earlier: list[LineState] = NOTHING
) -> Stripped:
    articles = pl.DataFrame(
        pages, schema={"source": pl.String, "title": pl.String, "text": pl.String, "doc_key": pl.String}
    ).with_row_index("row")
    lines = line_table(articles)
    tonight = night_state(lines, articles, earlier, limits)
    return strip_boilerplate(lines, articles, line_model(tonight, earlier, limits), limits)


def bodies(pages: list[dict[str, object]], limits: CleanSettings = LIMITS) -> list[str]:
    return stripped(pages, limits=limits).articles["body"].to_list()


def reasons(found: Stripped, text: str) -> set[str]:
    return set(found.removed.filter(pl.col("text") == text)["reason"].to_list())


# one page alone: patterns and shape


def crawled_page() -> tuple[str, list[str]]:
    """A page as it is scraped, furniture above, within and below, and its story."""
    story_lines = [paragraph(1, part) for part in range(5)]
    headlines = [title_of(number) for number in range(60, 70)]
    page = [
        title_of(1), "", "หน้าแรก", "ข่าว", "แชร์ข่าวนี้", "อ่าน 1,204 ครั้ง", "",
        story_lines[0], "", story_lines[1], "", story_lines[2], "", "\u00a0",
        "ข่าวที่น่าสนใจ", "", story_lines[3], "", story_lines[4], "",
        "ข่าวที่เกี่ยวข้อง", "", "ข่าวล่าสุด", "", *headlines, "",
        "ดู LIVE รายการ", "", "X", "", "เราใช้ คุ้กกี้ เพื่อให้ทุกคนได้รับประสบการณ์ที่ดี",
    ]  # fmt: skip
    return "\n".join(page), story_lines


def test_first_page_of_an_unknown_source_keeps_its_story_and_nothing_else() -> None:
    page, story_lines = crawled_page()
    assert bodies([article(1, page)]) == ["\n\n".join(story_lines)]


def test_story_goes_on_below_a_heading_in_mid_story() -> None:
    text = "\n".join([paragraph(1, 0), "ข่าวที่น่าสนใจ", paragraph(1, 1), paragraph(1, 2)])
    assert bodies([article(1, text)]) == ["\n".join(paragraph(1, part) for part in range(3))]


def test_short_paragraphs_below_a_heading_stay() -> None:
    short = [f"ผู้ใหญ่บ้านคนที่ {number} กล่าวขอบคุณทุกคน" for number in range(4)]
    text = "\n".join([paragraph(1, 0), "อ่านเพิ่มเติม", *short, paragraph(1, 1)])
    assert bodies([article(1, text)]) == ["\n".join([paragraph(1, 0), *short, paragraph(1, 1)])]


def test_title_above_the_story_leaves_the_body() -> None:
    text = story(1)
    for head in (title_of(1), f"{title_of(1)}\nวันพุธที่ 4 พฤศจิกายน 2569\n{title_of(1)}"):
        assert bodies([article(1, f"{head}\n{text}")]) == [text]


def test_title_with_the_name_of_the_site_leaves_the_body_without_it() -> None:
    site_title = f"ข่าวท้องถิ่นออนไลน์-{title_of(1)}"
    assert bodies([article(1, f"{title_of(1)}\n{story(1)}", title=site_title)]) == [story(1)]


def test_title_in_mid_story_stays() -> None:
    text = "\n".join([paragraph(1, 0), title_of(1), paragraph(1, 1)])
    assert bodies([article(1, text)]) == [text]


def test_byline_credit_and_date_move_to_their_fields() -> None:
    text = "\n".join(["วันพุธที่ 4 พ.ย. 2569 เวลา 10:30 น.", "โดย : สมชาย ใจดี", story(1), "ขอบคุณภาพจาก เพจชาวคลอง"])
    row = stripped([article(1, text)]).articles.row(0, named=True)
    assert row["body"] == story(1)
    assert row["byline"] == "โดย : สมชาย ใจดี | ขอบคุณภาพจาก เพจชาวคลอง"
    assert row["dateline"] == "วันพุธที่ 4 พ.ย. 2569 เวลา 10:30 น."


def test_byline_words_within_the_story_stay() -> None:
    text = "\n".join([paragraph(1, 0), "โดย สมชาย ใจดี", "27/01/2565", "โทร. 0 2000 0000", paragraph(1, 1)])
    row = stripped([article(1, text)]).articles.row(0, named=True)
    assert (row["body"], row["byline"]) == (text, None)


def test_contact_block_below_the_story_goes() -> None:
    text = story(1, "ฝ่ายประชาสัมพันธ์ เทศบาล", "โทร. 0 2000 0000", "https://www.example.org", "-----------------")
    assert bodies([article(1, text)]) == [story(1)]


def test_rules_of_dashes_go_and_the_words_beside_them_stay() -> None:
    assert bodies([article(1, story(1, "********** 4 พฤศจิกายน 2569", "=========="))]) == [story(1, "4 พฤศจิกายน 2569")]


def test_tags_below_their_heading_go_and_other_hashtags_stay() -> None:
    text = story(1, "#คลองสวยน้ำใส", "แท็กที่เกี่ยวข้อง", "#สะพาน #คลอง", "ชลบุรี")
    assert bodies([article(1, text)]) == [story(1, "#คลองสวยน้ำใส")]


def test_paragraphs_stay_apart_by_one_blank_line() -> None:
    text = f"{paragraph(1, 0)}\n\n \n{paragraph(1, 1)}\nแชร์ข่าวนี้\n\n{paragraph(1, 2)}\n{paragraph(1, 3)}\n\n"
    kept = f"{paragraph(1, 0)}\n\n{paragraph(1, 1)}\n\n{paragraph(1, 2)}\n{paragraph(1, 3)}"
    assert bodies([article(1, text)]) == [kept]


def test_page_without_text_gives_an_empty_body() -> None:
    row = stripped([article(1, "")]).articles.row(0, named=True)
    assert (row["body"], row["n_removed"], row["removed_share"], row["letters"]) == ("", 0, 0.0, 0)


# what the source has taught


def crowd(size: int, *, below: str = "", source: str = "daily", start: int = 100) -> list[dict[str, object]]:
    return [
        article(number, story(number, below) if below else story(number), source=source)
        for number in range(start, start + size)
    ]


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


def test_counts_are_not_used_while_a_source_is_cold() -> None:
    sign = "ของดีประจำตำบลเรา มีให้เลือกทุกวัน"
    found = stripped(crowd(49, below=sign))
    assert found.removed.is_empty()
    assert found.articles["flags"].to_list() == [[Flag.COLD_MODEL]] * 49


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


def headline(number: int) -> str:
    """A headline of a story that was never crawled."""
    return f"เทศบาลเมือง{PLACES[number % 10]}เตรียมเปิดสวนริมน้ำแห่งที่ {number} ให้ประชาชนใช้ฟรี"


def thanks(number: int) -> str:
    return f"ผู้ใหญ่บ้านหมู่ที่ {number} กล่าวขอบคุณทุกคน"


def pages_with_list(heading: str, count: int = 60) -> list[dict[str, object]]:
    """Stories with two headlines in mid-story and five below, drawn from thirty; `heading` above both lists."""
    pages = []
    for number in range(count):
        inner = [headline(number % 30), headline((number + 7) % 30)]
        outer = [headline((number * 5 + step) % 30) for step in range(5)]
        text = [paragraph(number, 0), heading, *inner, thanks(number), paragraph(number, 1), heading, *outer]
        pages.append(article(number, "\n".join(text)))
    return pages


@pytest.mark.parametrize("heading", ["ข่าวที่น่าสนใจ", "มุมนี้ต้องดู"], ids=["known", "unknown"])
def test_headlines_go_below_a_heading_and_the_short_paragraph_after_them_stays(heading: str) -> None:
    found = stripped(pages_with_list(heading))
    for number, body in enumerate(found.articles["body"].to_list()):
        assert body == f"{paragraph(number, 0)}\n{thanks(number)}\n{paragraph(number, 1)}"


def test_blank_lines_between_all_lines_change_nothing() -> None:
    pages = pages_with_list("ข่าวที่น่าสนใจ")
    airy = [{**page, "text": str(page["text"]).replace("\n", "\n\n")} for page in pages]
    assert [body.replace("\n\n", "\n") for body in bodies(airy)] == bodies(pages)


def test_page_of_foreign_headlines_leaves_nothing() -> None:
    page = article(
        1,
        "\n".join([*(headline(number) for number in range(5)), title_of(105), headline(9)]),
        title="พยากรณ์อากาศภาคใต้ประจำสัปดาห์นี้",
    )
    row = stripped([page, *crowd(60)]).articles.row(0, named=True)
    assert (row["body"], row["left_letters"]) == ("", 0)


def test_story_of_short_lines_about_its_title_stays() -> None:
    lines = [f"{title_of(1)} ตอนที่ {part}" for part in range(6)]
    page = article(1, "\n".join([*lines, title_of(105), *lines[:2]]))
    assert bodies([page, *crowd(60)])[0].startswith(lines[0])


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
    board = leaderboard(found.removed)
    assert board.row(0, named=True)["text"] == "ข่าวที่น่าสนใจ"
    assert board.row(0, named=True)["n_articles"] == 60
    assert board["n_articles"].is_sorted(descending=True)
    assert leaderboard(found.removed, top=3).height == 3


def test_order_and_company_of_articles_change_nothing() -> None:
    pages = [*pages_with_list("มุมนี้ต้องดู"), *crowd(20, source="weekly")]
    shuffled = random.Random(3).sample(range(len(pages)), len(pages))
    there = bodies(pages)
    back = bodies([pages[number] for number in shuffled])
    assert [there[number] for number in shuffled] == back
    assert there[:60] == bodies(pages[:60])


def test_replay_of_a_night_gives_the_same_bodies() -> None:
    first, second = pages_with_list("มุมนี้ต้องดู")[:30], pages_with_list("มุมนี้ต้องดู")[30:]
    frame = pl.DataFrame(first).with_row_index("row")
    earlier = [night_state(line_table(frame), frame, [], LIMITS)]
    once, again = stripped(second, earlier=earlier), stripped(second, earlier=earlier)
    assert_frame_equal(once.articles, again.articles)
    assert_frame_equal(once.removed, again.removed)


def test_second_night_knows_the_headings_of_the_first() -> None:
    pages = pages_with_list("มุมนี้ต้องดู", count=64)
    frame = pl.DataFrame(pages[:60]).with_row_index("row")
    earlier = [night_state(line_table(frame), frame, [], LIMITS)]
    body = stripped(pages[60:], earlier=earlier).articles["body"][0]
    assert body == f"{paragraph(60, 0)}\n{thanks(60)}\n{paragraph(60, 1)}"


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
