"""Publication and crawl times: what a Thai news page prints becomes an instant in UTC, or null with the reason.

A wrong day is worse than none: what could mean two days, contradicts itself or is on no calendar is refused.
A time without a zone is Bangkok's, and a day without a time is its midnight there. Years 2400 to 2700 are Buddhist
and lose 543 before the date is built, so that 29 February 2567 exists. Days stand before months, except in ISO dates.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum

import polars as pl

BANGKOK = timezone(timedelta(hours=7))  # no daylight saving, and the same since 1920
MAX_CHARS = 300  # a longer text is no date field
WEB_FROM = 1990  # a two-digit year is the first of 25yy B.E., 20yy and 19yy that is not before this …
UNKNOWN_UNTIL = 2046  # … nor after the year that follows the crawl's; where the crawl is not known, after this one


class DatePrecision(StrEnum):
    """What the text states. `relative` counts back from the crawl and is as rough as the unit it counts."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    RELATIVE = "relative"


class DateMethod(StrEnum):
    """How the day was read. `no-year` took the year from the crawl time, `relative` the whole day."""

    ISO = "iso"
    THAI = "thai"
    ENGLISH = "english"
    NUMERIC = "numeric"
    EPOCH = "epoch"
    NO_YEAR = "no-year"
    RELATIVE = "relative"


class DateFlag(StrEnum):
    """Why a record has no publication time."""

    NO_DATE = "no-date"
    UNPARSABLE = "unparsable-date"  # no known form, or more than one day could be meant
    IMPOSSIBLE = "impossible-date"  # on no calendar, before `oldest_year`, or a clock's zero (1 มกราคม 2513)
    FUTURE = "future-date"  # later than the crawl allows


@dataclass(frozen=True)
class ParsedDate:
    """An instant in UTC, how exactly it was given and in which form."""

    at: datetime
    precision: DatePrecision
    method: DateMethod


class _Refused(Exception):  # noqa: N818 - a verdict on one text, caught in `_read`
    def __init__(self, flag: DateFlag = DateFlag.UNPARSABLE) -> None:
        self.flag = flag


# -- the forms: texts are in lower case, with Western digits and single spaces ----------------------------------------

_THAI = (
    "มกราคม มกรา ม.ค.|กุมภาพันธ์ กุมภา ก.พ.|มีนาคม มีนา มี.ค.|เมษายน เมษา เม.ย.|พฤษภาคม พฤษภา พ.ค.|มิถุนายน มิถุนา มิ.ย."
    "|กรกฎาคม กรกฏาคม กรกฎา ก.ค.|สิงหาคม สิงหา ส.ค.|กันยายน กันยา ก.ย.|ตุลาคม ตุลา ต.ค.|พฤศจิกายน พฤศจิกา พ.ย."
    "|ธันวาคม ธันวา ธ.ค."
)
_ENGLISH = (
    "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|october oct"
    "|november nov|december dec"
)
_MONTHS = {
    name.replace(".", ""): number
    for calendar in (_THAI, _ENGLISH)
    for number, names in enumerate(calendar.split("|"), 1)
    for name in names.split()
}


def _any_of(names: list[str]) -> str:
    """A pattern for any of the names, longest first; their dots, and a space after each, are optional."""
    return "|".join(name.replace(".", r"\.?\s?") for name in sorted(names, key=lambda name: (-len(name), name)))


_MONTH_EN = rf"(?:{_any_of(re.split('[ |]', _ENGLISH))})(?![a-z])"
_MONTH = rf"(?:of\s|เดือน\s?)?(?P<month>{_any_of(re.split('[ |]', _THAI))}|{_MONTH_EN})\.?"
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?"
_FROM = r"(?<![0-9])(?<![0-9][.:/-])"  # not within a number, a clock or a numeric date
_TO = r"\s?(?:-|ถึง)\s?(?P<to>[0-3]?[0-9])(?![0-9])"
_GAP = r"\s?[-/.,]?\s?"
_ERA = r"(?:ปี\s?)?(?P<era>พ\.?\s?ศ\.?|ค\.?\s?ศ\.?|พุทธศักราช|คริสต์?ศักราช|b\.?e\.?|a\.?d\.?)?\s?"
_YEAR = r"(?P<year>[0-9]{4}(?![0-9])|[0-9]{2}(?![0-9]|[:.][0-9]|\s?น\.(?!ส)|\s?นาฬิกา))"  # no hour: `10 ก.ค. 15 น.`
_END = r"(?![0-9]|(?P=sep)[0-9])"
_DAYS = [
    re.compile(_FROM + form)
    for form in (
        rf"(?P<year>[0-9]{{4}})(?P<sep>[-/.])(?P<month>[0-9]{{1,2}})(?P=sep)(?P<day>[0-9]{{1,2}}){_END}",
        _DAY + _GAP + _MONTH + _TO + _GAP + _MONTH.replace("month", "to_month") + _GAP + _ERA + _YEAR,
        _DAY + f"(?:{_TO})?" + _GAP + _MONTH + _GAP + _ERA + _YEAR,
        rf"(?<![a-zก-๎]){_MONTH}\s?{_DAY}(?:{_TO})?(?![0-9]),?\s?{_ERA}(?P<year>[0-9]{{4}})(?![0-9])",
        rf"(?P<day>[0-3]?[0-9])\s?(?P<sep>[-/.])\s?(?P<month>[01]?[0-9])\s?(?P=sep)\s?(?P<year>[0-9]{{4}}|[0-9]{{2}}){_END}",
    )
]
_YEARLESS = [
    re.compile(rf"{_FROM}{_DAY}{_GAP}{_MONTH}(?:\s?(?:นี้|ที่ผ่านมา))?(?=เวลา|[^ก-๎a-z0-9]|$)"),
    re.compile(rf"(?<![a-z])(?P<month>{_MONTH_EN})\.?\s?{_DAY}(?![0-9a-z:.])"),
]
_LISTED = re.compile(r"(?<![0-9:.])[0-9]{1,2}\s?(?:,|/|&|และ|หรือ)\s?$")  # what stands before `10` in `8, 9 และ 10 ก.ค.`
_WEEKDAYS = ("จันทร์ mon", "อังคาร tue", "พุธ wed", "พฤหัส thu", "ศุกร์ fri", "เสาร์ sat", "อาทิตย์ sun")
_WEEKDAY = rf"(?:({_any_of(' '.join(_WEEKDAYS).split())})(?:บดี|[a-z]{{0,6}}))"
_WEEKDAY_BEFORE = re.compile(_WEEKDAY + r"[\s.,]{0,2}(?:วัน)?(?:ที่)?[\s,]{0,2}$")

_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[t ]?([0-9]{2})([0-9]{2})([0-9]{2})?(z|[+-][0-9:]{4,5})?)?")
_CTIME = re.compile(
    rf"({_MONTH_EN} [0-9]{{1,2}} )([0-9]{{1,2}}:[0-9:]{{2,5}} (?:[a-z]{{1,4}} |[+-][0-9]{{4}} )?)([0-9]{{4}})\b"
)
_EPOCH = re.compile(r"(1[0-9]{9})(?:\.?([0-9]{1,9}))?")  # seconds of 2001 to 2033, with a fraction or in ms, µs or ns
_CLOCK = re.compile(
    r"(?<![0-9:.,/+-])(?P<hour>[0-9]{1,2})(?:(?P<sep>[:.])(?P<minute>[0-9]{2})"
    r"(?:(?P=sep)(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?)?(?![0-9]|[:.][0-9])"
    r"\s?(?P<unit>น(?:\.(?!ส)|าฬิกา|(?![ก-๎.]))|[ap]\.?m\b\.?)?"
    r"(?:\s?\(?(?P<zone>z\b|ict\b|gmt|utc))?\s?(?P<offset>[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{1,2})?(?![0-9]|:[0-9])"
)
_FOREIGN_ZONE = re.compile(r"[\s(]*(?:[ecmp][sd]t|bst|cet|cest|eet|eest|ist|jst|kst|hkt|sgt|myt|wib|aest|aedt|msk)\b")

_UPDATED = r"ปรับปรุง|แก้ไข|อั[ปพ]เด[ตท]|\b(?:updated?|modified)\b"
_PUBLISHED = r"เผยแพร่|โพสต์|โพส|ลงข่าว|\b(?:published|posted)\b"
_NAMES_DAY = re.compile(r"[0-9]|เมื่อ(?:สัก)?ครู่|วาน|วันนี้|เมื่อคืน|\b(?:yesterday|today|just now|ago)\b")
_FILLER = re.compile(
    rf"{_PUBLISHED}|{_UPDATED}|{_WEEKDAY}|ล่าสุด|วันที่|วัน|เวลา|ประมาณ|เมื่อ|ที่|\b(?:on|at|last)\b|[^0-9a-zก-๎]"
)

_UNITS = {  # months, days, seconds
    **dict.fromkeys(("วินาที", "seconds", "second", "secs", "sec"), (0, 0, 1)),
    **dict.fromkeys(("นาที", "minutes", "minute", "mins", "min"), (0, 0, 60)),
    **dict.fromkeys(("ชั่วโมง", "ชม.", "ชม", "hours", "hour", "hrs", "hr"), (0, 0, 3600)),
    **dict.fromkeys(("วัน", "days", "day"), (0, 1, 0)),
    **dict.fromkeys(("สัปดาห์", "อาทิตย์", "weeks", "week"), (0, 7, 0)),
    **dict.fromkeys(("เดือน", "months", "month"), (1, 0, 0)),
    **dict.fromkeys(("ปี", "years", "year"), (12, 0, 0)),
}
_COUNT = rf"([0-9]{{1,4}}|\ban?)\s?({'|'.join(map(re.escape, _UNITS))})\s?"
_AGO = re.compile(
    rf"(?<![0-9.,:/-])(?:{_COUNT}){{1,3}}(?:ที่แล้ว|ที่ผ่านมา|มาแล้ว|ก่อนหน้านี้|ก่อน|ago)(?![ก-๎a-z])"
    r"|เมื่อ(?:สัก)?ครู่(?:นี้|ที่ผ่านมา)?(?![ก-๎])|\bjust now\b"
)
_DAYS_BACK = {"วานซืน": 2, "วาน": 1, "เมื่อคืน": 1, "yesterday": 1, "วันนี้": 0, "today": 0}
_DAY_WORD = re.compile(rf"(?:เมื่อ)?({'|'.join(_DAYS_BACK)})(?:นี้)?")
_WESTERN = str.maketrans("๐๑๒๓๔๕๖๗๘๙：–—−", "0123456789:---", "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")


# -- one text ---------------------------------------------------------------------------------------------------------


def parse_date(text: str, *, crawled_at: datetime | None) -> ParsedDate | None:
    """The instant that `text` states; None where it states none, an impossible one, or could mean two days.

    `crawled_at` is aware; relative times and days without a year need it. A crawl at exactly midnight in Bangkok is
    taken for a day without a time: hours ago cannot be counted back from it. A time without a day gives None.
    """
    found = _read(text, crawled_at)
    return found if isinstance(found, ParsedDate) else None


def _read(text: str, crawled_at: datetime | None) -> ParsedDate | DateFlag:
    plain = " ".join(text.translate(_WESTERN).replace("&nbsp;", " ").lower().split())
    if not re.search("[0-9a-zก-๎]", plain) or plain in ("null", "none", "nan", "nat", "n/a", "undefined"):
        return DateFlag.NO_DATE
    if len(plain) > MAX_CHARS:
        return DateFlag.UNPARSABLE
    crawl = crawled_at.astimezone(BANGKOK) if crawled_at else None
    try:
        if epoch := _EPOCH.fullmatch(plain):
            at = datetime.fromtimestamp(int(epoch[1]), UTC) + timedelta(microseconds=int(f"{epoch[2] or 0:0<6}"[:6]))
            return ParsedDate(at, DatePrecision.SECOND, DateMethod.EPOCH)
        part = _published_part(plain)
        return _stated(part, crawl) or _counted_back(part, crawl) or _day_word(part, crawl) or DateFlag.UNPARSABLE
    except _Refused as refused:
        return refused.flag
    except (ValueError, OverflowError):  # the calendar has no such day, or the clock no such time
        return DateFlag.IMPOSSIBLE


def _published_part(plain: str) -> str:
    """What tells of the publication, where the text also tells of an update; compact forms spelled out."""
    if compact := _COMPACT.fullmatch(plain):
        year, month, day, hour, minute, second, zone = compact.groups(default="")
        return f"{year}-{month}-{day}" + (f" {hour}:{minute}:{second or '00'}{zone}" if hour else "")
    plain = _CTIME.sub(r"\1\3 \2", plain)
    update = re.search(_UPDATED, plain)
    if update is None or _NAMES_DAY.search(plain, 0, update.start()):
        return plain[: update.start()] if update else plain
    published = re.search(_PUBLISHED, plain[update.end() :])
    return plain[update.end() :][published.end() if published else 0 :]


def _stated(part: str, crawl: datetime | None) -> ParsedDate | None:
    """The one day that the part names by number, with its clock; a day without a year must stand alone."""
    dated = [(found, _day(found, part, crawl)) for form in _DAYS for found in _take(form, part)]
