"""The `dedup` command: arguments → settings → pipeline.

Exit codes: 0 done · 1 refused or failed, with a sentence that says what to do · 2 wrong usage.
"""

import argparse
import gc
import sys
from collections.abc import Sequence

from dedup import forkserver, lean
from dedup.errors import DedupError

WITH_WORKERS = (["run"], ["rebuild"])
"""Commands whose workers may load while this process does."""


def parser() -> argparse.ArgumentParser:
    """All commands and their arguments."""
    # A worker imports this file as its main module, and none of the rooms: half a second for each of them.
    from dedup.commands import exporting, keeping, looking, running, scoring, sizing  # noqa: PLC0415

    made = argparse.ArgumentParser(
        prog="dedup",
        description="Clean and deduplicate scraped Thai news into Parquet partitions, night by night.",
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for room in (running, keeping, looking, exporting, scoring, sizing):
        room.add(commands)
    return made


def _wants_workers(told: Sequence[str]) -> bool:
    """Whether workers are wanted, as far as can be seen before the arguments are parsed and the settings read."""
    said = f"{' '.join(told)} ".replace("=", " ")
    return told[:1] in WITH_WORKERS and "--workers 1 " not in said and not {"-h", "--help"} & set(told)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    told = sys.argv[1:] if arguments is None else list(arguments)
    if _wants_workers(told):
        forkserver.begin()
    from rich.console import Console  # noqa: PLC0415

    lean.load()
    args = parser().parse_args(told)
    try:
        args.do(args, Console())
    except DedupError as error:
        print(f"dedup: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        # The disk, not the data: what is finished is kept, and nothing half-written is ever seen.
        print(
            f"dedup: {error}; see to the disk, its space or its rights, then run the same command to go on",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("dedup: interrupted; what is finished is kept, run the same command to go on", file=sys.stderr)
        return 1
    return 0


def command() -> None:
    """The program: ends with the exit code."""
    code = main()
    gc.freeze()  # at its end Python would go through all that was loaded once more: a fifth of a second
    sys.exit(code)


if __name__ == "__main__":
    command()
