"""Speed, memory and growth of the whole job, step by step.

    make bench                                                        about two minutes: 3,000 to 30,000 articles
    make bench BENCH="--synthetic 10000 100000 1000000"               the large sizes, an hour
    make bench BENCH="--raw FOLDER --times 1 4 16"                    a corpus of your own, and multiples of it
    make bench BENCH="--page"                                         docs/benchmarks.md from what was measured last

Inputs are made in a scratch folder from the sample's words and page furniture (`synthetic`), or from your own JSON
lines in other words (`multiples`). Every run is a fresh process into a fresh home. Results are kept in `results.json`,
a later run of the same name replacing the earlier; the plot and the page are made from it.
"""

import argparse
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from dedup.index import Index
from dedup.reading.read import find_files, read_batches
from dedup.settings import Settings
from dedup.words.tokens import COMPILED, comparison_text, tokenize
from tests.benches import multiples, synthetic
from tests.benches.measured import measure
from tests.benches.results import page, plot, printed

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE.parent.parent / "docs" / "benchmarks.md"
PLOT = PAGE.with_suffix(".svg")


@dataclass(frozen=True)
class Input:
    """What one run reads: `make` writes it into a folder, or names the folder where it is."""

    family: str  # sizes of one family are compared
    name: str
    make: Callable[[Path], Path]


def inputs(args: argparse.Namespace) -> list[Input]:
    """The inputs asked for, small ones first."""
    return [
        *(
            Input(args.name or args.raw.name, f"{args.name or args.raw.name} ×{times}", _multiple(args.raw, times))
            for times in (args.times if args.raw else [])
        ),
        *(Input("synthetic", f"synthetic {n:,}", _synthetic(n, args.nights)) for n in args.synthetic),
    ]


def _multiple(raw: Path, times: int) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        multiples.write(raw, times, folder / "raw")
        return folder / "raw"

    return (lambda folder: raw) if times == 1 else make


def _synthetic(n: int, nights: int) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        synthetic.write(folder / "raw", n, nights=nights)
        return folder / "raw"

    return make


def characters(raw: Path) -> int:
    """Characters delivered in titles, texts and pages."""
    delivered = pl.sum_horizontal(pl.col("title", "text", "html").str.len_chars().fill_null(0))
    settings = Settings().read
    batches = (batch for file in find_files(raw, settings=settings) for batch in read_batches(file, settings=settings))
    return sum(int(batch.records.select(delivered).to_series().sum()) for batch in batches)


def tokenizer_seconds(home: Path, *, most: int = 20_000) -> float:
    """CPU of the compiled tokenizer alone on the bodies that the job tokenized, from a sample of them."""
    index = Index(home / "index")
    bodies = pl.concat(
        [
            pl.scan_parquet(index.folder(night, "prepare") / "articles.parquet").select("body").head(most).collect()
            for night in index.nights()
        ]
    )["body"]
    texts = comparison_text(bodies.head(most))
    tokenize(texts.head(10), engine=COMPILED)  # loads its tables
    started = time.process_time()
    tokenize(texts, engine=COMPILED)
    per_text = (time.process_time() - started) / max(len(texts), 1)
    stamps = [index.stamp(night, "prepare") for night in index.nights()]
    return per_text * sum(stamp.counts["articles"] for stamp in stamps if stamp)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line.split(":")[1].strip() for line in info.splitlines() if "model name" in line), "unknown")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    packages = {name: version(name) for name in ("polars", "numba", "numpy", "pythainlp", "datasketch")}
    return {"cpu": model, "cores": os.cpu_count(), "memory": memory, "python": platform.python_version(), **packages}


def bench(wanted: Input, args: argparse.Namespace) -> dict[str, Any]:
    """Make one input, run over it, and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="dedup-bench-", dir=args.work))
    try:
        raw = wanted.make(folder)
        run = {"workers": args.workers, **({"memory_limit": args.memory_limit} if args.memory_limit else {})}
        found = measure(raw, folder / "home", **run).as_dict()
        found["characters"] = characters(raw)
        found["tokenizer_seconds"] = tokenizer_seconds(folder / "home")
    finally:
        shutil.rmtree(folder)
    facts = {"family": wanted.family, "name": wanted.name, "workers": args.workers, "measured": str(date.today())}
    return {**facts, **({"memory_limit": args.memory_limit} if args.memory_limit else {}), **found}


def kept(results: Path) -> dict[str, Any]:
    """What was measured before."""
    if not results.is_file():
        return {"runs": []}
    known: dict[str, Any] = json.loads(results.read_text(encoding="utf-8"))
    return known


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synthetic", type=int, nargs="*", metavar="N", help="articles in a set made up here")
    parser.add_argument("--nights", type=int, default=10, help="that a made-up set is spread over")
    parser.add_argument("--raw", type=Path, help="a folder of JSON lines")
    parser.add_argument("--name", help="what that folder is called in the tables")
    parser.add_argument("--times", type=int, nargs="+", default=[1], help="how many times over it is read")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--memory-limit", help="run.memory_limit, such as 4GB")
    parser.add_argument("--work", type=Path, help="folder for inputs and homes; needs 10 kB an article")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", action="store_true", help=f"write {PAGE.name} and its plot from the results")
    args = parser.parse_args()
    if args.synthetic is None:
        args.synthetic = [] if args.raw or args.page else [3_000, 10_000, 30_000]
    known = kept(args.results)
    for wanted in inputs(args):
        print(f"{wanted.name} …", flush=True)
        made = bench(wanted, args)
        known["machine"] = machine()
        known["runs"] = [run for run in known["runs"] if run["name"] != made["name"]] + [made]
        known["runs"].sort(key=lambda run: (run["family"], run["records"]))
        args.results.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(printed(known))
    if args.page:
        PLOT.write_text(plot(known), encoding="utf-8")
        PAGE.write_text(page(known, PLOT.name), encoding="utf-8")


if __name__ == "__main__":
    main()
