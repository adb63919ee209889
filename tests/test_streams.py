"""Tables that are written and put in order a chunk at a time are those that would be made at once."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dedup import streams
from dedup.errors import InvariantError
from dedup.streams import Table, chunks, gather, group_rows, in_order, places_of, row_bytes, write

ROWS = pl.DataFrame({"id": range(100), "text": [f"ข่าว {n}" * (n % 7) for n in range(100)], "many": [["a"]] * 100})


def table(path: Path, make: Callable[[pl.DataFrame], pl.DataFrame] = lambda rows: rows) -> Table:
    """A file of `ROWS`, or of rows made of them."""
    return Table(path, make(ROWS).schema, make, {})


def merged(runs: list[Path], by: list[str], *, nulls_last: bool = False, **rows: int) -> Iterator[pl.DataFrame]:
    """The rows of all runs in order, some at a time."""
    return in_order(runs, places_of(runs, by, nulls_last=nulls_last), by, nulls_last=nulls_last, **rows)


@pytest.mark.parametrize("size", [1, 7, 33])
@pytest.mark.parametrize("group_bytes", [1, 2_000, 10**9])
def test_file_does_not_depend_on_how_its_rows_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, group_bytes: int
) -> None:
    monkeypatch.setattr(streams, "GROUP_ROWS", 30)
    monkeypatch.setattr(streams, "GROUP_BYTES", group_bytes)
    write(lambda: [ROWS], table(tmp_path / "whole.parquet"))
    write(lambda: ROWS.iter_slices(size), table(tmp_path / "cut.parquet"))
    assert (tmp_path / "cut.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert_frame_equal(pl.concat(chunks(tmp_path / "cut.parquet", rows=11)), ROWS)
    assert_frame_equal(pl.concat(chunks(tmp_path / "cut.parquet", ["text"])), ROWS.select("text"))


@pytest.mark.parametrize("group_bytes", [1, 2_000, 10**9])
def test_tables_of_the_same_rows_are_those_that_each_would_be_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group_bytes: int
) -> None:
    monkeypatch.setattr(streams, "GROUP_BYTES", group_bytes)
    makers = [lambda rows: rows, lambda rows: rows.filter(pl.col("id") % 3 == 0).select("text")]
    write(lambda: ROWS.iter_slices(7), *(table(tmp_path / f"{at}.parquet", make) for at, make in enumerate(makers)))
    for make, path in zip(makers, sorted(tmp_path.iterdir()), strict=True):
        write(lambda: [ROWS], table(tmp_path / "alone.parquet", make))
        assert path.read_bytes() == (tmp_path / "alone.parquet").read_bytes()
        assert_frame_equal(pl.read_parquet(path), make(ROWS))


def test_file_without_rows_has_its_columns(tmp_path: Path) -> None:
    write(list, table(tmp_path / "none.parquet"))
    assert pl.read_parquet(tmp_path / "none.parquet").schema == ROWS.schema
    assert list(merged([tmp_path / "none.parquet"], ["id"])) == []


@pytest.mark.parametrize("group_bytes", [1, 10**9])
def test_what_fails_while_rows_are_read_or_made_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group_bytes: int
) -> None:
    monkeypatch.setattr(streams, "GROUP_BYTES", group_bytes)

    def fails(_: pl.DataFrame) -> pl.DataFrame:
        raise InvariantError("two canonicals")

    def rows() -> Iterator[pl.DataFrame]:
        yield ROWS
        fails(ROWS)

    with pytest.raises(InvariantError, match="two canonicals"):
        write(rows, table(tmp_path / "x.parquet"))
    with pytest.raises(InvariantError, match="two canonicals"):
        write(lambda: [ROWS], Table(tmp_path / "x.parquet", ROWS.schema, fails, {}))


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


HEAVY = pl.DataFrame({"id": range(200), "page": ["x" * (4_000 if n % 50 < 5 else 4) for n in range(200)]})
"""Rows of four letters, and every now and then five of a thousand times as many."""


def sizes(frame: pl.DataFrame) -> pl.Series:
    return frame.select(row_bytes(frame.schema)).to_series()


def groups(path: Path) -> list[int]:
    about = pq.read_metadata(path)
    return [about.row_group(at).num_rows for at in range(about.num_row_groups)]


def test_bytes_of_a_row_are_those_of_its_strings_and_lists() -> None:
    rows = pl.DataFrame({"a": ["กข", None], "b": [["x"], None], "c": [[1, 2], []], "d": [1, 2]})
    assert sizes(rows).to_list() == [32 + 6 + 8 + 16, 32]


@given(st.lists(st.integers(0, 10**9), max_size=200))
def test_groups_hold_the_bound_or_the_fewest_rows(bytes_of_rows: list[int]) -> None:
    rows = group_rows(pl.Series(bytes_of_rows, dtype=pl.Int64), 64)
    largest = max((sum(bytes_of_rows[at : at + rows]) for at in range(0, len(bytes_of_rows), rows)), default=0)
    assert largest <= streams.GROUP_BYTES or rows == streams.FEWEST_ROWS
    twice = max((sum(bytes_of_rows[at : at + 2 * rows]) for at in range(0, len(bytes_of_rows), 2 * rows)), default=0)
    assert rows == 64 or twice > streams.GROUP_BYTES


@pytest.mark.parametrize("small_bytes", [0, streams.SMALL_BYTES])
def test_heavy_rows_are_written_and_read_a_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_bytes: int
) -> None:
    monkeypatch.setattr(streams, "SMALL_BYTES", small_bytes)
    monkeypatch.setattr(streams, "GROUP_BYTES", 30_000)
    monkeypatch.setattr(streams, "CHUNK_BYTES", 10_000)
    runs = [tmp_path / f"{n}.parquet" for n in range(4)]
    for n, run in enumerate(runs):
        HEAVY.slice(50 * n, 50).write_parquet(run)
    write(lambda: [HEAVY], Table(tmp_path / "written.parquet", HEAVY.schema, lambda rows: rows, {}))
    gather(runs, tmp_path / "gathered.parquet")
    gather(runs, tmp_path / "sorted.parquet", ["id"])
    for name in ("written", "gathered", "sorted"):
        path = tmp_path / f"{name}.parquet"
        assert_frame_equal(pl.read_parquet(path), HEAVY)
        assert groups(path)[0] < 50
        assert all(sizes(part).sum() <= 30_000 for part in HEAVY.iter_slices(groups(path)[0]))
        assert max(sizes(chunk).sum() for chunk in chunks(path)) <= 30_000
    assert max(sizes(chunk).sum() for chunk in merged(runs, ["id"])) <= 10_000


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    runs=st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 3)), max_size=9), min_size=1),
    by=st.sampled_from([[], ["source"], ["source", "at"]]),
    nulls_last=st.booleans(),
)
def test_small_tables_are_gathered_as_large_ones_are(
    tmp_path: Path, runs: list[list[tuple[str, int | None]]], by: list[str], nulls_last: bool
) -> None:
    schema, paths = {"source": pl.String, "at": pl.Int64}, []
    for n, run in enumerate(runs):
        frame = pl.DataFrame(run, schema, orient="row").with_row_index("number", offset=100 * n)
        frame = frame.sort(by, nulls_last=nulls_last, maintain_order=True) if by else frame
        frame.with_columns(night=pl.lit(None, pl.Date)).write_parquet(tmp_path / f"{n}.parquet")
        paths.append(tmp_path / f"{n}.parquet")
    for small_bytes in (0, streams.SMALL_BYTES):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(streams, "SMALL_BYTES", small_bytes)
            gather(paths, tmp_path / f"{small_bytes}", by, nulls_last=nulls_last, night=date(2026, 1, 2))
    small, large = (tmp_path / f"{small_bytes}" for small_bytes in (0, streams.SMALL_BYTES))
    assert_frame_equal(pl.read_parquet(small), pl.read_parquet(large))
    assert pl.read_parquet(small)["night"].unique().to_list() in ([], [date(2026, 1, 2)])


def test_thousands_of_runs_are_not_open_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "OPEN_FILES", 3)
    asked, collect = [], pl.collect_all

    def counted(scans: list[pl.LazyFrame]) -> list[pl.DataFrame]:
        asked.append(len(scans))
        return collect(scans)

    monkeypatch.setattr(pl, "collect_all", counted)
    runs = [tmp_path / f"{n}.parquet" for n in range(10)]
    for n, run in enumerate(runs):
        ROWS.slice(n, 1).write_parquet(run)
    assert_frame_equal(pl.concat(merged(runs, ["id"])), ROWS.head(10))
    assert max(asked) == 3
    assert sum(asked) == 10
