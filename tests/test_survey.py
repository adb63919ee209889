"""A flat folder tells its nights by its records; files that look as they did are not asked again."""

import errno
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pytest

from dedup import looks, survey
from dedup.looks import Remembered
from dedup.reading import decompress
from dedup.settings import ReadSettings

TODAY = date(2026, 11, 28)


@pytest.fixture
def flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two files, of which one has records of two nights and the other has none with a crawl time."""
    monkeypatch.setattr(looks, "SETTLED_SECONDS", -60)
    folder = tmp_path / "flat"
    folder.mkdir()
    write(folder / "times.jsonl", "2026-11-20T20:00:00+07:00", "2026-11-21T20:00:00+07:00")
    write(folder / "none.jsonl", None)
    return folder


def write(file: Path, *crawled: str | None) -> None:
    records = [{"id": str(n), "title": "ข่าว", "text": "ข่าวสั้น", "crawled_at": at} for n, at in enumerate(crawled)]
    file.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")


def nights(folder: Path, made_by: str = "") -> dict[date, list[str]]:
    remembered = Remembered(folder.parent / "inputs" / "flat.json", made_by)
    found = survey.survey(folder, settings=ReadSettings(), otherwise=TODAY, remembered=remembered)
    return {night: [one.file.path.name for one in delivery.files] for night, delivery in found.items()}


FOUND = {date(2026, 11, 20): ["times.jsonl"], date(2026, 11, 21): ["times.jsonl"], TODAY: ["none.jsonl"]}


def test_files_that_look_as_they_did_are_not_read_again(flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert nights(flat) == FOUND
    with monkeypatch.context() as patched:
        patched.setattr(survey, "read_batches", pytest.fail)
        assert nights(flat) == FOUND
    write(flat / "none.jsonl", "2026-11-22T20:00:00+07:00")
    assert nights(flat).keys() == {date(2026, 11, day) for day in (20, 21, 22)}


def test_other_rules_read_them_again(flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    batches = survey.read_batches
    monkeypatch.setattr(survey, "read_batches", lambda file, **how: read.append(file) or batches(file, **how))
    assert nights(flat, "these") == nights(flat, "these") == FOUND
    assert len(read) == 2
    assert nights(flat, "others") == FOUND
    assert len(read) == 4


def test_what_the_disk_did_not_give_is_asked_for_again(flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_after_a_while(stream: BinaryIO) -> Iterator[bytes]:
        yield stream.readline()
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(decompress, "_plain", fails_after_a_while)
        assert nights(flat) == {date(2026, 11, 20): ["times.jsonl"], TODAY: ["none.jsonl"]}
    assert nights(flat) == FOUND
