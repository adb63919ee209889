"""Exact comparison reads an article once, and judges the same whatever it holds."""

import shutil
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest

from dedup import comparing
from dedup.comparing import Comparison
from dedup.index import Index
from dedup.settings import Settings
from tests.conftest import run_all
from tests.test_link import NIGHTS, OTHER, STORY, deliver


@pytest.fixture
def compare(tmp_path: Path) -> Comparison:
    """Over four articles of two nights, of which three are the same story."""
    for night, outlet, text in zip(
        [NIGHTS[0], NIGHTS[0], NIGHTS[1], NIGHTS[1]],
        ["north", "west", "south", "east"],
        [STORY, OTHER, STORY, STORY],
        strict=True,
    ):
        deliver(tmp_path / "raw", night, outlet, text)
    run_all(tmp_path / "raw", tmp_path / "home")
    return Comparison(Index(tmp_path / "home" / "index"), NIGHTS[:1], NIGHTS[1], Settings())


def pairs_of(compare: Comparison) -> pl.DataFrame:
    articles = compare.index.read([*compare.window, compare.night], "prepare", "articles", ["article_id"])
    pairs = list(combinations(articles["article_id"], 2))
    return pl.DataFrame(pairs, schema=["left_id", "right_id"], orient="row")


def test_what_is_held_is_not_read_again(compare: Comparison) -> None:
    pairs = pairs_of(compare)
    first = compare(pairs)
    assert sorted(first["rule"].value_counts().to_dicts(), key=str) == [
        {"rule": "below", "count": 3},
        {"rule": "exact", "count": 3},
    ]
    for night in (*compare.window, compare.night):
        shutil.rmtree(compare.index.folder(night, "sketch"))
        shutil.rmtree(compare.index.folder(night, "prepare"))
    assert compare(pairs[2:4]).equals(first[2:4])


def test_what_is_missing_is_read_beside_what_is_held(compare: Comparison) -> None:
    pairs = pairs_of(compare)
    every = compare(pairs)
    anew = Comparison(compare.index, compare.window, compare.night, compare.settings)
    assert pl.concat([anew(pairs[:1]), anew(pairs[1:])]).equals(every)


def test_without_room_nothing_is_held_and_the_same_is_judged(
    compare: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = compare(pairs_of(compare))
    monkeypatch.setattr(comparing, "AT_ONCE", 1)
    assert compare(pairs_of(compare)).equals(every)
    assert compare._held == {}


def test_nothing_to_compare_is_no_pair(compare: Comparison) -> None:
    assert compare(pairs_of(compare).clear()).is_empty()
