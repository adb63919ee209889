import random
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from dedup.errors import SettingsError
from dedup.reading.extract import Extracted, Page, extract, read_page
from dedup.reading.refusals import ReadReason, Refusal
from dedup.schemas import RawRecord
from dedup.settings import ReadSettings

SETTINGS = ReadSettings()
PARAGRAPHS = [
    "ฝนตกหนักต่อเนื่องสามวันทำให้แม่น้ำน่านเอ่อล้นตลิ่งเข้าท่วมบ้านเรือนประชาชนในเขตเทศบาลกว่าห้าร้อยหลังคาเรือน",
    "นายกเทศมนตรีสั่งอพยพผู้สูงอายุและเด็กไปยังศูนย์พักพิงชั่วคราวที่โรงเรียนประจำจังหวัดตั้งแต่เมื่อคืนที่ผ่านมา",
    "กรมอุตุนิยมวิทยาเตือนว่าจะมีฝนเพิ่มอีกสองวัน ขอให้ประชาชนติดตามสถานการณ์อย่างใกล้ชิดและเก็บของขึ้นที่สูง",
]
HEADLINES = ["ราคาทองวันนี้ขึ้นสองร้อยบาท", "ผลสลากกินแบ่งรัฐบาลงวดล่าสุด", "สภาพอากาศวันนี้ทั่วประเทศ"]
HEAD = """<title>น้ำท่วมน่าน | ข่าวเหนือ</title><meta property="og:title" content="น้ำท่วมน่าน">
<link rel="canonical" href="https://north.example/news/7">
<meta property="article:published_time" content="2026-11-02T08:30:00+07:00">"""
LINKS = "<ul>" + "".join(f'<li><a href="/{i}">{line}</a></li>' for i, line in enumerate(HEADLINES)) + "</ul>"
BODY = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
PAGE = f"""<html><head>{HEAD}</head><body><nav><a href="/">หน้าแรก</a></nav><article><h1>น้ำท่วมน่าน</h1>{BODY}</article>
<aside><h3>ข่าวที่เกี่ยวข้อง</h3>{LINKS}</aside><footer>สงวนลิขสิทธิ์</footer></body></html>"""


def records(*rows: dict[str, Any]) -> dy.DataFrame[RawRecord]:
    schema = RawRecord.create_empty().schema
    full = [{"file": "a.jsonl", "line": i, "source": "north"} | row for i, row in enumerate(rows, start=1)]
    return RawRecord.validate(pl.DataFrame(full, schema=schema))


def extracted(*rows: dict[str, Any], prune: dict[str, list[str]] | None = None) -> Extracted:
    return extract(records(*rows), prune_xpath=prune or {}, settings=SETTINGS)


def refusal(html: str) -> ReadReason | None:
    page = read_page(html, settings=SETTINGS)
    return page.reason if isinstance(page, Refusal) else None


def test_page_becomes_text_with_a_line_for_each_paragraph() -> None:
    text = extracted({"html": PAGE}).records["text"][0]
    assert [line for line in text.split("\n") if line in PARAGRAPHS] == PARAGRAPHS
    assert not any(headline in text for headline in HEADLINES)


def test_page_fills_what_the_record_lacks_and_nothing_else() -> None:
    rows = extracted(
        {"html": PAGE, "title": " "}, {"html": PAGE, "title": "ชื่อเดิม", "url": "https://x.example/"}
    ).records
    assert rows["title"].to_list() == ["น้ำท่วมน่าน", "ชื่อเดิม"]
    assert rows["url"].to_list() == ["https://north.example/news/7", "https://x.example/"]
    assert rows["published_raw"].to_list() == ["2026-11-02T08:30:00+07:00"] * 2
    assert rows["html"].to_list() == [PAGE, PAGE]


def test_record_with_text_is_left_as_it_is() -> None:
    given = records({"text": "ข่าว", "html": PAGE}, {"text": "ข่าว"})
    found = extract(given, prune_xpath={}, settings=SETTINGS)
    assert found.records.equals(given) and found.refused.is_empty()


def test_every_record_ends_in_one_frame_in_its_order() -> None:
    found = extracted({"text": "ข่าว"}, {"html": "<p>"}, {"html": PAGE}, {"html": ""}, {"text": "", "html": PAGE})
    assert found.records["line"].to_list() == [1, 3, 4, 5]
    assert found.refused.select("line", "file", "source", "payload").rows() == [(2, "a.jsonl", "north", "<p>")]
    assert found.refused["reasons"].to_list() == [["no-text-in-html"]]


def test_no_record_is_legal_input() -> None:
    found = extract(RawRecord.create_empty(), prune_xpath={}, settings=SETTINGS)
    assert found.records.is_empty() and found.refused.is_empty()


def test_prune_rule_of_the_source_cuts_its_elements() -> None:
    lines = "".join(f"<p>{line}</p>" for line in HEADLINES)
    page = PAGE.replace("</article>", f'<div class="more">{lines}</div></article>')
    prune = {"north": ['//div[@class="more"]'], "south": ["//p"]}
    pruned, plain = extracted({"html": page}, {"html": page, "source": "east"}, prune=prune).records["text"]
    assert HEADLINES[0] in plain and HEADLINES[0] not in pruned
    assert all(paragraph in pruned for paragraph in PARAGRAPHS)


def test_xpath_that_is_none_is_a_settings_error_that_names_it() -> None:
    with pytest.raises(SettingsError, match=r"north.*//div\["):
        extracted(prune={"north": ["//div["]})


def test_same_page_gives_the_same_text_whatever_came_before() -> None:
    alone = read_page(PAGE, settings=SETTINGS)
    others = [PAGE.replace("น่าน", place) for place in ("แพร่", "พะเยา")]
    for page in [PAGE, *others] * 3:
        read_page(page, settings=SETTINGS)
    assert read_page(PAGE, settings=SETTINGS) == alone


def test_order_of_the_records_does_not_matter() -> None:
    rows = [{"html": PAGE.replace("น่าน", f"น่าน {i}"), "line": i} for i in range(6)] + [{"html": "<p>", "line": 9}]
    plain = extracted(*rows)
    random.Random(3).shuffle(rows)
    shuffled = extracted(*rows)
    assert plain.records.equals(shuffled.records.sort("line"))
    assert plain.refused.equals(shuffled.refused)


def test_page_in_another_declared_encoding_is_read_as_the_text_it_is() -> None:
    for declaration in ('<?xml version="1.0" encoding="tis-620"?>', '<meta charset="windows-874">'):
        page = read_page(declaration + PAGE, settings=SETTINGS)
        assert isinstance(page, Page) and PARAGRAPHS[0] in page.text


@pytest.mark.parametrize("html", ["", "  ", "ข้อความธรรมดา", "<html></html>", "<html><body><img src=x></body></html>"])
def test_page_without_text_is_named(html: str) -> None:
    assert refusal(html) is ReadReason.NO_TEXT_IN_HTML


@pytest.mark.parametrize(
    "html",
    [
        "<html><body>" + "<p>" * 1_000_000,
        "<html><body>" + "<p>ข่าว</p>" * 10_001 + "</body></html>",
        "<html><body><p>" + "ก" * 1_400_000 + "</p></body></html>",
    ],
)
def test_page_over_the_budget_is_refused_before_it_is_worked_through(html: str) -> None:
    assert refusal(html) is ReadReason.HTML_OVER_BUDGET


@pytest.mark.parametrize(
    "piece", ["<div>", "<b>", "<a href=x>", "<ul><li>", "<!--", "<![CDATA[", "&", "<", " ", "่", "1"]
)
def test_hostile_page_is_survived(piece: str) -> None:
    page = read_page(f"<html><body>{piece * 200_000}", settings=SETTINGS)
    assert isinstance(page, Page | Refusal)


def test_large_refused_page_is_kept_by_its_head() -> None:
    html = "<html><body>" + "<p>ข่าว" * 10_001
    (payload,) = extracted({"html": html}).refused["payload"]
    assert html.startswith(payload) and len(payload.encode()) <= 1_000


def test_what_a_page_says_of_itself_is_bounded() -> None:
    page = PAGE.replace("น้ำท่วมน่าน", "น้ำท่วม" * 200)
    found = read_page(page, settings=SETTINGS)
    assert isinstance(found, Page)
    assert found.meta.title is None


def test_empty_pages_are_refused_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    assert refusal("") == ReadReason.NO_TEXT_IN_HTML
    assert refusal("<html><body></body></html>") == ReadReason.NO_TEXT_IN_HTML
    assert not caplog.records
