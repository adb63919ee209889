from datetime import UTC, date, datetime

import polars as pl
import pytest

from dedup.showing.qualitytable import UNKNOWN, quality_table

FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
NAMES = pl.List(pl.String)


def members(rows: list[tuple[date, str, datetime | None, float, list[str]]]) -> pl.LazyFrame:
    schema = {
        "dt": pl.Date,
        "source": pl.String,
        "published_at": pl.Datetime("us", "UTC"),
        "removed_share": pl.Float64,
        "flags": NAMES,
    }
    return pl.LazyFrame(rows, schema=schema, orient="row")


def quarantine(rows: list[tuple[date, str | None, list[str]]]) -> pl.LazyFrame:
    return pl.LazyFrame(rows, schema={"dt": pl.Date, "source": pl.String, "reasons": NAMES}, orient="row")


ACCEPTED = members(
    [
        (FIRST, "daily", NOON, 0.2, []),
        (FIRST, "daily", None, 0.4, ["short", "no-date"]),
        (FIRST, "daily", NOON, 0.3, ["short"]),
        (SECOND, "daily", NOON, 0.1, []),
    ]
)
REFUSED = quarantine(
    [
        (FIRST, "daily", ["too-short", "no-title"]),
        (FIRST, "weekly", ["no-title"]),
        (SECOND, None, ["not-json"]),
        (SECOND, None, ["not-json"]),
        (SECOND, "daily", ["empty-text"]),
    ]
)


def test_night_of_a_source_has_its_counts_and_shares() -> None:
    row = quality_table(ACCEPTED, REFUSED).row(0, named=True)
    assert (row["dt"], row["source"]) == (FIRST, "daily")
    assert (row["records"], row["articles"], row["quarantined"]) == (4, 3, 1)
    assert row["quarantined_share"] == 0.25
    assert row["removed_share"] == pytest.approx(0.3)
    assert row["dated_share"] == pytest.approx(2 / 3)
    assert row["flagged_share"] == pytest.approx(2 / 3)


def test_every_reason_and_flag_is_counted_the_commonest_first() -> None:
    row = quality_table(ACCEPTED, REFUSED).row(0, named=True)
    assert row["flags"] == [{"name": "short", "n": 2}, {"name": "no-date", "n": 1}]
    assert row["reasons"] == [{"name": "no-title", "n": 1}, {"name": "too-short", "n": 1}]


def test_source_with_nothing_accepted_is_shown_without_shares() -> None:
    table = quality_table(ACCEPTED, REFUSED).filter(source="weekly")
    assert table.select("articles", "quarantined", "removed_share", "dated_share").rows() == [(0, 1, None, None)]
    assert table["flags"].to_list() == [[]]


def test_what_names_no_source_is_counted_too() -> None:
    table = quality_table(ACCEPTED, REFUSED)
    assert table.filter(source=UNKNOWN).select("dt", "records").rows() == [(SECOND, 2)]
    assert table["records"].sum() == 9


def test_sources_may_be_summed_over_the_nights_and_nights_over_the_sources() -> None:
    sources = quality_table(ACCEPTED, REFUSED, by=["source"])
    assert sources.select("source", "records").rows() == [(UNKNOWN, 2), ("daily", 6), ("weekly", 1)]
    nights = quality_table(ACCEPTED, REFUSED, by=["dt"])
    assert nights.select("dt", "records").rows() == [(FIRST, 5), (SECOND, 4)]


def test_last_nights_are_the_newest_of_both_tables() -> None:
    table = quality_table(ACCEPTED.filter(dt=FIRST), REFUSED, last=1)
    assert set(table["dt"]) == {SECOND}


def test_nothing_published_gives_an_empty_table() -> None:
    table = quality_table(members([]), quarantine([]))
    assert table.is_empty()
    assert table.columns[:6] == ["dt", "source", "records", "articles", "quarantined", "quarantined_share"]
