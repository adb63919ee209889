"""Tables that are written and put in order a chunk at a time are those that would be made at once."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dedup.errors import InvariantError
from dedup.streams import chunks, merged, write

ROWS = pl.DataFrame({"id": range(100), "text": [f"ข่าว {n}" * (n % 7) for n in range(100)], "many": [["a"]] * 100})


@pytest.mark.parametrize("size", [1, 7, 33])
def test_file_does_not_depend_on_how_its_rows_came(tmp_path: Path, size: int) -> None:
    write([ROWS], tmp_path / "whole.parquet", ROWS.schema, row_group_size=30)
    write(ROWS.iter_slices(size), tmp_path / "cut.parquet", ROWS.schema, row_group_size=30)
    assert (tmp_path / "cut.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert_frame_equal(pl.concat(chunks(tmp_path / "cut.parquet", rows=11)), ROWS)
    assert_frame_equal(pl.concat(chunks(tmp_path / "cut.parquet", ["text"])), ROWS.select("text"))


def test_file_without_rows_has_its_columns(tmp_path: Path) -> None:
    write([], tmp_path / "none.parquet", ROWS.schema)
    assert pl.read_parquet(tmp_path / "none.parquet").schema == ROWS.schema
    assert list(merged([tmp_path / "none.parquet"], ["id"])) == []


def test_what_fails_while_rows_are_made_is_raised(tmp_path: Path) -> None:
    def rows() -> list[pl.DataFrame]:
        raise InvariantError("two canonicals")

    with pytest.raises(InvariantError, match="two canonicals"):
        write((frame for _ in [1] for frame in rows()), tmp_path / "x.parquet", ROWS.schema)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    runs=st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 3)), max_size=9), min_size=1),
    rows=st.integers(1, 12),
    nulls_last=st.booleans(),
)
def test_merged_runs_are_the_rows_sorted(
    tmp_path: Path, runs: list[list[tuple[str, int | None]]], rows: int, nulls_last: bool
) -> None:
    schema = {"source": pl.String, "at": pl.Int64, "number": pl.Int64}
    by, whole, paths = ["source", "at"], [], []
    for n, run in enumerate(runs):
        numbered = [(*row, 100 * n + at) for at, row in enumerate(run)]
        frame = pl.DataFrame(numbered, schema, orient="row").sort(by, nulls_last=nulls_last, maintain_order=True)
        frame.write_parquet(tmp_path / f"{n}.parquet", row_group_size=3)
        whole.append(frame)
        paths.append(tmp_path / f"{n}.parquet")
    made = [pl.DataFrame(schema=schema), *merged(paths, by, nulls_last=nulls_last, rows=rows)]
    expected = pl.concat(whole).sort(by, nulls_last=nulls_last, maintain_order=True)
    assert_frame_equal(pl.concat(made), expected)
