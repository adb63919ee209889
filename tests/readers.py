"""Readers at work while versions are published: DuckDB and Polars, each in a process of its own.

Every reader resolves `current` once, reads articles and members below it, and notes what it saw. What a version really
holds is looked at after each publishing, when nothing moves; a read of a version must have seen just that.

    python -m tests.readers --publishes 50
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl

from dedup.pipeline import Job, Wanted, run
from tests.conftest import ONE_WORKER
from tests.faults import small_nights

NIGHT = "crawl_date=2026-11-22"
START = 8  # records of the newest night in the first version; every version has one more
ARTICLES = ("article_id", "story_id", "n_members", "n_sources")
MEMBERS = ("article_id", "story_id", "canonical_id", "is_canonical")


def seen_by_duckdb(version: Path) -> dict[str, str]:
    """Digest of what DuckDB reads of a version, table by table."""
    import duckdb

    def digest(table: str, columns: tuple[str, ...]) -> str:
        row = " || ',' || ".join(f"{column}::VARCHAR" for column in columns)
        rows = f"read_parquet('{version}/{table}/*/*.parquet', hive_partitioning = true)"
        return str(duckdb.sql(f"SELECT md5(string_agg({row}, ';' ORDER BY article_id)) FROM {rows}").fetchall()[0][0])

    return {"articles": digest("articles", ARTICLES), "members": digest("members", MEMBERS)}


def seen_by_polars(version: Path) -> dict[str, str]:
    """Digest of what Polars reads of a version, table by table: the same as DuckDB's."""

    def digest(table: str, columns: tuple[str, ...]) -> str:
        rows = pl.scan_parquet(version / table / "**/*.parquet", hive_partitioning=True).sort("article_id")
        texts = rows.select(pl.concat_str(pl.col(columns).cast(pl.String), separator=",")).collect().to_series()
        return hashlib.md5(";".join(texts).encode()).hexdigest()

    return {"articles": digest("articles", ARTICLES), "members": digest("members", MEMBERS)}


ENGINES: dict[str, Callable[[Path], dict[str, str]]] = {"duckdb": seen_by_duckdb, "polars": seen_by_polars}


def read_on(engine: str, home: Path, log: Path) -> int:
    """Read again and again until told to stop, and note each read."""
    with log.open("a", encoding="utf-8") as lines:
        while not (home / "stop").exists():
            version = (home / "published" / "current").resolve()
            try:
                seen = ENGINES[engine](version)
            except Exception as error:  # whatever an engine raises is a failed read
                seen = {"error": f"{type(error).__name__}: {error}"}
            lines.write(json.dumps({"version": version.name, **seen}) + "\n")
            lines.flush()
    return 0


@contextmanager
def readers(home: Path) -> Iterator[dict[str, Path]]:
    """Both engines reading; the file of notes of each."""
    logs = {engine: home / f"{engine}.log" for engine in ENGINES}
    started = [
        subprocess.Popen([sys.executable, "-m", "tests.readers", "--child", engine, str(home), str(log)])
        for engine, log in logs.items()
    ]
    try:
        yield logs
    finally:
        (home / "stop").touch()
        for process in started:
            process.wait()


def publish_and_read(folder: Path, publishes: int) -> tuple[list[str], dict[str, tuple[int, int]]]:
    """All that was not as promised; and of each engine the reads and the versions that it saw."""
    raw, home = small_nights(folder / "raw"), folder / "home"
    newest = raw / NIGHT / "rungarun.jsonl"
    records = [json.loads(line) for line in newest.read_text("utf-8").splitlines()]
    truth: dict[str, dict[str, str]] = {}

    def publish(n_records: int) -> None:
        delivered = [{**records[i % len(records)], "id": f"r{i}"} for i in range(n_records)]
        newest.write_text("".join(json.dumps(record) + "\n" for record in delivered), encoding="utf-8")
        done = run(Job(raw, home, ONE_WORKER), Wanted(), today=date(2026, 11, 30))
        truth[done.published.version] = seen_by_polars(home / "published" / "versions" / done.published.version)

    publish(START)
    with readers(home) as logs:
        wait_for_a_read(logs)
        for number in range(1, publishes + 1):
            publish(START + number)
            wait_for_a_read(logs)
    wrong, counts = [], {}
    for engine, log in logs.items():
        notes = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        counts[engine] = len(notes), len({note["version"] for note in notes})
        wrong += [
            f"{engine}: {note}" for note in notes if note != {"version": note["version"], **truth[note["version"]]}
        ]
    return wrong, counts


def wait_for_a_read(logs: dict[str, Path]) -> None:
    """Until every reader has noted one read more: a version that nobody looks at shows nothing."""
    sizes = {log: log.stat().st_size if log.exists() else 0 for log in logs.values()}
    while any(not log.exists() or log.stat().st_size == size for log, size in sizes.items()):
        time.sleep(0.01)


def main() -> int:
    parser = argparse.ArgumentParser(description="Readers during many publishes.")
    parser.add_argument("--publishes", type=int, default=50)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        wrong, counts = publish_and_read(Path(scratch), args.publishes)
    for engine, (n_reads, n_versions) in counts.items():
        print(f"{engine}: {n_reads} reads of {n_versions} versions")
    print(f"{args.publishes} publishes: {len(wrong)} failed or mixed reads")
    print("".join(f"  {line}\n" for line in wrong), end="")
    return min(len(wrong), 1)


if __name__ == "__main__":
    sys.exit(read_on(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])) if sys.argv[1:2] == ["--child"] else main())
