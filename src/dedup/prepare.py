"""The first step: a night's files become clean articles and quarantine rows.

    deliver   one file → records, texts repaired            (slices of files, in parallel)
    clean     some sources' records → articles, refused      (slices of sources, in parallel)

The line model of a source needs all its records of the night, so the work is cut by file first and then by source.
Slices are Parquet files beside the checkpoint; workers get paths and give counts. A record that breaks its slice is
refused, and the night prepared as if it had not been delivered (`salvage`).
"""

import math
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path

import dataframely as dy
import polars as pl

from dedup import atomic, salvage
from dedup.cleaning import boilerplate, linemodel, lines
from dedup.cleaning.dates import parse_crawled, parse_published
from dedup.cleaning.quality import screen
from dedup.cleaning.repair import repair
from dedup.cleaning.titles import headlines
from dedup.cleaning.urls import canonical_urls
from dedup.index import Counts, Index, digest
from dedup.inputs import Inputs, UnsteadyError, inputs_of
from dedup.parallel import SliceMap
from dedup.poison import Note, Place, Poison, PoisonError, as_refused, refusal
from dedup.reading.extract import extract
from dedup.reading.read import Batch, ReadReason, read_batches
from dedup.schemas import READING_ORDER, Article, Quarantine, RawRecord
from dedup.settings import Settings
from dedup.survey import DeliveredFile, Delivery, crawl_night
from dedup.workers import allow

SLICE_RECORDS = 5_000
"""Sources are gathered into slices of about so many records: enough to be worth a worker, and about 60 MB of text."""

SHOWN_CHARS = 200  # of a removed line, in the published table


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


@dataclass(frozen=True)
class SourceSlice:
    """Some sources to clean, all their records of the night; `earlier` are the line states of the window."""

    sources: list[str]
    night: date
    ordinal: int
    folder: Path
    out: Path
    earlier: list[Path]
    settings: Settings
    cpu_seconds: float
    only: tuple[Place, ...] | None = None
    file: str | None = None


def prepare(
    index: Index, delivery: Delivery, settings: Settings, run_slices: SliceMap, *, poison: Sequence[Poison] = ()
) -> Counts:
    """Make the checkpoint `prepare` of one night: `articles`, `quarantine`, `files`, `lines`, `titles`, `removed`
    (by outlet) and `removed_lines` (by record).

    `poison` are records that a later step broke on; with those that break this one they are remembered for as long
    as the night's files stay the same. A file that changed while it was read counts as unsteady: what was read of it
    is there, and the next run reads it again.
    The counts: files, records, articles, quarantined, removed_lines, and unsteady_files if there are any.
    """
    inputs = inputs_of(delivery)
    if poison:
        _note(index, delivery.night, inputs).add(poison)
    while True:
        note = _note(index, delivery.night, inputs)
        try:
            return _without(note.read(), inputs, index, delivery, settings, run_slices)
        except PoisonError as found:
            note.add(found.records)
        except UnsteadyError as found:
            inputs = inputs.unsteady(found.names)


def _without(
    poison: list[Poison],
    inputs: Inputs,
    index: Index,
    delivery: Delivery,
    settings: Settings,
    run_slices: SliceMap,
) -> Counts:
    """The checkpoint, with the poison in quarantine. Raises PoisonError naming more of it, and UnsteadyError."""
    night = delivery.night
    before = [known for known in index.nights() if known < night]
    made_from = _made_from(index, night, inputs, poison)
    stamp = index.stamp(night, "prepare")
    if stamp is not None and stamp.digest == made_from:
        return stamp.counts
    counts: Counts = {}
    with index.checkpoint(night, "prepare", made_from, counts) as folder:
        slices = folder / f"slices-{made_from}"  # a slow worker of an earlier run finds no such folder
        slices.mkdir()
        record_seconds = settings.run.record_seconds
        cpu_seconds = salvage.SLICE_RECORDS * record_seconds
        files = [
            FileSlice(file, night, i, slices, settings, _of_file(file, poison), cpu_seconds)
            for i, file in enumerate(delivery.files)
        ]
        read = salvage.results(run_slices, salvage.Step("read", deliver, delivered_places, record_seconds), files)
        unsteady = inputs.steady & (inputs.moved(delivery) | _unread(slices))
        if unsteady:
            raise UnsteadyError(unsteady)
        earlier = [index.folder(known, "prepare") for known in before[-settings.clean.window_nights :]]
        groups = [
            SourceSlice(group, night, i, slices, slices, earlier, settings, cpu_seconds)
            for i, group in enumerate(_source_groups(slices))
        ]
        salvage.results(run_slices, salvage.Step("clean", clean, source_places, record_seconds), groups)
        n_read = {task.delivered.file.name: counts["records"] for task, counts in zip(files, read, strict=True)}
        counts.update(_gather(slices, folder, n_read, night))
        shutil.rmtree(slices)
        if n_unsteady := inputs.n_unsteady:
            counts["unsteady_files"] = n_unsteady
    return counts


def _unread(slices: Path) -> set[str]:
    """Names of the files that the disk did not give, or not to their end."""
    is_unread = pl.col("reasons").list.contains(ReadReason.UNREADABLE_FILE)
    return set(pl.scan_parquet(slices / "refused-*.parquet").filter(is_unread).collect()["file"])


def prepare_digest(index: Index, delivery: Delivery) -> str:
    """What a night's articles are made from: its files, but for poison, and what the night before was made from."""
    inputs = inputs_of(delivery)
    return _made_from(index, delivery.night, inputs, _note(index, delivery.night, inputs).read())


def _made_from(index: Index, night: date, inputs: Inputs, poison: list[Poison]) -> str:
    before = [known for known in index.nights() if known < night][-1:]
    return digest("prepare", inputs.rows, [_digest(index, known) for known in before], *poison)


def _note(index: Index, night: date, inputs: Inputs) -> Note:
    return Note(index.root / f"dt={night}" / "poison.json", digest(inputs.rows))


def _digest(index: Index, night: date) -> str:
    stamp = index.stamp(night, "prepare")
    return stamp.digest if stamp else ""


# -- deliver: one file ------------------------------------------------------------------------------------------


def deliver(task: FileSlice) -> Counts:
    """Read a file into `records-*.parquet` and `refused-*.parquet`. Counts records, refused ones included."""
    n_read = 0
    nothing = Batch(RawRecord.create_empty(), Quarantine.create_empty())  # so that every file leaves a slice
    for number, delivered in enumerate(chain([nothing], _batches(task))):
        n_read += delivered.records.height + delivered.refused.height
        salvage.begin(task, delivered.records.height)
        pages = extract(delivered.records, prune_xpath=task.settings.clean.prune_xpath, settings=task.settings.read)
        name = f"{task.ordinal:05d}-{number:05d}"
        atomic.write_slice(repaired(pages.records, task), task.out / f"records-{name}.parquet")
        refused = pl.concat([delivered.refused, pages.refused])
        atomic.write_slice(refused, task.out / f"refused-{name}.parquet")
        salvage.begin_reading()
    return {"records": n_read}


def delivered_places(task: FileSlice) -> Counts:
    """The places of the records that `deliver` would work on."""
    salvage.begin_reading()
    return salvage.write_places((batch.records for batch in _batches(task)), task)


def _of_file(delivered: DeliveredFile, poison: list[Poison]) -> tuple[Poison, ...]:
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
        records = salvage.chosen(delivered.records.filter(~is_poison), task)
        poisoned = [(row, poison[row["line"]]) for row in delivered.records.filter(is_poison).iter_rows(named=True)]
        yield Batch(RawRecord.cast(records), Quarantine.cast(pl.concat([delivered.refused, as_refused(poisoned)])))


def _of_night(task: FileSlice, batch: Batch) -> Batch:
    """What of a batch belongs to the night: all of it where the folder names the night."""
    otherwise = task.delivered.otherwise
    if otherwise is None:
        return batch
    is_tonight = crawl_night(batch.records).fill_null(otherwise) == task.night
    refused = batch.refused if otherwise == task.night else Quarantine.create_empty()
    return Batch(RawRecord.cast(batch.records.filter(is_tonight)), refused)


def repaired(records: pl.DataFrame, task: FileSlice) -> pl.DataFrame:
    """Records with texts repaired, addresses and crawl times parsed, and the content digest that names them."""
    title = repair(records["title"], keep_lines=False)
    text = repair(records["text"])
    crawled = parse_crawled(records["crawled_raw"], night=task.night)
    rules = task.settings.clean.url_rules
    return records.with_columns(
        content=pl.Series(_content_digests(records), dtype=pl.String),
        delivered_title="title",
        delivered_text="text",
        canonical_url=canonical_urls(records["url"], records["source"], rules=rules),
        crawled_at=crawled,
        title=title["text"],
        text=text["text"],
        damage_share=pl.max_horizontal(title["damage_share"], text["damage_share"]),
    )


IDENTITY = ["source", "source_record_id", "url", "title", "text", "html", "published_raw", "crawled_raw"]
"""What makes a delivered record this record; not the file or line it came in."""


def _content_digests(records: pl.DataFrame) -> list[str]:
    return [digest(*row) for row in records.select(IDENTITY).iter_rows()]


# -- clean: some sources ----------------------------------------------------------------------------------------


def _source_groups(slices: Path) -> list[list[str]]:
    """Sources in groups of about `SLICE_RECORDS` records, in the order of their names."""
    sizes = pl.scan_parquet(slices / "records-*.parquet").group_by("source").len().sort("source").collect()
    groups: list[list[str]] = []
    room = 0
    for source, size in sizes.iter_rows():
        if size > room or not groups:
            groups.append([])
            room = SLICE_RECORDS
        groups[-1].append(source)
        room -= size
    return groups or [[]]


def clean(task: SourceSlice) -> Counts:
    """Clean the records of some sources into `articles-N`, `screened-N`, `lines-N`, `titles-N`, `removed-N`.

    Counts records.
    """
    limits = task.settings.clean
    records = _records(task)
    salvage.begin(task, records.height)
    records = named(records, task.night)
    documents = records.select("row", "source", "title", "text", doc_key=pl.coalesce("canonical_url", "article_id"))
    table = lines.line_table(documents)
    allow(math.inf)  # what the window costs is no record's fault
    earlier = [_line_state(folder, task.sources) for folder in task.earlier]
    tonight = linemodel.night_state(table, documents, earlier, limits)
    model = linemodel.line_model(tonight, earlier, limits)
    salvage.begin(task, records.height)
    stripped = boilerplate.strip_boilerplate(table, documents, model, limits)
    articles = dated(records.join(stripped.articles, on="row", how="left", maintain_order="left"), task)
    judged = screen(articles, limits)
    is_good = pl.col("reject_reasons").list.len() == 0
    outputs = {
        "articles": as_articles(judged.filter(is_good)),
        "screened": as_quarantine(judged.filter(~is_good)),
        "lines": tonight.lines,
        "titles": tonight.titles,
        "removed": boilerplate.leaderboard(stripped.removed),
        "removed_lines": removed_lines(stripped.removed, records),
    }
    for name, frame in outputs.items():
        atomic.write_slice(frame, task.out / f"{name}-{task.ordinal:05d}.parquet")
    return {"records": judged.height}


def source_places(task: SourceSlice) -> Counts:
    """The places of the records that `clean` would work on."""
    return salvage.write_places([_records(task)], task)


def _records(task: SourceSlice) -> pl.DataFrame:
    """The sources' records of the night, in the order of file and line."""
    scan = pl.scan_parquet(task.folder / "records-*.parquet").filter(pl.col("source").is_in(task.sources))
    return salvage.chosen(scan.collect(), task).sort("file", "line").with_row_index("row")


def _line_state(folder: Path, sources: list[str]) -> linemodel.LineState:
    of_sources = pl.col("source").is_in(sources)
    frames = [pl.scan_parquet(folder / f"{name}.parquet").filter(of_sources) for name in ("lines", "titles")]
    return linemodel.LineState(*pl.collect_all(frames))


def named(records: pl.DataFrame, night: date) -> pl.DataFrame:
    """Records with `night` and `article_id`, and titles without the outlet's name at their end.

    The id is made from the night and what was delivered; of records that are the same in everything, each has its own.
    """
    twin = pl.int_range(pl.len()).over("content")
    return records.with_columns(
        pl.lit(night).alias("night"),
        article_id=pl.struct("content", twin=twin).map_elements(
            lambda row: digest(str(night), row["content"], row["twin"]), return_dtype=pl.String
        ),
        title=headlines(records["title"], records["source"]),
    )


def dated(articles: pl.DataFrame, task: SourceSlice) -> pl.DataFrame:
    """Articles with the publication instant, or the flag that says why there is none."""
    limits = task.settings.clean
    dates = parse_published(
        articles["published_raw"],
        articles["crawled_at"],
        oldest_year=limits.oldest_year,
        future_hours=limits.future_hours,
    )
    return pl.concat([articles, dates], how="horizontal")


def as_articles(judged: pl.DataFrame) -> dy.DataFrame[Article]:
    """The accepted rows as the contract has them."""
    sized = judged.with_columns(n_chars=pl.col("body").str.len_chars())
    return Article.validate(sized.select(Article.column_names()), cast=True)


def as_quarantine(judged: pl.DataFrame) -> dy.DataFrame[Quarantine]:
    """The refused rows, each with its reasons and what was delivered."""
    delivered = [pl.col("delivered_title").alias("title"), pl.col("delivered_text").alias("text")]
    payload = pl.struct(*delivered, "html", "published_raw", "crawled_raw", "category", "extra").struct.json_encode()
    rows = judged.select(
        "night",
        "file",
        "line",
        pl.lit(None, pl.Int64).alias("offset"),
        "source",
        "source_record_id",
        "url",
        "title",
        pl.lit("screen").alias("step"),
        pl.col("reject_reasons").alias("reasons"),
        pl.lit(None, pl.String).alias("detail"),
        payload.alias("payload"),
        pl.lit("utf-8").alias("payload_encoding"),
    )
    return Quarantine.validate(rows, cast=True)


def removed_lines(removed: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Every removed line by the place of its record: `file`, `line`, `text_line` (from 1), `reason`, `text`."""
    places = records.select("row", "file", "line")
    return (
        removed.rename({"line": "text_line"})
        .join(places, on="row")
        .select(
            "file",
            "line",
            pl.col("text_line") + 1,
            pl.col("reason").cast(pl.String),
            pl.col("text").str.slice(0, SHOWN_CHARS),
        )
    )


# -- gather: the night --------------------------------------------------------------------------------------------


def _gather(slices: Path, folder: Path, n_read: dict[str, int], night: date) -> Counts:
    """The night's tables from the slices, each in a total order."""

    def together(name: str) -> pl.DataFrame:
        return pl.read_parquet(slices / f"{name}-*.parquet")

    articles = together("articles").sort(READING_ORDER)
    refused = pl.concat([together("refused"), together("screened")]).with_columns(night=pl.lit(night))
    refused = refused.sort("file", "line", "offset", "payload", nulls_last=True)
    removed = together("removed").select(
        "source", pl.col("text").str.slice(0, SHOWN_CHARS), "reason", n_lines=pl.col("n_articles").cast(pl.UInt32)
    )
    tables = {
        "articles": articles,
        "quarantine": refused,
        "files": _files(n_read, articles, refused),
        "lines": together("lines").sort("source", "line_hash"),
        "titles": together("titles").sort("source", "doc_key", "title_key"),
        "removed_lines": together("removed_lines").sort("file", "line", "text_line"),
        "removed": removed.sort("source", "n_lines", "text", "reason", descending=[False, True, False, False]),
    }
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return {
        "files": len(n_read),
        "records": sum(n_read.values()),
        "articles": articles.height,
        "quarantined": refused.height,
    }


def _files(n_read: dict[str, int], articles: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """One row a file: what was read, and what was written of it. The conservation check rests on it."""
    read = pl.DataFrame({"file": list(n_read), "n_read": list(n_read.values())}, schema_overrides={"n_read": pl.Int64})
    for name, frame in (("n_articles", articles), ("n_quarantined", refused)):
        read = read.join(frame.group_by("file").agg(pl.len().cast(pl.Int64).alias(name)), on="file", how="left")
    return read.with_columns(pl.col("n_articles", "n_quarantined").fill_null(0)).sort("file")
