"""The published tables: built aside from the index, checked, and swapped in as one version.

A partition whose content digest is that of the current version is hard-linked, not written again.
"""

import json
import os
import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path

import polars as pl

from dedup import atomic, contract, odcs, streams
from dedup.gates import check_gates, night_metrics
from dedup.index import Index
from dedup.invariants import check_conservation, check_members
from dedup.link import latest_members, window_of
from dedup.partitions import Partition, partitions
from dedup.persons.standing import check_standing, standing_as_of
from dedup.settings import Settings
from dedup.showing import figures, report
from dedup.versions import MANIFEST, Versions


@dataclass(frozen=True)
class Published:
    """What publishing did; partitions written and taken over unchanged."""

    version: str
    is_new: bool
    n_written: int
    n_linked: int


def _link(partition: str, before: Path, aside: Path) -> None:
    """Take a partition over from the version before."""
    (aside / partition).mkdir(parents=True)
    for path in sorted((before / partition).iterdir()):
        try:
            os.link(path, aside / partition / path.name)
        except OSError:  # a file system without hard links
            shutil.copyfile(path, aside / partition / path.name)


def _write(partition: Partition, aside: Path, metadata: dict[str, str]) -> None:
    """Write a partition as the contract has it, a chunk of rows at a time."""
    (aside / partition.path).mkdir(parents=True)
    streams.write(
        lambda: (contract.conform(frame, partition.table) for frame in partition.frames()),
        aside / partition.path / "part-0.parquet",
        contract.TABLES[partition.table].create_empty().schema,
        compression="zstd",
        arrow_schema=contract.arrow_schema(partition.table),
        metadata=metadata,
    )


def _describe(
    aside: Path, tree: list[Partition], metadata: dict[str, str], settings: Settings, state: dict[str, str]
) -> None:
    """The parts that speak of the whole version; the manifest, which makes it one, last.

    The manifest names the partitions, and the `state` of the index that they were made from.
    """
    (aside / "_contract").mkdir()
    (aside / "_contract" / "dictionary.md").write_text(contract.dictionary(), encoding="utf-8")
    (aside / "_contract" / "articles.odcs.yaml").write_text(odcs.data_contract(), encoding="utf-8")
    (aside / "report.html").write_text(report.render(aside, settings), encoding="utf-8")
    manifest = {
        "metadata": metadata,
        "partitions": {part.path: part.made_from for part in tree},
        "index": state,
        "counts": figures.totals(aside).drop("dt").sum().row(0, named=True),
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    (aside / MANIFEST).write_text(text, encoding="utf-8")


def check(index: Index, settings: Settings) -> None:
    """The invariants, over all files and over the members of the window. Raises InvariantError."""
    nights = index.nights()
    check_conservation(index.read(nights, "prepare", "files"))
    window = [*window_of(index, nights[-1], settings), nights[-1]]
    accepted = index.read(window, "prepare", "articles", ["article_id"])
    check_members(latest_members(index, window, pl.col("night") >= window[0]), accepted["article_id"])
    check_standing(standing_as_of(index, nights[-1]))


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
    metrics = cache(partial(night_metrics, index))
    check_gates(index, unpublished(index, versions), settings.gates, metrics)
    tree = partitions(index, settings, metrics)
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
        _describe(aside, tree, metadata, settings, index.state())
    versions.switch(name)
    versions.retain(settings.run.keep_versions)
    return Published(name, is_new=True, n_written=len(tree) - len(unchanged), n_linked=len(unchanged))
