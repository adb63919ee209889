"""Delta tables beside the Parquet: the same rows, one commit a version, and the night before still to be read."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from dedup import cli, contract, delta, pipeline, places
from dedup.errors import StoreError
from dedup.index import Counts
from dedup.nights import Work
from dedup.pipeline import Wanted
from dedup.settings import Settings
from tests.conftest import run_all
from tests.faults import small_nights

NIGHTS = [date(2026, 11, day) for day in (20, 21, 22)]
WITH_DELTA = Settings(run={"workers": 1, "delta": True})  # type: ignore[arg-type]


def of_parquet(home: Path, table: str, version: str = "current") -> pl.DataFrame:
    """The table as published, in Delta's types: unsigned numbers are Int64."""
    folder = home / "published" / ("versions" if version != "current" else "") / version
    frame = pl.read_parquet(folder / table / "*" / "*.parquet", hive_partitioning=True)
    return in_order(frame.with_columns(pl.col(pl.UInt32).cast(pl.Int64)))


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    plain = [name for name, kind in frame.schema.items() if not isinstance(kind, pl.List)]
    return frame.select(sorted(frame.columns)).sort(sorted(plain), nulls_last=True)


def of_delta(root: str, table: str, published: str | None = None) -> pl.DataFrame:
    """The Delta table now, or as it was at a published version."""
    address = f"{root}/{table}"
    history = DeltaTable(address).history()
    commits = {commit[delta.VERSION_KEY]: commit["version"] for commit in reversed(history)}
    return in_order(pl.read_delta(address, version=commits[published] if published else None))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three nights, published one by one as Parquet and Delta."""
    folder = tmp_path_factory.mktemp("delta")
    raw = small_nights(folder / "raw", records=8)
    for night in NIGHTS:
        run_all(raw, folder / "home", WITH_DELTA, night=night)
    return folder / "home"


@pytest.mark.parametrize("table", contract.TABLES)
def test_delta_is_the_parquet_for_every_version_that_is_kept(home: Path, table: str) -> None:
    root = f"{home}/published/delta"
    assert_frame_equal(of_delta(root, table), of_parquet(home, table))
    for version in ("000001", "000002", "000003"):
        assert_frame_equal(of_delta(root, table, version), of_parquet(home, table, version))


def test_every_step_is_planned(small_raw: Path, tmp_path: Path) -> None:
    planned: list[int] = []
    done: list[str] = []

    def do(step: str, night: date | None, work: Work) -> Counts:
        done.append(step)
        return work()

    job = pipeline.Job(small_raw, tmp_path, WITH_DELTA)
    pipeline.run(job, Wanted(), today=date(2026, 11, 30), do=do, on_plan=planned.append)
    assert planned == [len(done)]
    assert done[-1] == "delta"


def test_duckdb_reads_it_now_and_as_it_was(home: Path) -> None:
    address = f"{home}/published/delta/members"
    nights = []
    for version in (None, 1):
        members = DeltaTable(address, version=version).to_pyarrow_dataset()
        with duckdb.connect() as database:
            database.register("members", members)
            found = database.execute("SELECT dt, count(*) FROM members GROUP BY dt ORDER BY dt").fetchall()
        expected = of_parquet(home, "members", "000002" if version else "000003").group_by("dt").len().sort("dt")
        assert found == expected.rows()
        nights.append(len(found))
    assert nights == [3, 2]


def test_one_commit_a_version_and_only_changed_nights_are_written(home: Path) -> None:
    for table in contract.TABLES:
        history = DeltaTable(f"{home}/published/delta/{table}").history()
        assert [commit[delta.VERSION_KEY] for commit in history] == ["000003", "000002", "000001"]


def test_files_of_unchanged_nights_are_those_of_their_commit(home: Path) -> None:
    def files(table: str, at: int) -> set[str]:
        return set(DeltaTable(f"{home}/published/delta/{table}", version=at).file_uris())

    taken_over = {table for table in contract.TABLES if files(table, 0) and files(table, 0) < files(table, 2)}
    assert "removed" in taken_over


def test_run_again_commits_nothing_and_a_rollback_is_followed_by_command(tmp_path: Path) -> None:
    raw = small_nights(tmp_path / "raw", records=8)
    for night in NIGHTS[:2]:
        run_all(raw, tmp_path / "home", WITH_DELTA, night=night)
    run_all(raw, tmp_path / "home", WITH_DELTA, night=NIGHTS[1])
    root = f"{tmp_path}/home/published/delta"
    assert DeltaTable(f"{root}/articles").version() == 1
    pipeline.rollback(tmp_path / "home", None)
    assert cli.main(["delta", "--home", str(tmp_path / "home")]) == 0
    assert_frame_equal(of_delta(root, "articles"), of_parquet(tmp_path / "home", "articles", "000001"))
    run_all(raw, tmp_path / "home", Settings(run={"workers": 1}))  # type: ignore[arg-type]
    assert cli.main(["delta", "--home", str(tmp_path / "home")]) == 0, "a run that died before it committed"
    for table in contract.TABLES:
        assert_frame_equal(of_delta(root, table), of_parquet(tmp_path / "home", table))


def test_table_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    raw = small_nights(tmp_path / "raw", records=4)
    (tmp_path / "home" / "published").mkdir(parents=True)
    (tmp_path / "home" / "published" / "delta").write_text("a file in the way")
    with pytest.raises(StoreError, match="the Delta tables are behind version 000001"):
        run_all(raw, tmp_path / "home", WITH_DELTA, night=NIGHTS[0])


def test_delta_on_object_storage(new_bucket: Callable[[], str], tmp_path: Path) -> None:
    raw, home = small_nights(tmp_path / "raw", records=8), f"{new_bucket()}/desk"
    settings = Settings(run={"workers": 1, "delta": True, "cache": str(tmp_path / "cache")})  # type: ignore[arg-type]
    for night in NIGHTS[:2]:
        job = places.job_at(str(raw), home, settings)
        pipeline.run(job, Wanted(night=night), today=date(2026, 11, 30))
    for version in ("000001", "000002"):
        expected = of_parquet(job.home, "articles", version)
        assert_frame_equal(of_delta(f"{home}/published/delta", "articles", version), expected)
