"""Arguments that several commands share, and the settings they make."""

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dedup import pipeline
from dedup.places import home_here
from dedup.settings import Settings, load
from dedup.versions import nothing_published

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = object  # argparse keeps the class to itself


def night(text: str) -> date:
    """An argument that is a night."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; give one as YYYY-MM-DD") from error


def at_least_one(text: str) -> int:
    """An argument that counts something."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def homed(parser: argparse.ArgumentParser) -> None:
    """Where the job keeps and publishes."""
    parser.add_argument(
        "--home",
        required=True,
        metavar="DIR",
        help="where the job keeps and publishes: a folder, or s3://BUCKET/PREFIX",
    )


def patient(parser: argparse.ArgumentParser) -> None:
    """How long to wait for the home."""
    parser.add_argument(
        "--wait", type=float, metavar="SECONDS", help="wait so long for another run that holds the home; default: 0"
    )


def delivered(parser: argparse.ArgumentParser) -> None:
    """Where the scrapers deliver, and how to work."""
    parser.add_argument(
        "--raw", required=True, metavar="DIR", help="where the scrapers deliver: a folder, or s3://BUCKET/PREFIX"
    )
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="TOML; DEDUP_… environment variables go before it"
    )
    patient(parser)
    parser.add_argument("--workers", type=int, metavar="N", help="processes; 0 takes one a core")
    parser.add_argument("--memory-limit", metavar="SIZE", help="memory of all processes together, such as 4GB")
    parser.add_argument("--cluster", metavar="ADDRESS", help="work on a Dask cluster: tcp://HOST:PORT of its scheduler")
    parser.add_argument(
        "--verdicts", type=Path, metavar="FILE", help="CSV of a person's verdicts on pairs; they overrule the matcher"
    )
    parser.add_argument(
        "--accept", action="append", default=[], metavar="GATE:OUTLET", help="publish in spite of a gate"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings file, the environment, and what the command line says over them. Raises SettingsError."""
    settings = load(args.settings)
    run, gates, match = (section.model_dump() for section in (settings.run, settings.gates, settings.match))
    if args.workers is not None:
        run["workers"] = args.workers
    if args.wait is not None:
        run["wait_for_lock"] = args.wait
    if args.memory_limit is not None:
        run["memory_limit"] = args.memory_limit
    if args.cluster is not None:
        run["cluster"] = args.cluster
    if args.verdicts is not None:
        match["verdicts"] = args.verdicts.absolute()
    gates["accept"] = [*gates["accept"], *args.accept]
    return load(args.settings, run=run, gates=gates, match=match)


def home_of(args: argparse.Namespace) -> Path:
    """A folder with what the home holds now."""
    return home_here(args.home, load())


def published(home: Path) -> Path:
    """The current version's folder. Raises InputError where there is none yet."""
    folder = pipeline.versions_of(home).current
    if not folder.is_dir():
        raise nothing_published(home)
    return folder
