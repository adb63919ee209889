from datetime import date, timedelta

import polars as pl
import pytest

from dedup.gates import METRICS, Judgement, judge_night
from dedup.settings import GateSettings

SETTINGS = GateSettings(min_nights=3)
USUAL = {"records": 100, "quarantine": 0.02, "removed": 0.3, "copies": 0.4, "dates": 1.0}


def nights(n: int, **other: float) -> pl.DataFrame:
    rows = [{"night": date(2026, 11, 1) + timedelta(days=i), "source": "north", **USUAL, **other} for i in range(n)]
    return pl.DataFrame(rows, schema={"night": pl.Date, "source": pl.String, **dict.fromkeys(METRICS, pl.Float64)})


def judged(tonight: pl.DataFrame, history: pl.DataFrame | None = None, **other: object) -> dict[str, str]:
    """Gate → how it judged."""
    settings = SETTINGS.model_copy(update=other)
    rows = judge_night(tonight, nights(5) if history is None else history, settings)
    return dict(rows.select("gate", "judgement").iter_rows())


def failing(tonight: pl.DataFrame, history: pl.DataFrame | None = None) -> list[str]:
    return [gate for gate, found in judged(tonight, history).items() if found == Judgement.FAILED]


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
    found = judge_night(nights(0), nights(5), SETTINGS).filter(judgement=Judgement.FAILED)
    assert found.select("source", "gate", "found", "usual").rows() == [("north", "silent", 0.0, 100.0)]


def test_young_outlet_is_not_judged() -> None:
    assert set(judged(nights(1, quarantine=0.9), nights(2)).values()) == {Judgement.UNJUDGED}


def test_new_outlet_and_one_that_is_gone_have_their_rows() -> None:
    history = nights(5).with_columns(source=pl.lit("gone"))
    found = judge_night(nights(1), history, SETTINGS)
    assert found.group_by("source").len().sort("source").rows() == [("gone", 6), ("north", 6)]


def test_what_a_person_has_looked_at_is_accepted() -> None:
    tonight = nights(1, quarantine=0.9, dates=0.1)
    found = judged(tonight, accept=["quarantine:north", "dates:south"])
    assert (found["quarantine"], found["dates"]) == (Judgement.ACCEPTED, Judgement.FAILED)
    assert judged(tonight, accept=["dates"])["dates"] == Judgement.ACCEPTED


def test_gates_that_are_off_judge_nothing() -> None:
    assert set(judged(nights(1, quarantine=0.9), is_on=False).values()) == {Judgement.UNJUDGED}


def test_share_of_a_handful_of_records_means_nothing() -> None:
    small = nights(5, records=8)
    assert failing(nights(1, records=8, quarantine=0.9, dates=0.0), small) == []


def test_outlet_that_often_has_refused_records_is_borne() -> None:
    assert failing(nights(1, quarantine=0.35), nights(5, quarantine=0.15)) == []
