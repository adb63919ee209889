from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from dedup.matching.lookalikes import (
    is_background,
    is_container,
    is_reopened,
    is_revision,
    is_rewrite,
    is_series,
    is_subject,
    is_update,
)
from dedup.settings import MatchSettings

SETTINGS = MatchSettings()
PUBLISHED = datetime(2026, 11, 1, tzinfo=UTC)
PAIR: dict[str, object] = {
    "n_left": 100,
    "n_right": 120,
    "shared": 90,
    "jaccard": 0.7,
    "containment_left": 0.9,
    "containment_right": 0.75,
    "word_share": 0.95,
    "figures": 10,
    "figures_shared": 10,
    "standing_figures": 10,
    "exchanged_figures": 0,
    "has_other_dates": False,
    "is_one_day": False,
    "names_lacking": 0,
    "longest_run": 0.3,
    "headline_gain": 0.0,
    "container_headline": 0.8,
    "left_outlet": "a",
    "right_outlet": "b",
    "left_page": "https://a.example/1",
    "right_page": "https://b.example/1",
    "left_night": date(2026, 11, 2),
    "right_night": date(2026, 11, 2),
    "left_published": PUBLISHED,
    "right_published": PUBLISHED,
}


def holds(question: pl.Expr, days: int = 0, **facts: object) -> bool:
    """The answer for a pair whose right article was published `days` after the left one."""
    when = {
        "right_published": PUBLISHED + timedelta(days=days),
        "right_night": date(2026, 11, 2) + timedelta(days=days),
    }
    return bool(pl.DataFrame([PAIR | when | facts]).select(question).item())


@pytest.mark.parametrize(
    ("days", "facts", "wanted"),
    [
        (0, {}, False),
        (0, {"exchanged_figures": 2}, True),
        (0, {"exchanged_figures": 2, "standing_figures": 50}, False),  # two corrected figures in a long table
        (0, {"exchanged_figures": 1}, False),
        (0, {"exchanged_figures": 1, "has_other_dates": True}, True),
        (4, {"exchanged_figures": 1}, True),
        (0, {"has_other_dates": True}, False),
        (4, {"has_other_dates": True}, True),
        (4, {"has_other_dates": True, "word_share": 0.7}, False),
        (4, {"has_other_dates": True, "containment_left": 0.4, "containment_right": 0.3}, False),
        (4, {}, False),
        (4, {"right_outlet": "a"}, True),
        (4, {"right_outlet": "a", "jaccard": 0.95}, False),
        (4, {"right_outlet": None, "left_outlet": None}, False),
        (-4, {"right_outlet": "a"}, True),
        (0, {"has_other_dates": True, "right_outlet": "a"}, True),
        (0, {"has_other_dates": True, "right_outlet": "a", "word_share": 0.7}, False),
        (0, {"has_other_dates": True, "right_outlet": "a", "jaccard": 0.95}, False),
        (0, {"has_other_dates": True, "right_outlet": "a", "right_page": "https://a.example/1"}, False),
    ],
)
def test_series_is_told_by_figures_dates_and_days(days: int, facts: dict[str, object], wanted: bool) -> None:
    assert holds(is_series(SETTINGS), days, **facts) is wanted


@pytest.mark.parametrize(("facts", "wanted"), [({"has_other_dates": True}, True), ({"right_outlet": "a"}, False)])
def test_nights_stand_in_for_unknown_publication_times_but_a_page_may_be_fetched_again(
    facts: dict[str, object], wanted: bool
) -> None:
    unknown = pl.lit(None, pl.Datetime("us", "UTC"))
    row = pl.DataFrame([PAIR | {"right_night": date(2026, 11, 9)} | facts]).with_columns(right_published=unknown)
    assert row.select(is_series(SETTINGS)).item() is wanted


UPDATE = {"is_one_day": True, "exchanged_figures": 3}


@pytest.mark.parametrize(
    ("days", "facts", "wanted"),
    [
        (0, {}, True),
        (2, {}, True),
        (3, {}, False),
        (-3, {}, False),
        (0, {"is_one_day": False}, False),
        (0, {"exchanged_figures": 5}, False),
        (0, {"word_share": 0.8}, False),
    ],
)
def test_a_revision_is_of_one_day_with_most_figures_as_they_were(
    days: int, facts: dict[str, object], wanted: bool
) -> None:
    assert holds(is_revision(SETTINGS), days, **UPDATE | facts) is wanted
    assert holds(is_update(SETTINGS), days, **UPDATE | facts) is wanted


def test_an_update_exchanges_nothing_but_figures_unless_it_stands_at_the_same_address() -> None:
    page = {"left_outlet": "a", "right_outlet": "a", "left_page": "https://a.example/1"}
    reworded = UPDATE | {"names_lacking": 1}
    assert not holds(is_update(SETTINGS), **reworded)
    assert holds(is_update(SETTINGS), **reworded | page | {"right_page": page["left_page"]})
    assert not holds(is_update(SETTINGS), **reworded | page | {"right_page": None, "left_page": None})
    assert not holds(is_update(SETTINGS), **reworded | page | {"is_one_day": False, "right_page": page["left_page"]})
    assert holds(is_revision(SETTINGS), **reworded)


def test_a_container_prints_the_other_headline_and_not_its_own() -> None:
    part = {"containment_left": 0.9, "containment_right": 0.3, "headline_gain": 0.6, "container_headline": 0.0}
    assert holds(is_container(SETTINGS), **part)
    assert not holds(is_container(SETTINGS), **part | {"container_headline": 0.5})
    assert not holds(is_container(SETTINGS), **part | {"headline_gain": 0.1})
    assert not holds(is_container(SETTINGS), **part | {"containment_right": 0.6})


@pytest.mark.parametrize(
    ("days", "facts", "wanted"),
    [
        (0, {}, False),
        (30, {}, True),
        (-30, {}, True),
        (7, {}, False),
        (0, {"shared": 20}, True),  # of a short text
        (30, {"containment_left": 0.6}, False),
        (0, {"shared": 20, "containment_left": 0.6}, False),
    ],
)
def test_a_smaller_part_is_the_subject_and_no_copy_where_it_is_little_or_comes_long_after(
    days: int, facts: dict[str, object], wanted: bool
) -> None:
    part = {"containment_left": 0.4, "containment_right": 0.3, "shared": 40}
    assert holds(is_subject(), days, **part | facts) is wanted


def test_nights_say_nothing_of_how_long_after_a_text_came() -> None:
    unknown = pl.lit(None, pl.Datetime("us", "UTC"))
    part = {"containment_left": 0.4, "containment_right": 0.3, "shared": 40, "right_night": date(2027, 1, 9)}
    row = pl.DataFrame([PAIR | part]).with_columns(right_published=unknown)
    assert not row.select(is_subject()).item()


def test_one_shared_run_is_background() -> None:
    assert holds(is_background(SETTINGS), longest_run=0.9)
    assert not holds(is_background(SETTINGS), longest_run=0.4)


REOPENED = {
    "is_one_day": True,
    "longest_run": 0.8,
    "containment_left": 0.5,
    "containment_right": 0.45,
    "word_share": 0.75,
}


@pytest.mark.parametrize(
    ("days", "facts", "wanted"),
    [
        (0, {}, True),
        (3, {}, False),
        (0, {"is_one_day": False}, False),
        (0, {"longest_run": 0.4}, False),  # shared all along: a rewrite
        (0, {"containment_right": 0.3}, False),
        (0, {"figures_shared": 4}, False),
        (0, {"word_share": 0.5}, False),
        (0, {"right_outlet": "a"}, False),
    ],
)
def test_the_same_report_of_the_day_may_have_another_first_paragraph(
    days: int, facts: dict[str, object], wanted: bool
) -> None:
    assert holds(is_reopened(SETTINGS), days, **REOPENED | facts) is wanted


def test_a_newer_longer_text_with_little_of_the_older_one_has_it_as_background() -> None:
    little = {"n_right": 900, "containment_right": 0.1}
    assert holds(is_background(SETTINGS), days=3, **little)
    assert not holds(is_background(SETTINGS), days=-3, **little)
    assert not holds(is_background(SETTINGS), days=0, **little)


def test_a_rewrite_is_another_outlet_s_with_words_and_figures_in_common() -> None:
    cut = {"containment_left": 0.4, "containment_right": 0.3, "word_share": 0.72}
    assert holds(is_rewrite(SETTINGS), **cut)
    assert not holds(is_rewrite(SETTINGS), **cut | {"right_outlet": "a"})
    assert not holds(is_rewrite(SETTINGS), **cut | {"word_share": 0.6})
    assert not holds(is_rewrite(SETTINGS), **cut | {"figures_shared": 4})
    assert holds(is_rewrite(SETTINGS), **cut | {"figures": 2, "figures_shared": 1})
