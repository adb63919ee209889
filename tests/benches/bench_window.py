"""One new night against a window of a million articles: seconds, peak memory and bytes of index an article.

    python -m tests.benches.bench_window --window 1000000 --night 20000

The articles are words drawn by Zipf and Mandelbrot's law as numbers, 400 a text, three in ten of them copies with a
tenth of their words replaced; only linking is measured, as everything before it is done night by night.
"""

import argparse
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from dedup.index import Index, digest
from dedup.link import link
from dedup.matching.bandplan import plan_bands
from dedup.matching.candidates import article_keys
from dedup.schemas import Article
from dedup.settings import Settings
from dedup.sketch import as_lists
from dedup.words.shingles import Shingles, distinct
from dedup.words.signatures import band_keys, sign

WORDS = 400
VOCABULARY = 60_000
PER_NIGHT = 22_000


def texts(n: int, random: np.random.Generator) -> np.ndarray:
    """n × WORDS word numbers; three rows in ten are a row before them with a tenth of the words replaced."""
    weights = np.cumsum(1 / (np.arange(VOCABULARY) + 2.7))  # Zipf and Mandelbrot: the first word is 3 % of a text
    ranks = np.searchsorted(weights / weights[-1], random.random((n, WORDS))).astype(np.uint32)
    words = ranks * np.uint32(2654435761) & np.uint32(0xFFFFFFFE)
    copies = np.flatnonzero(random.random(n) < 0.3)[1:]
    originals = (copies * random.random(len(copies))).astype(np.int64)
    replaced = random.random((len(copies), WORDS)) < 0.1
    words[copies] = np.where(replaced, words[copies], words[originals])
    return words


def write_night(index: Index, night: date, n: int, settings: Settings, random: np.random.Generator) -> None:
    """The checkpoints of a night that linking reads, and, but for the last night, the links."""
    words = texts(n, random)
    ids = [digest(str(night), i) for i in range(n)]
    at = datetime(night.year, night.month, night.day, tzinfo=UTC)
    columns = {name: pl.lit(None) for name in Article.column_names()}
    known = {"night": pl.lit(night), "source": pl.lit("bench"), "n_chars": pl.lit(2400), "crawled_at": pl.lit(at)}
    known |= {
        "title": pl.lit("หัวข้อ"),
        "body": pl.lit(""),
        "file": pl.lit("f"),
        "line": pl.lit(1),
        "removed_share": pl.lit(0.0),
    }
    frame = pl.DataFrame({"article_id": ids})
    offsets = np.arange(n + 1, dtype=np.int64) * WORDS
    hashed = sum(words[:, i : WORDS - 2 + i].astype(np.uint64) * np.uint64(p) for i, p in ((0, 3), (1, 5), (2, 7)))
    shingles = (hashed * np.uint64(0xFF51AFD7ED558CCD) >> np.uint64(32)).astype(np.uint32)
    sets = distinct(
        Shingles(np.ascontiguousarray(shingles.reshape(-1)), np.arange(n + 1, dtype=np.int64) * (WORDS - 2))
    )
    plan = plan_bands(settings.match.num_perm, settings.match.jaccard, settings.match.recall)
    lanes = sign(sets, num_perm=settings.match.num_perm, seed=settings.match.seed)
    listed = frame.with_columns(pl.lit(night).alias("night"), as_lists("shingles", sets.hashes, sets.doc_offsets))
    keys = article_keys(listed, band_keys(lanes, bands=plan.bands, rows=plan.rows), settings.match)
    with index.checkpoint(night, "prepare", str(night), {"articles": n}) as folder:
        articles = frame.with_columns(**{**columns, **known, "flags": pl.lit([], pl.List(pl.String))})
        articles.select("article_id", *[c for c in Article.column_names() if c != "article_id"]).cast(
            {name: kind.dtype for name, kind in Article.columns().items()}
        ).write_parquet(folder / "articles.parquet")
    with index.checkpoint(night, "sketch", str(night), {}) as folder:
        headline = pl.lit([], pl.List(pl.UInt32)).alias("headline")
        frame.with_columns(headline, as_lists("words", np.ascontiguousarray(words.reshape(-1)), offsets)).write_parquet(
            folder / "words.parquet"
        )
        keys.write_parquet(folder / "keys.parquet")


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--window", type=int, default=1_000_000)
    parser.add_argument("--night", type=int, default=20_000)
    args = parser.parse_args()
    settings, random = Settings(index={"window_nights": 60}), np.random.default_rng(1)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as scratch:
        index = Index(Path(scratch))
        n_nights = max(1, args.window // PER_NIGHT)
        nights = [date(2026, 10, 1) + timedelta(days=i) for i in range(n_nights + 1)]
        for night in nights[:-1]:
            write_night(index, night, args.window // n_nights, settings, random)
        write_night(index, nights[-1], args.night, settings, random)
        sketches = sum(size(index.folder(night, "sketch")) for night in nights)
        print(f"index: {sketches / (args.window + args.night):.0f} bytes an article (words and keys)", flush=True)
        before = time.process_time()
        for night in nights:
            started, cpu = time.perf_counter(), time.process_time()
            counts = link(index, night, settings)
            wall, spent = time.perf_counter() - started, time.process_time() - cpu
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            print(f"{night}: {wall:.1f} s wall, {spent:.1f} s CPU, peak so far {peak:.2f} GB, {counts}", flush=True)
        print(f"all nights: {time.process_time() - before:.0f} s CPU")


if __name__ == "__main__":
    main()
