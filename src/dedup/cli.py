"""The `dedup` command: arguments → settings → pipeline.

Exit codes: 0 done · 1 refused or failed, with a sentence that says what to do · 2 wrong usage.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from dedup import evaluate, pipeline, runs
from dedup.errors import DedupError, InputError
from dedup.index import Counts
from dedup.matching.bandplan import plan_bands
from dedup.matching.curve import curve_svg, curve_table
from dedup.pipeline import Job, Summary, Wanted, Work
from dedup.settings import Settings, load
from dedup.showing.explain import explain, sentence
from dedup.showing.qualitytable import quality_table
from dedup.showing.report import by_source, scan, totals
from dedup.showing.review import review

TODAY_IN = ZoneInfo("Asia/Bangkok")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dedup",
        description="Clean and deduplicate scraped Thai news into Parquet partitions, night by night.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="prepare, sketch, link and publish nights in order")
    _homed(run)
    _raw(run)
    which = run.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every delivered night; finished ones are not done again")
    which.add_argument(
        "--night",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="one night, and the known ones after it",
    )
    which.add_argument(
        "--from",
        dest="since",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="every night from there on",
    )

    rebuild = commands.add_parser("rebuild", help="forget the index and make every night anew from the raw files")
    _homed(rebuild)
    _raw(rebuild)

    status = commands.add_parser("status", help="what is published, and how the last runs ended")
    _homed(status)
    status.add_argument("--json", action="store_true", help="print JSON")

    explained = commands.add_parser("explain", help="what became of a record, and why")
    explained.add_argument("id", metavar="ID", help="a record id, article id, file, URL, or headline words")
    _homed(explained)
    explained.add_argument("--json", action="store_true", help="print JSON")

    reviewed = commands.add_parser("review", help="pages with texts side by side: pairs near the line, largest stories")
    _homed(reviewed)
    which_pages = reviewed.add_mutually_exclusive_group()
    which_pages.add_argument("--story", metavar="ID", help="only this story; any of its article ids will do")
    which_pages.add_argument(
        "--borderline", type=int, default=10, metavar="N", help="joined, refused and linked pairs, N each; default 10"
    )
    reviewed.add_argument("--out", type=Path, metavar="FOLDER", help="default: DIR/review")

    scored = commands.add_parser("evaluate", help="score what is published against a labelled corpus")
    _homed(scored)
    scored.add_argument(
        "--truth",
        type=Path,
        required=True,
        metavar="FILE",
        help="Parquet: id, story_id, relation, edit, expect, clean_text",
    )
    scored.add_argument("--text", action="store_true", help="also score the cleaned text, character by character")

    curve = commands.add_parser("curve", help="which pairs the bands find: promised and measured")
    curve.add_argument("--settings", type=Path, metavar="FILE", help="TOML file with settings")
    curve.add_argument("--svg", type=Path, metavar="FILE", help="also draw it")

    quality = commands.add_parser("quality", help="by outlet and night: refused and why, removed, dated, flagged")
    _homed(quality)
    quality.add_argument("--nights", type=int, metavar="N", help="only the newest N nights")
    quality.add_argument("--json", action="store_true", help="print JSON")

    commands.add_parser("versions", help="the kept versions; the current one is marked")
    _homed(commands.choices["versions"])
    rollback = commands.add_parser("rollback", help="show readers an earlier version again")
    _homed(rollback)
    rollback.add_argument("version", nargs="?", metavar="VERSION", help="default: the one before the current")
    return parser


def _homed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", type=Path, required=True, metavar="DIR", help="where the job keeps and publishes")


def _raw(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--raw", type=Path, required=True, metavar="DIR", help="where the scrapers deliver")
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="TOML; DEDUP_… environment variables go before it"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes; 0 takes one a core")
    parser.add_argument(
        "--accept", action="append", default=[], metavar="GATE:OUTLET", help="publish in spite of a gate"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def _settings(args: argparse.Namespace) -> Settings:
    settings = load(args.settings)
    run, gates = settings.run.model_dump(), settings.gates.model_dump()
    if args.workers is not None:
        run["workers"] = args.workers
    gates["accept"] = [*gates["accept"], *args.accept]
    return load(args.settings, run=run, gates=gates)


def _job(args: argparse.Namespace) -> Job:
    return Job(args.raw, args.home, _settings(args))


def _run(args: argparse.Namespace, console: Console) -> None:
    job = _job(args)
    is_rebuild = args.command == "rebuild"
    wanted = Wanted() if is_rebuild else Wanted(args.night, args.since)
    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading the folder", total=None)

        def do(step: str, night: date | None, work: Work) -> Counts:
            progress.update(task, description=f"{step} {night or ''}")
            counts = work()
            figures = ", ".join(f"{value:,} {name}" for name, value in counts.items() if value)
            progress.console.print(f"{night or '':10} {step:8} {figures}", highlight=False)
            progress.update(task, advance=1)
            return counts

        summary = pipeline.run(
            job,
            wanted,
            is_rebuild=is_rebuild,
            today=datetime.now(TODAY_IN).date(),
            do=do,
            on_plan=lambda n_steps: progress.update(task, total=n_steps),
        )
    if args.json:
        console.print_json(data=_summary_json(job, summary))
    else:
        _print_summary(job, summary, console)


def _summary_json(job: Job, summary: Summary) -> dict[str, object]:
    return {
        "version": summary.published.version,
        "is_new": summary.published.is_new,
        "nights": [str(night) for night in summary.nights],
        **totals(job.versions.current).drop("dt").sum().to_dicts()[0],
    }


def _print_summary(job: Job, summary: Summary, console: Console) -> None:
    folder = job.versions.current
    table = Table("night", "records", "quarantined", "articles", "kept", "copies", title="published")
    for column in table.columns[1:]:
        column.justify = "right"
    nights = totals(folder)
    rows = [*nights.to_dicts(), {**nights.drop("dt").sum().to_dicts()[0], "dt": "all"}]
    for row in rows:
        figures = [
            row["records"],
            row["quarantined"],
            row["articles"],
            row["kept"],
            row["articles"] - row["kept"],
        ]
        table.add_row(str(row["dt"]), *(f"{figure:,}" for figure in figures))
    console.print(table)
    news = "new version" if summary.published.is_new else "nothing changed: still version"
    console.print(f"{news} {summary.published.version}: {folder}", highlight=False, soft_wrap=True)
    console.print(f"report: {folder / 'report.html'}", highlight=False, soft_wrap=True)


def _status(args: argparse.Namespace, console: Console) -> None:
    versions = pipeline.versions_of(args.home)
    current = versions.current_name()
    last = runs.table(args.home).tail(5)
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


def _explain(args: argparse.Namespace, console: Console) -> None:
    found = explain(args.home, args.id)
    if args.json:
        console.print_json(json.dumps(found, default=str, ensure_ascii=False))
    else:
        console.print(sentence(found), highlight=False, markup=False, soft_wrap=True)


def _review(args: argparse.Namespace, console: Console) -> None:
    out = args.out or args.home / "review"
    written = review(args.home, out, story=args.story, borderline=max(args.borderline, 0))
    figures = f"{written.n_pairs} pairs, {written.n_stories} {'story' if written.n_stories == 1 else 'stories'}"
    console.print(f"{figures}: {written.index}", highlight=False, markup=False, soft_wrap=True)


def _evaluate(args: argparse.Namespace, console: Console) -> None:
    folder = pipeline.versions_of(args.home).current
    if not folder.is_dir():
        raise InputError(f"{args.home}: nothing is published yet; run: dedup run --raw RAW --home {args.home} --all")
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


def _versions(args: argparse.Namespace, console: Console) -> None:
    versions = pipeline.versions_of(args.home)
    for name in versions.names():
        console.print(f"{'→' if name == versions.current_name() else ' '} {name}", highlight=False)


def _rollback(args: argparse.Namespace, console: Console) -> None:
    name = pipeline.rollback(args.home, args.version)
    console.print(f"readers now see version {name}; the next run publishes on from the index", highlight=False)


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


def _quality(args: argparse.Namespace, console: Console) -> None:
    folder = pipeline.versions_of(args.home).current
    if not folder.is_dir():
        raise InputError(f"{args.home}: nothing is published yet; run: dedup run --raw RAW --home {args.home} --all")
    rows = quality_table(scan(folder, "members"), scan(folder, "quarantine"), last=args.nights)
    if args.json:
        console.print_json(json.dumps(rows.to_dicts(), default=str, ensure_ascii=False))
        return
    table = Table("night", "outlet", "records", "refused", "removed", "dated", "flagged", "reasons")
    for row in rows.iter_rows(named=True):
        shares = (row[name] for name in ("quarantined_share", "removed_share", "dated_share", "flagged_share"))
        reasons = ", ".join(f"{item['name']} {item['n']}" for item in row["reasons"])
        figures = ["–" if share is None else f"{100 * share:.1f} %" for share in shares]
        table.add_row(str(row["dt"]), row["source"], f"{row['records']:,}", *figures, reasons)
    console.print(table)


COMMANDS = {
    "run": _run,
    "rebuild": _run,
    "status": _status,
    "explain": _explain,
    "review": _review,
    "evaluate": _evaluate,
    "curve": _curve,
    "quality": _quality,
    "versions": _versions,
    "rollback": _rollback,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    args = _parser().parse_args(arguments)
    try:
        COMMANDS[args.command](args, Console())
    except DedupError as error:
        print(f"dedup: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        # The disk, not the data: what is finished is kept, and nothing half-written is ever seen.
        print(f"dedup: {error}; mend the disk, then run the same command to go on", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("dedup: interrupted; what is finished is kept, run the same command to go on", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
