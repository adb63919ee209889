"""What each night's published partitions are made from, and how; nothing is written here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial

import polars as pl

from dedup import contract, streams, tallies
from dedup.errors import InvariantError
from dedup.gates import Metrics, judgements
from dedup.index import Index, Stamp, Step, digest
from dedup.link import latest_members
from dedup.settings import Settings

NOVEL_BODY_SHARE = 0.1
"""A member keeps its own text when more than this share of its shingles is not in the kept article."""

MEMBER_FACTS = [
    "article_id", "night", "source", "source_record_id", "url", "canonical_url", "title", "published_at", "crawled_at",
    "flags", "removed_share", "file", "line",
]  # fmt: skip
"""What a member's row says of the article itself."""


Rows = Callable[[], pl.DataFrame]
Frames = Callable[[], Iterator[pl.DataFrame]]


@dataclass(frozen=True)
class Partition:
    """One file of the published tree: where it goes, what it is made from, and how."""

    path: str  # articles/dt=2026-11-23
    table: str
    made_from: str
    frames: Frames


def _rows_digest(frame: pl.DataFrame) -> str:
    """Digest of a slim frame whose rows are in a total order."""
    return digest(frame.columns, *(digest(part.write_csv()) for part in frame.iter_slices(streams.CHUNK_ROWS)))


def _stamp(index: Index, night: date, step: Step) -> Stamp:
    stamp = index.stamp(night, step)
    if stamp is None:
        raise InvariantError(f"{night} has not been through {step}; run it before publishing")
    return stamp


def member_rows(index: Index, nights: list[date], night: date) -> pl.DataFrame:
    """The published members of a night as the links of `nights` left them, sorted by article_id."""
    facts = index.read([night], "prepare", "articles", MEMBER_FACTS)
    return (
        latest_members(index, nights, pl.col("night") == night)
        .drop("night")
        .join(facts, on="article_id")
        .sort("article_id")
    )


def _made_from_members(index: Index, night: date, followers: list[date], members: Rows, *, is_frozen: bool) -> str:
    """What a night's members are made from; `followers` are the nights, itself first, whose links may speak of it.

    Of a night in the window the rows are looked at, because most of them stay the same. A night that has left
    the window cannot change any more, unless one of its followers does: their chain of digests is enough.
    """
    prepared = _stamp(index, night, "prepare").digest
    if is_frozen:
        return digest("frozen", prepared, _stamp(index, followers[-1], "link").digest)
    return digest(prepared, _rows_digest(members().drop("flags")))


def _night_partitions(
    index: Index, night: date, members: Rows, made_from_members: str, judged: Rows
) -> list[Partition]:
    """Every partition of one night.

    Its gates are made from its link and those before it, not from their settings: as it was judged then, it stays.
    """
    prepared, linked = (_stamp(index, night, step).digest for step in ("prepare", "link"))

    def stored(step: Step, name: str, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        return streams.chunks(index.folder(night, step) / f"{name}.parquet", columns)

    def articles() -> Iterator[pl.DataFrame]:
        kept = members().filter("is_canonical")
        stories = kept.select("article_id", "story_id", "n_members", "n_sources", "first_source", "first_published_at")
        columns = [name for name in contract.PublishedArticle.column_names() if name not in stories.columns]
        for texts in stored("prepare", "articles", ["article_id", *columns]):
            yield texts.join(stories, on="article_id", maintain_order="left")

    def members_with_texts() -> Iterator[pl.DataFrame]:
        keeps_body = ~pl.col("is_canonical") & (pl.col("novel_share") > NOVEL_BODY_SHARE)
        for texts in stored("prepare", "articles", ["article_id", "body"]):
            rows = texts.join(members(), on="article_id", maintain_order="left")
            yield rows.with_columns(body=pl.when(keeps_body).then("body"))

    def figures() -> pl.DataFrame:
        return tallies.figures(members(), index.read([night], "prepare", "quarantine", ["file"]).height)

    def whole(rows: Rows) -> Frames:
        return lambda: iter([rows()])

    makers: dict[str, tuple[str, Frames]] = {
        "articles": (made_from_members, articles),
        "members": (made_from_members, members_with_texts),
        "sources": (made_from_members, whole(lambda: tallies.reuse(members()))),
        "outlets": (made_from_members, whole(lambda: tallies.first_publishers(members()))),
        "nights": (made_from_members, whole(figures)),
        "gates": (linked, whole(judged)),
        "matches": (linked, lambda: stored("link", "matches")),
        "aliases": (linked, lambda: stored("link", "aliases")),
        "quarantine": (prepared, lambda: stored("prepare", "quarantine")),
        "removed": (prepared, lambda: stored("prepare", "removed")),
    }
    return [Partition(f"{table}/dt={night}", table, made_from, made) for table, (made_from, made) in makers.items()]


def partitions(index: Index, settings: Settings, metrics: Metrics) -> list[Partition]:
    """The whole published tree, night by night, nothing of it written yet."""
    nights = index.nights()
    reach = timedelta(days=settings.index.window_nights)
    followers = {night: [known for known in nights if night <= known <= night + reach] for night in nights}

    @lru_cache(maxsize=1)  # one night's tables are made one after the other, from the same rows
    def members(night: date) -> pl.DataFrame:
        return member_rows(index, followers[night], night)

    def judged(night: date) -> pl.DataFrame:
        return judgements(index, night, settings.gates, metrics)

    tree: list[Partition] = []
    for night in nights:
        rows = partial(members, night)
        is_frozen = night + reach < nights[-1]
        made_from = _made_from_members(index, night, followers[night], rows, is_frozen=is_frozen)
        tree += _night_partitions(index, night, rows, made_from, partial(judged, night))
    return tree
