"""What each night's published partitions are made from, and how; nothing is written here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from hashlib import blake2b

import numpy as np
import polars as pl

from dedup import contract, streams, tallies
from dedup.errors import InvariantError
from dedup.flat import flat
from dedup.gates import Metrics, judgements
from dedup.index import Index, Stamp, Step, digest
from dedup.members import Members
from dedup.schemas import Article
from dedup.settings import Settings

NOVEL_BODY_SHARE = 0.1
"""A member keeps its own text when more than this share of its shingles is not in the kept article."""

TEXT_COLUMNS = [name for name in Article.column_names() if name not in ("night", "n_chars", "published_method")]
"""What is published of an article's own text."""

Rows = Callable[[], pl.DataFrame]
Frames = Callable[[], Iterator[pl.DataFrame]]


@dataclass(frozen=True)
class Partition:
    """One file of the published tree: where it goes, what it is made from, and how."""

    path: str  # articles/dt=2026-11-23
    table: str
    made_from: str
    rows: Frames  # of tables that are made of the same rows the same function

    def make(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Some of its rows, as the contract has them. Raises dataframely's ValidationError."""
        return contract.conform(MADE[self.table](frame) if self.table in MADE else frame, self.table)


def rows_digest(frame: pl.DataFrame) -> str:
    """Digest of a slim frame whose rows are in a total order."""
    return digest(frame.columns, *map(_column_digest, frame))


def _column_digest(column: pl.Series) -> str:
    """Digest of a column's values, and of where it has none."""
    values = flat(column) if column.dtype == pl.String else [column.to_physical().fill_null(strategy="zero").to_numpy()]
    hashed = blake2b(digest_size=16)
    for array in (column.is_null().to_numpy(), *values):
        hashed.update(np.ascontiguousarray(array).data)
    return hashed.hexdigest()


def _stamp(index: Index, night: date, step: Step) -> Stamp:
    stamp = index.stamp(night, step)
    if stamp is None:
        raise InvariantError(f"{night} has not been through {step}; run it before publishing")
    return stamp


def _made_from_members(index: Index, night: date, members: Members) -> str:
    """What a night's members are made from.

    Of a night in the window the rows are looked at, because most of them stay the same. A night that has left
    the window cannot change any more, unless one of the nights does whose links may speak of it: their chain of
    digests is enough.
    """
    prepared = _stamp(index, night, "prepare").digest
    if night not in members.window:
        return digest("frozen", prepared, _stamp(index, members.followers(night)[-1], "link").digest)
    return digest(prepared, rows_digest(members.of(night).drop("source")))


def _night_partitions(
    index: Index, night: date, members: Rows, made_from_members: str, judged: Rows
) -> list[Partition]:
    """Every partition of one night.

    Its gates are made from its link and those before it, not from their settings: as it was judged then, it stays.
    """
    prepared, linked = (_stamp(index, night, step).digest for step in ("prepare", "link"))

    def stored(step: Step, name: str, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        return streams.chunks(index.folder(night, step) / f"{name}.parquet", columns)

    def texts() -> Iterator[pl.DataFrame]:
        rows, at = members(), 0
        for part in stored("prepare", "articles", TEXT_COLUMNS):
            yield _side_by_side(part, rows.slice(at, part.height))
            at += part.height

    def figures() -> pl.DataFrame:
        return tallies.figures(members(), index.read([night], "prepare", "quarantine", ["file"]).height)

    def whole(rows: Rows) -> Frames:
        return lambda: iter([rows()])

    tables: dict[str, tuple[str, Frames]] = {
        "articles": (made_from_members, texts),
        "members": (made_from_members, texts),
        "sources": (made_from_members, whole(lambda: tallies.reuse(members()))),
        "outlets": (made_from_members, whole(lambda: tallies.first_publishers(members()))),
        "nights": (made_from_members, whole(figures)),
        "gates": (linked, whole(judged)),
        "matches": (linked, lambda: stored("link", "matches")),
        "aliases": (linked, lambda: stored("link", "aliases")),
        "quarantine": (prepared, lambda: stored("prepare", "quarantine")),
        "removed": (prepared, lambda: stored("prepare", "removed")),
    }
    return [Partition(f"{table}/dt={night}", table, made_from, rows) for table, (made_from, rows) in tables.items()]


def _side_by_side(texts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    if not texts["article_id"].equals(rows["article_id"]):
        raise InvariantError("the articles of a night are not in the order of its members. Nothing was published.")
    return pl.concat([texts, rows.drop("article_id", "source")], how="horizontal")


def _kept(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter("is_canonical")


def _with_novel_texts(rows: pl.DataFrame) -> pl.DataFrame:
    keeps_body = ~pl.col("is_canonical") & (pl.col("novel_share") > NOVEL_BODY_SHARE)
    return rows.with_columns(body=pl.when(keeps_body).then("body"))


MADE: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {"articles": _kept, "members": _with_novel_texts}
"""How a table's rows are made of those of its partition, where they are not the same."""


def partitions(index: Index, members: Members, settings: Settings, metrics: Metrics) -> list[Partition]:
    """The whole published tree, night by night, nothing of it written yet."""

    @lru_cache(maxsize=2)  # nights are written one after the other, the tables of one side by side
    def rows(night: date) -> pl.DataFrame:
        return members.of(night)

    def judged(night: date) -> pl.DataFrame:
        return judgements(index, night, settings.gates, metrics)

    return [
        part
        for night in members.nights
        for part in _night_partitions(
            index, night, partial(rows, night), _made_from_members(index, night, members), partial(judged, night)
        )
    ]
