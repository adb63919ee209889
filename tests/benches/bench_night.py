"""One more night onto a home of many: the nightly run as a desk has it, step by step.

    python -m tests.benches.bench_night --articles 1000000 --nights 46

The articles are made up (`synthetic`), and all nights but the last are run first. `start` is everything before the
first step: libraries, and the look at what was delivered. Files of the nights before are old enough to be remembered.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

from dedup.looks import SETTLED_SECONDS
from tests.benches import synthetic
from tests.benches.measured import Measured, measure


def nightly(folder: Path, articles: int, nights: int, workers: int) -> Measured:
    """The last of so many nights, run onto the others."""
    raw, home, aside = folder / "raw", folder / "home", folder / "aside"
    synthetic.write(raw, articles, nights=nights)
    last = max(raw.iterdir())
    last.rename(aside)
    time.sleep(SETTLED_SECONDS)
    measure(raw, home, is_ahead=True, workers=workers)
    aside.rename(last)
    return measure(raw, home, workers=workers)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--nights", type=int, default=46)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", type=Path)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dedup-night-", dir=args.work))
    try:
        found = nightly(folder, args.articles, args.nights, args.workers)
    finally:
        shutil.rmtree(folder)
    for name, part in found.parts.items():
        print(f"{name:24} {part.wall:6.2f} s wall {part.cpu:6.2f} s CPU {part.together / 1e9:5.2f} GB in all processes")
    print(
        f"{found.records:,} records onto {args.articles - found.records:,} of {args.nights - 1} nights: "
        f"{found.wall:.1f} s wall, {found.cpu:.1f} s CPU, largest process {found.largest / 1e9:.2f} GB, "
        f"all {found.together / 1e9:.2f} GB, load before {found.load_before:.1f}; {json.dumps(found.counts)}"
    )


if __name__ == "__main__":
    main()
