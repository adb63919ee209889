"""Which files a raw folder holds, and what their paths say: night, source, format."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from dedup.errors import InputError
from dedup.reading.refusals import ReadReason, Refusal
from dedup.settings import ReadSettings

NIGHT_FOLDER = "crawl_date="


class Format(StrEnum):
    """How records stand in a file."""

    JSONL = "jsonl"
    PARQUET = "parquet"
    CSV = "csv"
    TEXT = "txt"
    HTML = "html"


FORMATS = {
    "jsonl": Format.JSONL,
    "ndjson": Format.JSONL,
    "jl": Format.JSONL,
    "parquet": Format.PARQUET,
    "pq": Format.PARQUET,
    "csv": Format.CSV,
    "tsv": Format.CSV,
    "txt": Format.TEXT,
    "html": Format.HTML,
    "htm": Format.HTML,
}
COMPRESSIONS = {"gz": "gz", "gzip": "gz", "zst": "zst", "zstd": "zst"}


@dataclass(frozen=True)
class RawFile:
    """One delivered file.

    `name` is its path below the raw folder, with forward slashes; `night` the one its folder names; `source`
    the first part of the path below the night, without format suffixes, None for a file of no known format. A file
    with a `refusal` is not read: it becomes one quarantine row.
    """

    path: Path
    name: str
    night: date | None = None
    source: str | None = None
    format: Format | None = None
    compression: str | None = None
    refusal: Refusal | None = None


def find_files(raw: Path, *, settings: ReadSettings) -> list[RawFile]:
    """Every file below the folder `raw`, or `raw` itself if it is a file, sorted by name.

    Names that match `ignored_names` are no deliveries and are left out; so are links to folders inside `raw`,
    whose files are found at their own place. Everything else is returned, with a refusal where it is not to
    be read: links that lead outside, unreadable and special files, unknown formats.
    Raises InputError where `raw` does not exist or cannot be listed, or a `crawl_date=` folder names no date.
    """
    if raw.is_file():
        return [_raw_file(raw, raw.parent, _special(raw))]
    if not raw.is_dir():
        raise InputError(f"{raw}: no such folder or file; name the folder that the scrapers write to")
    return sorted((_raw_file(path, raw, refusal) for path, refusal in _walk(raw, settings)), key=lambda f: f.name)


def night_of(folder: str) -> date | None:
    """The night that a folder's name gives, None if it gives none.

    >>> night_of("crawl_date=2026-11-02")
    datetime.date(2026, 11, 2)

    Raises ValueError where `crawl_date=` is followed by no date.
    """
    if not folder.startswith(NIGHT_FOLDER):
        return None
    text = folder.removeprefix(NIGHT_FOLDER)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"{text!r} is not YYYY-MM-DD")
    return date.fromisoformat(text)


def _walk(raw: Path, settings: ReadSettings) -> Iterator[tuple[Path, Refusal | None]]:
    faults: list[OSError] = []
    root = raw.resolve()
    for place, folders, names in os.walk(raw, onerror=faults.append):
        folders[:] = sorted(name for name in folders if not _is_ignored(name, settings))
        for name in folders:
            _night(Path(place) / name)
            if refusal := _escape(Path(place) / name, root):
                yield Path(place) / name, refusal
        for name in names:
            if not _is_ignored(name, settings):
                path = Path(place) / name
                yield path, _escape(path, root) or _special(path)
    for fault in faults:
        if fault.filename == str(raw):
            raise InputError(
                f"{raw}: the folder cannot be listed: {fault.strerror}; give this user the right to read it"
            )
        detail = f"the folder cannot be listed: {fault.strerror}"
        yield Path(fault.filename), Refusal(ReadReason.UNREADABLE_FILE, detail)


def _is_ignored(name: str, settings: ReadSettings) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in settings.ignored_names)


def _escape(path: Path, root: Path) -> Refusal | None:
    # os.path, because pathlib raises RuntimeError for a link that leads to itself; `_special` says what that is
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
        return Refusal(ReadReason.ESCAPES_FOLDER, "the link leads out of the raw folder")
    return None


def _special(path: Path) -> Refusal | None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return Refusal(ReadReason.UNREADABLE_FILE, f"the file cannot be looked at: {error.strerror}")
    if not stat.S_ISREG(mode):  # opening a named pipe would wait for ever
        return Refusal(ReadReason.UNREADABLE_FILE, "not a regular file")
    return None


def _night(folder: Path) -> date | None:
    try:
        return night_of(folder.name)
    except ValueError as error:
        raise InputError(f"{folder}: names no night: {error}; rename the folder or move it away") from error


def _raw_file(path: Path, raw: Path, refusal: Refusal | None) -> RawFile:
    parts = path.relative_to(raw).parts
    folders = [_night(Path(part)) for part in parts[:-1]]
    place = next((i for i, night in enumerate(folders) if night), None)
    night = _night(raw.absolute()) if place is None else folders[place]
    below = parts if place is None else parts[place + 1 :]
    stem, file_format, compression = _suffixes(path.name)
    if file_format is None and refusal is None:
        refusal = Refusal(ReadReason.UNKNOWN_FORMAT, f"no format is known by this name; known: {', '.join(FORMATS)}")
    # The name of a file that is no delivery, `notes.docx`, names no outlet; the folder it lies in does.
    source = below[0] if len(below) > 1 else stem if file_format else None
    named = None if source is None else _text(source)
    return RawFile(path, _text("/".join(parts)), night, named, file_format, compression, refusal)


def _suffixes(name: str) -> tuple[str, Format | None, str | None]:
    """Stem, format and compression; Parquet has its own compression inside."""
    stem, _, last = name.rpartition(".")
    compression = COMPRESSIONS.get(last.lower()) if stem else None
    if compression:
        stem, _, last = stem.rpartition(".")
    file_format = FORMATS.get(last.lower()) if stem else None
    if file_format is None or (compression and file_format is Format.PARQUET):
        return name, None, None
    return stem, file_format, compression


def _text(name: str) -> str:
    """A file name as text; bytes in it that are no UTF-8 are spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
