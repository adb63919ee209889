"""Quality on the sample may rise and must not fall. When a floor is raised, it is raised here."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dedup.scoring.assess import assess, read_truth
from dedup.settings import MatchSettings
from tests.conftest import SAMPLE

FLOORS = {
    "precision": 1.0,
    "f1": 1.0,
    "ari": 1.0,
    "b_cubed f1": 1.0,
    "recall_by excerpt/verbatim": 1.0,
    "recall_by expanded/verbatim": 1.0,
    "recall_by recrawl/verbatim": 1.0,
    "recall_by syndicated/heavy": 1.0,
    "recall_by syndicated/light": 1.0,
    "recall_by syndicated/medium": 1.0,
    "recall_by syndicated/verbatim": 1.0,
    "recall_by update/light": 1.0,
    "series_same_day_joined": 1.0,
    "text precision": 0.997,
    "text recall": 0.9995,
}
CEILINGS = {
    "missing": 0,
    "series_other_day_joined": 0.0,
    "shared_background_joined": 0.0,
    "roundups_swallowed": 0,
    "clusters_mixing_stories": 0,
    "accepted pairs of two stories": 0,
    "linked pairs of one story": 1,
    "keep refused": 0,
    "keep-or-reject:date refused": 0,
    "repair refused": 0,
    "repair-or-reject:encoding refused": 1,
}


@pytest.fixture(scope="module")
def scores(sample_home: Path) -> dict[str, Any]:
    folder = sample_home / "published" / "current"
    found = assess(sample_home, folder, read_truth(SAMPLE / "truth.parquet"), MatchSettings(), with_text=True)
    scores = found.scores
    wrong = found.calibration.filter(by="rule").with_columns(n_same=pl.col("pairs") * pl.col("same_share"))
    sums = wrong.group_by("verdict").agg(pl.col("pairs").sum(), pl.col("n_same").sum().round())
    pairs = {verdict: (n, n_same) for verdict, n, n_same in sums.iter_rows()}
    return {
        **scores,
        **{f"recall_by {name}": share for name, share in scores["recall_by"].items()},
        **{f"text {name}": share for name, share in scores["text"]["all"].items()},
        **{f"{expect} refused": row["refused"] for expect, row in scores["screening"].items()},
        "b_cubed f1": scores["b_cubed"]["f1"],
        "accepted pairs of two stories": pairs["accepted"][0] - pairs["accepted"][1],
        "linked pairs of one story": pairs["linked"][1],
    }


@pytest.mark.parametrize("name", FLOORS)
def test_score_is_not_below_its_floor(scores: dict[str, Any], name: str) -> None:
    assert scores[name] >= FLOORS[name]


@pytest.mark.parametrize("name", CEILINGS)
def test_mistakes_are_not_above_their_ceiling(scores: dict[str, Any], name: str) -> None:
    assert scores[name] <= CEILINGS[name]


def test_every_record_to_reject_is_refused(scores: dict[str, Any]) -> None:
    assert {
        expect: row["records"] - row["refused"]
        for expect, row in scores["screening"].items()
        if expect.startswith("reject:") and row["records"] != row["refused"]
    } == {}
