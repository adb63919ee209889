from datetime import UTC, date, datetime

import polars as pl
import pytest

from dedup.partitions import rows_digest

ROWS = pl.DataFrame(
    {
        "name": ["ก", None, "", "ab"],
        "is_kept": [True, None, False, True],
        "share": [0.5, None, 0.0, 1.0],
        "lag": [1, None, 0, -1],
        "night": [date(2026, 11, 1), None, date(1970, 1, 1), date(2026, 11, 2)],
        "at": [
            datetime(2026, 11, 1, tzinfo=UTC),
            None,
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime(2026, 11, 2, tzinfo=UTC),
        ],
    }
)


def test_same_rows_have_the_same_digest_however_they_are_kept() -> None:
    wanted = rows_digest(ROWS)
    assert rows_digest(pl.concat([ROWS[:1], ROWS[1:]], rechunk=False)) == wanted
    assert rows_digest(pl.concat([ROWS, ROWS])[4:]) == wanted
    assert (
        rows_digest(ROWS.sort("lag").join(ROWS[["lag"]], on="lag", nulls_equal=True, maintain_order="right")) == wanted
    )


@pytest.mark.parametrize("column", ROWS.columns)
def test_null_is_not_the_value_that_stands_for_it(column: str) -> None:
    filled = ROWS.with_columns(
        pl.when(pl.int_range(pl.len()) == 1).then(pl.col(column).get(2)).otherwise(column).alias(column)
    )
    assert filled[column].null_count() == 0
    assert rows_digest(filled) != rows_digest(ROWS)


@pytest.mark.parametrize("column", ROWS.columns)
def test_other_values_have_another_digest(column: str) -> None:
    assert rows_digest(ROWS.with_columns(pl.col(column).reverse())) != rows_digest(ROWS)


def test_end_of_a_text_is_no_beginning_of_the_next() -> None:
    assert rows_digest(pl.DataFrame({"a": ["ab", "c"]})) != rows_digest(pl.DataFrame({"a": ["a", "bc"]}))
    sides = [
        pl.DataFrame(row, schema=dict.fromkeys(row[0], pl.String))
        for row in ([{"a": "x", "b": None}], [{"a": None, "b": "x"}])
    ]
    assert rows_digest(sides[0]) != rows_digest(sides[1])
