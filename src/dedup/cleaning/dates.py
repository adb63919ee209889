"""Publication and crawl times: columns of what pages print become instants in UTC, or null with the reason."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

import polars as pl

from dedup.cleaning.instants import (
    BANGKOK,
    STATED,
    WEB_FROM,
    DateFlag,
    DateMethod,
    DatePrecision,
    ParsedDate,
    read_instant,
)

_INSTANT = pl.Datetime("us", "UTC")
_ZONED = r"^(?:199|20[0-9])[0-9]-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
_ZONED += r"(?:Z|[+-](?:0[0-9]|1[0-3]):?[0-5][0-9])$"
_EPOCH = r"^1[0-9]{9}$"
# A day with its year, nothing else in figures, and a clock at the end. What the day is read as does not depend on the
# figures of such a clock: it is no zone's offset, no span of time and no part of a date with dots.
_TIMED = r"^(?P<day>[^0-9]*[0-9]+(?:[^0-9]+|[-/.][0-9]+[-/.])[0-9]+(?:\s|[^0-9]*[^-+/.:,0-9\s]\s{0,2}))"
_TIMED += r"(?P<hour>[01]?[0-9]|2[0-3])"
_TIMED += r"(?P<rest>:[0-5][0-9](?::[0-5][0-9])?(?:\s?น\.?)?|\.[0-5][0-9]\s?น\.)$"
_THAI_DIGITS = {chr(0x0E50 + digit): str(digit) for digit in range(10)}
_READ = pl.Schema({"at": _INSTANT, "precision": pl.String(), "method": pl.String(), "flag": pl.String()})


def parse_published(
    published_raw: pl.Series,
    crawled_at: pl.Series,
    dateline: pl.Series | None = None,
    *,
    oldest_year: int,
    future_hours: int,
) -> pl.DataFrame:
    """`published_at` (UTC, µs), `published_precision`, `published_method` and `date_flag`, one row for each text.

    A row has either a time, with precision and method, or a flag. Years before `oldest_year` and the day of epoch zero
    are impossible; times over `future_hours` after the crawl are of the future. Both are judged in Bangkok. Where no
    date was delivered, that of the `dateline` stands in, and is flagged: a row has both then.
    """
    found = _judged(published_raw, crawled_at, oldest_year=oldest_year, future_hours=future_hours)
    if dateline is None:
        return found
    lacking = ((found["date_flag"] == DateFlag.NO_DATE.value) & dateline.is_not_null()).arg_true()
    if not len(lacking):
        return found
    told, crawls = dateline.gather(lacking), crawled_at.gather(lacking)
    in_text = _judged(told, crawls, oldest_year=oldest_year, future_hours=future_hours)
    is_told = in_text["date_flag"].is_null()
    stands_in, given = lacking.filter(is_told), in_text.filter(is_told)
    given = given.with_columns(date_flag=pl.lit(DateFlag.FROM_TEXT.value))
    return found.with_columns(found[name].scatter(stands_in, given[name]) for name in found.columns)


def _judged(texts: pl.Series, crawled_at: pl.Series, *, oldest_year: int, future_hours: int) -> pl.DataFrame:
    """What `parse_published` says of texts alone."""
    rows = pl.DataFrame({"text": texts.cast(pl.String), "crawl": crawled_at.cast(_INSTANT)})
    at = pl.col("at")
    judged = (
        pl.when(at.is_null())
        .then(pl.col("flag"))
        .when(at.dt.convert_time_zone("Asia/Bangkok").dt.year() < oldest_year)
        .then(pl.lit(DateFlag.IMPOSSIBLE.value))
        .when(at > pl.col("crawl") + pl.duration(hours=future_hours))
        .then(pl.lit(DateFlag.FUTURE.value))
    )
    fields = {"at": "published_at", "precision": "published_precision", "method": "published_method"}
    kept = (pl.when(pl.col("flag").is_null()).then(pl.col(name)).alias(given) for name, given in fields.items())
    return _readings(rows).with_columns(flag=judged).select(*kept, date_flag="flag")


def parse_crawled(crawled_raw: pl.Series, *, night: date | None) -> pl.Series:
    """The crawl times (`crawled_at`, UTC, µs). Where one is missing, unreadable or from before 1990: the night.

    The night's value is its midnight in Bangkok, which says "that day, hour unknown": see `parse_date`. Null without
    a night.
    """
    rows = pl.DataFrame({"text": crawled_raw.cast(pl.String)}).with_columns(crawl=pl.lit(None, dtype=_INSTANT))
    midnight = datetime.combine(night, time(), BANGKOK).astimezone(UTC) if night else None
    is_real = pl.col("at") >= datetime(WEB_FROM, 1, 1, tzinfo=UTC)
    crawled = pl.when(is_real).then("at").otherwise(pl.lit(midnight, dtype=_INSTANT))
    return _readings(rows).select(crawled.alias("crawled_at")).to_series()


def _readings(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `at`, `precision`, `method` and `flag`.

    Python reads a distinct day once, whatever clock stands behind it, and any other distinct text once for each crawl.
    """
    is_iso, is_epoch = pl.col("text").str.contains(_ZONED), pl.col("text").str.contains(_EPOCH)
    iso = pl.when(is_iso).then(pl.col("text").str.replace(" ", "T", literal=True))
    epoch = pl.when(is_epoch).then(pl.col("text")).cast(pl.Int64, strict=False) * 1_000_000
    rows = rows.with_columns(
        at=pl.coalesce(
            iso.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", strict=False, time_unit="us"), epoch.cast(_INSTANT)
        ),
        precision=pl.lit(DatePrecision.SECOND.value),
        method=pl.when(is_iso).then(pl.lit(DateMethod.ISO.value)).otherwise(pl.lit(DateMethod.EPOCH.value)),
        flag=pl.when(pl.col("text").is_null()).then(pl.lit(DateFlag.NO_DATE.value)),
    )
    rows = _filled(rows, _timed)
    return _filled(rows, lambda texts: _read(texts.rename({"text": "·text"}), by=["·text", "crawl"]))


def _filled(rows: pl.DataFrame, read: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """The rows, those that nothing has read so far as `read` has them: it takes text and crawl, and gives `_READ`."""
    if not rows["at"].null_count():
        return rows
    unread = (rows["at"].is_null() & rows["flag"].is_null()).arg_true()
    if not len(unread):
        return rows
    found = read(rows.select("text", "crawl")[unread])
    return rows.with_columns(rows[name].scatter(unread, found[name]) for name in _READ)


def _timed(texts: pl.DataFrame) -> pl.DataFrame:
    """Readings of texts that end with a clock: that of their day at zero o'clock, and the clock.

    With the year in the text no more of the crawl is asked for than its year. What is no such day is left unread.
    """
    western = pl.col("text").str.replace_many(_THAI_DIGITS)
    clock = texts.select("crawl", western.str.extract_groups(_TIMED).struct.unnest()).with_columns(
        year=pl.col("crawl").dt.convert_time_zone("Asia/Bangkok").dt.year()
    )
    rest = pl.col("rest")
    seconds = (pl.col("hour").cast(pl.Int64) * 60 + rest.str.slice(1, 2).cast(pl.Int64)) * 60
    seconds += rest.str.extract(r"^:..:(..)").cast(pl.Int64).fill_null(0)
    at_zero = pl.concat_str("day", pl.concat_str("hour", "rest").str.replace_all("[0-9]", "0"))
    clock = clock.with_columns(pl.duration(seconds=seconds).alias("past"), at_zero.alias("·text"))
    found = _read(clock, by=["·text", "year"]).with_columns(at=pl.col("at") + clock["past"])
    is_stated = pl.col("method").is_in([method.value for method in STATED])
    return found.select(pl.when(is_stated).then(name).alias(name) for name in _READ)


def _read(texts: pl.DataFrame, *, by: list[str]) -> pl.DataFrame:
    """`_READ` for each row of `·text` and crawl, which is read once for all rows that are the same in `by`."""
    distinct = texts.unique(by, keep="first", maintain_order=True).drop_nulls("·text")
    read = [_columns(read_instant(*row)) for row in distinct.select("·text", "crawl").iter_rows()]
    found = distinct.select(by).hstack(pl.DataFrame(read, schema=_READ, orient="row"))
    return (
        texts.select(by).join(found, on=by, how="left", nulls_equal=True, maintain_order="left").select(_READ.names())
    )


def _columns(read: ParsedDate | DateFlag) -> tuple[datetime | None, str | None, str | None, str | None]:
    if isinstance(read, DateFlag):
        return None, None, None, read.value
    return read.at, read.precision.value, read.method.value, None
