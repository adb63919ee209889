"""`status`, `versions`, `rollback` and `delta`: the state of a home."""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dedup import pipeline, places, runs
from dedup.commands.arguments import Commands, home_of, homed, patient
from dedup.settings import load
from dedup.showing.figures import by_source
from dedup.showing.sentences import plain
from dedup.versions import nothing_published


def add(commands: Commands) -> None:
    """Tell the parser of them."""
    status = commands.add_parser("status", help="what is published, and how the last runs ended")
    homed(status)
    status.add_argument("--json", action="store_true", help="print JSON")
    status.set_defaults(do=_status)

    versions = commands.add_parser("versions", help="the kept versions; the current one is marked")
    homed(versions)
    versions.add_argument("--json", action="store_true", help="print JSON")
    versions.set_defaults(do=_versions)

    rollback = commands.add_parser("rollback", help="show readers an earlier version again")
    homed(rollback)
    rollback.add_argument("version", nargs="?", metavar="VERSION", help="default: the one before the current")
    patient(rollback)
    rollback.set_defaults(do=_rollback)

    delta = commands.add_parser("delta", help="bring the Delta tables to what readers see now")
    homed(delta)
    delta.add_argument("--settings", type=Path, metavar="FILE", help="TOML file with settings")
    delta.set_defaults(do=_delta)


def _delta(args: argparse.Namespace, console: Console) -> None:
    counts = places.bring_delta(args.home, load(args.settings))
    console.print(f"Delta tables: {counts['replaced']} partitions replaced", highlight=False)


def _status(args: argparse.Namespace, console: Console) -> None:
    home = home_of(args)
    versions = pipeline.versions_of(home)
    current = versions.current_name()
    last = runs.table(home).tail(5)
    if args.json:
        found = {"current": current, "versions": versions.names(), "runs": last.to_dicts()}
        console.print_json(json.dumps(found, default=str))
        return
    console.print(f"current version: {current or 'none yet'}", highlight=False)
    for row in last.iter_rows(named=True):
        nights = f"{row['nights'][0]} to {row['nights'][-1]}" if row["nights"] else "no night"
        is_older = row["run"] < last["run"][-1]
        status = "did not end" if is_older and row["status"] == "running" else row["status"]
        said = f"run {row['run']}, {row['started_at']:%Y-%m-%d %H:%M} UTC: {status}, {nights}"
        said += f". {row['message']}" if row["message"] else ""
        console.print(said, highlight=False, markup=False, soft_wrap=True)
    if current:
        table = Table("outlet", "articles", "quarantined", "kept")
        for row in by_source(versions.current).iter_rows(named=True):
            table.add_row(
                Text(plain(row["source"])), *(f"{row[name]:,}" for name in ("articles", "quarantined", "kept"))
            )
        console.print(table)


COUNTS = ("records", "quarantined", "articles", "kept")


def _versions(args: argparse.Namespace, console: Console) -> None:
    found = places.history(args.home, load())
    kept = [_kept(found, name) for name in found.manifests]
    if args.json:
        console.print_json(json.dumps(kept, default=str))
        return
    if not kept:
        raise nothing_published(args.home)
    table = Table("  version", "published (UTC)", "from", "to", "nights", "records", "kept", box=None)
    for column in table.columns[4:]:
        column.justify = "right"
    for row in kept:
        when = f"{row['published_at']:%Y-%m-%d %H:%M}" if row["published_at"] else "–"
        nights = row["nights"] or ["–"]
        figures = [len(row["nights"]), row["records"], row["kept"]]
        shown = ("–" if figure is None else f"{figure:,}" for figure in figures)
        table.add_row(f"{'→' if row['is_current'] else ' '} {row['version']}", when, nights[0], nights[-1], *shown)
    console.print(table)


def _kept(found: places.History, name: str) -> dict[str, Any]:
    """What is known of a version: when a run first published it, its nights, its counts."""
    manifest = found.manifests[name]
    paths = manifest.get("partitions", {})
    of_version = found.runs.filter(version=name, status="finished").sort("run")
    return {
        "version": name,
        "is_current": name == found.current,
        "published_at": of_version["finished_at"][0] if of_version.height else None,
        "nights": sorted(path.partition("dt=")[2] for path in paths if path.startswith("members/")),
        **{count: manifest.get("counts", {}).get(count) for count in COUNTS},
    }


def _rollback(args: argparse.Namespace, console: Console) -> None:
    name = places.rollback(args.home, args.version, wait_seconds=args.wait or 0)
    console.print(f"readers now see version {name}. {places.consequence(args.home, name)}", highlight=False)
