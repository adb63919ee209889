"""Characters cleaned a second, by step, and the share of a whole run that cleaning takes.

    python -m tests.benches.bench_cleaning data/sample/raw

The folder is run whole, in one process, into a home that is thrown away; the clock is the CPU's, over all threads.
Characters are those of the texts as delivered, headlines included; pages of HTML count from their extracted text on.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import polars as pl

from dedup import clean, deliver, pipeline
from dedup.cleaning import boilerplate, linemodel
from dedup.pipeline import Job, Wanted
from dedup.settings import Settings

STEPS: dict[str, list[tuple[ModuleType, str]]] = {
    "extract (HTML)": [(deliver, "extract")],
    "repair": [(deliver, "repair")],
    "lines": [(clean, "line_table"), (linemodel, "learn")],
    "strip": [(boilerplate, "strip_boilerplate")],
    "dates": [(deliver, "parse_crawled"), (clean, "parse_published")],
    "screen": [(clean, "screen")],
}


class Clock:
    """Seconds of CPU by step, and the characters that `repair` was given."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STEPS, 0.0)
        self.characters = 0

    def timed(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its calls counted for a step."""

        def call(*args: Any, **kwargs: Any) -> Any:
            if step == "repair" and isinstance(args[0], pl.Series):
                self.characters += args[0].str.len_chars().sum() or 0
            started = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds[step] += time.process_time() - started

        return call


def measure(raw: Path) -> tuple[Clock, float]:
    """The clock of a whole run over a folder, and the seconds of CPU that the run took."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as home, ExitStack() as patches:
        for step, functions in STEPS.items():
            for module, name in functions:
                patches.enter_context(patch.object(module, name, clock.timed(step, getattr(module, name))))
        job = Job(raw, Path(home), Settings(run={"workers": 1}, gates={"is_on": False}))  # type: ignore[arg-type]
        started = time.process_time()
        pipeline.run(job, Wanted(), today=date(2026, 1, 1))
        return clock, time.process_time() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path)
    clock, whole = measure(parser.parse_args().raw)
    print(f"{clock.characters:,} characters; the whole run took {whole:.1f} s of CPU")
    for step, seconds in [*clock.seconds.items(), ("cleaning", sum(clock.seconds.values()))]:
        speed = f"{clock.characters / seconds:>14,.0f} characters/s" if seconds else f"{'–':>14}"
        print(f"{step:16} {seconds:8.2f} s {speed} {seconds / whole:7.1%} of the run")


if __name__ == "__main__":
    main()
