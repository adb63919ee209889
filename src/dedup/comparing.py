"""The exact comparison of pairs of articles, whose words are read from the index and held for the next time.

Reading is what it costs: the words of a window of a million articles are gone through to find those of a few thousand.
Whoever chooses what to keep asks round after round, each time about much the same articles.
"""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from dedup import memory
from dedup.index import Index, Step
from dedup.matching.verify import judge, score_pairs
from dedup.settings import Settings

AT_ONCE = 400_000
"""Pairs whose words are read together; the fewer, the more often the window's words are gone through."""

TABLES: dict[str, tuple[Step, list[str]]] = {
    "words": ("sketch", ["article_id", "words", "headline"]),
    "articles": ("prepare", ["article_id", "night", "source", "canonical_url", "title", "published_at"]),
}
"""What a comparison reads of an article, and of which step."""


@dataclass
class Comparison:
    """Compares articles of a night with each other and with those of the window before it."""

    index: Index
    window: list[date]
    night: date
    settings: Settings
    _held: dict[str, pl.DataFrame] = field(default_factory=dict, init=False)

    def __call__(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """The pairs `left_id` (the older), `right_id`, as `verify.judge` returns them; some at a time."""
        most = memory.room(self.settings.run).share(memory.LINK_PAIR, most=AT_ONCE)
        return pl.concat([self._judged(part, most // 2) for part in list(pairs.iter_slices(most)) or [pairs]])

    def _judged(self, pairs: pl.DataFrame, most_held: int) -> pl.DataFrame:
        wanted = pl.concat([pairs["left_id"], pairs["right_id"]]).unique()
        found = {name: self._rows(name, wanted) for name in TABLES}
        self._held = {name: rows for name, rows in found.items() if rows.height <= most_held}
        return judge(score_pairs(pairs, found["words"], self.settings.match), found["articles"], self.settings.match)

    def _rows(self, name: str, wanted: pl.Series) -> pl.DataFrame:
        """The rows of these articles, among all that are held."""
        step, columns = TABLES[name]
        held = self._held.get(name)
        missing = wanted if held is None else wanted.filter(~wanted.is_in(held["article_id"].implode()))
        if held is not None and missing.is_empty():
            return held
        paths = [self.index.folder(night, step) / f"{name}.parquet" for night in [*self.window, self.night]]
        of_pairs = pl.col("article_id").is_in(missing.implode())
        read = pl.scan_parquet(paths).select(columns).filter(of_pairs).collect()
        return read if held is None else pl.concat([held, read])
