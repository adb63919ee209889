from datetime import date, timedelta

import polars as pl
import pytest

from dedup.gates import METRICS, judge_night
from dedup.settings import GateSettings

SETTINGS = GateSettings(min_nights=3)
USUAL = {"records": 100, "quarantine": 0.02, "removed": 0.3, "copies": 0.4, "dates": 1.0}


def nights(n: int, **other: float) -> pl.DataFrame:
    rows = [{"night": date(2026, 11, 1) + timedelta(days=i), "source": "north", **USUAL, **other} for i in range(n)]
    return pl.DataFrame(rows, schema={"night": pl.Date, "source": pl.String, **dict.fromkeys(METRICS, pl.Float64)})


def failing(tonight: pl.DataFrame, history: pl.DataFrame | None = None) -> list[str]:
    return judge_night(tonight, nights(5) if history is None else history, SETTINGS)["gate"].to_list()


def test_usual_night_passes() -> None:
    assert failing(nights(1)) == []


@pytest.mark.parametrize(
    ("metric", "value", "gate"),
    [
        ("records", 10, "records"),
        ("records", 900, "records"),
        ("quarantine", 0.5, "quarantine"),
        ("removed", 0.6, "removed"),
        ("removed", 0.1, "removed"),
        ("copies", 0.95, "copies"),
        ("dates", 0.5, "dates"),
    ],
)
def test_night_far_from_its_history_is_named(metric: str, value: float, gate: str) -> None:
    tonight = nights(1, **{metric: value})
    if metric == "records" and value < SETTINGS.min_records:
        assert failing(tonight) == [gate]
    else:
        assert gate in failing(tonight)


def test_outlet_that_delivers_nothing_is_silent() -> None:
    found = judge_night(nights(0), nights(5), SETTINGS)
    assert found.select("source", "gate", "found", "usual").row(0) == ("north", "silent", 0.0, 100.0)


def test_young_outlet_is_not_judged() -> None:
    assert failing(nights(1, quarantine=0.9), nights(2)) == []


def test_share_of_a_handful_of_records_means_nothing() -> None:
    small = nights(5, records=8)
    assert failing(nights(1, records=8, quarantine=0.9, dates=0.0), small) == []


def test_outlet_that_often_has_refused_records_is_borne() -> None:
    assert failing(nights(1, quarantine=0.35), nights(5, quarantine=0.15)) == []
