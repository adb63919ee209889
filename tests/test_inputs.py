"""Files that do not hold still: whatever happens to one, the night adds up, and the next run has the finished file."""

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dedup import inputs, looks, prepare
from dedup.errors import InputError
from dedup.index import Counts, Index
from dedup.inputs import inputs_of
from dedup.pipeline import Job, Wanted, plainly, run
from dedup.reading import decompress
from dedup.reading.rawfiles import find_files
from dedup.reading.refusals import ReadReason, Refusal
from dedup.settings import ReadSettings
from dedup.survey import DeliveredFile, Delivery
from tests.conftest import ONE_WORKER, published_tree, run_all
from tests.faults import small_nights

NIGHT = date(2026, 11, 20)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A night in two files."""
    raw = small_nights(tmp_path / "raw", nights=1)
    file = night_folder(raw) / "rungarun.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:9]))
    (night_folder(raw) / "rungarun-2.jsonl").write_bytes(b"".join(lines[9:]))
    return raw


def night_folder(raw: Path) -> Path:
    return raw / f"crawl_date={NIGHT}"


def meddled(monkeypatch: pytest.MonkeyPatch, name: str, meddle: Callable[[Path], None]) -> None:
    """Something happens to the file `name`, once, between its digest and its reading."""
    original = prepare.deliver
    happened = []

    def deliver(task: prepare.FileSlice) -> Counts:
        if task.delivered.file.path.name == name and not happened:
            happened.append(name)
            meddle(task.delivered.file.path)
        return original(task)

    monkeypatch.setattr(prepare, "deliver", deliver)


def n_records(home: Path) -> int:
    """Records read in all, once they are found to add up file by file."""
    index = Index(home / "index")
    files = index.read(index.nights(), "prepare", "files")
    assert (files["n_read"] == files["n_articles"] + files["n_quarantined"]).all()
    members, refused = (
        pl.read_parquet(home / "published/current" / table / "**/*.parquet", hive_partitioning=True).height
        for table in ("members", "quarantine")
    )
    assert members + refused == files["n_read"].sum()
    return members + refused


def assert_caught_up(raw: Path, home: Path, fresh: Path) -> None:
    run_all(raw, home)
    run_all(raw, fresh)
    assert published_tree(home) == published_tree(fresh)


def test_file_that_grows_between_digest_and_reading_is_read_again_by_the_next_run(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = night_folder(raw) / "rungarun-2.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    meddled(monkeypatch, file.name, lambda path: path.write_bytes(whole[: 2 * len(whole) // 3]) and None)
    run_all(raw, tmp_path / "home")
    assert n_records(tmp_path / "home") > 0
    index = Index(tmp_path / "home" / "index")
    assert index.stamp(NIGHT, "prepare").counts["unsteady_files"] == 1  # type: ignore[union-attr]
    file.write_bytes(whole)
    assert_caught_up(raw, tmp_path / "home", tmp_path / "fresh")
    assert "unsteady_files" not in index.stamp(NIGHT, "prepare").counts  # type: ignore[union-attr]


def test_stamp_claims_nothing_of_a_file_that_was_short_only_while_it_was_read(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copied over itself: the same bytes, size and date before and after, and half of them in between."""
    file = night_folder(raw) / "rungarun-2.jsonl"
    whole, look = file.read_bytes(), file.stat()
    original = prepare.deliver

    def deliver(task: prepare.FileSlice) -> Counts:
        if task.delivered.file.path == file:
            file.write_bytes(whole[: len(whole) // 2])
        counts = original(task)
        if task.delivered.file.path == file:
            file.write_bytes(whole)
            os.utime(file, ns=(look.st_atime_ns, look.st_mtime_ns))
        return counts

    with monkeypatch.context() as patched:
        patched.setattr(prepare, "deliver", deliver)
        run_all(raw, tmp_path / "home")
    n_short = n_records(tmp_path / "home")
    assert_caught_up(raw, tmp_path / "home", tmp_path / "fresh")
    assert n_records(tmp_path / "home") > n_short


def test_file_deleted_before_it_is_read_is_in_quarantine_until_the_next_run(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meddled(monkeypatch, "rungarun-2.jsonl", Path.unlink)
    run_all(raw, tmp_path / "home")
    refused = pl.read_parquet(tmp_path / "home/published/current/quarantine/**/*.parquet")
    assert "unreadable-file" in set(refused["reasons"].explode())
    assert n_records(tmp_path / "home") > 0
    assert_caught_up(raw, tmp_path / "home", tmp_path / "fresh")


def test_file_deleted_after_it_was_listed_does_not_end_the_run(raw: Path, tmp_path: Path) -> None:
    def on_plan(n_steps: int) -> None:
        (night_folder(raw) / "rungarun-2.jsonl").unlink()

    run(Job(raw, tmp_path / "home", ONE_WORKER), Wanted(), today=NIGHT, do=plainly, on_plan=on_plan)
    assert n_records(tmp_path / "home") > 0
    assert_caught_up(raw, tmp_path / "home", tmp_path / "fresh")


@pytest.mark.parametrize("is_parquet", [False, True])
def test_file_that_the_disk_gives_only_in_part_is_tried_again_by_the_next_run(
    is_parquet: bool, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = night_folder(raw) / "rungarun-2.jsonl"
    if is_parquet:
        pl.read_ndjson(file).write_parquet(file.with_suffix(".parquet"))
        file.unlink()

    def fails(*args: Any) -> Iterator[bytes]:
        if not is_parquet:
            yield file.read_bytes()[:3_000]
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        if is_parquet:
            patched.setattr("pyarrow.parquet.ParquetFile", fails_at_once)
        else:
            original = decompress._plain
            is_it = lambda stream: Path(stream.name) == file  # noqa: E731
            patched.setattr(decompress, "_plain", lambda stream: (fails if is_it(stream) else original)(stream))
        run_all(raw, tmp_path / "home")
    refused = pl.read_parquet(tmp_path / "home/published/current/quarantine/**/*.parquet")
    assert "unreadable-file" in set(refused["reasons"].explode())
    n_short = n_records(tmp_path / "home")
    assert_caught_up(raw, tmp_path / "home", tmp_path / "fresh")
    assert n_records(tmp_path / "home") > n_short


def fails_at_once(*args: Any, **kwargs: Any) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_what_is_no_file_is_one_quarantine_row_and_is_not_opened(raw: Path, tmp_path: Path) -> None:
    os.mkfifo(night_folder(raw) / "pipe.jsonl")
    (night_folder(raw) / "gone.jsonl").symlink_to(night_folder(raw) / "nowhere.jsonl")
    (night_folder(raw) / "folder.jsonl").mkdir()
    run_all(raw, tmp_path / "home")
    refused = pl.read_parquet(tmp_path / "home/published/current/quarantine/**/*.parquet")
    unread = refused.filter(pl.col("reasons").list.contains("unreadable-file"))
    assert sorted(Path(name).name for name in unread["file"]) == ["gone.jsonl", "pipe.jsonl"]
    before = published_tree(tmp_path / "home")
    run_all(raw, tmp_path / "home")
    assert published_tree(tmp_path / "home") == before


def test_look_of_a_file_changes_with_every_write(tmp_path: Path) -> None:
    file = tmp_path / f"crawl_date={NIGHT}" / "a.jsonl"
    file.parent.mkdir()
    file.write_text("1")
    delivery = Delivery(NIGHT, [DeliveredFile(one) for one in find_files(tmp_path, settings=ReadSettings())])
    made, date_of = inputs_of(delivery, tmp_path / "kept.json"), file.stat().st_mtime_ns
    assert made.moved(delivery) == set()
    file.write_text("2")
    os.utime(file, ns=(date_of, date_of))
    assert made.moved(delivery) == {delivery.files[0].file.name}


@dataclass
class Remembering:
    """A night in two files that have long been there, what of it is read, and what is remembered."""

    folder: Path
    kept: Path
    read: list[str] = field(default_factory=list)

    def digests(self) -> dict[str, str]:
        delivery = Delivery(NIGHT, [DeliveredFile(one) for one in find_files(self.folder, settings=ReadSettings())])
        return {Path(name).name: made for name, _, made in inputs_of(delivery, self.kept).rows}


@pytest.fixture
def remembering(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remembering:
    monkeypatch.setattr(looks, "SETTLED_SECONDS", -60)
    made = Remembering(raw, tmp_path / "inputs" / "kept.json")
    digest = inputs.file_digest
    monkeypatch.setattr(inputs, "file_digest", lambda path: made.read.append(path.name) or digest(path))
    return made


def test_files_that_look_as_they_did_are_not_read_again(remembering: Remembering) -> None:
    first = remembering.digests()
    assert sorted(remembering.read) == sorted(first) == ["rungarun-2.jsonl", "rungarun.jsonl"]
    assert remembering.digests() == first
    assert len(remembering.read) == 2


def test_a_write_that_leaves_size_and_date_is_read(remembering: Remembering) -> None:
    first = remembering.digests()
    file = night_folder(remembering.folder) / "rungarun-2.jsonl"
    date_of = file.stat().st_mtime_ns
    file.write_bytes(file.read_bytes().swapcase())
    os.utime(file, ns=(date_of, date_of))
    second = remembering.digests()
    assert remembering.read[2:] == ["rungarun-2.jsonl"]
    assert {name for name in first if first[name] != second[name]} == {"rungarun-2.jsonl"}


def test_a_file_that_is_refused_now_is_not_what_it_was(remembering: Remembering) -> None:
    remembering.digests()
    refused = find_files(remembering.folder, settings=ReadSettings())[0]
    refused = replace(refused, refusal=Refusal(ReadReason.UNREADABLE_FILE, "no longer wanted"))
    made = inputs_of(Delivery(NIGHT, [DeliveredFile(refused)]), remembering.kept)
    assert [digest for _, _, digest in made.rows] == ["refused unreadable-file: no longer wanted"]


def test_a_file_that_was_just_written_is_not_remembered(
    remembering: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "SETTLED_SECONDS", 60)
    assert remembering.digests() == remembering.digests()
    assert len(remembering.read) == 4
    assert not remembering.kept.exists()


@pytest.mark.parametrize("spoilt", ["", "[]", '{"made_by": ""}', '{"made_by": "", "files": {"a": 1}}', "\xff"])
def test_a_memory_that_cannot_be_read_is_none(remembering: Remembering, spoilt: str) -> None:
    first = remembering.digests()
    remembering.kept.write_text(spoilt, encoding="latin-1")
    assert remembering.digests() == first
    assert len(remembering.read) == 4


def test_a_file_that_changes_while_its_digest_is_made_is_not_remembered(
    remembering: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = inputs.file_digest

    def meddled(path: Path) -> str:
        made = digest(path)
        if path.name == "rungarun.jsonl":
            with path.open("a") as more:
                more.write("\n")
        return made

    monkeypatch.setattr(inputs, "file_digest", meddled)
    first = remembering.digests()
    monkeypatch.setattr(inputs, "file_digest", digest)
    second = remembering.digests()
    assert remembering.read[2:] == ["rungarun.jsonl"]
    assert first["rungarun.jsonl"] != second["rungarun.jsonl"]


def test_a_rebuild_reads_every_file(remembering: Remembering, tmp_path: Path) -> None:
    job = Job(remembering.folder, tmp_path / "home", ONE_WORKER)
    run(job, Wanted(), today=NIGHT)
    remembering.read.clear()
    run(job, Wanted(), today=NIGHT)
    assert remembering.read == []
    run(job, Wanted(), today=NIGHT, is_rebuild=True)
    assert sorted(remembering.read) == ["rungarun-2.jsonl", "rungarun.jsonl"]


def test_clock_set_back_does_not_put_files_under_a_night_long_gone(raw: Path, tmp_path: Path) -> None:
    run_all(raw, tmp_path / "home")
    before = published_tree(tmp_path / "home")
    flat = tmp_path / "flat"
    flat.mkdir()
    (flat / "loose.txt").write_text("ข่าวที่ไม่มีวันเวลา", encoding="utf-8")
    job = Job(flat, tmp_path / "home", ONE_WORKER)
    with pytest.raises(
        InputError, match=r"clock says 2020-01-01, but the night 2026-11-20 is known already; .*--night"
    ):
        run(job, Wanted(), today=date(2020, 1, 1))
    assert published_tree(tmp_path / "home") == before
    run(Job(raw, tmp_path / "home", ONE_WORKER), Wanted(), today=date(2020, 1, 1))  # what names its night goes on
    assert published_tree(tmp_path / "home") == before
