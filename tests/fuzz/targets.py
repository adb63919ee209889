"""What is fuzzed. A target takes bytes, and raises where a promise is broken."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from dedup.cleaning import boilerplate, linemodel, lines
from dedup.cleaning.dates import parse_published
from dedup.cleaning.repair import repair
from dedup.cleaning.urls import canonical_url
from dedup.index import Index
from dedup.pipeline import Job, Wanted, run
from dedup.reading.read import ReadReason, find_files, read_batches
from dedup.settings import CleanSettings, ReadSettings, Settings

CRAWLED = datetime(2026, 11, 23, tzinfo=UTC)
BANGKOK = ZoneInfo("Asia/Bangkok")
ONE_WORKER = Settings(run={"workers": 1})  # type: ignore[arg-type]
NEIGHBOURS = Path(__file__).parent.parent.parent / "data/sample/raw/crawl_date=2026-11-21/rungarun.jsonl"
SUFFIXES = [".jsonl", ".jsonl.gz", ".jsonl.zst", ".csv", ".parquet", ".txt", ".html"]


def write(folder: Path, data: bytes) -> None:
    """One file: the first byte is its format, the others what it holds."""
    (folder / f"x{SUFFIXES[data[0] % len(SUFFIXES)] if data else '.jsonl'}").write_bytes(data[1:])


def reader(data: bytes) -> None:
    """Every record ends in exactly one frame, once; nothing raises."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), data)
        settings = ReadSettings(max_record_bytes=100_000, max_file_bytes=1_000_000)
        for file in find_files(Path(folder), settings=settings):
            places = [
                place
                for batch in read_batches(file, settings=settings)
                for frame in (batch.records, batch.refused)
                for place in frame["line"].drop_nulls()
            ]
            assert len(places) == len(set(places)), "a line stands twice"


def repairs(data: bytes) -> None:
    """A repaired text stays as it is."""
    once = repair(pl.Series([_text(data)]))["text"]
    assert repair(once)["text"].to_list() == once.to_list()


def dates(data: bytes) -> None:
    """A date or a flag; never a year that nobody crawls in."""
    raw = pl.Series([_text(data)], dtype=pl.String)
    read = parse_published(raw, pl.Series([CRAWLED]).cast(pl.Datetime("us", "UTC")), oldest_year=1990, future_hours=24)
    found = read["published_at"][0]
    assert found is None or 1990 <= found.astimezone(BANGKOK).year <= CRAWLED.year


def urls(data: bytes) -> None:
    """None, or an address that is its own canonical form."""
    found = canonical_url(_text(data))
    assert found is None or canonical_url(found) == found


def furniture(data: bytes) -> None:
    """What is left of a text is made of its own lines, in their order."""
    texts = _text(data).split("\x1e")
    documents = pl.DataFrame(
        {"text": texts, "title": [text[:40] for text in texts]}, schema={"text": pl.String, "title": pl.String}
    ).with_row_index("row")
    documents = documents.with_columns(source=pl.lit("x"), doc_key=pl.col("row").cast(pl.String))
    table = lines.line_table(documents)
    _, model = linemodel.learn([table], documents, linemodel.window_of([]), CleanSettings())
    stripped = boilerplate.strip_boilerplate(table, documents, model, CleanSettings())
    assert stripped.articles.height == documents.height


def nights(data: bytes) -> None:
    """A night with such a file is published: no record breaks a step, and all of them are accounted for."""
    with tempfile.TemporaryDirectory() as scratch:
        home, night = Path(scratch, "home"), Path(scratch, "raw", f"crawl_date={CRAWLED.date()}")
        night.mkdir(parents=True)
        shutil.copy(NEIGHBOURS, night)
        write(night, data)
        run(Job(night.parent, home, ONE_WORKER), Wanted(), today=CRAWLED.date())
        quarantine = Index(home / "index").read([CRAWLED.date()], "prepare", "quarantine", ["reasons", "detail"])
        broken = quarantine.filter(pl.col("reasons").list.contains(ReadReason.POISONED))
        assert broken.is_empty(), broken["detail"][0]


TARGETS: dict[str, Callable[[bytes], None]] = {
    "reader": reader,
    "repair": repairs,
    "dates": dates,
    "urls": urls,
    "furniture": furniture,
    "nights": nights,
}


def _text(data: bytes) -> str:
    """Bytes as text with much Thai in it: half of all bytes fall in the Thai block."""
    return "".join(chr(0xE00 + byte - 128) if byte >= 128 else chr(byte) for byte in data)
