"""dedup and the peers on the same records, one after another in one session.

    python -m tests.benches.peers.compare RAW --python peers/bin/python [--name dev] [--rounds 2]

RAW is a folder that dedup reads. The peers get its records as JSON lines with `id` and `text` (headline and text), made
beforehand by dedup's own reader and dealt out evenly to two files: their time is not charged for formats, damage or
cleaning. Of several rounds the best of each counts. Results go to `results.json` for the page of `make bench`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from dedup.reading.read import find_files, read_batches
from dedup.settings import Settings
from tests.benches.bench import RESULTS, kept, machine
from tests.benches.measured import SAMPLED_EVERY, Watch, as_users_have_it

PEERS = Path(__file__).parent
PROCESSES = 2


def deal(raw: Path, folder: Path) -> int:
    """Write the records of a raw folder as the peers read them; how many."""
    folder.mkdir(parents=True)
    settings = Settings().read
    n = 0
    with ExitStack() as files:
        hands = [files.enter_context((folder / f"{at}.jsonl").open("w", encoding="utf-8")) for at in range(PROCESSES)]
        for file in find_files(raw, settings=settings):
            for batch in read_batches(file, settings=settings):
                for row in batch.records.select("source_record_id", "title", "text", "html").iter_rows(named=True):
                    text = f"{row['title'] or ''}\n{row['text'] or row['html'] or ''}"
                    told = {"id": row["source_record_id"] or str(n), "text": text}
                    hands[n % PROCESSES].write(json.dumps(told, ensure_ascii=False) + "\n")
                    n += 1
    return n


def watched(command: list[str]) -> tuple[str, dict[str, Any]]:
    """Run a program: what it prints, and its seconds, CPU and memory."""
    begun = time.monotonic()
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=as_users_have_it()
    )
    watch = Watch(child.pid)
    while child.poll() is None:
        watch.look()
        time.sleep(SAMPLED_EVERY)
    wall = time.monotonic() - begun
    if child.returncode or child.stdout is None:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}")
    return child.stdout.read(), {"wall": wall, "cpu": watch.cpu, "together": watch.together}


def peer(command: list[str]) -> dict[str, Any]:
    """What a peer says of itself, and what it took."""
    said, facts = watched(command)
    return {**json.loads(said.splitlines()[-1]), **facts}


def ours(raw: Path, home: Path) -> dict[str, Any]:
    """`dedup run` as users run it, everything from raw files to published tables."""
    shutil.rmtree(home, ignore_errors=True)
    where = ["--raw", str(raw), "--home", str(home), "--all", "--workers", str(PROCESSES), "--json"]
    said, facts = watched([sys.executable, "-m", "dedup.cli", "run", *where])
    totals = json.loads(said)
    return {"records": totals["records"], "removed": totals["articles"] - totals["kept"], **facts}


def main() -> None:
    """Compare, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path)
    parser.add_argument("--python", type=Path, required=True, help="with the packages of requirements.txt")
    parser.add_argument("--name")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--results", type=Path, default=RESULTS)
    args = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="dedup-peers-", dir=args.work))
    load_before = os.getloadavg()[0]
    try:
        n_records = deal(args.raw, work / "records")
        trove = [str(args.python), str(PEERS / "with_datatrove.py"), str(work / "records")]
        sketch = [str(args.python), str(PEERS / "with_datasketch.py"), str(work / "records")]
        scratch = work / "trove"

        def datatrove(*flags: str) -> dict[str, Any]:
            shutil.rmtree(scratch, ignore_errors=True)
            return peer([*trove, str(scratch), *flags])

        runs = {
            "dedup": lambda: ours(args.raw, work / "home"),
            "datatrove MinHash, Thai tokenizer, marks kept": lambda: datatrove("--keep-marks"),
            "datatrove MinHash, Thai tokenizer, as it comes": datatrove,
            "newmm + MinHashLSH, one process": lambda: peer(sketch),
            "newmm + MinHashLSH, two processes": lambda: peer([*sketch, "--processes", "2"]),
        }
        made: dict[str, dict[str, Any]] = {}
        for _ in range(args.rounds):
            for who, run in runs.items():
                found = run()
                print(f"{who}: {found['records'] / found['wall']:,.0f} records/s, {found}", flush=True)
                if who not in made or found["wall"] < made[who]["wall"]:
                    made[who] = found
    finally:
        shutil.rmtree(work)
    session = {
        "name": args.name or args.raw.name,
        "records": n_records,
        "measured": str(date.today()),
        "load_before": load_before,
        "made": [{"who": who, "records_per_second": n_records / found["wall"], **found} for who, found in made.items()],
    }
    known = kept(args.results)
    known.setdefault("machine", machine())
    known["peers"] = [one for one in known.get("peers", []) if one["name"] != session["name"]] + [session]
    args.results.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
