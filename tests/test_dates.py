from datetime import date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dedup.cleaning.dates import parse_crawled, parse_published
from dedup.cleaning.instants import BANGKOK, DateFlag, parse_date, read_instant

CRAWL = datetime(2022, 7, 11, 8, 0, tzinfo=BANGKOK)  # a Monday


def published(texts: list[str | None], crawls: list[datetime | None] | None = None, **limits: int) -> pl.DataFrame:
    crawled_at = pl.Series(crawls if crawls is not None else [CRAWL] * len(texts), dtype=pl.Datetime("us", "UTC"))
    bounds = {"oldest_year": 1990, "future_hours": 24, **limits}
    return parse_published(pl.Series(texts, dtype=pl.String), crawled_at, **bounds)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        (None, DateFlag.NO_DATE),
        (" ", DateFlag.NO_DATE),
        ("N/A", DateFlag.NO_DATE),
        ("เร็ว ๆ นี้", DateFlag.UNPARSABLE),
        ("10-07-22", DateFlag.UNPARSABLE),
        ("31/02/2565", DateFlag.IMPOSSIBLE),
        ("1 มกราคม 2513", DateFlag.IMPOSSIBLE),
        ("1970-01-01T00:00:00+00:00", DateFlag.IMPOSSIBLE),
        ("0", DateFlag.IMPOSSIBLE),
        ("31 ธ.ค. 2532", DateFlag.IMPOSSIBLE),
        ("12/07/2565 08:01", DateFlag.FUTURE),
        ("2022-07-12T08:00:01+07:00", DateFlag.FUTURE),
        ("12/07/2565 08:00", None),
        ("1 ม.ค. 2533", None),
    ],
)
def test_missing_time_has_a_flag_and_a_found_one_none(text: str | None, flag: DateFlag | None) -> None:
    row = published([text]).row(0, named=True)
    assert row["date_flag"] == flag
    assert [row[name] is None for name in row if name != "date_flag"] == [flag is not None] * 3


def with_dateline(text: str | None, dateline: str | None) -> tuple[object, ...]:
    texts, datelines = pl.Series([text], dtype=pl.String), pl.Series([dateline], dtype=pl.String)
    crawl = pl.Series([CRAWL], dtype=pl.Datetime("us", "UTC"))
    row = parse_published(texts, crawl, datelines, oldest_year=1990, future_hours=24).row(0, named=True)
    day = row["published_at"] and row["published_at"].astimezone(BANGKOK).date()
    return day, row["published_precision"], row["published_method"], row["date_flag"]


@pytest.mark.parametrize("missing", [None, " ", "N/A"])
def test_dateline_stands_in_where_no_date_was_delivered_and_is_flagged(missing: str | None) -> None:
    told = (date(2022, 7, 10), "minute", "thai", DateFlag.FROM_TEXT)
    assert with_dateline(missing, "วันที่เผยแพร่ ๑๐ ก.ค. ๒๕๖๕ เวลา ๑๕.๐๔ น.") == told
    assert with_dateline(missing, "3 ชั่วโมงที่แล้ว · 29,513 views")[1:3] == ("relative", "relative")
    for useless in (None, "โดย สมชาย", "12 ก.ค. 2569", "10 ก.ค. 2565 12 ก.ค. 2565"):
        assert with_dateline(missing, useless) == (None, None, None, DateFlag.NO_DATE)


def test_dateline_never_overrules_what_was_delivered() -> None:
    assert with_dateline("9 ก.ค. 2565", "10 ก.ค. 2565") == (date(2022, 7, 9), "day", "thai", None)
    assert with_dateline("31/02/2565", "10 ก.ค. 2565")[3] == DateFlag.IMPOSSIBLE
    assert with_dateline("เร็ว ๆ นี้", "10 ก.ค. 2565")[3] == DateFlag.UNPARSABLE


def test_epoch_zero_is_impossible_however_old_the_archive() -> None:
    assert published(["1 มกราคม 2513", "2 มกราคม 2513"], oldest_year=1950)["date_flag"].to_list() == [
        "impossible-date",
        None,
    ]


def test_columns_have_their_types_without_rows() -> None:
    instant = pl.Datetime("us", "UTC")
    types = {
        "published_at": instant,
        "published_precision": pl.String,
        "published_method": pl.String,
        "date_flag": pl.String,
    }
    for texts in ([], [None], ["2022-07-10T15:04:00Z"], ["10 ก.ค. 65"]):
        assert dict(published(texts).schema) == types


def test_rows_keep_their_order_and_their_own_crawl() -> None:
    texts = ["เมื่อวานนี้", "2022-07-10T15:04:00Z", "เมื่อวานนี้", None, "เมื่อวานนี้"]
    crawls = [CRAWL, CRAWL, CRAWL + timedelta(days=1), CRAWL, None]
    days = published(texts, crawls)["published_at"].dt.convert_time_zone("Asia/Bangkok").dt.date().to_list()
    assert days == [date(2022, 7, 10), date(2022, 7, 10), date(2022, 7, 11), None, None]


offsets = st.sampled_from(
    ["Z", "+00:00", "+07:00", "+0700", "-05:30", "+13:59", "+14:00", "+15:00", "", "+07", " +0700"]
)
fractions = st.sampled_from(["", ".5", ".123456", ".123456789", "."])


@settings(deadline=None)
@given(st.lists(st.tuples(st.datetimes(datetime(1960, 1, 1), datetime(2600, 1, 1)), fractions, offsets), max_size=20))
def test_column_reads_iso_times_as_parse_date_does(rows: list[tuple[datetime, str, str]]) -> None:
    texts = [f"{at:%Y-%m-%dT%H:%M:%S}{fraction}{offset}" for at, fraction, offset in rows]
    texts += [text.replace("T", " ").replace("-02-28", "-02-30").replace(" 23", " 24") for text in texts]
    alone = [parse_date(text, crawled_at=CRAWL) for text in texts]
    bounds = {"oldest_year": 1800, "future_hours": 24 * 365 * 1000}
    expected = [(found.at, found.precision.value, found.method.value) if found else (None,) * 3 for found in alone]
    together = published(list(texts), **bounds).drop("date_flag")
    assert_frame_equal(together, pl.DataFrame(expected, schema=together.schema, orient="row"))


befores = st.sampled_from(["", "วันอาทิตย์ที่ ", "โพสต์เมื่อ ", "วันที่ ", "แก้ไข 9 ก.ค. 2565 ", "3 "])
days = st.sampled_from(
    [
        "10 กรกฎาคม พ.ศ. 2565",
        "10 ก.ค. 65",
        "10 ก.ค.",
        "๑๐ ก.ค. ๒๕๖๕",
        "10/07/2565",
        "10.07.22",
        "10-07-22",
        "2022-07-10",
        "July 10, 2022",
        "32/07/2565",
        "10-12 ก.ค. 2565",
        "10 ก.ค. 15",
        "เมื่อวานนี้",
        "เมื่อคืน",
        "3 วันที่แล้ว",
        "10. 7",
        "7",
        "",
    ]
)
gaps = st.sampled_from(
    [" ", "", "T", " เวลา ", " เวลา", " | ", " - ", ", ", " +", ".", " . ", "-", "\n", " 09:00 - ", " ถึง ", " น. "]
)
clocks = st.from_regex(r"[0-2]?[0-9][:.][0-6][0-9]([:.][0-5][0-9])?", fullmatch=True, alphabet="0123456789:.")
afters = st.sampled_from(["", " น.", "น.", " น", " นาฬิกา", " PM", " Z", "+07:00", " 15 ราย", " 10/07/2565"])


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(befores, days, gaps, clocks, afters), max_size=20))
def test_column_reads_days_with_clocks_as_each_text_is_read_alone(rows: list[tuple[str, ...]]) -> None:
    texts = ["".join(row) for row in rows]
    alone = [read_instant(text, CRAWL) for text in texts]
    expected = [
        (None, None, None, str(one))
        if isinstance(one, DateFlag)
        else (one.at, str(one.precision), str(one.method), None)
        for one in alone
    ]
    together = published(list(texts), oldest_year=1800, future_hours=24 * 365 * 1000)
    assert_frame_equal(together, pl.DataFrame(expected, schema=together.schema, orient="row"))


def test_crawl_time_is_read_and_the_night_stands_in() -> None:
    texts = ["2026-11-02T02:00:00+07:00", "2 พ.ย. 2569 02:00", "1793559600", None, "?", "3 ชั่วโมงที่แล้ว", "0"]
    crawled = parse_crawled(pl.Series(texts), night=date(2026, 11, 2))
    two = datetime(2026, 11, 2, 2, 0, tzinfo=BANGKOK)
    midnight = datetime(2026, 11, 2, tzinfo=timezone(timedelta(hours=7)))
    assert crawled.dtype == pl.Datetime("us", "UTC")
    assert crawled.to_list() == [two, two, two, midnight, midnight, midnight, midnight]


def test_crawl_time_without_a_night_is_null() -> None:
    assert parse_crawled(pl.Series([None, "?"]), night=None).to_list() == [None, None]
    assert parse_crawled(pl.Series([], dtype=pl.String), night=None).dtype == pl.Datetime("us", "UTC")
