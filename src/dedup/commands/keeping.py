"""`status`, `versions`, `rollback` and `delta`: the state of a home."""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dedup import pipeline, places, runs
from dedup.commands.arguments import Commands, home_of, homed, patient
from dedup.settings import load
from dedup.showing.figures import by_source


def add(commands: Commands) -> None:
    """Tell the parser of them."""
    status = commands.add_parser("status", help="what is published, and how the last runs ended")
    homed(status)
    status.add_argument("--json", action="store_true", help="print JSON")
    status.set_defaults(do=_status)

    versions = commands.add_parser("versions", help="the kept versions; the current one is marked")
    homed(versions)
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
        console.print(f"run {row['run']}: {row['status']}, {nights}. {row['message'] or ''}", highlight=False)
    if current:
        table = Table("outlet", "articles", "quarantined", "kept")
        for row in by_source(versions.current).iter_rows(named=True):
            table.add_row(row["source"], *(f"{row[name]:,}" for name in ("articles", "quarantined", "kept")))
        console.print(table)


def _versions(args: argparse.Namespace, console: Console) -> None:
    names, current = places.kept_versions(args.home)
    for name in names:
        console.print(f"{'→' if name == current else ' '} {name}", highlight=False)


def _rollback(args: argparse.Namespace, console: Console) -> None:
    name = places.rollback(args.home, args.version, wait_seconds=args.wait or 0)
    console.print(f"readers now see version {name}; the next run publishes on from the index", highlight=False)
