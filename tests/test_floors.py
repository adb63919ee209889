"""Quality on the sample may rise and must not fall. When a floor is raised, it is raised here."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dedup import assess, evaluate
from tests.conftest import SAMPLE

FLOORS = {
    "precision": 1.0,
    "f1": 0.96,
    "ari": 0.96,
    "recall_by excerpt/verbatim": 1.0,
    "recall_by expanded/verbatim": 1.0,
    "recall_by recrawl/verbatim": 1.0,
    "recall_by syndicated/heavy": 0.87,
    "recall_by syndicated/light": 1.0,
    "recall_by syndicated/medium": 0.87,
    "recall_by syndicated/verbatim": 1.0,
    "recall_by update/light": 0.75,
    "series_same_day_joined": 1.0,
    "text precision": 0.985,
    "text recall": 0.99,
}
CEILINGS = {
    "missing": 0,
    "series_other_day_joined": 0.0,
    "shared_background_joined": 0.0,
    "roundups_swallowed": 0,
    "keep refused": 0,
}


@pytest.fixture(scope="module")
def scores(sample_home: Path) -> dict[str, Any]:
    folder = sample_home / "published" / "current"
    truth = pl.read_parquet(SAMPLE / "truth.parquet")
    found = evaluate.clustering(truth, pl.read_parquet(folder / "members" / "**" / "*.parquet"))
    recall = {f"recall_by {name}": share for name, share in found.pop("recall_by").items()}
    refused = evaluate.screening(truth, pl.read_parquet(folder / "quarantine" / "**" / "*.parquet"))
    text = evaluate.cleaning(truth, assess.texts(sample_home))["all"]
    texts = {f"text {name}": share for name, share in text.items()}
    rejected = {f"{expect} refused": row["refused"] for expect, row in refused.items()}
    to_reject = {expect: row for expect, row in refused.items() if expect.startswith("reject:")}
    return {**found, **recall, **texts, **rejected, "screening": to_reject}


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
        if row["records"] != row["refused"]
    } == {}
