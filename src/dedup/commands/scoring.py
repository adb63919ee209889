"""`evaluate` and `curve`: how good the result is, and what the bands promise."""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from dedup.commands.arguments import Commands, home_of, homed, published
from dedup.commands.scoretables import show, show_agreement
from dedup.errors import InputError
from dedup.matching.bandplan import plan_bands
from dedup.matching.curve import curve_svg, curve_table
from dedup.persons.verdicts import read_verdicts
from dedup.scoring.agreement import agreement
from dedup.scoring.assess import as_json, assess, read_truth, texts_of
from dedup.settings import load
from dedup.showing.mistakepages import mistake_pages


def add(commands: Commands) -> None:
    """Tell the parser of them."""
    scored = commands.add_parser("evaluate", help="score what is published against labels, or a person's verdicts")
    homed(scored)
    scored.add_argument(
        "--truth",
        type=Path,
        metavar="FILE",
        help="Parquet: id, story_id, relation, edit, expect; clean_text for --text",
    )
    scored.add_argument(
        "--verdicts", type=Path, metavar="FILE", help="CSV of a person's verdicts: which of them the matcher meets"
    )
    scored.add_argument("--settings", type=Path, metavar="FILE", help="those of the run")
    scored.add_argument("--text", action="store_true", help="also score the cleaned text, character by character")
    scored.add_argument(
        "--worst", type=int, default=20, metavar="N", help="mistakes listed, of either kind; default 20"
    )
    scored.add_argument("--errors", type=Path, metavar="FOLDER", help="write pages with the texts of the mistakes")
    scored.add_argument("--json", action="store_true", help="print JSON, with the texts of the mistakes")
    scored.set_defaults(do=_evaluate)

    curve = commands.add_parser("curve", help="which pairs the bands find: promised and measured")
    curve.add_argument("--settings", type=Path, metavar="FILE", help="TOML file with settings")
    curve.add_argument("--svg", type=Path, metavar="FILE", help="also draw it")
    curve.set_defaults(do=_curve)


def _evaluate(args: argparse.Namespace, console: Console) -> None:
    home, settings = home_of(args), load(args.settings)
    folder = published(home)
    if args.truth is None and args.verdicts is None:
        raise InputError("nothing to score against: give --truth FILE, --verdicts FILE, or both")
    told: dict[str, object] = {}
    if args.truth is not None:
        found = assess(home, folder, read_truth(args.truth), settings.match, with_text=args.text).worst(
            max(args.worst, 0)
        )
        articles = texts_of(home, found)
        told.update(as_json(found, articles))
        if not args.json:
            show(found, articles, console)
    if args.verdicts is not None:
        verdicts = read_verdicts(args.verdicts)
        agreed = agreement(home, folder, verdicts, settings.index.window_nights)
        told["verdicts"] = agreed.as_json()
        if not args.json:
            show_agreement(agreed, console)
    if args.json:
        console.print_json(json.dumps(_rounded(told), default=str, ensure_ascii=False))
    if args.truth is not None and args.errors:
        index = mistake_pages(home, folder, args.errors, found.false_joins, found.misses)
        where = Console(stderr=True) if args.json else console
        where.print(f"texts side by side: {index}", highlight=False, markup=False, soft_wrap=True)


def _rounded(value: object) -> object:
    """Scores with four decimals."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value


def _curve(args: argparse.Namespace, console: Console) -> None:
    settings = load(args.settings).match
    plan = plan_bands(settings.num_perm, settings.jaccard, settings.recall)
    found = curve_table(plan, settings)
    table = Table("Jaccard", "promised", "measured", title=f"{plan.bands} bands of {plan.rows} lanes")
    for row in found.iter_rows():
        table.add_row(*(f"{share:.3f}" for share in row), style="bold" if row[0] == settings.jaccard else None)
    console.print(table)
    if args.svg:
        args.svg.write_text(curve_svg(found, settings), encoding="utf-8")
