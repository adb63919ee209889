import polars as pl
import pytest

from dedup.cleaning.flattened import with_line_ends

STORY = "ชาวบ้านริมคลองช่วยกันซ่อมสะพานไม้ที่พังมาตั้งแต่ปีก่อน จนเสร็จทันก่อนหน้าฝนตามที่นัดกันไว้ " * 6


def broken(text: str) -> list[str]:
    return str(with_line_ends(pl.Series([text]))[0]).split("\n")


@pytest.mark.parametrize(
    "end",
    [
        "ข่าวที่เกี่ยวข้อง.. - สะพานพังอีกแล้ว - ชาวบ้านรอช่างมาสามวัน",
        "ข่าวที่เกี่ยวข้อง 'ครูบุญส่ง'นำเด็กวาดสะพาน",
        "เรื่องที่เกี่ยวข้อง : สะพานพังอีกแล้ว",
        "ขอบคุณภาพจากเฟซบุ๊ก : คนริมคลอง",
        "คลิปประกอบ : คนริมคลอง",
        "ภาพ - คนริมคลอง, ครูบุญส่ง",
    ],
)
def test_what_stands_at_the_end_of_a_text_of_one_line_gets_its_line_back(end: str) -> None:
    assert broken(STORY + end) == [STORY.strip(), end]


@pytest.mark.parametrize(
    "end",
    [
        "ผู้ใหญ่บ้านเล่าว่าข่าวที่เกี่ยวข้องกับสะพานมีทุกปี",
        "ครูพูดทั้งน้ำตาว่า ขอบคุณภาพความทรงจำที่ทุกคนมอบให้ในวันนั้น",
        "เด็ก ๆ วาดภาพประกอบสะพานใหม่ส่งเข้าประกวด",
        f"ข่าวที่เกี่ยวข้อง: {STORY}",
    ],
)
def test_a_story_that_goes_on_is_not_broken(end: str) -> None:
    assert broken(STORY + end) == [STORY + end]


def test_a_text_with_lines_or_of_a_few_words_is_left_alone() -> None:
    end = "ขอบคุณภาพจาก : คนริมคลอง"
    texts = [f"{STORY}\n{STORY}{end}", f"สะพานเสร็จแล้ว {end}", None, ""]
    assert with_line_ends(pl.Series(texts)).to_list() == texts
