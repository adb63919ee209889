import polars as pl
import pytest

from dedup.errors import InvariantError
from dedup.invariants import check_conservation, check_members

MEMBERS = pl.DataFrame(
    {
        "article_id": ["a", "b", "c"],
        "story_id": ["a", "a", "c"],
        "canonical_id": ["a", "a", "c"],
        "is_canonical": [True, False, True],
        "jaccard": [None, 0.9, None],
        "containment": [None, 1.0, None],
    }
)


def set_cell(row: int, column: str, value: object) -> pl.DataFrame:
    rows = MEMBERS.to_dicts()
    rows[row][column] = value
    return pl.DataFrame(rows, schema=MEMBERS.schema)


def test_whole_members_pass() -> None:
    check_members(MEMBERS, MEMBERS["article_id"])


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (1, "article_id", "a", "stand twice"),
        (1, "is_canonical", True, "marked as kept"),
        (2, "article_id", "d", "in no story"),
        (1, "canonical_id", "c", "another story"),
        (1, "story_id", "c", "another story"),
        (1, "jaccard", None, "without evidence"),
    ],
)
def test_broken_promise_is_named(row: int, column: str, value: object, message: str) -> None:
    with pytest.raises(InvariantError, match=message):
        check_members(set_cell(row, column, value), MEMBERS["article_id"])


def test_canonical_that_is_not_kept_is_named() -> None:
    chained = pl.concat(
        [
            MEMBERS,
            MEMBERS.filter(pl.col("article_id") == "b").with_columns(article_id=pl.lit("d"), canonical_id=pl.lit("b")),
        ]
    )
    with pytest.raises(InvariantError, match="not kept"):
        check_members(chained, chained["article_id"])


def test_canonical_older_than_the_window_is_accepted() -> None:
    check_members(set_cell(1, "canonical_id", "older").with_columns(story_id="canonical_id"), MEMBERS["article_id"])


def test_lost_record_is_named_with_its_file() -> None:
    files = pl.DataFrame({"file": ["x", "y"], "n_read": [3, 5], "n_articles": [2, 4], "n_quarantined": [1, 0]})
    with pytest.raises(InvariantError, match="y: 5 records read, 4 accepted and 0 quarantined"):
        check_conservation(files)
    check_conservation(files.head(1))
