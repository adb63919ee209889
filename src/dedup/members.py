"""The members of every night as the last links left them: what is published of stories is made from these rows."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import polars as pl

from dedup.index import Index
from dedup.invariants import check_members
from dedup.link import latest_members, window_of
from dedup.settings import Settings


@dataclass(frozen=True)
class Members:
    """Rows of `link.MEMBER_ROW` with `source`, in the order of the night's articles; those of the window are held."""

    index: Index
    reach: timedelta
    nights: list[date]
    window: dict[date, pl.DataFrame]  # of the newest night and those that it was compared with

    @classmethod
    def checked(cls, index: Index, settings: Settings) -> Self:
        """Of all nights of the index. Raises InvariantError where a row of the window has no sound evidence."""
        nights = index.nights()
        window = [*window_of(index, nights[-1], settings), nights[-1]]
        articles = index.read(window, "prepare", "articles", ["article_id", "night", "source"])
        rows = latest_members(index, window, pl.col("night") >= window[0])
        check_members(rows, articles["article_id"])
        rows = _in_order(articles, rows)
        by_night = rows.partition_by("night", as_dict=True)
        held = {night: by_night.get((night,), rows.clear()) for night in window}
        return cls(index, timedelta(days=settings.index.window_nights), nights, held)

    def followers(self, night: date) -> list[date]:
        """The nights, itself first, whose links may speak of a night's articles."""
        return [known for known in self.nights if night <= known <= night + self.reach]

    def of(self, night: date) -> pl.DataFrame:
        """The rows of one night."""
        if night in self.window:
            return self.window[night]
        articles = self.index.read([night], "prepare", "articles", ["article_id", "night", "source"])
        return _in_order(articles, latest_members(self.index, self.followers(night), pl.col("night") == night))


def _in_order(articles: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return articles.join(rows.drop("night"), on="article_id", how="left", maintain_order="left")
