import errno
import os
from datetime import date
from pathlib import Path

import pytest

from dedup.errors import InputError
from dedup.reading.rawfiles import Format, RawFile, find_files
from dedup.settings import ReadSettings

SETTINGS = ReadSettings()


def laid(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    return root


def found(root: Path) -> dict[str, RawFile]:
    return {file.name: file for file in find_files(root, settings=SETTINGS)}


@pytest.mark.parametrize(
    ("name", "source", "file_format", "compression"),
    [
        ("lanna.jsonl", "lanna", Format.JSONL, None),
        ("lanna.JSONL.GZ", "lanna", Format.JSONL, "gz"),
        ("lanna.ndjson.zst", "lanna", Format.JSONL, "zst"),
        ("lanna.co.th.parquet", "lanna.co.th", Format.PARQUET, None),
        ("lanna.csv.gz", "lanna", Format.CSV, "gz"),
        ("lanna/2026/a.html", "lanna", Format.HTML, None),
        ("lanna/b.txt", "lanna", Format.TEXT, None),
        ("c.htm", "c", Format.HTML, None),
    ],
)
def test_path_says_night_source_and_format(
    tmp_path: Path, name: str, source: str, file_format: Format, compression: str | None
) -> None:
    file = found(laid(tmp_path, f"crawl_date=2026-11-02/{name}"))[f"crawl_date=2026-11-02/{name}"]
    assert (file.night, file.source) == (date(2026, 11, 2), source)
    assert (file.format, file.compression, file.refusal) == (file_format, compression, None)


def test_file_that_is_no_delivery_names_no_outlet(tmp_path: Path) -> None:
    files = found(laid(tmp_path, "crawl_date=2026-11-02/notes.docx", "crawl_date=2026-11-02/lanna/notes.docx"))
    assert [file.source for file in files.values()] == ["lanna", None]


def test_files_come_sorted_by_name_over_all_nights(tmp_path: Path) -> None:
    laid(tmp_path, "crawl_date=2026-11-03/a.jsonl", "crawl_date=2026-11-02/z.jsonl", "crawl_date=2026-11-02/b/1.txt")
    assert list(found(tmp_path)) == [
        "crawl_date=2026-11-02/b/1.txt",
        "crawl_date=2026-11-02/z.jsonl",
        "crawl_date=2026-11-03/a.jsonl",
    ]


def test_flat_folder_has_sources_but_no_night(tmp_path: Path) -> None:
    files = found(laid(tmp_path, "lanna.jsonl", "isaan/1.html"))
    assert [(file.night, file.source) for file in files.values()] == [(None, "isaan"), (None, "lanna")]


def test_one_night_or_one_file_may_be_named_itself(tmp_path: Path) -> None:
    night = laid(tmp_path, "crawl_date=2026-11-02/lanna.jsonl") / "crawl_date=2026-11-02"
    for raw in (night, night / "lanna.jsonl"):
        file = found(raw)["lanna.jsonl"]
        assert (file.night, file.source) == (date(2026, 11, 2), "lanna")


def test_hidden_and_unfinished_files_are_no_deliveries(tmp_path: Path) -> None:
    laid(tmp_path, ".x.jsonl", "a.jsonl.tmp", "a.jsonl.part", "_SUCCESS", ".git/a.jsonl", "_tmp/a.jsonl", "a.jsonl~")
    assert found(tmp_path) == {}


@pytest.mark.parametrize("name", ["a.json", "README", "a.parquet.gz", ".gz.d/x", "a.gz"])
def test_unknown_format_is_returned_with_a_refusal(tmp_path: Path, name: str) -> None:
    laid(tmp_path, name)
    refusals = [file.refusal for file in found(tmp_path).values()]
    assert [refusal and refusal.reason for refusal in refusals] == ([] if name.startswith(".") else ["unknown-format"])


def test_link_out_of_the_folder_is_refused_and_not_followed(tmp_path: Path) -> None:
    outside = laid(tmp_path / "outside", "secret.jsonl", "tree/a.jsonl")
    raw = laid(tmp_path / "raw", "own.jsonl")
    (raw / "file.jsonl").symlink_to(outside / "secret.jsonl")
    (raw / "tree").symlink_to(outside / "tree")
    files = found(raw)
    assert {name: file.refusal and file.refusal.reason for name, file in files.items()} == {
        "file.jsonl": "escapes-folder",
        "own.jsonl": None,
        "tree": "escapes-folder",
    }


def test_link_to_a_folder_inside_does_not_deliver_its_files_twice(tmp_path: Path) -> None:
    raw = laid(tmp_path, "crawl_date=2026-11-02/a.jsonl")
    (raw / "latest").symlink_to(raw / "crawl_date=2026-11-02")
    assert list(found(raw)) == ["crawl_date=2026-11-02/a.jsonl"]


def test_broken_and_circular_links_and_named_pipe_are_refused(tmp_path: Path) -> None:
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere.jsonl")
    (tmp_path / "loop.jsonl").symlink_to("loop.jsonl")
    os.mkfifo(tmp_path / "pipe.jsonl")
    reasons = [file.refusal and file.refusal.reason for file in found(tmp_path).values()]
    assert reasons == ["unreadable-file"] * 3


@pytest.mark.parametrize("folder", ["crawl_date=2026-13-40", "crawl_date=", "crawl_date=20261102", "crawl_date=x"])
def test_impossible_night_is_an_error_that_names_the_folder(tmp_path: Path, folder: str) -> None:
    laid(tmp_path, f"{folder}/a.jsonl")
    with pytest.raises(InputError, match=folder):
        find_files(tmp_path, settings=SETTINGS)


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        find_files(tmp_path / "nowhere", settings=SETTINGS)


def test_folder_that_cannot_be_listed_is_an_error_and_no_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)  # rights do not bind the superuser, whom tests may run as
    with pytest.raises(InputError, match=r"cannot be listed: Permission denied; give this user"):
        find_files(tmp_path, settings=SETTINGS)


def test_file_name_that_is_no_utf8_is_spelled_out(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xa1.jsonl")).write_text("")
    assert list(found(tmp_path)) == [r"\xa1.jsonl"]


def test_ignored_names_are_a_setting(tmp_path: Path) -> None:
    laid(tmp_path, "a.jsonl", "notes.txt")
    files = find_files(tmp_path, settings=ReadSettings(ignored_names=["notes.*"]))
    assert [file.name for file in files] == ["a.jsonl"]
