"""Some sources' records of a night become clean articles and refused rows.

The line model of a source needs all lines of its night, but not at once: a source is gone through in parts of as many
records as there is room for, first to learn from its lines and then to clean it. A small night is one part.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

import dataframely as dy
import polars as pl

from dedup import atomic, memory, salvage, streams
from dedup.cleaning import boilerplate, linemodel
from dedup.cleaning.dates import parse_published
from dedup.cleaning.documents import TITLE_SCHEMA
from dedup.cleaning.lines import LineTable, line_table
from dedup.cleaning.quality import screen
from dedup.cleaning.titles import headlines
from dedup.conform import conformed
from dedup.index import Counts
from dedup.poison import Place
from dedup.schemas import QUARANTINE_ORDER, READING_ORDER, Article, Quarantine
from dedup.settings import CleanSettings, Settings
from dedup.workers import allow

PART_BYTES = 32 * 2**20
"""Of text cleaned at once at most: some 5,000 records, enough to be worth a worker."""

SHOWN_CHARS = 200  # of a removed line, in the published table

OUTLINE = ["file", "line", "source", "title", "content", "canonical_url", "n_bytes"]
"""What is held of every record of a source's night."""


@dataclass(frozen=True)
class SourceSlice:
    """Some sources to clean, all their records of the night; `earlier` has the line states of the window."""

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


def source_groups(slices: Path, settings: Settings) -> list[list[str]]:
    """Sources in groups of about a part's texts, in the order of their names; one that is larger has its own."""
    records = streams.selected(_delivered(slices), lambda scan: scan.select("source", "n_bytes"))
    sizes = records.group_by("source").agg(pl.col("n_bytes").sum()).sort("source")
    cuts = memory.cut_rows(sizes["n_bytes"], most=part_bytes(settings))
    return [sizes["source"].slice(*cut).to_list() for cut in cuts]


def _delivered(slices: Path) -> list[Path]:
    return sorted(slices.glob("records-*.parquet"))


def part_bytes(settings: Settings) -> int:
    """Text of a part; how the work is cut below its slices."""
    return memory.room(settings.run).share(memory.CLEAN_FACTOR, most=PART_BYTES)


@salvage.once
def clean(task: SourceSlice) -> Counts:
    """Clean the records of some sources into `lines-N`, `titles-N` and `removed-N`, and part by part into
    `articles-N-P`, `screened-N-P` and `removed_lines-N-P`.

    Counts records.
    """
    most = part_bytes(task.settings)
    is_small = sum(path.stat().st_size for path in _delivered(task.folder)) <= most or _n_bytes(task) <= most
    records = named(_records(task, None if is_small else OUTLINE), task.night)
    salvage.begin(task, records.height)
    cuts = list(memory.cut_rows(records["n_bytes"], most=most))

    @lru_cache(maxsize=1)  # where there is one part, it is read once
    def part(at: int) -> pl.DataFrame:
        cut = records.slice(*cuts[at])
        return cut if is_small else _whole(cut, task)

    with TemporaryDirectory(dir=task.out) as scratch:
        made = (line_table(part(at).select("row", "source", "text")) for at in range(len(cuts)))
        tables: Iterable[LineTable] = list(made) if len(cuts) == 1 else Spilled.of(made, Path(scratch))
        allow(math.inf)  # what the window costs is no record's fault
        known = records.select("row", "source", "title", "doc_key")
        state, model = linemodel.learn(tables, known, _window(task), task.settings.clean)
        salvage.begin(task, records.height)
        tallies = [_clean_part(task, at, part(at), table, model) for at, table in enumerate(tables)]
    outputs = {"lines": state.lines, "titles": state.titles, "removed": boilerplate.leaderboard(pl.concat(tallies))}
    for name, frame in outputs.items():
        atomic.write_slice(frame, task.out / f"{name}-{task.ordinal:05d}.parquet", is_kept=True)
    return {"records": records.height}


@dataclass(frozen=True)
class Spilled:
    """Line tables that are gone through several times and held one at a time."""

    folders: list[Path]

    @classmethod
    def of(cls, tables: Iterable[LineTable], folder: Path) -> "Spilled":
        """Tables written to folders as they are made."""
        folders = []
        for at, table in enumerate(tables):
            folders.append(folder / f"{at:05d}")
            folders[-1].mkdir()
            for part in fields(table):
                frame = getattr(table, part.name)
                frame.write_ipc(folders[-1] / f"{part.name}.arrow")
        return cls(folders)

    def __iter__(self) -> Iterator[LineTable]:
        """One after another."""
        for folder in self.folders:
            yield LineTable(*(pl.read_ipc(folder / f"{part.name}.arrow") for part in fields(LineTable)))


def source_places(task: SourceSlice) -> Counts:
    """The places of the records that `clean` would work on."""
    return salvage.write_places([_records(task, OUTLINE)], task)


def _records(task: SourceSlice, columns: list[str] | None) -> pl.DataFrame:
    """Every record in the order of file and line: `row`, all columns or some, and the `path` of its slice."""
    is_of_task = pl.col("source").is_in(task.sources)
    chosen = pl.all() if columns is None else pl.col(*columns, "path")
    rows = streams.selected(
        _delivered(task.folder), lambda scan: scan.filter(is_of_task).select(chosen), include_file_paths="path"
    )
    return salvage.chosen(rows, task).sort("file", "line").with_row_index("row")


def _n_bytes(task: SourceSlice) -> int:
    """What its records count for, all together."""
    of_sources = pl.col("source").is_in(task.sources)
    return int(
        streams.selected(_delivered(task.folder), lambda scan: scan.filter(of_sources).select("n_bytes")).sum().item()
    )


def _whole(part: pl.DataFrame, task: SourceSlice) -> pl.DataFrame:
    """The records of a part of the outline, with the columns that they were named by."""
    paths = [Path(path) for path in part["path"].unique().sort()] or _delivered(task.folder)[:1]
    of_sources = pl.col("source").is_in(task.sources)
    others = pl.exclude("source", "title", "content", "canonical_url", "n_bytes")
    rows = streams.selected(paths, lambda scan: scan.filter(of_sources).select(others))
    return part.join(rows, on=["file", "line"], how="left", maintain_order="left")


def _window(task: SourceSlice) -> linemodel.Window:
    of_sources = pl.col("source").is_in(task.sources)

    def scan(name: str, schema: pl.Schema) -> pl.LazyFrame:
        if not task.earlier:
            return pl.LazyFrame(schema=schema)
        return pl.scan_parquet([folder / f"{name}.parquet" for folder in task.earlier]).filter(of_sources)

    return linemodel.Window(scan("lines", linemodel.LINE_SCHEMA), scan("titles", TITLE_SCHEMA).collect())


def named(records: pl.DataFrame, night: date) -> pl.DataFrame:
    """Records with `night`, `article_id` and `doc_key`, and titles without the outlet's name at their end.

    The id is made from the night and what was delivered; of records that are the same in everything, each has its own.
    """
    return records.with_columns(
        pl.lit(night).alias("night"),
        article_id=_article_ids(records, night),
        title=headlines(records["title"], records["source"]),
    ).with_columns(doc_key=pl.coalesce("canonical_url", "article_id"))


def _article_ids(records: pl.DataFrame, night: date) -> pl.Series:
    """`index.digest(night, content, twin)` of each record: contents are hex digits, which JSON writes as they are."""
    spelled = pl.format(f'"{night}"\0"{{}}"\0{{}}\0', "content", pl.int_range(pl.len()).over("content"))
    texts = records.select(spelled).to_series()
    return pl.Series([blake2b(text.encode(), digest_size=16).hexdigest() for text in texts], dtype=pl.String)


def _clean_part(
    task: SourceSlice, at: int, records: pl.DataFrame, table: LineTable, model: linemodel.LineModel
) -> pl.DataFrame:
    """Write what becomes of some records; how often each line was removed from them."""
    limits = task.settings.clean
    digests = task.settings.match.digest_titles
    stripped = boilerplate.strip_boilerplate(table, records, model, limits, digests=digests)
    articles = dated(records.join(stripped.articles, on="row", how="left", maintain_order="left"), limits)
    judged = screen(articles, limits)
    is_good = pl.col("reject_reasons").list.len() == 0
    outputs = {
        "articles": as_articles(judged.filter(is_good)),
        "screened": as_quarantine(judged.filter(~is_good)),
        "removed_lines": removed_lines(stripped.removed, records),
    }
    for name, frame in outputs.items():
        atomic.write_slice(frame, task.out / f"{name}-{task.ordinal:05d}-{at:05d}.parquet", is_kept=True)
    return boilerplate.tally(stripped.removed)


def dated(articles: pl.DataFrame, limits: CleanSettings) -> pl.DataFrame:
    """Articles with the publication instant, and among `flags` why there is none or where it is from."""
    dates = parse_published(
        articles["published_raw"],
        articles["crawled_at"],
        articles["dateline"],
        oldest_year=limits.oldest_year,
        future_hours=limits.future_hours,
    )
    flags = pl.concat_list("flags", pl.concat_list("date_flag").list.drop_nulls())
    return pl.concat([articles, dates], how="horizontal").with_columns(flags=flags)


def as_articles(judged: pl.DataFrame) -> dy.DataFrame[Article]:
    """The accepted rows as the contract has them, in reading order."""
    sized = judged.with_columns(n_chars=pl.col("body").str.len_chars()).select(Article.column_names())
    return conformed(sized.sort(READING_ORDER), Article)


def as_quarantine(judged: pl.DataFrame) -> dy.DataFrame[Quarantine]:
    """The refused rows, each with its reasons and what was delivered."""
    delivered = [pl.col("delivered_title").alias("title"), pl.coalesce("delivered_text", "text").alias("text")]
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
    return conformed(rows.sort(QUARANTINE_ORDER, nulls_last=True), Quarantine)


def removed_lines(removed: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Every removed line by the place of its record: `file`, `line`, `text_line` (from 1), `reason`, `text`.

    Source by source, then in the order of the places.
    """
    return (
        removed.rename({"line": "text_line"})
        .join(records.select("row", "file", "line"), on="row", maintain_order="left")
        .sort("source", "row", "text_line")
        .select(
            "file",
            "line",
            pl.col("text_line") + 1,
            pl.col("reason").cast(pl.String),
            pl.col("text").str.slice(0, SHOWN_CHARS),
        )
    )
