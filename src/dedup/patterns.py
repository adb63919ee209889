"""Whole-line patterns of page furniture on Thai news sites, as data.

A pattern must match a whole line. Rust's regex engine reads it: linear, no back-tracking. Length limits are numbers
beside the pattern, not counted repeats in it (`.{0,160}` compiles to 160 copies and cost 100 µs an article).
Most patterns look at the *key* of a line (`dedup.lines.line_keys`: lower case, no blanks, no punctuation, Arabic
digits), so `ข่าวที่เกี่ยวข้อง >>` and `ข่าว ที่เกี่ยวข้อง` are one case; those where punctuation decides look at the text.
A pattern may be bound to a *zone*: `โดย …` is a byline above or below the story and begins a sentence inside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import polars as pl


class Reason(StrEnum):
    """Why a line was taken out of the body."""

    ALWAYS = "always"  # settings: always_remove
    OWN_TITLE = "own-title"  # repeats the record's own title above the story
    RELATED = "related"
    LATEST = "latest"
    READ_MORE = "read-more"
    TAGS = "tags"
    SHARE = "share"
    FOLLOW = "follow"
    COOKIE = "cookie"
    VIDEO = "video"
    ADVERT = "advert"
    COPYRIGHT = "copyright"
    BREADCRUMB = "breadcrumb"
    COUNTER = "counter"
    PAGE_TOOL = "page-tool"
    RULE = "rule"  # dashes, dots, asterisks and nothing else
    DATELINE = "dateline"  # the first one is kept as `dateline`
    BYLINE = "byline"  # kept as `byline`
    CREDIT = "credit"  # kept as `byline`
    CONTACT = "contact"
    HEADLINE = "headline"  # the title of another article of the source
    FREQUENT = "frequent"  # stands in too many articles of the source
    LISTED = "listed"  # a headline by its place: in a run below a heading


class Zone(StrEnum):
    """Where in an article a pattern may fire."""

    ANYWHERE = "anywhere"
    HEAD = "head"  # above the first line of the story
    TAIL = "tail"  # below the last line of the story
    EDGE = "edge"  # either of the two


@dataclass(frozen=True)
class LinePattern:
    """One class of furniture line: `regex` matches the whole key (or text), of `max_chars` characters at most."""

    reason: Reason
    regex: str
    max_chars: int = 60
    zone: Zone = Zone.ANYWHERE
    is_on_text: bool = False
    is_opener: bool = False
    """The line is a heading: headlines, tags or section names may follow below it."""


def _any(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


_NEWS = _any(
    "ข่าว(?:สาร)?", "เรื่อง(?:ราว)?", "บทความ", "เนื้อหา", "คลิป", "วิดีโอ", "โพสต์", "คอลัมน์", "สาระ", "หัวข้อ", "ประเด็น", "กระแส"
)
_COOKIE = "คุ[้๊]?กกี้"
_SOCIAL = _any(
    "facebook", "fb", "เฟ[ซส]บุ[๊็]?[กค]", "twitter", "ทวิตเตอร์", "line(?:official)?(?:account|id)?", "ไลน์", "instagram",
    "ig", "อินสตาแกรม", "youtube", "ยูทูบ", "tiktok", "ติ๊กต็อก", "telegram", "threads", "website", "เว็บไซต์", "แฟนเพจ", "เพจ",
)  # fmt: skip
_SHARE = _any(
    "(?:แชร์|share|แบ่งปัน|ส่งต่อ)(?:ข่าว|บทความ|เรื่อง|หน้า|โพสต์)?(?:นี้|ต่อ|เลย|ไปยัง|ไปที่|this|on|via|to)?",
    "ถูกใจ", "(?:คัดลอก|copy)(?:ลิงก์|ลิงค์|link|url)(?:แล้ว)?", "tweet", "e?mail", "อีเมล", "whatsapp", "messenger",
    "pinterest", "linkedin", "like", "save", "print", "พิมพ์", _SOCIAL,
)  # fmt: skip
_MONTH = _any(
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม",
    "พฤศจิกายน", "ธันวาคม", "มค", "กพ", "มีค", "เมย", "พค", "มิย", "กค", "สค", "กย", "ตค", "พย", "ธค",
    "jan(?:uary)?", "feb(?:ruary)?", "mar(?:ch)?", "apr(?:il)?", "may", "june?", "july?", "aug(?:ust)?",
    "sept?(?:ember)?", "oct(?:ober)?", "nov(?:ember)?", "dec(?:ember)?",
)  # fmt: skip
_WEEKDAY = _any(
    "(?:วัน)?(?:จันทร์|อังคาร|พุธ|พฤหัส(?:บดี)?|ศุกร์|เสาร์|อาทิตย์)(?:ที่)?",
    "(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?",
)
_DATE_LABEL = _any(
    "วันที่(?:เผยแพร่|ลงข่าว|โพสต์|ประกาศ|เขียน)?", "เผยแพร่(?:เมื่อ|วันที่)*", "(?:อัปเดต|อัพเดท|อัพเดต|ปรับปรุง|แก้ไข)(?:ล่าสุด|เมื่อ|วันที่)*",
    "โพสต์(?:เมื่อ|วันที่)", "ลงวันที่", "publish(?:ed)?(?:date|on)?", "(?:last)?updated?(?:on)?", "posted(?:on)?", "date",
)  # fmt: skip
_CLOCK = r"(?:เวลา)?(?:\d{3,6}(?:น|นาฬิกา|am|pm|hrs?)?)?"
_SECTION = _any(
    "ข่าว(?:สาร|ทั่วไป|ทั้งหมด|วันนี้)?", "news", "politics", "economy", "business", "society", "crime", "world", "local",
    "sports?", "entertainment", "technology",
    "(?:ข่าว)?(?:การเมือง|เศรษฐกิจ|สังคม|อาชญากรรม|ต่างประเทศ|ในประเทศ|ภูมิภาค|ทั่วไทย|ทั่วไป|ท้องถิ่น|กรุงเทพ|กทม|กีฬา|บันเทิง|เทคโนโลยี|ไอที|ธุรกิจ"
    "|การเงิน|หุ้น|การตลาด|การศึกษา|สิ่งแวดล้อม|สุขภาพ|สาธารณสุข|เกษตร|ยานยนต์|อสังหาริมทรัพย์|ท่องเที่ยว|ไลฟ์สไตล์|วัฒนธรรม|ศาสนา"
    "|(?:ใน)?พระราชสำนัก|ยุติธรรม|คมนาคม|พลังงาน|แรงงาน|ความมั่นคง|ประชาสัมพันธ์)",
)  # fmt: skip
_OFFICE = _any("(?:เผยแพร่และ|สารนิเทศและ)?ประชาสัมพันธ์", "สื่อสารองค์กร", "สื่อสารสาธารณะ", "สารนิเทศ", "โฆษก", "พีอาร์", "เผยแพร่")

_HEADINGS = (
    LinePattern(
        Reason.RELATED,
        f"(?:อ่าน|ดู|ชม)?{_NEWS}(?:อื่นๆ?)?(?:ที่)?(?:เกี่ยวข้อง|เกี่ยวเนื่อง|น่าสนใจ|ใกล้เคียง|แนะนำ|เชื่อมโยง|คุณอาจ(?:จะ)?(?:สนใจ|ชอบ|พลาด)"
        "|(?:คุณ)?(?:ไม่ควร|ห้าม|ต้องไม่)พลาด|ต้องอ่าน|น่าอ่าน|น่ารู้|น่าติดตาม)(?:เพิ่มเติม|อื่นๆ?|กัน|วันนี้|สำหรับคุณ|กับข่าวนี้|ในหมวดนี้)?",
        is_opener=True,
    ),
    LinePattern(
        Reason.RELATED,
        "คุณอาจ(?:จะ)?(?:สนใจ|ชอบ|พลาด)(?:ข่าวนี้|เรื่องนี้|สิ่งนี้)?|แนะนำ(?:สำหรับคุณ|เพื่อคุณ)|(?:ไม่ควร|ห้าม)พลาด"
        "|related(?:news|posts?|articles?|stories|topics?|contents?)?|recommended(?:foryou|news|stories)?"
        "|you(?:may|might)(?:also)?(?:like|beinterestedin)|more(?:stories|news|from.*)|(?:read|see)also|alsoread"
        "|dont?miss|editorspicks?",
        is_opener=True,
    ),
    LinePattern(
        Reason.LATEST,
        f"(?:{_NEWS}(?:ประชาสัมพันธ์)?(?:ล่าสุด|ด่วน|เด่น|ฮิต|ฮอ[ตท]|ร้อน(?:แรง)?|ยอดนิยม|ยอดฮิต|มาแรง|ใหม่|เด็ด|ดัง|(?:ที่มี)?(?:คน|ผู้)?อ่าน(?:มาก)?(?:ที่)?สุด)"
        "|ล่าสุด|ยอดนิยม|มาแรง|(?:ข่าว|บทความ|คลิป)อื่นๆ?)(?:ล่าสุด|วันนี้|ประจำวัน|ประจำสัปดาห์|รอบวัน|(?:ใน)?24ชั่วโมง|อื่นๆ?)?",
        is_opener=True,
    ),
    LinePattern(
        Reason.LATEST,
        "latest(?:news|posts?|stories|updates?)?|breakingnews|most(?:read|popular|viewed)|popular(?:posts?|news)?"
        "|trending(?:now|news)?|top(?:news|stories)|hot(?:news|issues?|topics?)|recent(?:posts?|news)|headlines?",
        is_opener=True,
    ),
    LinePattern(
        Reason.READ_MORE,
        f"(?:คลิก|กด)?(?:เพื่อ)?อ่าน(?:{_NEWS}|รายละเอียด)?(?:เพิ่มเติม|ต่อ|ที่เกี่ยวข้อง|ก่อนหน้า(?:นี้)?|ย้อนหลัง|ฉบับเต็ม|ทั้งหมด|ประกอบ|อื่นๆ?"
        "|ต้นฉบับ)(?:ได้)?(?:ที่)?(?:นี่)?(?:คลิก(?:ที่นี่)?)?|(?:ดู|ชม)(?:ข่าว|รายละเอียด)?(?:เพิ่มเติม|ทั้งหมด)(?:ได้)?(?:ที่นี่)?"
        "|(?:รายละเอียด)?เพิ่มเติมคลิก(?:ที่นี่)?|คลิก(?:ที่นี่|เลย|อ่าน|ชม)|readmore|continuereading|(?:see|view)(?:more|all)",
        is_opener=True,
    ),
    LinePattern(
        Reason.TAGS,
        "(?:แฮช)?แท็กส?์?(?:ที่เกี่ยวข้อง|ข่าว|ยอดนิยม)?|ป้ายกำกับ|คำค้น(?:หา)?(?:ที่เกี่ยวข้อง)?|(?:related)?tags?|keywords?|topics?",
        is_opener=True,
    ),
    LinePattern(Reason.BREADCRUMB, f"(?:หน้า(?:แรก|หลัก)|โฮม|home)(?:{_SECTION})*", is_opener=True),
)

_SINGLE_LINES = (
    LinePattern(
        Reason.READ_MORE,
        f"(?:คลิก|กด)?อ่าน(?:{_NEWS}|รายละเอียด)?(?:เพิ่มเติม|ที่เกี่ยวข้อง|ฉบับเต็ม).*|คลิก(?:ที่นี่|อ่าน|ชม|ดู).*",
        max_chars=200,
    ),
    LinePattern(
        Reason.READ_MORE,
        r"\W*(?:อ่าน(?:ต่อ|ข่าว|ก่อนหน้านี้|ประกอบ|ด้วย)?|(?i:read (?:more|also)))\s*[:：>»|–].*",
        max_chars=250,
        is_on_text=True,
    ),
    LinePattern(
        Reason.TAGS,
        r"(?i:แท็กส?์?|แท็กที่เกี่ยวข้อง|ป้ายกำกับ|คำค้น(?:หา)?|tags?|keywords?)\s*[:：#|].*",
        max_chars=400,
        is_on_text=True,
    ),
    LinePattern(Reason.SHARE, rf"x|(?:\d*{_SHARE}\d*x?)+", max_chars=120),
    LinePattern(
        Reason.FOLLOW,
        f"(?:กด|อย่าลืม|สามารถ|คลิก|ร่วม)?ติดตาม(?:ข่าว|เรา|พวกเรา|ช่อง|เพจ|ชม|อ่าน|ความเคลื่อนไหว).*(?:ได้ที่|ที่นี่|ช่องทาง|แอป|http|www|{_SOCIAL}).*"
        "|กดติดตาม.*|ติดตามเรา(?:บน|ได้ที่|ที่|ทาง|ผ่าน)?.*|(?:follow|find|join)us.*|ช่องทาง(?:การ)?ติดตาม.*",
        max_chars=220,
    ),
    LinePattern(
        Reason.FOLLOW,
        "(?:เพิ่มเพื่อน|แอดไลน์|add(?:line)?friend|subscribe|กดไล[คก]์|กดกระดิ่ง|สมัครรับ(?:ข่าว|จดหมาย)|ลงทะเบียนรับข่าว|รับข่าวสาร"
        "|downloadapp|getiton|availableon|ไม่พลาด(?:ข่าว|ทุกข่าว|ทุกความเคลื่อนไหว|ทุกเรื่อง)).*|newsletter|จดหมายข่าว",
        max_chars=160,
    ),
    LinePattern(
        Reason.COOKIE,
        f".*(?:เว็บ|เรา|บริษัท|pdpa).*(?:ใช้|เก็บ|ยินยอม|อนุญาต)(?:งาน|การใช้|ให้ใช้|ไฟล์)?{_COOKIE}.*|(?:this|our)(?:web)?siteusescookies.*|weusecookies.*",
        max_chars=400,
    ),
    LinePattern(
        Reason.COOKIE,
        f"(?:(?:ยอมรับ|ปฏิเสธ|ตั้งค่า|จัดการ|นโยบาย|การใช้|ใช้)(?:การใช้)?(?:{_COOKIE}|ทั้งหมด|ความเป็นส่วนตัว|ความยินยอม)(?:ทั้งหมด)?(?:และ)?)+"
        "|ยอมรับ|ปฏิเสธ|(?:(?:accept|reject)(?:all)?(?:cookies)?)+|privacypolicy|cookie(?:settings|policy)",
        max_chars=100,
    ),
    LinePattern(
        Reason.VIDEO,
        "(?:คลิก)?(?:ดู|ชม|รับชม)(?:live|ไลฟ์|ทีวี|สด|คลิป|วิดีโอ|วีดีโอ|วิดิโอ|รายการ|ถ่ายทอดสด|ย้อนหลัง)"
        "(?:สด|รายการ|ออนไลน์|ย้อนหลัง|ที่นี่|เต็มๆ?|ข่าว|เพิ่มเติม)*|live(?:สด|tv)?|ถ่ายทอดสด|watch(?:live|video|now)|(?:play|เล่น)(?:video|วิดีโอ)?",
    ),
    LinePattern(
        Reason.ADVERT,
        "(?:พื้นที่)?โฆษณา|advert(?:isement|orial|ising)?|ads?(?:by.*)?|sponsor(?:ed)?(?:content|by.*)?|ผู้สนับสนุน|สนับสนุนโดย.*"
        "|(?:เนื้อหา|ข่าว|เลื่อน)(?:ลงเพื่ออ่าน)?ต่อ(?:จากโฆษณา|ด้านล่าง)|scrolltocontinue.*|skipads?|ข้ามโฆษณา",
    ),
    LinePattern(
        Reason.COPYRIGHT,
        r"(?:copyright|ขอ?สงวนลิขสิทธิ์).*|.*(?:allrightsreserved|สงวนลิขสิทธิ์)(?:ทุกประการ|ทั้งหมด|ตาม.*)?|ลิขสิทธิ์(?:25|20)\d\d.*",
        max_chars=160,
    ),
    LinePattern(Reason.COPYRIGHT, "©.*", max_chars=200, is_on_text=True),
    LinePattern(
        Reason.BREADCRUMB,
        r"(?i:หน้าแรก|หน้าหลัก|home)\s*(?:[>»/|›→·•-]\s*[^>»/|›→·•]+)+",
        max_chars=250,
        is_on_text=True,
    ),
    LinePattern(
        Reason.COUNTER,
        r"(?:(?:จำนวน)?(?:ผู้|คน|ยอด)?(?:เข้า|เปิด)?(?:อ่าน|ชม|วิว|ดู)|views?|hits?|pageviews?|แชร์|shares?|ความคิดเห็น|comments?)(?:แล้ว)?\d+"
        r"(?:k|m|พัน|หมื่น|แสน|ล้าน)?(?:ครั้ง|คน|views?|วิว|hits?)?"
        r"|\d+(?:k|m|พัน|หมื่น|แสน|ล้าน)?(?:views?|วิว|shares?|แชร์|comments?|ความคิดเห็น|hits?|likes?|ถูกใจ)"
        r"|(?:ใช้เวลา)?อ่าน\d+นาที|\d+min(?:utes?)?read",
        max_chars=30,
    ),
    LinePattern(
        Reason.PAGE_TOOL,
        r"(?:สั่ง)?พิมพ์(?:หน้านี้|ข่าวนี้|ข่าว)?|print(?:thispage)?|(?:ย้อน)?กลับ(?:ไป)?(?:ยัง|สู่|ขึ้น)?(?:หน้าหลัก|หน้าแรก|ด้านบน|หน้าข่าว|หน้าที่แล้ว|บน)?"
        r"|(?:back)?(?:to)?top|(?:ปรับ)?ขนาด(?:ตัว)?อักษร.*|ก{3,4}|a{3,4}|เข้าสู่ระบบ|สมัครสมาชิก|login|sign(?:in|up)|register|ค้นหา|search|เมนู|menu"
        r"|ปิด(?:หน้าต่าง)?|close|(?:แสดง|เพิ่ม|เขียน)?ความคิดเห็น|comments?|leaveareply|(?:ข่าว|เรื่อง|บทความ|หน้า)?(?:ก่อนหน้า(?:นี้)?|ถัดไป)|next|prev(?:ious)?"
        r"|แจ้ง(?:ปัญหา|ลบ)|โหลดเพิ่ม(?:เติม)?|loadmore|แสดงเพิ่มเติม|ฟัง(?:ข่าว|เสียง)(?:นี้)?|listen|skiptocontent|ข้ามไปยังเนื้อหา"
        r"|(?:ดู|ชม)(?:ภาพ|รูป)(?:ทั้งหมด|เพิ่มเติม|ข่าว)?|อัลบั้มภาพ|แกลเลอรี่?|gallery|(?:ภาพ|รูป)(?:ที่)?\d+(?:จาก|of)?\d+",
    ),
    LinePattern(
        Reason.DATELINE, "วันที่(?:เผยแพร่|ลงข่าว|โพสต์|ประกาศ)|เผยแพร่เมื่อ|(?:อัปเดต|อัพเดท|แก้ไข)ล่าสุด|publisheddate|lastupdated?"
    ),
)

_EDGE_LINES = (
    LinePattern(Reason.BREADCRUMB, f"(?:{_SECTION})+", max_chars=40, zone=Zone.HEAD),
    LinePattern(
        Reason.DATELINE,
        rf"(?:{_DATE_LABEL})?(?:{_WEEKDAY})?(?:\d\d?(?:{_MONTH}|\d\d?)|(?:{_MONTH})\d\d?)(?:พศ|คศ)?(?:\d{{4}}|\d\d)?{_CLOCK}|\d{{8}}{_CLOCK}",
        zone=Zone.HEAD,
    ),
    LinePattern(
        Reason.DATELINE,
        r"\d+(?:วินาที|นาที|ชั่วโมง|ชม|วัน|สัปดาห์|เดือน|ปี)(?:ที่แล้ว|ที่ผ่านมา|ก่อน)|\d+(?:minutes?|hours?|days?)ago",
        zone=Zone.HEAD,
    ),
    LinePattern(Reason.FOLLOW, "(?:ดาวน์)?โหลดแอป.*", max_chars=160, zone=Zone.TAIL),
    LinePattern(
        Reason.BYLINE,
        r"(?i:โดย|ผู้เขียน|ผู้สื่อข่าว|ผู้รายงาน|by|author|writer|reporter)"
        r"(?:\s*[:：|]\s*.+|\s+[^\s:：]{2,20}(?:\s+[^\s]{2,20})?(?:\s+[^\s]{2,20})?)",
        max_chars=80,
        zone=Zone.EDGE,
        is_on_text=True,
    ),
    LinePattern(
        Reason.BYLINE,
        "(?:กองบรรณาธิการ|ทีมข่าว|สำนักข่าว|ศูนย์ข่าว|ผู้สื่อข่าว|นักข่าว).*(?:รายงาน|ออนไลน์)|กองบรรณาธิการ|.*(?:ผู้สื่อข่าว|สำนักข่าว).*รายงาน"
        "|(?:เขียน|เรียบเรียง|รายงาน|เรื่อง|ข่าว|แปล)โดย.+|เรียบเรียง.+",
        zone=Zone.EDGE,
    ),
    LinePattern(
        Reason.CREDIT,
        "(?:ขอ)?ขอบคุณ(?:ที่มา|ภาพ|ข้อมูล|คลิป|รูป|เรื่อง|ข่าว).*|เครดิต.*|(?:photo|image)s?(?:by|credit|courtesy).*|แหล่งที่มา.*",
        max_chars=120,
        zone=Zone.EDGE,
    ),
    LinePattern(
        Reason.CREDIT,
        r"(?i:(?:ที่มา|ภาพ|ภาพและข่าว|ข่าวและภาพ|ภาพ ?[/-] ?ข่าว|ข่าว ?[/-] ?ภาพ|เรื่อง|อ้างอิง|ที่มาภาพ|(?:ภาพ|ข้อมูล|ข่าว)จาก|ข้อมูล"
        r"|cr|credit|source|photo)\.?)"
        r"\s*[:：].*",
        max_chars=160,
        zone=Zone.EDGE,
        is_on_text=True,
    ),
    LinePattern(
        Reason.CONTACT,
        r"(?i:โทร(?:ศัพท์|สาร)?|เบอร์โทร(?:ศัพท์)?|tel|fax|mobile|phone|สายด่วน|e-?mail|อีเมล|facebook|เฟซบุ๊ก|fb"
        r"|line(?: ?id)?|ไลน์|instagram|ig|twitter|x|youtube|tiktok|website|เว็บไซต์)\s*(?:[.:：/|@]?\s*[^ก-๛]*[\d@/].*|.*https?://.*)|(?i:https?://|www\.)\S+"
        r"|.*(?i:โทร(?:ศัพท์)?|tel)\.?\s*[\d(][\d\s()-]{6}.*",
        max_chars=250,
        zone=Zone.TAIL,
        is_on_text=True,
    ),
    LinePattern(
        Reason.CONTACT,
        rf"(?:ผู้สนใจ|ประชาชน|สามารถ|หากมีข้อสงสัย|ทั้งนี้)?(?:ติดต่อ)?(?:สอบถาม|ขอรับ)(?:ข้อมูล|รายละเอียด)?(?:ข่าว)?(?:เพิ่มเติม)?(?:ได้)?.*(?:โทร|\d{{7}}|http|www|{_SOCIAL}|{_OFFICE}).*"
        rf"|(?:ข้อมูล|ข่าว)?(?:กอง|ฝ่าย|กลุ่ม|ส่วน|งาน|สำนัก|แผนก|ศูนย์|ทีม)(?:งาน)?{_OFFICE}.*|for(?:more|further)information.*|contactus.*",
        max_chars=200,
        zone=Zone.TAIL,
    ),
)

PATTERNS: Final[tuple[LinePattern, ...]] = (*_HEADINGS, *_SINGLE_LINES, *_EDGE_LINES)
"""In order: the first that matches a line names it."""

MOVED_TO_BYLINE: Final = (Reason.BYLINE, Reason.CREDIT)
REASON: Final = pl.Enum([reason.value for reason in Reason])
ZONE: Final = pl.Enum([zone.value for zone in Zone])


def classify(keys: pl.Series, texts: pl.Series) -> pl.DataFrame:
    """What pattern each line matches.

    `keys` and `texts` are aligned strings; a key is null for a line too long to be furniture.
    Returns columns pattern (Reason or null), zone (Zone or null) and is_opener.
    """
    lines = pl.DataFrame({"key": keys, "text": texts}).with_row_index("at")
    is_long = pl.col("text").str.len_chars() > _SHORT
    numbers = pl.concat(
        [
            _first_hits(lines.filter(~is_long), PATTERNS),
            _first_hits(lines.filter(is_long), [pattern for pattern in PATTERNS if pattern.max_chars > _SHORT]),
        ]
    ).sort("at")
    is_rule = (pl.col("key") == "") & (pl.col("text") != "")
    return (
        lines.join(numbers, on="at", maintain_order="left")
        .join(_LOOK_UP, on="number", how="left", maintain_order="left")
        .select(
            pattern=pl.when(is_rule).then(pl.lit(Reason.RULE.value, REASON)).otherwise("pattern"),
            zone=pl.when(is_rule).then(pl.lit(Zone.ANYWHERE.value, ZONE)).otherwise("zone"),
            is_opener=pl.col("is_opener").fill_null(value=False),
        )
    )


_SHORT: Final = 100
"""Characters above which most patterns need not be tried: most lines of a list are longer."""
_LOOK_UP: Final = pl.DataFrame(
    {
        "number": pl.Series(range(len(PATTERNS)), dtype=pl.UInt8),
        "pattern": pl.Series([pattern.reason.value for pattern in PATTERNS], dtype=REASON),
        "zone": pl.Series([pattern.zone.value for pattern in PATTERNS], dtype=ZONE),
        "is_opener": [pattern.is_opener for pattern in PATTERNS],
    }
)


def _first_hits(lines: pl.DataFrame, patterns: Sequence[LinePattern]) -> pl.DataFrame:
    """`at` and number (in PATTERNS) of the first pattern that matches the whole line."""
    hits = [pl.when(_hit(pattern)).then(pl.lit(PATTERNS.index(pattern), pl.UInt8)) for pattern in patterns]
    return lines.select("at", number=pl.coalesce(hits))


def _hit(pattern: LinePattern) -> pl.Expr:
    line = pl.col("text" if pattern.is_on_text else "key")
    is_short = (line.str.len_chars() <= pattern.max_chars) & pl.col("key").is_not_null()
    return is_short & line.str.contains(f"^(?:{pattern.regex})$")
