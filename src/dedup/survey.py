"""Which files a folder delivers for which night."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from dedup.cleaning.dates import parse_crawled
from dedup.looks import Remembered, look_of
from dedup.reading.read import RawFile, ReadReason, find_files, read_batches
from dedup.settings import ReadSettings


@dataclass(frozen=True)
class DeliveredFile:
    """A file, and whether all of it is of one night.

    `otherwise` is None where the folder names the night. In a flat folder each record belongs to the night
    it was crawled in, and what names no crawl time (refused lines too) to the night `otherwise`.
    """

    file: RawFile
    otherwise: date | None = None


@dataclass(frozen=True)
class Delivery:
    """One night's input, files in the order of their names."""

    night: date
    files: list[DeliveredFile] = field(default_factory=list)


def survey(raw: Path, *, settings: ReadSettings, otherwise: date, remembered: Remembered) -> dict[date, Delivery]:
    """Every delivered night.

    A file below `crawl_date=YYYY-MM-DD/` belongs to that night. Any other file is read, unless its nights are
    `remembered`, to see in which nights its records were crawled; a file without any crawl time belongs to the night
    `otherwise`.
    """
    nights: dict[date, Delivery] = {}
    for file in find_files(raw, settings=settings):
        crawled = {file.night} if file.night else crawl_nights(file, settings, remembered) or {otherwise}
        first = None if file.night else min(crawled)
        for night in sorted(crawled):
            nights.setdefault(night, Delivery(night)).files.append(DeliveredFile(file, first))
    remembered.keep()
    return nights


def crawl_nights(file: RawFile, settings: ReadSettings, remembered: Remembered) -> set[date]:
    """The nights that a file's records name, by Bangkok's calendar."""
    look = look_of(file.path)
    known = remembered.recall(file.name, look)
    if known is not None:
        return {date.fromisoformat(night) for night in known}
    found: set[date] = set()
    is_whole = True
    for batch in read_batches(file, settings=settings):
        found.update(crawl_night(batch.records).drop_nulls().unique().to_list())
        is_whole &= not batch.refused["reasons"].list.contains(ReadReason.UNREADABLE_FILE).any()
    if is_whole:  # what the disk did not give may name other nights
        remembered.note(file.name, file.path, look, sorted(map(str, found)))
    return found


def crawl_night(records: pl.DataFrame) -> pl.Series:
    """The night in which each record was crawled; null where it names none."""
    crawled = parse_crawled(records["crawled_raw"], night=None)
    return crawled.dt.convert_time_zone("Asia/Bangkok").dt.date()
