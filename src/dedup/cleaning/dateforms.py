"""How Thai pages write a day, a clock and what goes with them: patterns, and nothing else.

Texts are in lower case, with Western digits and single spaces.
"""

import re

_THAI = "มกราคม มกรา ม.ค.|กุมภาพันธ์ กุมภา ก.พ.|มีนาคม มีนา มี.ค.|เมษายน เมษา เม.ย.|พฤษภาคม พฤษภา พ.ค."
_THAI += "|มิถุนายน มิถุนา มิ.ย.|กรกฎาคม กรกฏาคม กรกฎา ก.ค.|สิงหาคม สิงหา ส.ค.|กันยายน กันยา ก.ย.|ตุลาคม ตุลา ต.ค."
_THAI += "|พฤศจิกายน พฤศจิกา พ.ย.|ธันวาคม ธันวา ธ.ค."
_ENGLISH = "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep"
_ENGLISH += "|october oct|november nov|december dec"
MONTHS = {
    name.replace(".", ""): number
    for calendar in (_THAI, _ENGLISH)
    for number, names in enumerate(calendar.split("|"), 1)
    for name in names.split()
}


def _any_of(names: str) -> str:
    """A pattern for any of the names, longest first; their dots, and a space after each, are optional."""
    longest_first = sorted(re.split("[ |]", names), key=lambda name: (-len(name), name))
    return "|".join(name.replace(".", r"\.?\s?") for name in longest_first)


_MONTH_EN = rf"(?:{_any_of(_ENGLISH)})(?![a-z])"
_MONTH = rf"(?:of\s|เดือน\s?)?(?P<month>{_any_of(_THAI)}|{_MONTH_EN})\.?"
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?"
_TO = r"\s?(?:-|ถึง)\s?(?P<to>[0-3]?[0-9])(?![0-9])"
_GAP = r"\s?[-/.,]?\s?"
_ERA = r"(?:ปี\s?)?(?P<era>พ\.?\s?ศ\.?|ค\.?\s?ศ\.?|พุทธศักราช|คริสต์?ศักราช|b\.?e\.?|a\.?d\.?)?\s?"
_READERS = r"views?|reads?|วิว|แชร์|shares?|ความ(?:คิด)?เห็น|comments?"
_COUNTER = rf"น\.(?!ส)|นาฬิกา|ปี|ราย|คน|ครั้ง|แห่ง|จังหวัด|ล้าน|บาท|ภาพ|รูป|ศพ|คดี|%|{_READERS}"  # no year: `10 ก.ค. 15 ราย`
_YEAR = rf"(?P<year>[0-9]{{4}}(?![0-9])|[0-9]{{2}}(?![0-9]|[:.][0-9]|\s?(?:{_COUNTER})))"
_FROM = r"(?<![0-9])(?<![0-9][.:/-])"  # not within a number, a clock or a numeric date
_END = r"(?![0-9]|(?P=sep)[0-9])"
FULL = [
    re.compile(_FROM + form)
    for form in (
        rf"(?P<year>[0-9]{{4}})(?P<sep>[-/.])(?P<month>[0-9]{{1,2}})(?P=sep)(?P<day>[0-9]{{1,2}}){_END}",
        _DAY + _GAP + _MONTH + _TO + _GAP + _MONTH.replace("<month>", "<to_month>") + _GAP + _ERA + _YEAR,
        _DAY + f"(?:{_TO})?" + _GAP + _MONTH + _GAP + _ERA + _YEAR,
        rf"(?<![a-zก-๎]){_MONTH}\s?{_DAY}(?:{_TO})?(?![0-9]),?\s?{_ERA}(?P<year>[0-9]{{4}})(?![0-9])",
        r"(?P<day>[0-3]?[0-9])\s?(?P<sep>[-/.])\s?(?P<month>[01]?[0-9])\s?(?P=sep)\s?"
        rf"(?P<year>[0-9]{{4}}|[0-9]{{2}}){_END}",
    )
]
YEARLESS = [
    re.compile(rf"{_FROM}{_DAY}{_GAP}{_MONTH}(?:\s?(?:นี้|ที่ผ่านมา))?(?=เวลา|[^ก-๎a-z0-9]|$)"),
    re.compile(rf"(?<![a-z])(?P<month>{_MONTH_EN})\.?\s?{_DAY}(?![0-9a-z:.])"),
]
LISTED = re.compile(r"(?:(?<![0-9:.])[0-9]{1,2}\s?(?:,|/|&|และ|หรือ)|ถึง|ภายใน)\s?$")  # `8, 9 และ 10 ก.ค.`, `ถึง 10 ก.ค.`
WEEKDAYS = ("จันทร์ mon", "อังคาร tue", "พุธ wed", "พฤหัส thu", "ศุกร์ fri", "เสาร์ sat", "อาทิตย์ sun")
_WEEKDAY = rf"(?<![a-z])({_any_of(' '.join(WEEKDAYS))})(?:บดี|[a-z]{{0,6}})"
WEEKDAY_BEFORE = re.compile(_WEEKDAY + r"[\s.,]{0,2}(?:ที่)?[\s,]{0,2}$")

COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[t ]?([0-9]{2})([0-9]{2})([0-9]{2})?(z|[+-][0-9:]{4,5})?)?")
CTIME = re.compile(
    rf"({_MONTH_EN} [0-9]{{1,2}} )([0-9]{{1,2}}:[0-9:]{{2,5}} (?:[a-z]{{1,4}} |[+-][0-9]{{4}} )?)([0-9]{{4}})\b"
)
# Seconds of 2001 to 2033, with a fraction or in ms, µs or ns; a clock that was never set shows nothing but zeros.
EPOCH = re.compile(r"(1[0-9]{9}|0+)(?:\.([0-9]{1,9})|((?:[0-9]{3}){1,3}))?")
CLOCK = re.compile(
    r"(?<![0-9:.,/+-])(?P<hour>[0-9]{1,2})(?:(?P<sep>[:.])(?P<minute>[0-9]{2})"
    r"(?:(?P=sep)(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?)?(?![0-9]|[:.][0-9])"
    r"\s?(?P<unit>น(?:\.(?!ส)|าฬิกา|(?![ก-๎.]))|[ap]\.?m\b\.?)?"
    r"(?:\s?\(?(?P<zone>z\b|ict\b|gmt|utc))?\s?(?P<offset>[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{1,2})?(?![0-9]|:[0-9])"
)
FOREIGN_ZONE = re.compile(r"[\s(]*(?:[ecmp][sd]t|bst|cet|cest|eet|eest|ist|jst|kst|hkt|sgt|myt|wib|aest|aedt|msk)\b")

UPDATED = r"ปรับปรุง|แก้ไข|อั[ปพ]เด[ตท]|\b(?:updated?|modified)\b"
PUBLISHED = r"เผยแพร่|โพสต์|โพส|ลงข่าว|\b(?:published|posted)\b"
NAMES_DAY = re.compile(r"[0-9]|เมื่อ(?:สัก)?ครู่|วาน|วันนี้|เมื่อคืน|\b(?:yesterday|today|just now|ago)\b")
_NUMBER = r"[0-9][0-9.,]*\s?[km]?\s?"
_READ_BY = rf"{_NUMBER}(?:{_READERS})|(?:(?:เปิด)?อ่าน(?:แล้ว)?|เข้าชม|ผู้ชม|ยอดวิว|views?)\s?:?\s?{_NUMBER}(?:ครั้ง|คน)?"
FILLER = re.compile(
    rf"(?:{_READ_BY})(?![ก-๎a-z])|{PUBLISHED}|{UPDATED}|{_WEEKDAY}|ล่าสุด|วันที่|วัน|เวลา|ประมาณ|เมื่อ|ที่|\b(?:on|at|last)\b|[^0-9a-zก-๎]"
)
UNITS = {  # months, days, seconds
    **dict.fromkeys(("วินาที", "seconds", "second", "secs", "sec"), (0, 0, 1)),
    **dict.fromkeys(("นาที", "minutes", "minute", "mins", "min"), (0, 0, 60)),
    **dict.fromkeys(("ชั่วโมง", "ชม.", "ชม", "hours", "hour", "hrs", "hr"), (0, 0, 3600)),
    **dict.fromkeys(("วัน", "days", "day"), (0, 1, 0)),
    **dict.fromkeys(("สัปดาห์", "อาทิตย์", "weeks", "week"), (0, 7, 0)),
    **dict.fromkeys(("เดือน", "months", "month"), (1, 0, 0)),
    **dict.fromkeys(("ปี", "years", "year"), (12, 0, 0)),
}
COUNT = rf"([0-9]{{1,4}}|\ban?)\s?({'|'.join(map(re.escape, UNITS))})\s?"
AGO = re.compile(
    rf"(?<![0-9.,:/-])(?:{COUNT}){{1,3}}(?:ที่แล้ว|ที่ผ่านมา|มาแล้ว|ก่อนหน้านี้|ก่อน|ago)(?![ก-๎a-z])"
    r"|เมื่อ(?:สัก)?ครู่(?:นี้|ที่ผ่านมา)?(?![ก-๎])|\bjust now\b"
)
DAYS_BACK = {"วานซืน": 2, "วาน": 1, "เมื่อคืน": 1, "yesterday": 1, "วันนี้": 0, "today": 0}
DAY_WORD = re.compile(rf"(?:เมื่อ)?({'|'.join(DAYS_BACK)})(?:นี้)?")
WESTERN = str.maketrans("๐๑๒๓๔๕๖๗๘๙：‐‑–—−", "0123456789:-----", "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
