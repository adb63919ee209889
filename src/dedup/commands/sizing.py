"""`plan`: what an archive will take, before there is one."""

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dedup.commands.arguments import Commands
from dedup.errors import SettingsError
from dedup.planning import Asked, Plan, measured, plan
from dedup.settings import load

PER_NIGHT = 20_000
"""Articles of a night, where the number of nights is not said."""


def add(commands: Commands) -> None:
    """Tell the parser of it."""
    planned = commands.add_parser("plan", help="hours, memory and disk for a number of articles, from measured figures")
    planned.add_argument("--articles", type=int, required=True, metavar="N", help="in the archive, such as 100_000_000")
    planned.add_argument("--nights", type=int, metavar="N", help=f"that they came in; default: one per {PER_NIGHT:,}")
    planned.add_argument("--cores", type=int, default=os.cpu_count() or 1, metavar="N", help="default: of this machine")
    planned.add_argument("--settings", type=Path, metavar="FILE", help="TOML file with settings")
    planned.add_argument("--json", action="store_true", help="print JSON")
    planned.set_defaults(do=_plan)


def _plan(args: argparse.Namespace, console: Console) -> None:
    nights = args.nights or max(1, round(args.articles / PER_NIGHT))
    if min(args.articles, nights, args.cores) < 1:
        raise SettingsError("plan: articles, nights and cores are at least 1")
    asked = Asked(args.articles, nights, args.cores)
    made = plan(asked, load(args.settings), measured())
    if args.json:
        console.print_json(json.dumps({**asdict(asked), **asdict(made)}))
    else:
        _print(asked, made, console)


def _print(asked: Asked, made: Plan, console: Console) -> None:
    title = f"{asked.articles:,} articles in {asked.nights:,} nights on {asked.cores} cores"
    table = Table("step", "slices", "CPU", "clock", "one more night", "memory of a process", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for step in made.steps:
        times = [_time(seconds) for seconds in (step.cpu_seconds, step.seconds, step.night_seconds)]
        table.add_row(step.step, f"{step.slices:,}", *times, f"{step.memory_bytes / 1e9:,.1f} GB")
    totals = [sum(getattr(step, name) for step in made.steps) for name in ("cpu_seconds", "seconds", "night_seconds")]
    most = max(step.memory_bytes for step in made.steps)
    table.add_row("all", "", *map(_time, totals), f"{most / 1e9:,.1f} GB", style="bold")
    console.print(table)
    disk = Table("disk", "GB")
    disk.columns[1].justify = "right"
    for name, size in {**made.disk, "all": sum(made.disk.values())}.items():
        disk.add_row(name, f"{size / 1e9:,.1f}", style="bold" if name == "all" else None)
    console.print(disk)
    for assumption in made.assumptions:
        console.print(f"- {assumption}", highlight=False, soft_wrap=True)


def _time(seconds: float) -> str:
    """In the unit that a person would say it in."""
    if seconds < 100:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 6_000 else f"{seconds / 3600:,.0f} h"
