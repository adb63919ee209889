"""One text becomes an instant in UTC, or the reason why it is none.

A wrong day is worse than none: what could mean two days, contradicts itself or is on no calendar is refused.
A time without a zone is Bangkok's, and a day without a time is its midnight there. Years 2400 to 2700 are Buddhist
and lose 543 before the date is built, so that 29 February 2567 exists. Days stand before months, except in ISO dates.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from itertools import chain

from dedup.cleaning.dateforms import (
    AGO,
    CLOCK,
    COMPACT,
    COUNT,
    CTIME,
    DAY_WORD,
    DAYS_BACK,
    EPOCH,
    FILLER,
    FOREIGN_ZONE,
    FULL,
    LISTED,
    MONTHS,
    NAMES_DAY,
    PUBLISHED,
    UNITS,
    UPDATED,
    WEEKDAY_BEFORE,
    WEEKDAYS,
    WESTERN,
    YEARLESS,
)

BANGKOK = timezone(timedelta(hours=7))  # no daylight saving, and the same since 1920
MAX_CHARS = 300  # a longer text is no date field …
MAX_OTHERS = 40  # … nor one with more letters and digits beside the date: it tells of another day, as headlines do
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


STATED = (DateMethod.ISO, DateMethod.THAI, DateMethod.ENGLISH, DateMethod.NUMERIC)
"""The text gives the whole day. Of the crawl nothing counts but its year, for a year of two digits."""


class DateFlag(StrEnum):
    """Why a record has no publication time, or one that was not delivered as such."""

    NO_DATE = "no-date"
    UNPARSABLE = "unparsable-date"  # no known form, or more than one day could be meant
    IMPOSSIBLE = "impossible-date"  # on no calendar, before `oldest_year`, or a clock's zero (1 มกราคม 2513)
    FUTURE = "future-date"  # later than the crawl allows
    FROM_TEXT = "date-from-text"  # none was delivered: it is that of the lines above the story


@dataclass(frozen=True)
class ParsedDate:
    """An instant in UTC, how exactly it was given and in which form."""

    at: datetime
    precision: DatePrecision
    method: DateMethod


class _AmbiguousError(Exception):
    """The text could mean more than one day; an impossible day is a ValueError."""


def parse_date(text: str, *, crawled_at: datetime | None) -> ParsedDate | None:
    """The instant that `text` states; None where it states none, an impossible one, or could mean two days.

    `crawled_at` is aware; relative times and days without a year need it. A crawl at exactly midnight in Bangkok is
    taken for a day without a time: hours ago cannot be counted back from it. A time without a day gives None.
    """
    found = read_instant(text, crawled_at)
    return found if isinstance(found, ParsedDate) else None


def read_instant(text: str, crawled_at: datetime | None) -> ParsedDate | DateFlag:
    """The same, or why it is none."""
    plain = " ".join(text.translate(WESTERN).replace("&nbsp;", " ").lower().split())
    if not re.search("[0-9a-zก-๎]", plain) or plain in ("null", "none", "nan", "nat", "n/a", "undefined"):
        return DateFlag.NO_DATE
    if len(plain) > MAX_CHARS:
        return DateFlag.UNPARSABLE
    crawl = crawled_at.astimezone(BANGKOK) if crawled_at else None
    try:
        part = _published_part(plain)
        found = _epoch(plain) or _stated(part, crawl) or _counted_back(part, crawl) or _day_word(part, crawl)
    except _AmbiguousError:
        return DateFlag.UNPARSABLE
    except (ValueError, OverflowError):  # the calendar has no such day, the clock no such time
        return DateFlag.IMPOSSIBLE
    if found is None:
        return DateFlag.UNPARSABLE
    return DateFlag.IMPOSSIBLE if found.at.astimezone(BANGKOK).date() == date(1970, 1, 1) else found


def _epoch(plain: str) -> ParsedDate | None:
    stamp = EPOCH.fullmatch(plain)
    if stamp is None:
        return None
    at = datetime.fromtimestamp(int(stamp[1]), UTC) + timedelta(microseconds=_micros(stamp[2] or stamp[3]))
    return ParsedDate(at, DatePrecision.SECOND, DateMethod.EPOCH)


def _micros(fraction: str | None) -> int:
    return int((fraction or "").ljust(6, "0")[:6])


def _published_part(plain: str) -> str:
    """What tells of the publication, where the text also tells of an update; compact forms spelled out."""
    if compact := COMPACT.fullmatch(plain):
        year, month, day, hour, minute, second, zone = compact.groups(default="")
        clock = ":".join(filter(None, (hour, minute, second)))
        return f"{year}-{month}-{day} {clock}{zone}".rstrip()
    plain = CTIME.sub(r"\1\3 \2", plain)
    update = re.search(UPDATED, plain)
    if update is None or NAMES_DAY.search(plain, 0, update.start()):
        return plain[: update.start()] if update else plain
    published = re.search(PUBLISHED, plain[update.end() :])
    return plain[update.end() :][published.end() if published else 0 :]


def _blank(part: str, found: re.Match[str]) -> str:
    """The part with a bar for every character of what was found, so that all else keeps its place."""
    return part[: found.start()] + "|" * len(found[0]) + part[found.end() :]


def _others(part: str, clock: re.Match[str] | None) -> str:
    """Letters and digits that belong neither to the time nor to the words that go with one."""
    return FILLER.sub("", _blank(part, clock) if clock else part)


def _stated(part: str, crawl: datetime | None) -> ParsedDate | None:
    """The one day that the part names by number, with its clock; a day without a year must stand alone."""
    days: list[tuple[int, int, date, DateMethod]] = []
    for form in (*FULL, *YEARLESS):
        for found in form.finditer(part):
            days.append((*found.span(), _day(found, part, crawl), _method(found)))
            part = _blank(part, found)
    if not days:
        return None
    start, end, day, method = min(days)
    if len({day for _, _, day, _ in days}) > 1:
        raise _AmbiguousError
    clock = _clock(part, start, end)
    if len(_others(part, clock)) > (0 if method is DateMethod.NO_YEAR else MAX_OTHERS):
        raise _AmbiguousError
    return _at(day, clock, method)


def _method(found: re.Match[str]) -> DateMethod:
    if found.re in YEARLESS:
        return DateMethod.NO_YEAR
    if found["month"].isdigit():
        return DateMethod.ISO if found.re is FULL[0] else DateMethod.NUMERIC
    return DateMethod.ENGLISH if found["month"].isascii() else DateMethod.THAI


def _day(found: re.Match[str], part: str, crawl: datetime | None) -> date:
    """The day of a match, or the first of its range. Raises ValueError where the calendar has no such day."""
    names, before = found.groupdict(), part[: found.start()]
    month = _month(names["month"])
    number = int(names["day"])
    year = _year(names["year"], names.get("era"), crawl) if "year" in names else _latest_year(month, number, crawl)
    last_month = _month(names.get("to_month") or names["month"])
    day = date(year - (last_month < month), month, number)
    if names.get("to") and date(year, last_month, int(names["to"])) <= day:
        raise ValueError("a range that ends before it starts")
    weekday = WEEKDAY_BEFORE.search(before)
    contradicts = weekday is not None and weekday[1] not in WEEKDAYS[day.weekday()]
    if contradicts or LISTED.search(before) or (_method(found) is DateMethod.NUMERIC and _is_double(names, part)):
        raise _AmbiguousError
    return day


def _is_double(names: dict[str, str], part: str) -> bool:
    """Whether `10.07.22` could be a clock, `10-07-22` start with the year, or `7/10/2022 3:04 PM` with the month."""
    if len(names["year"]) == 2:
        return int(names["year"]) < {".": 60, "-": 32, "/": 0}[names["sep"]]
    is_american = names["year"] < "2400" and re.search(r"[0-9]\s?[ap]\.?m\b", part) is not None
    return is_american and names["day"] != names["month"] and int(names["day"]) <= 12


def _month(name: str) -> int:
    return int(name) if name.isdigit() else MONTHS[re.sub(r"[.\s]", "", name)]


def _year(digits: str, era: str | None, crawl: datetime | None) -> int:
    """The year A.D. of two or four digits; two without an era are read against the crawl."""
    year, is_christian = int(digits), (era or "").startswith(("ค", "a"))
    if len(digits) == 2:
        until = crawl.year + 1 if crawl else UNKNOWN_UNTIL
        readings = [y for y in (1957 + year, 2000 + year, 1900 + year) if WEB_FROM <= y <= until]
        year = (2000 if is_christian else 1957) + year if era else readings[0] if readings else 0
    elif not is_christian and (era or 2400 <= year <= 2700):
        year -= 543
    if not 1800 <= year <= 2200:
        raise ValueError("no year of a news page")
    return year


def _latest_year(month: int, number: int, crawl: datetime | None) -> int:
    """The latest year in which the day is no more than 31 days after the crawl."""
    if crawl is None:
        raise _AmbiguousError
    for year in (crawl.year + 1, crawl.year, crawl.year - 1):
        if number <= monthrange(year, month)[1] and date(year, month, number) <= crawl.date() + timedelta(days=31):
            return year
    raise ValueError("29 February of no year near")


def _clock(part: str, start: int, end: int) -> re.Match[str] | None:
    """The first clock after a day, else before it; `15.04` needs `น.` or its place right after the day."""
    for found in chain(CLOCK.finditer(part, end), CLOCK.finditer(part, 0, start)):
        between = re.sub("เวลา|ประมาณ|[^0-9a-zก-๎]", "", part[end : found.start()]) if found.start() >= end else "before"
        if found["sep"] == ":" or found["unit"] or (found["sep"] and not between):
            if FOREIGN_ZONE.match(part, found.end()):
                raise _AmbiguousError
            return found
    return None


def _at(day: date, clock: re.Match[str] | None, method: DateMethod) -> ParsedDate:
    """The instant of a day and a clock. Raises ValueError for a time that no clock shows, 24:00 included."""
    if clock is None:
        return ParsedDate(datetime.combine(day, time(), BANGKOK).astimezone(UTC), DatePrecision.DAY, method)
    hour, half = int(clock["hour"]), (clock["unit"] or "")[:1]
    if half == "a" and hour > 12:
        raise ValueError("an afternoon hour before noon")
    if half in ("a", "p") and hour <= 12:
        hour = hour % 12 + 12 * (half == "p")
    at = time(hour, int(clock["minute"] or 0), int(clock["second"] or 0), _micros(clock["fraction"]))
    stated = next(name for name in ("second", "minute", "hour") if clock[name])
    return ParsedDate(datetime.combine(day, at, _zone(clock)).astimezone(UTC), DatePrecision(stated), method)


def _zone(clock: re.Match[str]) -> timezone:
    """The clock's zone. `09:00-10:00` is a span of time and `15:04 +12` a counter, unless more speaks for an offset."""
    offset, name = clock["offset"] or "", clock["zone"]
    is_sure = name or clock["second"] or clock.string[: clock.start()].endswith("t")
    if not offset or not (is_sure or len(offset) == 5 or (offset[0] == "+" and len(offset) == 6)):
        return UTC if name in ("z", "gmt", "utc") else BANGKOK
    hours, minutes = int(offset[1:3]), int(offset[-2:]) if len(offset) > 3 else 0
    if hours > 14 or minutes > 59:
        raise ValueError("no zone is so far from Greenwich")
    return timezone((-1 if offset[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def _counted_back(part: str, crawl: datetime | None) -> ParsedDate | None:
    """`3 ชั่วโมงที่แล้ว`, counted back from the crawl; a clock may follow a number of days."""
    found = AGO.search(part)
    if found is None:
        return None
    months, days, seconds = 0, 0, 0
    for count, unit in re.findall(COUNT, found[0]):
        number = int(count) if count.isdigit() else 1
        months, days, seconds = (a + number * b for a, b in zip((months, days, seconds), UNITS[unit], strict=True))
    rest = _blank(part, found)
    clock = _clock(rest, *found.span()) if 0 < days < 7 and not seconds else None
    is_too_fine = crawl is not None and crawl.time() == time() and not (months or days)
    if crawl is None or is_too_fine or re.search("[0-9]", _others(rest, clock)):
        raise _AmbiguousError
    year, month = divmod(crawl.year * 12 + crawl.month - 1 - months, 12)
    start = crawl.replace(year=year, month=month + 1, day=min(crawl.day, monthrange(year, month + 1)[1]))
    at = start - timedelta(days=days, seconds=seconds)
    if clock:
        return _at(at.date(), clock, DateMethod.RELATIVE)
    return ParsedDate(at.astimezone(UTC), DatePrecision.RELATIVE, DateMethod.RELATIVE)


def _day_word(part: str, crawl: datetime | None) -> ParsedDate | None:
    """`เมื่อวานนี้ 15:04 น.`, alone: `ข่าววันนี้` is the name of a section. `เมื่อคืน` is yesterday before midnight only."""
    found = DAY_WORD.search(part)
    if found is None:
        return None
    rest = _blank(part, found)
    clock = _clock(rest, *found.span())
    if crawl is None or _others(rest, clock):
        raise _AmbiguousError
    if found[1] == "เมื่อคืน" and (clock is None or int(clock["hour"]) < 18):
        raise _AmbiguousError
    parsed = _at(crawl.date() - timedelta(days=DAYS_BACK[found[1]]), clock, DateMethod.RELATIVE)
    if parsed.at > crawl and crawl.time() != time():  # a page kept since yesterday
        raise _AmbiguousError
    return parsed
