"""One new night against a window of a million articles: seconds, peak memory and bytes of index an article.

    python -m tests.benches.bench_window --window 1000000 --night 20000

The articles are words drawn by Zipf and Mandelbrot's law as numbers, 400 a text, three in ten of them copies with a
tenth of their words replaced, half of these of earlier nights. Only linking is measured, as everything before it is
done night by night.
"""

import argparse
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from dedup.index import Counts, Index, digest
from dedup.link import link
from dedup.matching.bandplan import plan_bands
from dedup.matching.candidates import article_keys
from dedup.packed import pack
from dedup.schemas import Article
from dedup.settings import Settings
from dedup.words.shingles import Shingles
from dedup.words.signatures import band_keys, sign

WORDS = 400
VOCABULARY = 60_000
PER_NIGHT = 22_000
KEPT = 500  # texts of a night that later nights may copy


def texts(n: int, random: np.random.Generator, earlier: np.ndarray | None = None) -> np.ndarray:
    """n × WORDS word numbers; three rows in ten are a row before them with a tenth of the words replaced.

    Half of these copies are of `earlier` rows, if there are any.
    """
    weights = np.cumsum(1 / (np.arange(VOCABULARY) + 2.7))  # Zipf and Mandelbrot: the first word is 3 % of a text
    ranks = np.searchsorted(weights / weights[-1], random.random((n, WORDS))).astype(np.uint32)
    words = ranks * np.uint32(2654435761) & np.uint32(0xFFFFFFFE)
    copies = np.flatnonzero(random.random(n) < 0.3)[1:]
    originals = (copies * random.random(len(copies))).astype(np.int64)
    replaced = random.random((len(copies), WORDS)) < 0.1
    own = words[copies]
    words[copies] = np.where(replaced, own, words[originals])
    if earlier is not None and len(earlier):
        late = slice(0, None, 2)
        drawn = earlier[random.integers(0, len(earlier), len(copies[late]))]
        words[copies[late]] = np.where(replaced[late], own[late], drawn)
    return words


def write_night(
    index: Index,
    night: date,
    n: int,
    settings: Settings,
    random: np.random.Generator,
    earlier: np.ndarray | None = None,
) -> np.ndarray:
    """The checkpoints of a night that linking reads; a few of its texts, to be copied by later nights."""
    words = texts(n, random, earlier)
    ids = [digest(str(night), i) for i in range(n)]
    at = datetime(night.year, night.month, night.day, tzinfo=UTC)
    columns = {name: pl.lit(None) for name in Article.column_names() if name != "article_id"}
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
    sets = Shingles(np.ascontiguousarray(shingles.reshape(-1)), np.arange(n + 1, dtype=np.int64) * (WORDS - 2))
    plan = plan_bands(settings.match.num_perm, settings.match.jaccard, settings.match.recall)
    lanes = sign(sets, num_perm=settings.match.num_perm, seed=settings.match.seed)
    keys = article_keys(frame["article_id"], sets, band_keys(lanes, bands=plan.bands, rows=plan.rows), settings.match)
    with index.checkpoint(night, "prepare", str(night), {"articles": n}) as folder:
        articles = frame.with_columns(**{**columns, **known, "flags": pl.lit([], pl.List(pl.String))})
        articles.select("article_id", *[c for c in Article.column_names() if c != "article_id"]).cast(
            {name: kind.dtype for name, kind in Article.columns().items()}
        ).write_parquet(folder / "articles.parquet")
    with index.checkpoint(night, "sketch", str(night), {}) as folder:
        packed = frame.with_columns(pack("words", words.reshape(-1), offsets), headline=pl.lit(b""))
        packed.write_parquet(folder / "words.parquet")
        keys.sort("article_id").write_parquet(folder / "keys.parquet")
    return words[:: max(1, n // KEPT)]


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


@dataclass(frozen=True)
class Spent:
    """What the links of some nights cost in a process of its own; memory includes the program itself."""

    wall_seconds: float
    cpu_seconds: float
    start_bytes: int
    peak_bytes: int
    counts: Counts


def linked_alone(root: Path, nights: list[date], settings: Settings) -> Spent:
    """Link nights in a fresh process, so that neither making the data nor earlier nights count."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as one:
        return one.submit(_linked, root, nights, settings).result()


def _linked(root: Path, nights: list[date], settings: Settings) -> Spent:
    start, wall, cpu = _peak(), time.perf_counter(), time.process_time()
    for night in nights:
        counts = link(Index(root), night, settings)
    return Spent(time.perf_counter() - wall, time.process_time() - cpu, start, _peak(), counts)


def _peak() -> int:
    """Most memory of this process so far (bytes). Not `ru_maxrss`, which begins at that of the parent."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


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
        earlier = np.empty((0, WORDS), np.uint32)
        for night in nights:
            n = args.night if night == nights[-1] else args.window // n_nights
            earlier = np.concatenate([earlier, write_night(index, night, n, settings, random, earlier)])
        n_articles = args.window + args.night
        for step, what in (("sketch", "words and keys"), ("link", "links")):
            if step == "link":
                before = linked_alone(index.root, nights[:-1], settings)
                print(f"{len(nights) - 1} nights before: {before.cpu_seconds:.0f} s CPU", flush=True)
            n_bytes = sum(size(index.folder(night, step)) for night in nights)  # type: ignore[arg-type]
            print(f"index: {n_bytes / n_articles:.0f} bytes an article ({what})", flush=True)
        spent = linked_alone(index.root, nights[-1:], settings)
        print(
            f"{args.night:,} against {args.window:,}: {spent.wall_seconds:.1f} s wall, {spent.cpu_seconds:.1f} s CPU, "
            f"peak {spent.peak_bytes / 1e9:.2f} GB ({spent.start_bytes / 1e9:.2f} GB before it began), {spent.counts}"
        )


if __name__ == "__main__":
    main()
