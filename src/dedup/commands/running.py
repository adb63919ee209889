"""`run` and `rebuild`: the four steps with a bar."""

import argparse
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from dedup import pipeline
from dedup.commands.arguments import Commands, delivered, homed, night, settings_of
from dedup.index import Counts
from dedup.nights import Work
from dedup.pipeline import Job, Summary, Wanted
from dedup.places import is_address, job_at
from dedup.showing.figures import totals
from dedup.showing.sentences import plain
from dedup.showing.stepwords import told

SHOWN_VERDICTS = 10
TODAY_IN = ZoneInfo("Asia/Bangkok")


def add(commands: Commands) -> None:
    """Tell the parser of them."""
    run = commands.add_parser("run", help="prepare, sketch, link and publish nights in order")
    homed(run)
    delivered(run)
    which = run.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every delivered night; finished ones are not done again")
    which.add_argument("--night", type=night, metavar="YYYY-MM-DD", help="one night, and the known ones after it")
    which.add_argument("--from", dest="since", type=night, metavar="YYYY-MM-DD", help="every night from there on")
    run.set_defaults(do=_run)

    rebuild = commands.add_parser("rebuild", help="forget the index and make every night anew from the raw files")
    homed(rebuild)
    delivered(rebuild)
    rebuild.set_defaults(do=_run)


def _run(args: argparse.Namespace, console: Console) -> None:
    job = job_at(args.raw, args.home, settings_of(args))
    is_rebuild = args.command == "rebuild"
    wanted = Wanted() if is_rebuild else Wanted(args.night, args.since)
    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[pace]}"),
    ]
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading the folder", total=None, pace="")

        def do(step: str, of_night: date | None, work: Work) -> Counts:
            named = str(of_night or "")
            progress.update(task, description=f"{step} {named}", pace="")
            counts = work()
            progress.console.print(f"{named:10} {step:8} {told(step, counts)}", highlight=False, soft_wrap=True)
            progress.update(task, advance=1)
            return counts

        summary = pipeline.run(
            job,
            wanted,
            is_rebuild=is_rebuild,
            today=datetime.now(TODAY_IN).date(),
            do=do,
            on_plan=lambda n_steps: progress.update(task, total=n_steps, completed=0),
            on_slice=lambda pace: progress.update(task, pace=str(pace)),
            on_wait=lambda holder: progress.console.print(f"waiting for {holder}", highlight=False),
        )
    if args.json:
        console.print_json(data=_summary_json(job, summary))
    else:
        _print_summary(job, summary, args.home, console)


def _summary_json(job: Job, summary: Summary) -> dict[str, object]:
    return {
        "version": summary.published.version,
        "is_new": summary.published.is_new,
        "nights": [str(night) for night in summary.nights],
        "verdicts": summary.heard.to_dicts(),
        **totals(job.versions.current).drop("dt").sum().to_dicts()[0],
    }


def _print_summary(job: Job, summary: Summary, home: str, console: Console) -> None:
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
    if summary.heard.height:
        _print_heard(summary, console)
    news = "new version" if summary.published.is_new else "nothing changed: still version"
    place = home if is_address(home) else folder
    console.print(f"{news} {summary.published.version}: {place}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"report: {folder / 'report.html'}", highlight=False, markup=False, soft_wrap=True)


def _print_heard(summary: Summary, console: Console) -> None:
    """How many verdicts of persons were applied, and why others were not."""
    silent = summary.heard.filter(pl.col("n_pairs") == 0)
    n_applied = summary.heard.height - silent.height
    console.print(f"verdicts: {n_applied} of {summary.heard.height} applied", highlight=False)
    for row in silent.head(SHOWN_VERDICTS).to_dicts():
        said = f"  {row['file']} line {row['line']} ({row['left']}, {row['right']}: {row['verdict']}): {row['reason']}"
        console.print(plain(said), highlight=False, markup=False, soft_wrap=True)
    if silent.height > SHOWN_VERDICTS:
        console.print(f"  and {silent.height - SHOWN_VERDICTS} more; all of them with --json", highlight=False)
