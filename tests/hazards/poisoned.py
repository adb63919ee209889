"""Good nights, with and without a hundredth of poison among them."""

import shutil
from collections import Counter
from itertools import islice
from pathlib import Path

import polars as pl

from dedup.reading.read import find_files, read_batches
from dedup.settings import ReadSettings
from tests.conftest import published_tree, run_all
from tests.hazards.records import REFUSED, hostile

ONE_IN = 100
WHOLE_NIGHT = ("quarantine/", "report.html", "manifest.json", "gates/", "nights/")
"""What speaks of refused records too."""


def poison(raw: Path, to: Path) -> Counter[str]:
    """Copy nights, and lay a file of poison beside each night's deliveries; its outlets are the night's own."""
    shutil.copytree(raw, to)
    settings, added = ReadSettings(), Counter[str]()
    by_night: dict[Path, list[dict[str, str]]] = {}
    for file in find_files(raw, settings=settings):
        night = to / file.name.split("/")[0]
        for batch in read_batches(file, settings=settings):
            rows = batch.records.select(pl.col("source").fill_null("x"), pl.col("title").fill_null("x"), id=pl.lit("x"))
            by_night.setdefault(night, []).extend(rows.with_columns(text=pl.lit("ข่าว" * 99)).to_dicts())
    for seed, (night, good) in enumerate(sorted(by_night.items())):
        lines = [raw for _, raw in islice(hostile(good, len(good), seed, REFUSED), -(-len(good) // ONE_IN))]
        (night / "poison.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        added[night.name] = len(lines)
    return added


def unlike(raw: Path, scratch: Path) -> list[str]:
    """Published files that are not the same bytes with poison; and nights in which a poisoned record is not refused."""
    added = poison(raw, scratch / "poisoned")
    run_all(raw, scratch / "home")
    run_all(scratch / "poisoned", scratch / "home-poisoned")
    good, bad = published_tree(scratch / "home"), published_tree(scratch / "home-poisoned")
    told = [
        f"{path}: not the same bytes" for path in sorted(good) if _is_of_articles(path) and bad.get(path) != good[path]
    ]
    told += [f"{path}: new" for path in sorted(bad.keys() - good.keys()) if _is_of_articles(path)]
    n_refused = [
        pl.scan_parquet(scratch / home / "published/current/quarantine/*/*.parquet").select(pl.len()).collect().item()
        for home in ("home", "home-poisoned")
    ]
    if n_refused[1] - n_refused[0] != added.total():
        told.append(f"{added.total()} poisoned records, {n_refused[1] - n_refused[0]} more in quarantine")
    print(f"{len(good)} published files compared, {added.total():,} records of poison in {len(added)} nights")
    return told


def _is_of_articles(path: str) -> bool:
    return not path.startswith(WHOLE_NIGHT)
