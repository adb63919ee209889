"""The published tables: built aside from the index, checked, and swapped in as one version.

A partition whose content digest is that of the current version is hard-linked, not written again.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from dedup import atomic, contract, report
from dedup.errors import InvariantError
from dedup.index import Index, Stamp, Step, digest
from dedup.invariants import check_conservation, check_members
from dedup.versions import MANIFEST, Versions

NOVEL_BODY_SHARE = 0.1
"""A member keeps its own text when more than this share of its shingles is not in the kept article."""

READING_ORDER = ["source", "published_at", "article_id"]
"""Sorted so, row-group statistics let a reader skip most of a night when it asks for one outlet."""


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


def story_facts(members: pl.DataFrame) -> pl.DataFrame:
    """One row a kept article: what it stands for, and the origin of its story."""
    by_publication = members.sort("published_at", "crawled_at", "article_id", nulls_last=True)
    origins = by_publication.group_by("story_id", maintain_order=True).first()
    stands_for = members.group_by(article_id="canonical_id").agg(
        n_members=pl.len().cast(pl.UInt32), n_sources=pl.col("source").n_unique().cast(pl.UInt32)
    )
    origin = origins.select("story_id", first_source="source", first_published_at="published_at")
    kept = members.filter("is_canonical").select("article_id", "night", "story_id")
    return kept.join(stands_for, on="article_id").join(origin, on="story_id").sort("night", "article_id")


def reuse(members: pl.DataFrame) -> pl.DataFrame:
    """Outlet × outlet: articles of one in stories that the other began."""
    begun_by = story_facts(members).unique("story_id").select("story_id", "first_source")
    return (
        members.join(begun_by, on="story_id")
        .filter(pl.len().over("story_id") > 1)
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


def _night_partitions(index: Index, night: date, members: pl.DataFrame, facts: pl.DataFrame) -> Iterator[Partition]:
    """Every partition of one night, from its members and facts (both of this night only)."""
    prepared, linked = _stamp(index, night, "prepare"), _stamp(index, night, "link")
    own = digest(prepared.digest, _rows_digest(members.drop("flags")), _rows_digest(facts))

    def articles() -> pl.DataFrame:
        texts = index.read([night], "prepare", "articles")
        return texts.join(facts.drop("night"), on="article_id").sort(READING_ORDER)

    def member_rows() -> pl.DataFrame:
        texts = index.read([night], "prepare", "articles", ["article_id", "body"])
        keeps_body = ~pl.col("is_canonical") & (pl.col("novel_share") > NOVEL_BODY_SHARE)
        with_body = members.join(texts, on="article_id").with_columns(body=pl.when(keeps_body).then("body"))
        return with_body.sort(READING_ORDER)

    yield Partition(f"articles/dt={night}", "articles", own, articles)
    yield Partition(f"members/dt={night}", "members", own, member_rows)
    yield Partition(
        f"matches/dt={night}",
        "matches",
        linked.digest,
        lambda: index.read([night], "link", "matches").sort("right_id", "left_id"),
    )
    yield Partition(
        f"quarantine/dt={night}",
        "quarantine",
        prepared.digest,
        lambda: index.read([night], "prepare", "quarantine"),
    )
    yield Partition(
        f"removed/dt={night}", "removed", prepared.digest, lambda: index.read([night], "prepare", "removed")
    )


def partitions(index: Index, members: pl.DataFrame) -> list[Partition]:
    """The whole published tree, nothing of it read or written yet."""
    facts = story_facts(members)
    of_night = pl.col("night")
    tree = [
        partition
        for night in index.nights()
        for partition in _night_partitions(
            index,
            night,
            members.filter(of_night == night).sort("article_id"),
            facts.filter(of_night == night),
        )
    ]
    sources = reuse(members)
    return [*tree, Partition("sources", "sources", _rows_digest(sources), lambda: sources)]


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


def _describe(aside: Path, tree: list[Partition], metadata: dict[str, str]) -> None:
    """The parts that speak of the whole version; the manifest, which makes it one, last."""
    (aside / "_contract").mkdir()
    (aside / "_contract" / "dictionary.md").write_text(contract.dictionary(), encoding="utf-8")
    (aside / "report.html").write_text(report.render(aside), encoding="utf-8")
    manifest = {"metadata": metadata, "partitions": {part.path: part.made_from for part in tree}}
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    (aside / MANIFEST).write_text(text, encoding="utf-8")


def publish(
    index: Index, versions: Versions, members: pl.DataFrame, *, metadata: dict[str, str], keep: int
) -> Published:
    """Build the next version from the index and `members`, check it, and make it current.

    `members` has one row an accepted article of every night of the index. Where nothing would change, the
    current version stays. Raises InvariantError or a contract's ValidationError before anything is swapped.
    """
    check_conservation(index.read(index.nights(), "prepare", "files"))
    check_members(members)
    tree = partitions(index, members)
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
        _describe(aside, tree, metadata)
    versions.switch(name)
    versions.retain(keep)
    return Published(name, is_new=True, n_written=len(tree) - len(unchanged), n_linked=len(unchanged))
