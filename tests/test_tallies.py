from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dedup.tallies import figures, first_publishers, reuse
from dedup.versions import scan

MEMBERS = pl.DataFrame(
    [
        ("a1", "a1", "north", "north", True, True, 0),
        ("a2", "a1", "south", "north", False, False, 30),
        ("a3", "a1", "west", "north", False, False, 50),
        ("b1", "b1", "south", "south", True, True, 0),
        ("b2", "b1", "south", "south", False, False, 5),
        ("c9", "c0", "west", "gone", False, False, None),  # of a story of another night
    ],
    schema={
        "article_id": pl.String, "story_id": pl.String, "source": pl.String, "first_source": pl.String,
        "is_origin": pl.Boolean, "is_canonical": pl.Boolean, "lag_minutes": pl.Int64,
    },
    orient="row",
)  # fmt: skip


def test_first_publishers_are_ranked_by_what_they_began_and_what_others_took_up() -> None:
    found = first_publishers(MEMBERS).sort("first_rank").drop("n_articles", "n_kept", "n_stories")
    assert found.rows() == [
        (1, "north", 1, 0, 2, 40.0),
        (2, "south", 1, 1, 0, None),
        (3, "gone", 0, 0, 1, None),
        (4, "west", 0, 2, 0, None),
    ]


def test_own_updates_are_no_reprints() -> None:
    row = first_publishers(MEMBERS).filter(source="south").row(0, named=True)
    assert (row["n_articles"], row["n_kept"], row["n_stories"], row["n_reprints"]) == (3, 1, 2, 1)


def test_story_is_new_in_the_night_of_its_oldest_member() -> None:
    row = figures(MEMBERS, 4).row(0, named=True)
    assert (row["n_records"], row["n_articles"], row["n_stories"], row["n_new_stories"]) == (10, 6, 3, 2)


def test_night_without_an_article_has_figures() -> None:
    assert figures(MEMBERS.clear(), 2).row(0) == (2, 2, 0, 0, 0, 0)
    assert first_publishers(MEMBERS.clear()).is_empty()
    assert reuse(MEMBERS.clear().with_columns(containment=pl.lit(0.5))).is_empty()


@pytest.fixture(scope="module")
def folder(sample_home: Path) -> Path:
    return sample_home / "published" / "current"


def test_figures_of_the_sample_are_those_of_its_members(folder: Path) -> None:
    nights, members = scan(folder, "nights").collect(), scan(folder, "members").collect()
    assert nights["n_new_stories"].sum() == members["story_id"].n_unique()
    assert nights["n_articles"].sum() == members.height
    assert nights["n_quarantined"].sum() == scan(folder, "quarantine").collect().height
    by_night = members.group_by("dt").agg(n_stories=pl.col("story_id").n_unique().cast(pl.UInt32)).sort("dt")
    assert_frame_equal(nights.sort("dt").select("dt", "n_stories"), by_night)


def test_outlets_and_pairs_of_outlets_tell_the_same(folder: Path) -> None:
    outlets, pairs = scan(folder, "outlets").collect(), scan(folder, "sources").collect()
    foreign = pairs.filter(pl.col("source") != pl.col("first_source"))
    for column, side in (("n_reprints", "source"), ("n_reprinted", "first_source")):
        told = outlets.filter(pl.col(column) > 0).select("dt", "source", column)
        counted = foreign.group_by("dt", source=side).agg(pl.col("n_articles").sum().alias(column))
        assert_frame_equal(told, counted, check_row_order=False)
    assert outlets["n_begun"].sum() == scan(folder, "members").select(pl.col("story_id").n_unique()).collect().item()


def test_ranks_of_a_night_are_one_each(folder: Path) -> None:
    for _, rows in scan(folder, "outlets").collect().group_by("dt"):
        assert rows["first_rank"].sort().to_list() == list(range(1, rows.height + 1))
