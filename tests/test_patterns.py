import polars as pl
import pytest

from dedup.cleaning.classify import classify
from dedup.cleaning.furniture import Reason, Zone
from dedup.cleaning.lines import line_keys
from dedup.cleaning.patterns import PATTERNS

FURNITURE = [
    ("ข่าวที่เกี่ยวข้อง", Reason.RELATED),
    ("ข่าว ที่เกี่ยวข้อง >>", Reason.RELATED),
    ("อ่านข่าวที่น่าสนใจเพิ่มเติม", Reason.RELATED),
    ("เรื่องที่คุณอาจสนใจ", Reason.RELATED),
    ("คุณอาจสนใจข่าวนี้", Reason.RELATED),
    ("บทความแนะนำ", Reason.RELATED),
    ("Related Posts", Reason.RELATED),
    ("ข่าวที่เกี่ยวข้อง.. - สะพานพังอีกแล้ว - ช่างมาแล้ว", Reason.RELATED),
    ("คลิปประกอบ - คนริมคลอง", Reason.CREDIT),
    ("You may also like", Reason.RELATED),
    ("ข่าวล่าสุด", Reason.LATEST),
    ("ข่าวเด่นประจำวัน", Reason.LATEST),
    ("ข่าวฮิต 24 ชั่วโมง", Reason.LATEST),
    ("ประเด็นร้อน", Reason.LATEST),
    ("ข่าวอื่นๆ", Reason.LATEST),
    ("ยอดนิยม", Reason.LATEST),
    ("Most Read", Reason.LATEST),
    ("อ่านต่อ", Reason.READ_MORE),
    ("คลิกอ่านเพิ่มเติม", Reason.READ_MORE),
    ("อ่านข่าวต้นฉบับได้ที่นี่", Reason.READ_MORE),
    ("อ่านข่าวเพิ่มเติม สะพานข้ามคลองเปิดใช้แล้ว", Reason.READ_MORE),
    ("อ่านข่าว : สะพานข้ามคลองเปิดใช้แล้ว", Reason.READ_MORE),
    ("Read more: bridge opens", Reason.READ_MORE),
    ("แท็กที่เกี่ยวข้อง", Reason.TAGS),
    ("แท็ก: สะพาน, คลอง, ชลบุรี", Reason.TAGS),
    ("Tags #bridge #canal", Reason.TAGS),
    ("แชร์ข่าวนี้", Reason.SHARE),
    ("Facebook 12 Twitter 3 LINE", Reason.SHARE),
    ("คัดลอกลิงก์", Reason.SHARE),
    ("X", Reason.SHARE),
    ("ติดตามข่าวสารเพิ่มเติมได้ที่ LINE: @example", Reason.FOLLOW),
    ("กดติดตามช่องของเราทุกช่องทาง", Reason.FOLLOW),
    ("สมัครรับข่าวสารทางอีเมล", Reason.FOLLOW),
    ("เราใช้ คุ้กกี้ เพื่อประสบการณ์ที่ดีขึ้น", Reason.COOKIE),
    ("เว็บไซต์นี้มีการจัดเก็บคุกกี้", Reason.COOKIE),
    ("ยอมรับคุกกี้ ตั้งค่าคุกกี้", Reason.COOKIE),
    ("We use cookies to improve this site", Reason.COOKIE),
    ("ดู LIVE รายการ", Reason.VIDEO),
    ("ชมคลิปย้อนหลัง", Reason.VIDEO),
    ("- Advertisement -", Reason.ADVERT),
    ("โฆษณา", Reason.ADVERT),
    ("Copyright © 2026 Example. สงวนลิขสิทธิ์", Reason.COPYRIGHT),
    ("© 2569 ตัวอย่าง จำกัด", Reason.COPYRIGHT),
    ("หน้าแรก", Reason.BREADCRUMB),
    ("หน้าแรก > ข่าว > ภูมิภาค", Reason.BREADCRUMB),
    ("หน้าแรก › ชุมชนของเรา › เรื่องเล่าริมคลอง", Reason.BREADCRUMB),
    ("อ่าน 12,345 ครั้ง", Reason.COUNTER),
    ("1.2K views", Reason.COUNTER),
    ("พิมพ์หน้านี้", Reason.PAGE_TOOL),
    ("ขนาดตัวอักษร ก- ก ก+", Reason.PAGE_TOOL),
    ("กลับขึ้นด้านบน", Reason.PAGE_TOOL),
    ("วันที่เผยแพร่", Reason.DATELINE),
    ("--------------------", Reason.RULE),
    ("///", Reason.RULE),
    ("การเมือง", Reason.BREADCRUMB),
    ("วันพฤหัสบดีที่ 4 พ.ย. 2564 เวลา 12:34 น.", Reason.DATELINE),
    ("27/01/2565", Reason.DATELINE),
    ("3 ชั่วโมงที่แล้ว", Reason.DATELINE),
    ("โดย : กองบรรณาธิการ", Reason.BYLINE),
    ("โดย สมชาย ใจดี", Reason.BYLINE),
    ("เรียบเรียงโดย ทีมข่าวออนไลน์", Reason.BYLINE),
    ("ผู้สื่อข่าว จ.เชียงใหม่ รายงาน", Reason.BYLINE),
    ("ขอบคุณภาพและข้อมูลจาก เพจชาวคลอง", Reason.CREDIT),
    ("ภาพ/ข่าว : สำนักงานจังหวัด", Reason.CREDIT),
    ("โทร. 0 2000 0000 ต่อ 12", Reason.CONTACT),
    ("https://www.example.org/release/12", Reason.CONTACT),
    ("สอบถามรายละเอียดเพิ่มเติมได้ที่ โทร. 02-000-0000", Reason.CONTACT),
    ("ศูนย์บริการลูกค้า โทร. 02 000 0000 (ตลอด 24 ชั่วโมง)", Reason.CONTACT),
    ("ดาวน์โหลดแอปของเราได้แล้ววันนี้", Reason.FOLLOW),
    ("สงวนลิขสิทธิ์ © บ้านสวนออนไลน์", Reason.COPYRIGHT),
    ("ความคิดเห็นของผู้อ่านไม่ใช่ความเห็นของกองบรรณาธิการ", Reason.COPYRIGHT),
    ("นโยบายความเป็นส่วนตัว เงื่อนไขการใช้งาน ติดต่อเรา", Reason.PAGE_TOOL),
    ("พัฒนาเว็บโดย สวนเว็บ", Reason.PAGE_TOOL),
    ("Leave a Reply", Reason.PAGE_TOOL),
    ("บ้านสวนออนไลน์ › ชุมชน", Reason.BREADCRUMB),
    ("บ้านสวนออนไลน์ | เกษตร", Reason.BREADCRUMB),
    ("บ้านสวนออนไลน์ - เกษตร", Reason.BREADCRUMB),
    ("4 พ.ย. 2569 10:30 น. | เปิดอ่าน 1,204 ครั้ง", Reason.DATELINE),
    ("เผยแพร่ : 04/11/2569 10:30 ผู้ชม 1,204 คน", Reason.DATELINE),
    ("3 ชั่วโมงที่แล้ว · 1,204 views", Reason.DATELINE),
    ("อัปเดต 4 พ.ย. 69 | ทีมข่าวภูธร | 1.2พัน ครั้ง", Reason.DATELINE),
    ("เผยแพร่: 4 พ.ย. 2569 10:30   โดย: บ้านสวนออนไลน์", Reason.DATELINE),
    ("1,204 ครั้ง", Reason.COUNTER),
    ("ผู้เข้าชม 1,204 ครั้ง ความคิดเห็น 12 แชร์ 1,030 ถูกใจ 8", Reason.COUNTER),
    ("ข่าวโดย สมชาย ใจดี", Reason.BYLINE),
    ("รายงาน : สมชาย ใจดี", Reason.BYLINE),
    ("ผู้เขียน ทีมข่าวเศรษฐกิจบ้านสวนออนไลน์", Reason.BYLINE),
    ("ทีมข่าวภูมิภาค", Reason.BYLINE),
    ("โดย บ้านสวนออนไลน์ 6 ชั่วโมงที่แล้ว", Reason.BYLINE),
    ("Facebook : บ้านสวนออนไลน์", Reason.CONTACT),
    ("บ้านสวนออนไลน์ 9 ถนนเลียบคลอง อ.เมือง จ.ชลบุรี 20000", Reason.CONTACT),
    ("สนใจลงโฆษณา คุณสมใจ", Reason.CONTACT),
    ("ข่าวแนะนำ: สะพานข้ามคลองเปิดใช้แล้ว", Reason.RELATED),
    ("-- พักโฆษณา --", Reason.ADVERT),
]
"""Furniture as it stands on news pages."""

PROSE = [
    "แท็กซี่จอดรับผู้โดยสารหน้าสถานีตั้งแต่เช้ามืด",
    "แชร์ลูกโซ่รายใหม่หลอกผู้เสียหายกว่าร้อยคน",
    "โดยมีผู้เข้าร่วมงานกว่า 500 คน",
    "โดยคณะกรรมการ จะนำหลักเกณฑ์ดังกล่าวไปออกเป็นคำสั่งให้มีผลบังคับใช้ต่อไป",
    "9.35 x 7 = 65.45",
    "กก.",
    "เรื่องอื่น ๆ",
    "ใหม่",
    "ติดตามการขุดลอกคลองในพื้นที่ภาคกลาง",
    "พ.ร.บ.ลิขสิทธิ์ 2537 แก้ไขเพิ่มเติมครั้งที่สี่",
    "บริษัทใช้แป้งข้าวไทยทำขนมแล้วส่งออกคุกกี้ไปสิบประเทศ",
    "ข่าวที่เกี่ยวข้องกับน้ำท่วมทำให้ชาวบ้านกังวล",
    "ล่าสุดเจ้าหน้าที่เข้าพื้นที่แล้ว",
    "ภาพรวมเศรษฐกิจไทยปีนี้ขยายตัว",
    "อ่านออกเสียงภาษาไทยให้ชัดเจน",
    "พิมพ์เขียวของโครงการเสร็จแล้ว",
    "สายด่วนรับเรื่องร้องเรียนตลอดวัน",
    "โดยภายหลังการปรับปรุงถนนสาย 4-01",
    "กรุงเทพ - ปราจีนบุรี เพิ่ม 2 ขบวน เริ่ม 1 กันยายน 66",
    "ลงวันที่ 20 มกราคม 2559 โดยยกเว้นการบังคับใช้กฎหมายเดิม",
    "แพทย์มีความเห็นแล้วว่าผู้ป่วยไม่จำเป็นต้องผ่าตัด",
    "ทีมข่าวลงพื้นที่ตรวจสอบสะพานที่ชำรุดพร้อมชาวบ้านแล้ว",
    "ขอสงวนสิทธิ์ในการเปลี่ยนแปลงกำหนดการ",
]
"""Sentences that begin like furniture."""


def classified(lines: list[str]) -> pl.DataFrame:
    texts = pl.Series("text", lines, dtype=pl.String)
    return classify(line_keys(texts), texts)


@pytest.mark.parametrize(("line", "reason"), FURNITURE)
def test_furniture_line_has_its_reason(line: str, reason: Reason) -> None:
    assert classified([line])["pattern"].to_list() == [reason.value]


def test_prose_that_begins_like_furniture_matches_nothing() -> None:
    matched = classified(PROSE).with_columns(line=pl.Series(PROSE)).filter(pl.col("pattern").is_not_null())
    assert matched.is_empty(), matched


def test_every_class_of_pattern_has_an_example() -> None:
    hit = {
        (row["pattern"], row["zone"], row["is_opener"])
        for row in classified([line for line, _ in FURNITURE]).rows(named=True)
    }
    declared = {(pattern.reason.value, pattern.zone.value, pattern.is_opener) for pattern in PATTERNS}
    assert declared <= hit


def test_only_headings_open_lists() -> None:
    found = classified(["ข่าวล่าสุด", "แท็กที่เกี่ยวข้อง", "หน้าแรก", "อ่านข่าว : สะพานเปิดแล้ว", "แชร์ข่าวนี้", "-----"])
    assert found["is_opener"].to_list() == [True, True, True, False, False, False]


def test_bylines_dates_and_contacts_are_bound_to_the_edges_of_the_story() -> None:
    found = classified(["โดย : กองบรรณาธิการ", "27/01/2565", "โทร. 0 2000 0000", "การเมือง", "ข่าวล่าสุด"])
    assert found["zone"].to_list() == [Zone.EDGE, Zone.HEAD, Zone.TAIL, Zone.HEAD, Zone.ANYWHERE]
