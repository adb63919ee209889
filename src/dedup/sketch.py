"""The second step: every article of a night becomes words as numbers, and the keys it is found by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from dedup import atomic, memory, salvage, streams
from dedup.fingerprint import rules_here
from dedup.index import Counts, Index, digest
from dedup.matching.bandplan import plan_bands
from dedup.matching.candidates import article_keys
from dedup.packed import pack
from dedup.parallel import SliceMap
from dedup.poison import Place
from dedup.settings import MatchSettings, Settings
from dedup.words.shingles import shingle
from dedup.words.signatures import band_keys, sign
from dedup.words.tokens import Tokens, comparison_text, tokenize
from dedup.words.wordids import word_ids

SLICE_ARTICLES = 5_000
SLICE_BYTES = 20 * 10**6
"""Of text in a slice at most: more saves no time."""
THAI_BYTES = 3  # of a character in UTF-8


@dataclass(frozen=True)
class ArticleSlice:
    """`n_rows` rows of a night's articles, from row `start`."""

    articles: Path
    start: int
    n_rows: int
    night: date
    out: Path
    settings: MatchSettings
    cpu_seconds: float
    only: tuple[Place, ...] | None = None
    file: str | None = None

    @property
    def ordinal(self) -> int:
        """No other slice begins with this row."""
        return self.start


def sketch_nights(index: Index, nights: list[date], settings: Settings, run_slices: SliceMap) -> None:
    """The checkpoint `sketch` of each night, made where it is missing or stale."""
    for night in nights:
        sketch(index, night, settings, run_slices)


def sketch(index: Index, night: date, settings: Settings, run_slices: SliceMap) -> Counts:
    """Make the checkpoint `sketch` of one night: `words` (to compare exactly) and `keys` (to find what to compare).

    The counts: sketched, words. Raises PoisonError naming the articles that it cannot be done with.
    """
    prepared = index.stamp(night, "prepare")
    assert prepared is not None, f"{night} is sketched after it is prepared"
    made_from = digest("sketch", prepared.digest)
    stamp = index.stamp(night, "sketch")
    if stamp is not None and stamp.digest == made_from:
        return stamp.counts
    articles = index.folder(night, "prepare") / "articles.parquet"
    counts: Counts = {}
    with index.checkpoint(night, "sketch", made_from, counts) as folder:
        cuts = list(_cuts(articles, settings))
        record_seconds = settings.run.record_seconds
        cpu_seconds = salvage.SLICE_RECORDS * record_seconds
        step = salvage.Step("sketch", sketch_slice, article_places, record_seconds)
        with index.slices(night, "sketch", made_from, cuts, rules_here(settings.match.engine)) as slices:
            tasks = [ArticleSlice(articles, *cut, night, slices, settings.match, cpu_seconds) for cut in cuts]
            counts["words"] = sum(made["words"] for made in salvage.results(run_slices, step, tasks))
            for name, by in (("words", []), ("keys", ["article_id"])):
                runs = [slices / f"{name}-{start:09d}.parquet" for start, _ in cuts]
                streams.gather(runs, folder / f"{name}.parquet", by)
        counts["sketched"] = prepared.counts["articles"]
    return counts


def _cuts(articles: Path, settings: Settings) -> Iterator[tuple[int, int]]:
    """First row and number of rows of each slice, by the bytes of the texts."""
    title = pl.col("title").str.len_bytes()
    sizes = pl.scan_parquet(articles).select(pl.col("n_chars") * THAI_BYTES + title).collect().to_series()
    most = memory.room(settings.run).share(memory.SKETCH_FACTOR, most=SLICE_BYTES)
    return memory.cut_rows(sizes, most=most, rows=SLICE_ARTICLES)


@salvage.once
def sketch_slice(task: ArticleSlice) -> Counts:
    """Write `words-START` and `keys-START` of some articles. Counts records and words."""
    articles = _articles(task, ["article_id", "title", "body", "file", "line"])
    salvage.begin(task, articles.height)
    settings = task.settings
    tokens = tokenize(comparison_text(articles["body"]), engine=settings.engine)
    shingles = shingle(tokens, words=settings.shingle_words)
    plan = plan_bands(settings.num_perm, settings.jaccard, settings.recall)
    signatures = sign(shingles, num_perm=settings.num_perm, seed=settings.seed)
    bands = band_keys(signatures, bands=plan.bands, rows=plan.rows)
    keys = article_keys(articles["article_id"], shingles, bands, settings)
    # Texts without a word have the same empty signature, and are not the same text.
    has_words = pl.Series(np.diff(tokens.doc_offsets) > 0)
    words = words_of(articles, tokens, settings)
    atomic.write_slice(words, task.out / f"words-{task.start:09d}.parquet", is_kept=True)
    keys = keys.filter(has_words).sort("article_id")
    atomic.write_slice(keys, task.out / f"keys-{task.start:09d}.parquet", is_kept=True)
    return {"records": articles.height, "words": len(tokens.starts)}


def article_places(task: ArticleSlice) -> Counts:
    """The places of the articles that `sketch_slice` would work on."""
    return salvage.write_places([_articles(task, ["file", "line"])], task)


def _articles(task: ArticleSlice, columns: list[str]) -> pl.DataFrame:
    rows = pl.scan_parquet(task.articles).select(columns).slice(task.start, task.n_rows)
    return salvage.chosen(rows.collect(), task)


def words_of(articles: pl.DataFrame, bodies: Tokens, settings: MatchSettings) -> pl.DataFrame:
    """What two articles are compared by: `article_id`, `words` (of the body) and `headline`, as `score_pairs` asks."""
    headlines = tokenize(comparison_text(articles["title"]), engine=settings.engine)
    return articles.select("article_id", packed_words("words", bodies), packed_words("headline", headlines))


def packed_words(name: str, tokens: Tokens) -> pl.Series:
    """The words of each text as numbers, in its order."""
    return pack(name, word_ids(tokens), tokens.doc_offsets)
