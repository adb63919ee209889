"""The command: make it, run over it, count what became of it."""

import argparse
import json
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl

from dedup.cleaning.quality import QualityRule
from dedup.index import Index
from dedup.reading.read import ReadReason, find_files, read_batches
from dedup.settings import ReadSettings
from tests.benches.measured import Measured, measure
from tests.conftest import SAMPLE
from tests.hazards import killed, poisoned
from tests.hazards.files import write_hostile
from tests.hazards.records import Record, hostile

NIGHT = date(2026, 11, 23)
LINES_A_FILE = 2_000
KNOWN = {str(reason) for reason in [*ReadReason, *QualityRule]}
Kinds = dict[str, list[str]]
"""File below the raw folder → the kind of each of its lines."""


def sample_records() -> list[Record]:
    """The sample's records, by the names that scrapers use."""
    settings, found = ReadSettings(), []
    for file in find_files(SAMPLE / "raw", settings=settings):
        for batch in read_batches(file, settings=settings):
            rows = batch.records.filter(pl.col("text").is_not_null()).to_dicts()
            found += [
                {"id": row["source_record_id"], "published": row["published_raw"], "crawled_at": row["crawled_raw"]}
                | {name: row[name] for name in ("url", "source", "title", "text", "category")}
                for row in rows
            ]
    return found


def write_lines(folder: Path, good: list[Record], n: int, seed: int) -> Kinds:
    """Files of `LINES_A_FILE` hostile records."""
    kinds: Kinds = {}
    for start in range(0, n, LINES_A_FILE):
        made = list(hostile(good, min(LINES_A_FILE, n - start), seed + start))
        path = folder / f"lines-{start:07d}.jsonl"
        path.write_bytes(b"\n".join(raw for _, raw in made) + b"\n")
        kinds[f"{folder.name}/{path.name}"] = [kind for kind, _ in made]
    return kinds


def complaints(home: Path, lines: Kinds, files: list[str]) -> list[str]:
    """What is not as promised; the counts were made while the files were written, not while they were read."""
    index = Index(home / "index")
    counted = index.read([NIGHT], "prepare", "files")
    quarantine = index.read([NIGHT], "prepare", "quarantine", ["file", "line", "reasons"])
    read = dict(counted.select("file", "n_read").iter_rows())
    told = [
        f"{file}: {len(kinds)} records were written, {read.get(file, 0)} are accounted for"
        for file, kinds in lines.items()
        if read.get(file) != len(kinds)
    ]
    told += [f"{file}: no word of it" for file in files if file not in read]
    lost = counted.filter(pl.col("n_read") != pl.col("n_articles") + pl.col("n_quarantined"))
    told += [f"{file}: does not add up" for file in lost["file"]]
    if quarantine.filter(pl.col("reasons").list.len() == 0).height:
        told.append("refused without a reason")
    unknown = set(quarantine["reasons"].explode().unique()) - KNOWN
    return told + [f"reason of no name: {reason}" for reason in sorted(unknown)]


def outcomes(home: Path, lines: Kinds) -> pl.DataFrame:
    """By kind of record: how many, accepted, and the reasons of the others."""
    index = Index(home / "index")
    quarantine = index.read([NIGHT], "prepare", "quarantine", ["file", "line", "reasons"])
    made = pl.DataFrame(
        [(file, number, kind) for file, kinds in lines.items() for number, kind in enumerate(kinds, start=1)],
        schema={"file": pl.String, "line": pl.Int64, "kind": pl.String},
        orient="row",
    )
    ended = made.join(quarantine, on=["file", "line"], how="left", maintain_order="left")
    rows = []
    for (kind,), part in ended.group_by("kind", maintain_order=True):
        reasons = Counter(part["reasons"].drop_nulls().explode().to_list())
        named = ", ".join(f"{reason} {n:,}" for reason, n in reasons.most_common(4))
        rows.append((kind, part.height, part["reasons"].null_count(), named))
    return pl.DataFrame(rows, schema=["kind", "records", "accepted", "refused as"], orient="row").sort("kind")


def write_night(raw: Path, records: int, files: int, seed: int) -> tuple[Kinds, list[str]]:
    """Hostile records and files, all in one night: the kinds of the records, and the names of the files."""
    good = sample_records()
    folder = raw / f"crawl_date={NIGHT}"
    folder.mkdir(parents=True)
    lines = write_lines(folder, good, records, seed)
    return lines, [f"{folder.name}/{path.name}" for _, path in write_hostile(folder, good, files, seed)]


def night_of_nothing_else(args: argparse.Namespace, scratch: Path) -> list[str]:
    """Hostile records and files in one night."""
    lines, files = write_night(scratch / "raw", args.records, args.files, args.seed)
    limits = {"workers": args.workers, "memory_limit": args.memory_limit}
    measured = measure(scratch / "raw", scratch / "home", is_ahead=True, **limits)
    told = complaints(scratch / "home", lines, files)
    limit = int(args.memory_limit.removesuffix("GB")) * 10**9
    if measured.together > limit:
        told.append(f"memory: {measured.together / 1e9:.2f} GB of {args.memory_limit}")
    with pl.Config(tbl_rows=-1, tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True, fmt_str_lengths=90):
        print(outcomes(scratch / "home", lines))
    _print_measured(measured, len(files))
    return told


def _print_measured(measured: Measured, n_files: int) -> None:
    counts = measured.counts
    print(
        f"{measured.records:,} records of {counts['files']:,} files ({n_files:,} of them hostile): "
        f"{measured.articles:,} accepted, {counts['quarantined']:,} quarantined; "
        f"{measured.wall:.0f} s, {measured.cpu:.0f} CPU s, "
        f"peak memory {measured.largest / 1e9:.2f} GB in the largest process, {measured.together / 1e9:.2f} GB in all"
    )


def main() -> None:
    """See the package."""
    parser = argparse.ArgumentParser(prog="python -m tests.hazards", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--poison", type=Path, metavar="RAW", help="instead: good nights, with and without 1 %% poison")
    parser.add_argument(
        "--kill", type=float, metavar="SECONDS", help="kill a worker after so much CPU time, again and again"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory-limit", default="4GB")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if args.poison:
            told = poisoned.unlike(args.poison, scratch)
        elif args.kill:
            write_night(scratch / "raw", args.records, args.files, args.seed)
            told = killed.unlike(scratch / "raw", scratch, args.kill)
        else:
            told = night_of_nothing_else(args, scratch)
    print(json.dumps({"complaints": told[:50], "n": len(told)}, ensure_ascii=False))
    sys.exit(bool(told))


if __name__ == "__main__":
    main()
