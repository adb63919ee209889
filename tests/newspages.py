"""Invented news pages for the tests of cleaning, and one call that cleans a night of them."""

import polars as pl

from dedup.cleaning.boilerplate import Stripped, strip_boilerplate
from dedup.cleaning.linemodel import LineState, learn, window_of
from dedup.cleaning.lines import line_table
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
    pages: list[dict[str, object]],
    *,
    limits: CleanSettings = LIMITS,
    earlier: list[LineState] = NOTHING,
    digests: tuple[str, ...] = (),
) -> Stripped:
    articles = pl.DataFrame(
        pages, schema={"source": pl.String, "title": pl.String, "text": pl.String, "doc_key": pl.String}
    ).with_row_index("row")
    lines = line_table(articles)
    _, model = learn([lines], articles, window_of(earlier), limits)
    return strip_boilerplate(lines, articles, model, limits, digests=digests)


def bodies(pages: list[dict[str, object]], limits: CleanSettings = LIMITS) -> list[str]:
    return stripped(pages, limits=limits).articles["body"].to_list()


def reasons(found: Stripped, text: str) -> set[str]:
    return set(found.removed.filter(pl.col("text") == text)["reason"].to_list())


def crowd(size: int, *, below: str = "", source: str = "daily", start: int = 100) -> list[dict[str, object]]:
    return [
        article(number, story(number, below) if below else story(number), source=source)
        for number in range(start, start + size)
    ]


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
