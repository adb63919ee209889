"""The published tables: built aside from the index, checked, and swapped in as one version.

A partition whose content digest is that of the current version is hard-linked, not written again.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from dedup import atomic, contract, odcs
from dedup.errors import InvariantError
from dedup.gates import check_gates
from dedup.index import Index, Stamp, Step, digest
from dedup.invariants import check_conservation, check_members
from dedup.link import latest_members, window_of
from dedup.settings import Settings
from dedup.showing import report
from dedup.versions import MANIFEST, Versions

NOVEL_BODY_SHARE = 0.1
"""A member keeps its own text when more than this share of its shingles is not in the kept article."""

READING_ORDER = ["source", "published_at", "article_id"]
"""Sorted so, row-group statistics let a reader skip most of a night when it asks for one outlet."""


MEMBER_FACTS = [
    "article_id", "night", "source", "source_record_id", "url", "canonical_url", "title", "published_at", "crawled_at",
    "flags", "removed_share", "file", "line",
]  # fmt: skip
"""What a member's row says of the article itself."""


@dataclass(frozen=True)
class Published:
    """What publishing did; partitions written and taken over unchanged."""

    version: str
    is_new: bool
    n_written: int
    n_linked: int


@dataclass(frozen=True)
class Partition:
    """One file of the published tree: where it goes, what it is made from, and how."""

    path: str  # articles/dt=2026-11-23
    table: str
    made_from: str
    rows: Callable[[], pl.DataFrame]


def reuse(members: pl.DataFrame) -> pl.DataFrame:
    """Outlet × outlet: a night's articles of one in stories that another, or it itself, began."""
    return (
        members.filter(pl.col("first_source").is_not_null() & ~pl.col("is_origin"))
        .sort("article_id")
        .group_by("source", "first_source", maintain_order=True)
        .agg(
            n_articles=pl.len().cast(pl.UInt32),
            median_lag_minutes=pl.col("lag_minutes").median(),
            mean_containment=pl.col("containment").mean(),
        )
        .sort("source", "first_source")
    )


def _rows_digest(frame: pl.DataFrame) -> str:
    """Digest of a slim frame whose rows are in a total order."""
    return digest(frame.columns, frame.write_csv())


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


def _night_partitions(index: Index, night: date, followers: list[date], *, is_frozen: bool) -> Iterator[Partition]:
    """Every partition of one night; `followers` are the nights, itself first, whose links may speak of it.

    Of a night in the window the rows are looked at, because most of them stay the same. A night that has left
    the window cannot change any more, unless one of its followers does: their chain of digests is enough.
    """
    prepared, linked = _stamp(index, night, "prepare"), _stamp(index, night, "link")
    if is_frozen:
        own = digest("frozen", prepared.digest, _stamp(index, followers[-1], "link").digest)
    else:
        own = digest(prepared.digest, _rows_digest(member_rows(index, followers, night).drop("flags")))

    def texts(*columns: str) -> pl.DataFrame:
        return index.read([night], "prepare", "articles", ["article_id", *columns])

    def articles() -> pl.DataFrame:
        kept = member_rows(index, followers, night).filter("is_canonical")
        stories = kept.select("article_id", "story_id", "n_members", "n_sources", "first_source", "first_published_at")
        columns = [name for name in contract.PublishedArticle.column_names() if name not in stories.columns]
        return texts(*columns).join(stories, on="article_id").sort(READING_ORDER)

    def members() -> pl.DataFrame:
        keeps_body = ~pl.col("is_canonical") & (pl.col("novel_share") > NOVEL_BODY_SHARE)
        rows = member_rows(index, followers, night).join(texts("body"), on="article_id")
        return rows.with_columns(body=pl.when(keeps_body).then("body")).sort(READING_ORDER)

    def stored(step: Step, name: str) -> Callable[[], pl.DataFrame]:
        return lambda: index.read([night], step, name)

    makers: dict[str, tuple[str, Callable[[], pl.DataFrame]]] = {
        "articles": (own, articles),
        "members": (own, members),
        "sources": (own, lambda: reuse(member_rows(index, followers, night))),
        "matches": (linked.digest, stored("link", "matches")),
        "aliases": (linked.digest, stored("link", "aliases")),
        "quarantine": (prepared.digest, stored("prepare", "quarantine")),
        "removed": (prepared.digest, stored("prepare", "removed")),
    }
    for table, (made_from, rows) in makers.items():
        yield Partition(f"{table}/dt={night}", table, made_from, rows)


def partitions(index: Index, window_nights: int) -> list[Partition]:
    """The whole published tree, nothing of it written yet."""
    nights = index.nights()
    reach = timedelta(days=window_nights)
    return [
        partition
        for night in nights
        for partition in _night_partitions(
            index,
            night,
            [known for known in nights if night <= known <= night + reach],
            is_frozen=night + reach < nights[-1],
        )
    ]


def _link(partition: str, before: Path, aside: Path) -> None:
    """Take a partition over from the version before."""
    (aside / partition).mkdir(parents=True)
    for path in sorted((before / partition).iterdir()):
        try:
            os.link(path, aside / partition / path.name)
        except OSError:  # a file system without hard links
            shutil.copyfile(path, aside / partition / path.name)


def _write(partition: Partition, aside: Path, metadata: dict[str, str]) -> None:
    """Write a partition as the contract has it."""
    (aside / partition.path).mkdir(parents=True)
    contract.conform(partition.rows(), partition.table).write_parquet(
        aside / partition.path / "part-0.parquet",
        compression="zstd",
        row_group_size=20_000,
        arrow_schema=contract.arrow_schema(partition.table),
        metadata=metadata,
    )


def _describe(aside: Path, tree: list[Partition], metadata: dict[str, str], settings: Settings) -> None:
    """The parts that speak of the whole version; the manifest, which makes it one, last."""
    (aside / "_contract").mkdir()
    (aside / "_contract" / "dictionary.md").write_text(contract.dictionary(), encoding="utf-8")
    (aside / "_contract" / "articles.odcs.yaml").write_text(odcs.data_contract(), encoding="utf-8")
    (aside / "report.html").write_text(report.render(aside, settings), encoding="utf-8")
    manifest = {"metadata": metadata, "partitions": {part.path: part.made_from for part in tree}}
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    (aside / MANIFEST).write_text(text, encoding="utf-8")


def check(index: Index, settings: Settings) -> None:
    """The invariants, over all files and over the members of the window. Raises InvariantError."""
    nights = index.nights()
    check_conservation(index.read(nights, "prepare", "files"))
    window = [*window_of(index, nights[-1], settings), nights[-1]]
    accepted = index.read(window, "prepare", "articles", ["article_id"])
    check_members(latest_members(index, window, pl.col("night") >= window[0]), accepted["article_id"])


def unpublished(index: Index, versions: Versions) -> list[date]:
    """The nights that gates look at: those no reader has seen; before the first publishing only the newest."""
    nights = index.nights()
    seen = versions.manifest(versions.current_name()).get("partitions", {})
    new = [night for night in nights if f"articles/dt={night}" not in seen]
    return new if seen else nights[-1:]


def publish(index: Index, versions: Versions, settings: Settings, *, metadata: dict[str, str]) -> Published:
    """Build the next version from the index, check it, and make it current.

    Where nothing would change, the current version stays. Raises InvariantError or a contract's ValidationError
    before anything is swapped.
    """
    check(index, settings)
    check_gates(index, unpublished(index, versions), settings.gates)
    tree = partitions(index, settings.index.window_nights)
    metadata = {**metadata, "contract_version": contract.VERSION}
    before = versions.current_name()
    manifest = versions.manifest(before)
    known: dict[str, str] = manifest.get("partitions", {}) if manifest.get("metadata") == metadata else {}
    if before is not None and known == {part.path: part.made_from for part in tree}:
        return Published(before, is_new=False, n_written=0, n_linked=len(tree))
    name = versions.next_name()
    with atomic.directory_aside(versions.folder(name)) as aside:
        unchanged = [part for part in tree if known.get(part.path) == part.made_from]
        for part in tree:
            if before is not None and part in unchanged:
                _link(part.path, versions.folder(before), aside)
            else:
                _write(part, aside, metadata)
        _describe(aside, tree, metadata, settings)
    versions.switch(name)
    versions.retain(settings.run.keep_versions)
    return Published(name, is_new=True, n_written=len(tree) - len(unchanged), n_linked=len(unchanged))
