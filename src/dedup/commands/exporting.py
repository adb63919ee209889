"""`export`: a published table for people with a spreadsheet."""

import argparse
from pathlib import Path

from rich.console import Console

from dedup.commands.arguments import Commands, home_of, homed, night, published
from dedup.contract import TABLES
from dedup.showing.spreadsheet import export


def add(commands: Commands) -> None:
    """Tell the parser of it."""
    exported = commands.add_parser("export", help="one table as CSV that Excel opens: Thai as Thai, no formulas")
    homed(exported)
    exported.add_argument("--table", choices=TABLES, default="articles", help="default: articles")
    exported.add_argument("--from", dest="since", type=night, metavar="YYYY-MM-DD", help="the first night")
    exported.add_argument("--until", type=night, metavar="YYYY-MM-DD", help="the last night")
    exported.add_argument("--csv", type=Path, required=True, metavar="FILE", help="where to write")
    exported.set_defaults(do=_export)


def _export(args: argparse.Namespace, console: Console) -> None:
    n_rows = export(published(home_of(args)), args.table, args.csv, since=args.since, until=args.until)
    console.print(f"{n_rows:,} rows: {args.csv}", highlight=False, markup=False, soft_wrap=True)
