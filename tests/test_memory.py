"""The memory limit decides how work is cut, and nothing else."""

import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import memory
from dedup.errors import SettingsError
from dedup.memory import Room
from dedup.settings import RunSettings, load
from tests.conftest import published_tree, run_all

GB = 10**9


def room(limit: int, workers: int) -> Room:
    return memory.room(RunSettings(memory_limit=limit, workers=workers))  # type: ignore[arg-type]


def test_published_bytes_do_not_depend_on_the_limit(
    small_raw: Path, at_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "room", lambda run: Room(0, 1))  # every slice is one record, every batch one pair
    run_all(small_raw, tmp_path / "narrow")
    assert published_tree(tmp_path / "narrow") == published_tree(at_once)


def test_limit_is_for_all_processes_together() -> None:
    one, three = room(4 * GB, 1), room(4 * GB, 3)
    assert one.bytes + memory.PROCESS_BYTES == 4 * GB
    assert 4 * (three.bytes + memory.PROCESS_BYTES) + memory.AHEAD_BYTES == 4 * GB


def test_workers_that_do_not_fit_are_not_started() -> None:
    assert room(4 * GB, 64).workers == 5
    assert room(GB, 2).workers == 0
    assert room(GB, 2).bytes >= memory.LEAST_ROOM


def test_one_core_has_a_worker_beside_the_run_unless_all_shall_be_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert room(4 * GB, 0).workers == 1
    assert room(4 * GB, 1).workers == 0


def test_machine_that_is_too_small_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "machine_memory", lambda: 512 * 10**6)
    with pytest.raises(SettingsError, match=r"memory_limit.*the least is"):
        memory.room(RunSettings())


def test_limit_is_written_as_people_write_it() -> None:
    assert load(run={"memory_limit": "4GB"}).run.memory_limit == 4 * GB
    assert load(run={"memory_limit": "2GiB"}).run.memory_limit == 2 * 2**30
    with pytest.raises(SettingsError, match="memory_limit"):
        load(run={"memory_limit": "4MB"})


@pytest.mark.parametrize(("line", "name"), [("0::/a/b", "memory.max"), ("7:memory:/a/b", "memory.limit_in_bytes")])
def test_least_limit_of_the_control_groups_counts(tmp_path: Path, line: str, name: str) -> None:
    (tmp_path / "membership").write_text(f"3:cpu:/x\n{line}\n")
    top = tmp_path / "groups" / ("memory" if "memory:" in line else "")
    (top / "a" / "b").mkdir(parents=True)
    (top / "a" / name).write_text("2000000000\n")
    (top / "a" / "b" / name).write_text("max\n")
    assert memory.control_group_limits(tmp_path / "membership", tmp_path / "groups") == [2 * GB]
    assert memory.control_group_limits(tmp_path / "nowhere", tmp_path) == []


@given(st.lists(st.integers(0, 50)), st.integers(1, 100), st.none() | st.integers(1, 5))
def test_cuts_cover_every_row_once_and_keep_the_bound(sizes: list[int], most: int, rows: int | None) -> None:
    cuts = list(memory.cut_rows(pl.Series(sizes, dtype=pl.Int64), most=most, rows=rows))
    assert [at for start, n in cuts for at in range(start, start + n)] == list(range(len(sizes)))
    for start, n in cuts:
        assert n == 1 or sum(sizes[start : start + n]) <= most
        assert rows is None or n <= rows


def test_record_counts_by_its_text_its_lines_and_what_it_brings_along() -> None:
    rows = [
        {"text": "x" * 1_000, "title": None, "html": None},
        {"text": "x\n" * 500, "title": None, "html": None},
        {"text": None, "title": "ก" * 100, "html": "<p>" * 1_000},
    ]
    counted = memory.clean_bytes(pl.DataFrame(rows, schema={"text": pl.String, "title": pl.String, "html": pl.String}))
    assert counted.to_list() == [1_000, 40 * 501, 40 + 660]
