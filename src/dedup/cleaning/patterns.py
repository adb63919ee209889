"""Whole-line patterns of page furniture on Thai news sites, as data.

A pattern must match a whole line. Rust's regex engine reads it: linear, no back-tracking. Length limits are numbers
beside the pattern, not counted repeats in it (`.{0,160}` compiles to 160 copies and cost 100 µs an article).
Most patterns look at the *key* of a line (`lines.line_keys`: lower case, no blanks, no punctuation, Arabic
digits), so `ข่าวที่เกี่ยวข้อง >>` and `ข่าว ที่เกี่ยวข้อง` are one case; those where punctuation decides look at the text.
A pattern may be bound to a *zone*: `โดย …` is a byline above or below the story and begins a sentence inside it.
"""

from typing import Final

from dedup.cleaning.furniture import LinePattern, Reason, Zone
from dedup.cleaning.phrases import (
    AGO,
    AMOUNT,
    COOKIE,
    COUNTER,
    DATE,
    DATE_LABEL,
    DESK,
    FOOTER,
    NEWS,
    OFFICE,
    SECTION,
    SHARE,
    SOCIAL,
    WRITER,
)  # fmt: skip

_STAMP: Final = f"(?:{DATE_LABEL})*(?:{DATE})|{AGO}|{COUNTER}"


_HEADINGS = (
    LinePattern(
        Reason.RELATED,
        f"(?:อ่าน|ดู|ชม)?{NEWS}(?:อื่นๆ?)?(?:ที่)?(?:เกี่ยวข้อง|เกี่ยวเนื่อง|น่าสนใจ|ใกล้เคียง|แนะนำ|เชื่อมโยง|คุณอาจ(?:จะ)?(?:สนใจ|ชอบ|พลาด)"
        "|(?:คุณ)?(?:ไม่ควร|ห้าม|ต้องไม่)พลาด|ต้องอ่าน|น่าอ่าน|น่ารู้|น่าติดตาม|ในหมวด(?:เดียวกัน|นี้|หมู่เดียวกัน))(?:เพิ่มเติม|อื่นๆ?|กัน|วันนี้|สำหรับคุณ|กับข่าวนี้|ในหมวดนี้)?",
        is_opener=True,
    ),
    LinePattern(
        Reason.RELATED,
        "คุณอาจ(?:จะ)?(?:สนใจ|ชอบ|พลาด)(?:ข่าวนี้|เรื่องนี้|สิ่งนี้)?|แนะนำ(?:สำหรับคุณ|เพื่อคุณ)|(?:ไม่ควร|ห้าม)พลาด"
        "|related(?:news|posts?|articles?|stories|topics?|contents?)?|recommended(?:foryou|news|stories)?"
        "|you(?:may|might)(?:also)?(?:like|beinterestedin)|more(?:stories|news|from.*)|(?:read|see)also|alsoread"
        "|dont?miss|editorspicks?|relatedarticlesmorefromauthor",
        is_opener=True,
    ),
    LinePattern(
        Reason.LATEST,
        f"(?:{NEWS}(?:ประชาสัมพันธ์)?(?:ล่าสุด|ด่วน|เด่น|ฮิต|ฮอ[ตท]|ร้อน(?:แรง)?|ยอดนิยม|ยอดฮิต|มาแรง|ใหม่|เด็ด|ดัง|(?:ที่มี)?(?:คน|ผู้)?อ่าน(?:มาก)?(?:ที่)?สุด)"
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
        f"(?:คลิก|กด)?(?:เพื่อ)?อ่าน(?:{NEWS}|รายละเอียด)?(?:เพิ่มเติม|ต่อ|ที่เกี่ยวข้อง|ก่อนหน้า(?:นี้)?|ย้อนหลัง|ฉบับเต็ม|ทั้งหมด|ประกอบ|อื่นๆ?"
        "|ต้นฉบับ)(?:ได้)?(?:ที่)?(?:นี่)?(?:คลิก(?:ที่นี่)?)?|(?:ดู|ชม)(?:ข่าว|รายละเอียด)?(?:เพิ่มเติม|ทั้งหมด)(?:ได้)?(?:ที่นี่)?"
        "|(?:รายละเอียด)?เพิ่มเติมคลิก(?:ที่นี่)?|คลิก(?:ที่นี่|เลย|อ่าน|ชม)|readmore|continuereading|(?:see|view)(?:more|all)",
        is_opener=True,
    ),
    LinePattern(
        Reason.TAGS,
        "(?:แฮช)?แท็กส?์?(?:ที่เกี่ยวข้อง|ข่าว|ยอดนิยม)?|ป้ายกำกับ|คำค้น(?:หา)?(?:ที่เกี่ยวข้อง)?|(?:related)?tags?|keywords?|topics?",
        is_opener=True,
    ),
    LinePattern(Reason.BREADCRUMB, f"(?:หน้า(?:แรก|หลัก)|โฮม|home)(?:{SECTION})*", is_opener=True),
)

_SINGLE_LINES = (
    LinePattern(
        Reason.RELATED,
        rf"\W*{NEWS}(?:ที่)?(?:เกี่ยวข้อง|น่าสนใจ|แนะนำ|ด่วน|อื่นๆ?)\s*[:：>»|–!].*",
        max_chars=250,
        is_on_text=True,
    ),
    LinePattern(
        Reason.RELATED,
        r"(?:อ่าน)?(?:ข่าว|เรื่อง|คลิป)ที่เกี่ยวข้อง\s*(?:\.{2,}|[…–—\"'“‘-]).*",
        max_chars=400,
        zone=Zone.TAIL,
        is_on_text=True,
    ),
    LinePattern(
        Reason.READ_MORE,
        f"(?:คลิก|กด)?อ่าน(?:{NEWS}|รายละเอียด)?(?:เพิ่มเติม|ที่เกี่ยวข้อง|ฉบับเต็ม).*|คลิก(?:ที่นี่|อ่าน|ชม|ดู).*",
        max_chars=200,
    ),
    LinePattern(
        Reason.READ_MORE,
        r"\W*(?:อ่าน(?:ต่อ|ข่าว|ด่วน|เพิ่ม(?:เติม)?|ก่อนหน้านี้|ประกอบ|ด้วย)?|(?i:read (?:more|also)))\s*[:：>»|–!].*",
        max_chars=250,
        is_on_text=True,
    ),
    LinePattern(
        Reason.TAGS,
        r"(?i:แท็กส?์?|แท็กที่เกี่ยวข้อง|ป้ายกำกับ|คำค้น(?:หา)?|tags?|keywords?)\s*[:：#|].*",
        max_chars=400,
        is_on_text=True,
    ),
    LinePattern(Reason.SHARE, rf"x|(?:\d*{SHARE}\d*x?)+", max_chars=120),
    LinePattern(
        Reason.FOLLOW,
        f"(?:กด|อย่าลืม|สามารถ|คลิก|ร่วม)?ติดตาม(?:ข่าว|เรา|พวกเรา|ช่อง|เพจ|ชม|อ่าน|ความเคลื่อนไหว).*(?:ได้ที่|ที่นี่|ช่องทาง|แอป|http|www|{SOCIAL}).*"
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
        f".*(?:เว็บ|เรา|บริษัท|pdpa).*(?:ใช้|เก็บ|ยินยอม|อนุญาต)(?:งาน|การใช้|ให้ใช้|ไฟล์)?{COOKIE}.*|(?:this|our)(?:web)?siteusescookies.*|weusecookies.*",
        max_chars=400,
        needs=("กกี้", "cookies"),
    ),
    LinePattern(
        Reason.COOKIE,
        f"(?:(?:ยอมรับ|ปฏิเสธ|ตั้งค่า|จัดการ|นโยบาย|การใช้|ใช้)(?:การใช้)?(?:{COOKIE}|ทั้งหมด|ความเป็นส่วนตัว|ความยินยอม)(?:ทั้งหมด)?(?:และ)?)+"
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
        "(?:พื้นที่|พัก|คั่น|จบ|ช่วง)?โฆษณา|advert(?:isement|orial|ising)?|ads?(?:by.*)?|sponsor(?:ed)?(?:content|by.*)?|ผู้สนับสนุน|สนับสนุนโดย.*"
        "|(?:เนื้อหา|ข่าว|เลื่อน)(?:ลงเพื่ออ่าน)?ต่อ(?:จากโฆษณา|ด้านล่าง)|scrolltocontinue.*|skipads?|ข้ามโฆษณา",
    ),
    LinePattern(
        Reason.COPYRIGHT,
        r"(?:copyright|(?:ขอ)?สงวนลิขสิทธิ์).*|.*(?:allrightsreserved|สงวนลิขสิทธิ์)(?:ทุกประการ|ทั้งหมด|ตาม.*)?|ลิขสิทธิ์(?:25|20)\d\d.*",
        max_chars=160,
    ),
    LinePattern(Reason.COPYRIGHT, "©.*", max_chars=200, is_on_text=True),
    LinePattern(
        Reason.BREADCRUMB,
        r"(?i:หน้าแรก|หน้าหลัก|home)\s*(?:[>»/|›→·•-]\s*[^>»/|›→·•]+)+",
        max_chars=250,
        is_on_text=True,
    ),
    LinePattern(Reason.COUNTER, rf"(?:{COUNTER})+|\d+[km]", max_chars=30),
    LinePattern(Reason.PAGE_TOOL, f"(?:{FOOTER}(?:และ)?){{2,}}", max_chars=200),
    LinePattern(
        Reason.PAGE_TOOL,
        r"(?:สั่ง)?พิมพ์(?:หน้านี้|ข่าวนี้|ข่าว)?|print(?:thispage)?|(?:ย้อน)?กลับ(?:ไป)?(?:ยัง|สู่|ขึ้น)?(?:หน้าหลัก|หน้าแรก|ด้านบน|หน้าข่าว|หน้าที่แล้ว|บน)?"
        r"|(?:back)?(?:to)?top|(?:ปรับ)?ขนาด(?:ตัว)?อักษร.*|ก{3,4}|a{3,4}|เข้าสู่ระบบ|สมัครสมาชิก|login|sign(?:in|up)|register|ค้นหา|search|เมนู|menu"
        r"|ปิด(?:หน้าต่าง)?|close|(?:กำลังโหลด|(?:ร่วม)?แสดง|เพิ่ม|เขียน)?ความคิดเห็น(?:(?:กับ|ต่อ|ใน)?(?:ข่าว|เรื่อง|บทความ|โพสต์)นี้)?|comments?"
        r"|leavea(?:reply|comment)|post(?:a)?comment|cancelreply|pleaseenteryour(?:name|comment|email).*|(?:previous|next)(?:article|post|story)|likethis|likeloading|(?:download)?pdf(?:download)?|(?:ข่าว|เรื่อง|บทความ|หน้า)?(?:ก่อนหน้า(?:นี้)?|ถัดไป)|next|prev(?:ious)?"
        r"|แจ้ง(?:ปัญหา|ลบ)|โหลดเพิ่ม(?:เติม)?|loadmore|แสดงเพิ่มเติม|ฟัง(?:ข่าว|เสียง)(?:นี้)?|listen|skiptocontent|ข้ามไปยังเนื้อหา"
        r"|(?:ดู|ชม)(?:ภาพ|รูป)(?:ทั้งหมด|เพิ่มเติม|ข่าว)?|อัลบั้มภาพ|แกลเลอรี่?|gallery|(?:ภาพ|รูป)(?:ที่)?\d+(?:จาก|of)?\d+",
    ),
    LinePattern(
        Reason.DATELINE, "วันที่(?:เผยแพร่|ลงข่าว|โพสต์|ประกาศ)|เผยแพร่เมื่อ|(?:อัปเดต|อัพเดท|แก้ไข)ล่าสุด|publisheddate|lastupdated?"
    ),
)

_EDGE_LINES = (
    LinePattern(Reason.BREADCRUMB, f"(?:{SECTION})+", max_chars=40, zone=Zone.HEAD),
    LinePattern(
        Reason.BREADCRUMB,
        "[^›»>→]+(?:[›»>→][^›»>→]+)+",
        max_chars=120,
        zone=Zone.HEAD,
        is_on_text=True,
    ),
    LinePattern(
        Reason.BREADCRUMB,
        rf"(?i:[^|/·•]+(?:[|/·•]|\s[–—-]\s)\s*(?:ข่าว\s*)?{SECTION}|(?:ข่าว\s*)?{SECTION}\s*[|/·•][^|/·•]+)",
        zone=Zone.HEAD,
        is_on_text=True,
    ),
    LinePattern(Reason.COUNTER, f"(?:{COUNTER})+", max_chars=80, zone=Zone.EDGE),
    LinePattern(Reason.COUNTER, rf"\d{{1,5}}|{AMOUNT}(?:ครั้ง|คน)", max_chars=14, zone=Zone.HEAD),
    LinePattern(Reason.DATELINE, f"(?:{DATE_LABEL})*(?:{DATE})|{AGO}", zone=Zone.HEAD),
    LinePattern(
        Reason.DATELINE, rf"(?i:.*\d.*\s{WRITER}\s*[:：|]\s*\S.*)", max_chars=120, zone=Zone.HEAD, is_on_text=True
    ),
    LinePattern(
        Reason.DATELINE,
        rf"(?:{_STAMP})(?:{_STAMP}|{AMOUNT}(?:ครั้ง|คน)|{DESK}\D+)*",
        max_chars=160,
        zone=Zone.HEAD,
    ),
    LinePattern(Reason.FOLLOW, "(?:ดาวน์)?โหลดแอป.*", max_chars=160, zone=Zone.TAIL),
    LinePattern(
        Reason.BYLINE,
        rf"(?i:{WRITER})(?:\s*[:：|]\s*.+|\s+{DESK}\S*|\s+[^\s:：]{{2,20}}(?:\s+[^\s]{{2,20}})?(?:\s+[^\s]{{2,20}})?)"
        r"|(?i:รายงาน|เรียบเรียง|แหล่งข่าว|เขียน|แปล|ทีมข่าว|posted by|written by|words)\s*[:：|]\s*.+",
        max_chars=120,
        zone=Zone.EDGE,
        is_on_text=True,
    ),
    LinePattern(
        Reason.BYLINE,
        "(?:กองบรรณาธิการ|ทีมข่าว|สำนักข่าว|ศูนย์ข่าว|ผู้สื่อข่าว|นักข่าว).*(?:รายงาน|ออนไลน์)|กองบรรณาธิการ|.*(?:ผู้สื่อข่าว|สำนักข่าว).*รายงาน"
        "|(?:เขียน|เรียบเรียง|รายงาน|เรื่อง|ข่าว|แปล)โดย.+|เรียบเรียง.+",
        zone=Zone.EDGE,
    ),
    LinePattern(Reason.BYLINE, rf"{WRITER}\D+(?:{AGO}|{COUNTER})", max_chars=80, zone=Zone.HEAD),
    LinePattern(
        Reason.BYLINE,
        rf"{DESK}\D*",
        max_chars=35,
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
        r"|cr|credit|source|photo)\.?)\s*[:：].*"
        r"|(?:เครดิต)?(?:ภาพ|คลิป)(?:ประกอบ)?\s*[:：–—-]\s.*",
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
        rf"(?:ผู้สนใจ|ประชาชน|สามารถ|หากมีข้อสงสัย|ทั้งนี้)?(?:ติดต่อ)?(?:สอบถาม|ขอรับ)(?:ข้อมูล|รายละเอียด)?(?:ข่าว)?(?:เพิ่มเติม)?(?:ได้)?.*(?:โทร|\d{{7}}|http|www|{SOCIAL}|{OFFICE}).*"
        rf"|(?:ข้อมูล|ข่าว)?(?:กอง|ฝ่าย|กลุ่ม|ส่วน|งาน|สำนัก|แผนก|ศูนย์|ทีม)(?:งาน)?{OFFICE}.*|for(?:more|further)information.*|contactus.*",
        max_chars=200,
        zone=Zone.TAIL,
    ),
    LinePattern(
        Reason.CONTACT,
        r"(?i:facebook|เฟซบุ๊ก|fb|line|ไลน์|instagram|ig|twitter|x|youtube|tiktok|เพจ|แฟนเพจ|เว็บไซต์|website)(?i:\s*(?:page|เพจ|id|oa|channel))?"
        r"\s*[:：|]\s*.+|.*\S@\S+\.\S.*|.*(?:ถนน|ถ\.|หมู่|ซอย|ซ\.|แขวง|ตำบล|ต\.|เขต|อำเภอ|อ\.).*\s\d{5}(?:\s.*)?",
        max_chars=160,
        zone=Zone.TAIL,
        is_on_text=True,
    ),
    LinePattern(Reason.CONTACT, ".*(?:ติดต่อ|สนใจ|ลง)(?:ลง)?โฆษณา.*", max_chars=120, zone=Zone.TAIL),
    LinePattern(
        Reason.COPYRIGHT,
        r".*ความ(?:คิด)?เห็น\s?(?:ของ|ใน|ที่|และ|ดังกล่าว|นี้).*ไม่.*(?:กองบรรณาธิการ|เว็บ|บริษัท|สำนักข่าว|ทีมงาน|ผู้จัดทำ|หนังสือพิมพ์).*|.*©.*",
        max_chars=200,
        needs=("ความเห็น", "ความคิดเห็น", "©"),
        zone=Zone.TAIL,
        is_on_text=True,
    ),
    LinePattern(
        Reason.PAGE_TOOL,
        "(?:พัฒนา|ออกแบบ|จัดทำ)(?:เว็บ|ระบบ).*โดย.*|(?:powered|designed|developed|theme|hosted)by.*|(?:จำนวน|สถิติ)(?:ผู้)?(?:เข้า)?(?:เยี่ยม)?ชม.*",
        max_chars=120,
        zone=Zone.TAIL,
    ),
)

PATTERNS: Final[tuple[LinePattern, ...]] = (*_HEADINGS, *_SINGLE_LINES, *_EDGE_LINES)
"""In order: the first that matches a line names it."""
