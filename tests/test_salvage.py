"""A record that breaks a step ends in quarantine, and the night is what it would have been without it."""

import json
import math
import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from dedup import salvage
from dedup.errors import SliceError
from dedup.index import Counts, Index
from dedup.parallel import in_process, worker_pool
from dedup.poison import Place, PoisonError
from dedup.settings import Settings
from tests import poisoned
from tests.conftest import ONE_WORKER, published_tree, run_all
from tests.faults import small_nights

TWO_WORKERS = Settings(run={"workers": 2, "record_seconds": 1})  # type: ignore[arg-type]
NIGHT = date(2026, 11, 20)
REST = "เจ้าหน้าที่ลงพื้นที่ตรวจสอบเหตุเพลิงไหม้โรงงานริมแม่น้ำในช่วงเช้ามืด ก่อนควบคุมเพลิงได้ในเวลาหนึ่งชั่วโมง " * 3


def delivered(folder: Path, poison: Iterable[str]) -> Path:
    """Two nights of one outlet in two files each; the first night's second file ends in the poison."""
    raw = small_nights(folder, nights=2)
    for night in raw.iterdir():
        lines = (night / "rungarun.jsonl").read_bytes().splitlines(keepends=True)
        (night / "rungarun.jsonl").write_bytes(b"".join(lines[:7]))
        (night / "rungarun-2.jsonl").write_bytes(b"".join(lines[7:]))
    records = [
        {"id": f"p{i}", "source": "rungarun", "title": f"ข่าวที่เป็นพิษ {i}", "text": f"{REST} {i} {text}"}
        for i, text in enumerate(poison)
    ]
    with (raw / f"crawl_date={NIGHT}" / "rungarun-2.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return raw


def data_files(home: Path) -> dict[str, str]:
    """What readers see of articles: all but the poison's own row in quarantine, and figures of the whole."""
    tables = ("articles", "members", "matches", "aliases", "sources", "removed")
    return {path: made for path, made in published_tree(home).items() if path.startswith(tables)}


def poison_rows(home: Path) -> pl.DataFrame:
    rows = pl.read_parquet(home / "published/current/quarantine/**/*.parquet", hive_partitioning=True)
    return rows.filter(pl.col("reasons").list.set_intersection(["poisoned", "too-slow"]).list.len() > 0)


def is_conserved(home: Path) -> bool:
    index = Index(home / "index")
    files = index.read(index.nights(), "prepare", "files")
    return bool((files["n_read"] == files["n_articles"] + files["n_quarantined"]).all()) and files.height > 0


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untouched")
    run_all(delivered(folder / "raw", []), folder / "home")
    return folder / "home"


@dataclass(frozen=True)
class Numbers:
    """A slice of numbers, each a record of a file of its own."""

    numbers: range
    out: Path
    cpu_seconds: float = math.inf
    only: tuple[Place, ...] | None = None
    file: str | None = None


def places(task: Numbers) -> Counts:
    rows = pl.DataFrame({"file": "n", "line": list(task.numbers)}, schema=salvage.PLACE)
    return salvage.write_places([rows], task)


def numbers(task: Numbers) -> list[int]:
    return list(task.numbers) if task.only is None else [place.line for place in task.only]


def hates_sevens(task: Numbers) -> Counts:
    if any(n % 1000 == 777 for n in numbers(task)):
        raise ValueError("a seven")
    return {"records": len(numbers(task))}


def hates_crowds(task: Numbers) -> Counts:
    if sum(n % 100 == 0 for n in numbers(task)) > 3:
        raise ValueError("too many hundreds")
    return {"records": len(numbers(task))}


def hates_everything(task: Numbers) -> Counts:
    raise ValueError("no")


def hates_records(task: Numbers) -> Counts:
    if numbers(task):
        raise ValueError("no")
    return {"records": 0}


def is_too_large(task: Numbers) -> Counts:
    if len(numbers(task)) > 500:
        raise MemoryError
    return {"records": len(numbers(task))}


def is_killed_once(task: Numbers) -> Counts:
    if task.only is None and not (task.out / "killed").exists():
        (task.out / "killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"records": len(numbers(task))}


def is_killed_every_other_time(task: Numbers) -> Counts:
    folder = next(folder for folder in (task.out, *task.out.parents) if folder.name.startswith("test_"))
    n_before = len(list(folder.glob("call-*")))
    (folder / f"call-{n_before}").touch()
    if n_before % 4 < 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"records": len(numbers(task))}


def step(function: Callable[[Numbers], Counts]) -> salvage.Step[Numbers]:
    return salvage.Step(function.__name__, function, places, 1)


def test_records_that_break_a_slice_are_found_among_thousands(tmp_path: Path) -> None:
    slices = [Numbers(range(0, 3_000), tmp_path), Numbers(range(3_000, 3_500), tmp_path)]
    with pytest.raises(PoisonError) as found:
        salvage.results(in_process, step(hates_sevens), slices)
    assert [one.line for one in found.value.records] == [777, 1777, 2777]
    assert {one.detail for one in found.value.records} == {"ValueError: a seven"}


def test_records_that_break_a_slice_only_together_lose_the_last_of_them(tmp_path: Path) -> None:
    with pytest.raises(PoisonError) as found:
        salvage.results(in_process, step(hates_crowds), [Numbers(range(50, 650), tmp_path)])
    assert [one.line for one in found.value.records] == [400, 500, 600]


@pytest.mark.parametrize("function", [hates_everything, hates_records])
def test_program_that_breaks_on_everything_blames_no_record(
    function: Callable[[Numbers], Counts], tmp_path: Path
) -> None:
    with pytest.raises(SliceError, match="whatever it is given"):
        salvage.results(in_process, step(function), [Numbers(range(3_000), tmp_path)])


def test_slice_that_is_too_large_for_the_machine_blames_no_record(tmp_path: Path) -> None:
    with pytest.raises(SliceError, match="more memory"):
        salvage.results(in_process, step(is_too_large), [Numbers(range(1_000), tmp_path)])


def test_worker_that_is_killed_by_chance_costs_no_record(tmp_path: Path) -> None:
    slices = [Numbers(range(10), tmp_path), Numbers(range(10, 15), tmp_path)]
    with worker_pool(2) as run_slices:
        counts = salvage.results(run_slices, step(is_killed_once), slices)
    assert counts == [{"records": 10}, {"records": 5}]


def test_workers_that_are_killed_again_and_again_by_chance_cost_no_record(tmp_path: Path) -> None:
    with worker_pool(1) as run_slices:
        counts = salvage.results(run_slices, step(is_killed_every_other_time), [Numbers(range(2), tmp_path)])
    assert counts == [{"records": 2}]


@pytest.mark.parametrize("settings", [ONE_WORKER, TWO_WORKERS], ids=["in-turn", "ahead"])
def test_night_is_published_without_the_records_that_make_a_stage_raise(
    untouched: Path, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned.install(monkeypatch)
    texts = ["[[read:raise]]", "[[clean:panic]]", "[[sketch:raise]]"]
    run_all(delivered(tmp_path / "raw", texts), tmp_path / "home", settings)
    assert data_files(tmp_path / "home") == data_files(untouched)
    rows = poison_rows(tmp_path / "home").sort("source_record_id")
    assert rows["step"].to_list() == ["read", "clean", "sketch"]
    assert all(text in payload for text, payload in zip(texts, rows["payload"], strict=True))
    assert is_conserved(tmp_path / "home")


def test_nights_begun_ahead_of_one_that_a_sketch_sends_back_are_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned.install(monkeypatch)
    raw = delivered(tmp_path / "raw", ["[[sketch:raise]]"])
    for home, settings in (("in-turn", ONE_WORKER), ("ahead", TWO_WORKERS)):
        run_all(raw, tmp_path / home, settings)
    in_turn, ahead = (Index(tmp_path / home / "index") for home in ("in-turn", "ahead"))
    assert ahead.state() == in_turn.state()


def test_night_is_published_without_the_records_that_end_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_all(delivered(tmp_path / "clean", []), tmp_path / "untouched", night=NIGHT)
    poisoned.install(monkeypatch)
    monkeypatch.setattr(salvage, "SLICE_RECORDS", 3)
    texts = ["[[read:segfault]]", "[[clean:endless]]"]
    run_all(delivered(tmp_path / "raw", texts), tmp_path / "home", TWO_WORKERS, night=NIGHT)
    assert data_files(tmp_path / "home") == data_files(tmp_path / "untouched")
    rows = poison_rows(tmp_path / "home").sort("source_record_id")
    assert rows["reasons"].explode().to_list() == ["poisoned", "too-slow"]
    assert is_conserved(tmp_path / "home")


def test_file_that_breaks_the_reader_is_one_row_in_quarantine(
    untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned.install(monkeypatch)
    raw = delivered(tmp_path / "raw", [])
    file = raw / f"crawl_date={NIGHT}" / "rungarun-[[file:raise]].jsonl"
    file.write_text(json.dumps({"id": "x", "source": "rungarun", "title": "x", "text": REST}) + "\n", encoding="utf-8")
    run_all(raw, tmp_path / "home")
    assert data_files(tmp_path / "home") == data_files(untouched)
    rows = poison_rows(tmp_path / "home")
    assert rows.select("file", "line", "source").rows() == [
        (f"crawl_date={NIGHT}/{file.name}", None, "rungarun-[[file:raise]]")
    ]
    assert is_conserved(tmp_path / "home")


def test_records_that_break_a_step_together_lose_only_the_last(
    untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned.install(monkeypatch)
    run_all(delivered(tmp_path / "raw", ["[[clean:pair]]"] * 3), tmp_path / "home")
    assert poison_rows(tmp_path / "home")["source_record_id"].to_list() == ["p1", "p2"]
    assert is_conserved(tmp_path / "home")


def test_poison_is_remembered_until_the_files_change(
    untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned.install(monkeypatch)
    raw = delivered(tmp_path / "raw", ["[[sketch:raise]]"])
    run_all(raw, tmp_path / "home")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "home" / "index").rglob("stamp.json")}
    run_all(raw, tmp_path / "home")
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "home" / "index").rglob("stamp.json")}
    file = raw / f"crawl_date={NIGHT}" / "rungarun-2.jsonl"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    run_all(raw, tmp_path / "home")
    assert published_tree(tmp_path / "home") == published_tree(untouched)
