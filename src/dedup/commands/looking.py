"""`explain`, `review` and `quality`: why the published tables are what they are."""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dedup.commands.arguments import Commands, at_least_one, home_of, homed, published
from dedup.showing.explain import explain
from dedup.showing.qualitytable import quality_table
from dedup.showing.review import review
from dedup.showing.sentences import plain, sentence
from dedup.versions import scan


def add(commands: Commands) -> None:
    """Tell the parser of them."""
    explained = commands.add_parser("explain", help="what became of a record, and why")
    explained.add_argument("id", metavar="ID", help="a record id, article id, file, URL, or headline words")
    homed(explained)
    explained.add_argument("--json", action="store_true", help="print JSON")
    explained.set_defaults(do=_explain)

    reviewed = commands.add_parser("review", help="pages with texts side by side: pairs near the line, largest stories")
    homed(reviewed)
    which_pages = reviewed.add_mutually_exclusive_group()
    which_pages.add_argument("--story", metavar="ID", help="only this story; any of its article ids will do")
    which_pages.add_argument(
        "--borderline", type=int, default=10, metavar="N", help="joined, refused and linked pairs, N each; default 10"
    )
    reviewed.add_argument("--out", type=Path, metavar="FOLDER", help="default: DIR/review")
    reviewed.set_defaults(do=_review)

    quality = commands.add_parser("quality", help="by outlet and night: refused and why, removed, dated, flagged")
    homed(quality)
    quality.add_argument("--nights", type=at_least_one, metavar="N", help="only the newest N nights")
    quality.add_argument("--json", action="store_true", help="print JSON")
    quality.set_defaults(do=_quality)


def _explain(args: argparse.Namespace, console: Console) -> None:
    found = explain(home_of(args), args.id)
    if args.json:
        console.print_json(json.dumps(found, default=str, ensure_ascii=False))
    else:
        console.print(sentence(found), highlight=False, markup=False, soft_wrap=True)


def _review(args: argparse.Namespace, console: Console) -> None:
    home = home_of(args)
    out = args.out or home / "review"
    written = review(home, out, story=args.story, borderline=max(args.borderline, 0))
    figures = f"{written.n_pairs} pairs, {written.n_stories} {'story' if written.n_stories == 1 else 'stories'}"
    console.print(f"{figures}: {written.index}", highlight=False, markup=False, soft_wrap=True)


def _quality(args: argparse.Namespace, console: Console) -> None:
    folder = published(home_of(args))
    rows = quality_table(scan(folder, "members"), scan(folder, "quarantine"), last=args.nights)
    if args.json:
        console.print_json(json.dumps(rows.to_dicts(), default=str, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("night", "outlet", "records", "refused", "removed", "dated", "flagged"):
        table.add_column(name, no_wrap=True, justify="left" if name in {"night", "outlet"} else "right")
    table.add_column("reasons", overflow="fold")
    for row in rows.iter_rows(named=True):
        shares = (row[name] for name in ("quarantined_share", "removed_share", "dated_share", "flagged_share"))
        reasons = ", ".join(f"{item['name']} {item['n']}" for item in row["reasons"])
        figures = ["–" if share is None else f"{100 * share:.1f} %" for share in shares]
        table.add_row(str(row["dt"]), Text(plain(row["source"])), f"{row['records']:,}", *figures, reasons)
    console.print(table)
