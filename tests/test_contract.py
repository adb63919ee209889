from math import inf, nan

import polars as pl
import pytest
from dataframely.exc import ValidationError
from polars.testing import assert_frame_equal

from dedup import contract

ARTICLE = {
    "article_id": ["a", "b"], "story_id": ["a", "b"], "source": ["x", "y"], "title": ["t", "u"], "body": ["1", "2"],
    "n_members": [1, 2], "n_sources": [1, 1], "first_source": ["x", "y"], "flags": [[], ["dated"]],
    "removed_share": [0.1, 0.0], "file": ["f", "f"], "line": [1, 2],
}  # fmt: skip


def articles(**other: object) -> pl.DataFrame:
    empty = {name: [None, None] for name in contract.polars_schema("articles")}
    return pl.DataFrame({**empty, **ARTICLE, **other}, schema=contract.polars_schema("articles"))


def test_rows_that_keep_the_contract_stay_as_they_are_in_its_order() -> None:
    rows = articles().with_columns(other=1).select(pl.all().reverse())
    assert_frame_equal(contract.conform(rows.select(sorted(rows.columns)), "articles"), rows.drop("other"))


def test_other_types_are_cast() -> None:
    rows = articles().with_columns(pl.col("n_members").cast(pl.Int64), pl.col("removed_share").cast(pl.Float32))
    assert contract.conform(rows, "articles").schema == contract.polars_schema("articles")


@pytest.mark.parametrize(
    "broken",
    [
        {"article_id": ["a", "a"]},
        {"article_id": ["a", None]},
        {"body": [None, "2"]},
        {"n_members": [1, None]},
        {"flags": [[], None]},
        {"flags": [[], ["dated", None]]},
        {"removed_share": [nan, 0.0]},
        {"removed_share": [inf, 0.0]},
    ],
)
def test_row_that_breaks_the_contract_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        contract.conform(articles(**broken), "articles")


@pytest.mark.parametrize("table", contract.TABLES)
def test_all_rules_are_those_of_columns_and_of_the_key(table: str) -> None:
    """`conform` asks for these and no others: a rule of a whole table would pass unseen."""
    schema = contract.TABLES[table]
    known = {
        f"{name}|{rule}" for name, column in schema.columns().items() for rule in column.validation_rules(pl.col(name))
    }
    assert set(schema._validation_rules(with_cast=False)) <= known | {"primary_key"}


def test_table_without_rows_keeps_the_contract() -> None:
    for table in contract.TABLES:
        empty = contract.polars_schema(table).to_frame()
        assert_frame_equal(contract.conform(empty, table), empty)
