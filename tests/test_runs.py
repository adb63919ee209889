from datetime import date
from pathlib import Path

import polars as pl
import pytest

from dedup import runs


def test_run_is_recorded_with_its_end(tmp_path: Path) -> None:
    with runs.recorded(tmp_path) as record:
        record.nights = [date(2026, 11, 20)]
        record.version = "000001"
    with pytest.raises(ValueError, match="broken"), runs.recorded(tmp_path):
        raise ValueError("broken")
    table = runs.table(tmp_path)
    assert table["run"].to_list() == [1, 2]
    assert table["status"].to_list() == ["finished", "failed"]
    assert table["message"].to_list() == [None, "broken"]
    assert table["nights"].to_list() == [[date(2026, 11, 20)], []]
    assert (table["finished_at"] >= table["started_at"]).all()
    assert pl.read_parquet(tmp_path / "runs" / "runs.parquet").equals(table)


def test_killed_run_stays_marked_as_running(tmp_path: Path) -> None:
    with runs.recorded(tmp_path):
        assert runs.table(tmp_path)["status"].to_list() == ["running"]


def test_home_without_runs_has_an_empty_table(tmp_path: Path) -> None:
    assert runs.table(tmp_path).is_empty()
