import polars as pl
import pytest

from dedup.cleaning.linemodel import learn, window_of
from dedup.cleaning.lines import line_table
from tests.newspages import (
    LIMITS,
    article,
    bodies,
    crowd,
    headline,
    pages_with_list,
    paragraph,
    story,
    stripped,
    thanks,
    title_of,
)


def test_story_goes_on_below_a_heading_in_mid_story() -> None:
    text = "\n".join([paragraph(1, 0), "ข่าวที่น่าสนใจ", paragraph(1, 1), paragraph(1, 2)])
    assert bodies([article(1, text)]) == ["\n".join(paragraph(1, part) for part in range(3))]


def test_short_paragraphs_below_a_heading_stay() -> None:
    short = [f"ผู้ใหญ่บ้านคนที่ {number} กล่าวขอบคุณทุกคน" for number in range(4)]
    text = "\n".join([paragraph(1, 0), "อ่านเพิ่มเติม", *short, paragraph(1, 1)])
    assert bodies([article(1, text)]) == ["\n".join([paragraph(1, 0), *short, paragraph(1, 1)])]


def test_tags_below_their_heading_go_and_other_hashtags_stay() -> None:
    text = story(1, "#คลองสวยน้ำใส", "แท็กที่เกี่ยวข้อง", "#สะพาน #คลอง", "ชลบุรี")
    assert bodies([article(1, text)]) == [story(1, "#คลองสวยน้ำใส")]


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


def test_second_night_knows_the_headings_of_the_first() -> None:
    pages = pages_with_list("มุมนี้ต้องดู", count=64)
    frame = pl.DataFrame(pages[:60]).with_row_index("row")
    earlier = [learn([line_table(frame)], frame, window_of([]), LIMITS)[0]]
    body = stripped(pages[60:], earlier=earlier).articles["body"][0]
    assert body == f"{paragraph(60, 0)}\n{thanks(60)}\n{paragraph(60, 1)}"


def test_own_title_in_a_list_goes_with_the_other_headlines() -> None:
    page = article(1, story(1, "ข่าวล่าสุด", title_of(2), title_of(1), title_of(3)))
    assert bodies([page, article(2, story(2)), article(3, story(3))])[0] == story(1)


def test_dates_and_counters_below_headlines_go_with_them() -> None:
    entries = [line for number in range(3) for line in (headline(number), f"{number + 4} พ.ย. 2569", f"{number}.2K")]
    assert bodies([article(1, story(1, "ข่าวที่เกี่ยวข้อง", *entries))]) == [story(1)]


def test_one_date_below_a_paragraph_makes_no_list_of_it() -> None:
    text = [paragraph(1, 0), "ข่าวที่เกี่ยวข้อง", thanks(1), thanks(2), "4 พฤศจิกายน 2569"]
    assert bodies([article(1, "\n".join(text))]) == ["\n".join([text[0], *text[2:]])]


def test_line_longer_than_any_title_of_the_source_is_no_headline() -> None:
    formula = f"{title_of(1)} {title_of(2)}"
    assert len(formula) < 200  # short enough for a headline, were the titles not known
    series = [
        article(number, "\n".join([paragraph(number, 0), "ข่าวล่าสุด", title_of(number + 1), formula]))
        for number in range(3)
    ]
    assert bodies([*series, *crowd(9, start=3)])[:3] == [f"{paragraph(number, 0)}\n{formula}" for number in range(3)]


def test_digest_keeps_the_headlines_above_its_texts_and_loses_the_list_below() -> None:
    items = "\n".join(line for number in (101, 102, 103) for line in (title_of(number), paragraph(number, 7)))
    text = f"{paragraph(1, 0)}\n{items}\nข่าวที่เกี่ยวข้อง\n{title_of(104)}\n{title_of(105)}"
    pages = [article(1, text, title="สรุป ข่าวเด่น ประจำวัน"), *crowd(60)]
    kept = stripped(pages, digests=("ข่าวเด่น",)).articles["body"]
    assert kept[0] == f"{paragraph(1, 0)}\n{items}"
    assert title_of(101) not in stripped(pages).articles["body"][0]
    assert kept[1:].equals(stripped(pages).articles["body"][1:])
