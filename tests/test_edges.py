import pytest

from dedup.cleaning.furniture import Reason
from tests.newspages import PLACES, article, bodies, paragraph, reasons, story, stripped, title_of


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


def test_only_dates_above_the_story_are_its_dateline() -> None:
    below = "\n".join([story(1), "แก้ไขล่าสุด"])
    above = "\n".join(["วันที่เผยแพร่", "4 พ.ย. 2569", story(2), "แก้ไขล่าสุด"])
    rows = stripped([article(1, below), article(2, above)]).articles
    assert rows["body"].to_list() == [story(1), story(2)]
    assert rows["dateline"].to_list() == [None, "วันที่เผยแพร่ 4 พ.ย. 2569"]


def test_byline_words_within_the_story_stay() -> None:
    text = "\n".join([paragraph(1, 0), "โดย สมชาย ใจดี", "27/01/2565", "โทร. 0 2000 0000", paragraph(1, 1)])
    row = stripped([article(1, text)]).articles.row(0, named=True)
    assert (row["body"], row["byline"]) == (text, None)


def test_contact_block_below_the_story_goes() -> None:
    text = story(1, "ฝ่ายประชาสัมพันธ์ เทศบาล", "โทร. 0 2000 0000", "https://www.example.org", "-----------------")
    assert bodies([article(1, text)]) == [story(1)]


# short lines among furniture


def test_anything_short_above_the_repeated_title_goes() -> None:
    page = article(1, f"วิทยุชุมชนบ้านสวน\nเสียงของคนริมคลอง\n{title_of(1)}\n{story(1)}")
    found = stripped([page])
    assert found.articles["body"].to_list() == [story(1)]
    assert reasons(found, "เสียงของคนริมคลอง") == {Reason.ENCLOSED}


def test_short_first_line_below_the_title_stays() -> None:
    page = article(1, f"{title_of(1)}\nข่าวดีของคนทั้งตำบล\n{story(1)}")
    assert bodies([page]) == [f"ข่าวดีของคนทั้งตำบล\n{story(1)}"]


def test_paragraph_above_the_title_stays_and_the_title_with_it() -> None:
    text = f"{paragraph(1, 0)}\n{title_of(1)}\n{paragraph(1, 1)}"
    assert bodies([article(1, text)]) == [text]


def test_short_line_below_a_mark_of_the_foot_goes() -> None:
    page = article(1, story(1, "แชร์ข่าวนี้", "เสียงของคนริมคลอง", "สงวนลิขสิทธิ์ © บ้านสวน"))
    assert bodies([page]) == [story(1)]


def test_story_of_short_lines_among_furniture_stays() -> None:
    lines = ["ฝนตกหนักเมื่อคืน", "น้ำท่วมถนนสองสาย", "ไม่มีผู้บาดเจ็บ"]
    page = article(1, "\n".join([title_of(1), "แชร์ข่าวนี้", *lines, "อ่าน 120 ครั้ง", "ข่าวล่าสุด"]))
    assert bodies([page]) == ["\n".join(lines)]


def test_last_short_line_below_a_list_stays() -> None:
    text = story(1, "ข่าวล่าสุด", "ชาวบ้านหวังว่าจะได้ใช้สะพานนี้อีกนาน", "แชร์ข่าวนี้")
    assert bodies([article(1, text)]) == [story(1, "ชาวบ้านหวังว่าจะได้ใช้สะพานนี้อีกนาน")]


# what a small source repeats


@pytest.mark.parametrize(("size", "is_gone"), [(3, False), (4, True)])
def test_line_above_most_stories_of_a_small_source_goes_from_the_fourth_page(size: int, *, is_gone: bool) -> None:
    sign = "ของดีประจำตำบลเรา มีให้เลือกทุกวัน"
    found = stripped([article(number, f"{sign}\n{story(number)}") for number in range(size)])
    assert found.articles["body"].to_list() == [
        story(number) if is_gone else f"{sign}\n{story(number)}" for number in range(size)
    ]


def test_line_on_six_pages_of_a_small_source_stays_within_the_story() -> None:
    sign = "ของดีประจำตำบลเรา มีให้เลือกทุกวัน"
    pages = [article(number, "\n".join([paragraph(number, 0), sign, paragraph(number, 1)])) for number in range(6)]
    assert stripped(pages).removed.is_empty()


def test_label_that_most_pages_share_takes_its_line_from_the_head() -> None:
    pages = [article(number, f"คนริมคลอง – {PLACES[number]}\n{story(number)}") for number in range(6)]
    found = stripped(pages)
    assert found.articles["body"].to_list() == [story(number) for number in range(6)]
    assert set(found.removed["reason"]) == {Reason.LABELLED}


def test_labels_of_an_interview_stay() -> None:
    pages = []
    for number in range(8):
        turns = [f"{who} : {PLACES[part]}เป็นอย่างไรในปีที่ {number}" for part in range(4) for who in ("ถาม", "ตอบ")]
        pages.append(article(number, "\n".join([*turns, paragraph(number, 0)])))
    assert stripped(pages).removed.is_empty()


def test_title_that_pages_of_the_source_do_not_repeat_is_the_first_line_of_a_story() -> None:
    pages = [article(number, story(number)) for number in range(30)]
    assert bodies([*pages, article(90, f"{title_of(90)}\n{story(90)}")])[-1] == f"{title_of(90)}\n{story(90)}"


def test_title_given_once_more_than_on_other_pages_is_the_first_line_of_a_story() -> None:
    pages = [article(number, f"{title_of(number)}\n{story(number)}") for number in range(30)]
    twice = article(90, f"{title_of(90)}\nแชร์ข่าวนี้\n{title_of(90)}\n{story(90)}")
    assert bodies([*pages, twice]) == [*(story(number) for number in range(30)), f"{title_of(90)}\n{story(90)}"]
