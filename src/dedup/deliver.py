"""One delivered file of a night becomes records with their texts repaired, and quarantine rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from dedup import atomic, memory, salvage
from dedup.cleaning.dates import parse_crawled
from dedup.cleaning.flattened import with_line_ends
from dedup.cleaning.repair import repair
from dedup.cleaning.urls import canonical_urls
from dedup.digests import row_digests
from dedup.index import Counts
from dedup.poison import Place, Poison, as_refused, refusal
from dedup.reading.extract import extract
from dedup.reading.read import Batch, read_batches
from dedup.reading.refusals import none_refused
from dedup.schemas import QUARANTINE_ORDER, Quarantine, RawRecord
from dedup.settings import Settings
from dedup.survey import DeliveredFile, crawl_night


@dataclass(frozen=True)
class FileSlice:
    """One file to read; `out` takes its records, and the refused rows, `poison` too, under the number `ordinal`."""

    delivered: DeliveredFile
    night: date
    ordinal: int
    out: Path
    settings: Settings
    poison: tuple[Poison, ...]
    cpu_seconds: float
    only: tuple[Place, ...] | None = None

    @property
    def file(self) -> str | None:
        """Its name."""
        return self.delivered.file.name


@salvage.once
def deliver(task: FileSlice) -> Counts:
    """Read a file into `records-*.parquet` and, where it has any, `refused-*.parquet`.

    Counts records, refused ones included.
    """
    n_read = 0
    batches = _batches(task)
    first = next(batches, None) or Batch(RawRecord.create_empty(), none_refused())  # every file has a slice
    for number, delivered in enumerate(chain([first], batches)):
        n_read += delivered.records.height + delivered.refused.height
        salvage.begin(task, delivered.records.height)
        pages = extract(delivered.records, prune_xpath=task.settings.clean.prune_xpath, settings=task.settings.read)
        name = f"{task.ordinal:05d}-{number:05d}"
        atomic.write_slice(repaired(pages.records, task), task.out / f"records-{name}.parquet")
        if delivered.refused.height or pages.refused.height:
            refused = pl.concat([delivered.refused, pages.refused]).sort(QUARANTINE_ORDER, nulls_last=True)
            atomic.write_slice(refused, task.out / f"refused-{name}.parquet")
        salvage.begin_reading()
    return {"records": n_read}


def delivered_places(task: FileSlice) -> Counts:
    """The places of the records that `deliver` would work on."""
    salvage.begin_reading()
    return salvage.write_places((batch.records for batch in _batches(task)), task)


def poison_of(delivered: DeliveredFile, poison: list[Poison]) -> tuple[Poison, ...]:
    """What of the poison stands in a file."""
    return tuple(one for one in poison if one.file == delivered.file.name)


def _batches(task: FileSlice) -> Iterator[Batch]:
    """The file's records of the night that are to be worked on, and what is refused."""
    file = task.delivered.file
    whole = next((one for one in task.poison if one.line is None), None)
    if whole is not None:
        file = replace(file, refusal=refusal(whole))
    poison = {one.line: one for one in task.poison if one.line is not None}
    is_poison = pl.col("line").is_in(list(poison))
    for batch in read_batches(file, settings=task.settings.read):
        delivered = _of_night(task, batch)
        if not poison and task.only is None:
            yield delivered
            continue
        records = salvage.chosen(delivered.records.filter(~is_poison), task)
        poisoned = [(row, poison[row["line"]]) for row in delivered.records.filter(is_poison).iter_rows(named=True)]
        refused = pl.concat([delivered.refused, as_refused(poisoned, task.settings.read)])
        yield Batch(RawRecord.cast(records), Quarantine.cast(refused))


def _of_night(task: FileSlice, batch: Batch) -> Batch:
    """What of a batch belongs to the night: all of it where the folder names the night."""
    otherwise = task.delivered.otherwise
    if otherwise is None:
        return batch
    is_tonight = crawl_night(batch.records).fill_null(otherwise) == task.night
    refused = batch.refused if otherwise == task.night else none_refused()
    return Batch(RawRecord.cast(batch.records.filter(is_tonight)), refused)


def repaired(records: pl.DataFrame, task: FileSlice) -> pl.DataFrame:
    """Records with texts repaired, addresses and crawl times parsed, and the content digest that names them."""
    is_text = np.repeat([False, True], records.height)
    both = repair(pl.concat([records["title"], records["text"]]), keep_lines=is_text)
    title, text = both.head(records.height), both.tail(records.height)
    lines = with_line_ends(text["text"])
    crawled = parse_crawled(records["crawled_raw"], night=task.night)
    rules = task.settings.clean.url_rules
    return records.with_columns(
        content=row_digests(records.select(IDENTITY).get_columns()),
        delivered_title="title",
        delivered_text=pl.when(pl.col("text") != lines).then("text"),
        canonical_url=canonical_urls(records["url"], records["source"], rules=rules),
        crawled_at=crawled,
        title=title["text"],
        text=lines,
        damage_share=pl.max_horizontal(title["damage_share"], text["damage_share"]),
        n_bytes=memory.clean_bytes(records.with_columns(text=lines)),
    )


IDENTITY = ["source", "source_record_id", "url", "title", "text", "html", "published_raw", "crawled_raw"]
"""What makes a delivered record this record; not the file or line it came in."""
