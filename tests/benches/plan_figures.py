"""The figures that `dedup plan` reckons with, from what the benches measured.

    make bench                                                                results.json: CPU, memory, bytes by step
    python -m tests.benches.plan_figures [--results FILE] [--family NAME]     src/dedup/measured.json

Of a family's runs the largest gives the figures, with the smallest the growth. What a window costs is measured here, in
processes of their own: the first night of `--window` articles, and the last.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dedup.index import Index
from dedup.invariants import check_members
from dedup.link import latest_members, link
from dedup.settings import Settings
from tests.benches.bench import RESULTS
from tests.benches.bench_window import PER_NIGHT, write_night
from tests.benches.results import by_step, exponent, families

FIGURES = Path(__file__).parent.parent.parent / "src" / "dedup" / "measured.json"
STEPS = ("read", "clean", "sketch", "link", "publish")
WIDE = Settings(index={"window_nights": 60})  # type: ignore[arg-type]


def measured_apart(*what: str) -> tuple[float, int]:
    """CPU seconds and peak bytes of `child`, in a process of its own."""
    command = [sys.executable, "-m", "tests.benches.plan_figures", "--child", *what]
    cpu, peak = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return float(cpu), int(peak)


def window_figures(window: int) -> dict[str, float]:
    """What an article of the window costs: CPU when a night is linked, memory when the members are checked."""
    n_nights = max(1, window // PER_NIGHT)
    nights = [date(2026, 10, 1) + timedelta(days=i) for i in range(n_nights + 1)]
    with tempfile.TemporaryDirectory() as scratch:
        index = Index(Path(scratch))
        for night in nights:
            write_night(index, night, PER_NIGHT, WIDE, np.random.default_rng(night.day))
        (first, _), *_, (last, _) = (measured_apart("link", scratch, str(night)) for night in nights)
        (_, one), (_, all_of_them) = (measured_apart("check", scratch, str(night)) for night in (nights[0], nights[-1]))
    behind = n_nights * PER_NIGHT
    return {"cpu": max(last - first, 0) / behind, "bytes": max(all_of_them - one, 0) / behind}


def figures(known: dict[str, Any], family: str, window: dict[str, float]) -> dict[str, Any]:
    """What `dedup.planning` reads."""
    small, *_, large = families(known["runs"])[family]
    cpu, memory = by_step(large, "cpu"), by_step(large, "largest")
    articles, machine = large["records"], known["machine"]
    grown = {step: exponent(small, large, step) for step in STEPS}
    per_article = {step: cpu[step] / articles for step in STEPS}
    return {
        "input": f"{large['name']} records in {large['counts'].get('nights', 10)} nights",
        "measured": large["measured"],
        "machine": f"{machine['cpu']}, {machine['cores']} cores, Polars {machine['polars']}",
        "characters_per_article": round(large["characters"] / articles),
        "cpu_seconds_per_article": {
            **per_article,
            "link_per_window_article": window["cpu"],
        },
        "process_bytes": {step: round(memory[step]) for step in STEPS},
        "window_bytes_per_article": round(window["bytes"]),
        "bytes_per_article": {
            "index": round((large["index_bytes"] - large["sketch_bytes"]) / articles),
            "sketch": round(large["sketch_bytes"] / articles),
            "published": round(large["published_bytes"] / articles),
        },
        "growth": {step: round(found, 2) for step, found in grown.items() if found is not None},
        "growth_between": f"{small['records']:,} and {large['records']:,} records",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--family", default="synthetic")
    parser.add_argument("--window", type=int, default=4 * PER_NIGHT)
    args = parser.parse_args()
    known = json.loads(args.results.read_text(encoding="utf-8"))
    found = figures(known, args.family, window_figures(args.window))
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


def child(verb: str, folder: str, last: str) -> None:
    """Link one night, or check the members of the nights up to it; print what it took."""
    index, night = Index(Path(folder)), date.fromisoformat(last)
    before = os.times()
    if verb == "link":
        link(index, night, WIDE)
    else:
        nights = [known for known in index.nights() if known <= night]
        accepted = index.read(nights, "prepare", "articles", ["article_id"])["article_id"]
        check_members(latest_members(index, nights, pl.lit(value=True)), accepted)
    after = os.times()
    cpu = after.user + after.system - before.user - before.system
    print(json.dumps([cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main()
