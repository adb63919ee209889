"""`evaluate` and `curve`: how good the result is, and what the bands promise."""

import argparse
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from dedup import evaluate, pipeline
from dedup.commands.arguments import Commands, homed, published
from dedup.errors import InputError
from dedup.matching.bandplan import plan_bands
from dedup.matching.curve import curve_svg, curve_table
from dedup.settings import load
from dedup.showing.report import scan


def add(commands: Commands) -> None:
    """Tell the parser of them."""
    scored = commands.add_parser("evaluate", help="score what is published against a labelled corpus")
    homed(scored)
    scored.add_argument(
        "--truth",
        type=Path,
        required=True,
        metavar="FILE",
        help="Parquet: id, story_id, relation, edit, expect, clean_text",
    )
    scored.add_argument("--text", action="store_true", help="also score the cleaned text, character by character")
    scored.set_defaults(do=_evaluate)

    curve = commands.add_parser("curve", help="which pairs the bands find: promised and measured")
    curve.add_argument("--settings", type=Path, metavar="FILE", help="TOML file with settings")
    curve.add_argument("--svg", type=Path, metavar="FILE", help="also draw it")
    curve.set_defaults(do=_curve)


def _evaluate(args: argparse.Namespace, console: Console) -> None:
    folder = published(args.home)
    try:
        truth = pl.read_parquet(args.truth)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{args.truth}: cannot be read as a Parquet truth file: {error}") from error
    scores = evaluate.clustering(truth, scan(folder, "members").collect())
    scores["screening"] = evaluate.screening(truth, scan(folder, "quarantine").collect())
    if args.text:
        scores["text"] = evaluate.cleaning(truth, pipeline.texts(args.home))
    console.print_json(data=_rounded(scores))


def _rounded(value: object) -> object:
    """Scores with four decimals."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
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
