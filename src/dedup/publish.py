"""The published tables: built aside from the index, checked, and swapped in as one version.

A partition whose content digest is that of the current version is hard-linked, not written again.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path

from dedup import atomic, contract, memory, odcs, streams
from dedup.gates import check_gates, night_metrics
from dedup.index import Index
from dedup.invariants import check_conservation
from dedup.members import Members
from dedup.partitions import Frames, Partition, partitions
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
        atomic.take_over(path, aside / partition / path.name)


def _write_all(tree: list[Partition], aside: Path, metadata: dict[str, str], *, at_once: int) -> None:
    """Write partitions as the contract has them; those that are made of the same rows together."""
    tables: dict[Frames, list[streams.Table]] = {}
    for part in tree:
        folder = aside / part.path
        folder.mkdir(parents=True)
        options = {"compression": "zstd", "arrow_schema": contract.arrow_schema(part.table), "metadata": metadata}
        table = streams.Table(folder / "part-0.parquet", contract.polars_schema(part.table), part.make, options)
        tables.setdefault(part.rows, []).append(table)
    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(lambda rows: streams.write(rows, *tables[rows]), tables))


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


def check(index: Index, settings: Settings) -> Members:
    """The members that all is published from, after the invariants of them and of every file. Raises InvariantError."""
    nights = index.nights()
    check_conservation(index.read(nights, "prepare", "files"))
    check_standing(standing_as_of(index, nights[-1]))
    return Members.checked(index, settings)


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
    members = check(index, settings)
    metrics = cache(partial(night_metrics, index))
    check_gates(index, unpublished(index, versions), settings.gates, metrics)
    tree = partitions(index, members, settings, metrics)
    metadata = {**metadata, "contract_version": contract.VERSION}
    before = versions.current_name()
    manifest = versions.manifest(before)
    known: dict[str, str] = manifest.get("partitions", {}) if manifest.get("metadata") == metadata else {}
    if before is not None and known == {part.path: part.made_from for part in tree}:
        return Published(before, is_new=False, n_written=0, n_linked=len(tree))
    name = versions.next_name()
    with atomic.directory_aside(versions.folder(name)) as aside:
        changed = [part for part in tree if known.get(part.path) != part.made_from]
        for path in sorted({part.path for part in tree} - {part.path for part in changed}):
            _link(path, versions.folder(str(before)), aside)
        room = memory.room(settings.run)
        at_once = room.share(memory.PUBLISH_BYTES, most=max(1, room.workers))
        _write_all(changed, aside, metadata, at_once=at_once)
        _describe(aside, tree, metadata, settings, index.state())
    versions.switch(name)
    versions.retain(settings.run.keep_versions)
    return Published(name, is_new=True, n_written=len(changed), n_linked=len(tree) - len(changed))
