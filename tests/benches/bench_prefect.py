"""What the flow costs besides the job: `dedup run` and the nightly flow over the same nights, in alternation.

    python -m tests.benches.bench_prefect --raw RAW --pairs 3 --workers 2

A Prefect server of its own runs meanwhile, as it does for a desk. Each run begins with an empty home. CPU is that
of the run's process and its workers; what the server used is told apart. Wall clock means little on a busy machine.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flows.serve import HOST, SERVER, wait_until_healthy
from tests.benches.measured import cpu_seconds

PORT = 4297
COMMANDS = {"dedup run": ["-m", "dedup.cli", "run"], "nightly flow": ["-m", "flows.nightly"]}


@dataclass(frozen=True)
class Cost:
    """Seconds of one run: by the clock, of its own processors, of the server's."""

    wall: float
    cpu: float
    server: float


@contextmanager
def server(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Prefect server with a database of its own."""
    os.environ |= {"PREFECT_HOME": str(folder), "PREFECT_API_URL": f"http://{HOST}:{PORT}/api"}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(PORT)]
    environment = {key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"} | SERVER
    with (folder / "log").open("wb") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as own:
        try:
            wait_until_healthy(os.environ["PREFECT_API_URL"], own)
            yield own
        finally:
            own.terminate()


def measured(name: str, raw: Path, home: Path, own: subprocess.Popen[bytes]) -> Cost:
    """One run over all nights into an empty home."""
    shutil.rmtree(home, ignore_errors=True)
    before, server_before, start = resource.getrusage(resource.RUSAGE_CHILDREN), cpu_seconds(own.pid), time.monotonic()
    command = [sys.executable, *COMMANDS[name], "--raw", str(raw), "--home", str(home), "--all"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    time.sleep(3)  # the server is still writing down what the run told it
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, cpu_seconds(own.pid) - server_before)


def main() -> None:
    """Print each pair, then the medians and what the flow adds to them."""
    parser = argparse.ArgumentParser(description="Cost of the Prefect flow besides `dedup run`.")
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    os.environ["DEDUP_RUN__WORKERS"] = str(args.workers)
    costs: dict[str, list[Cost]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as scratch, server(Path(scratch)) as own:
        measured("dedup run", args.raw.resolve(), Path(scratch) / "home", own)  # compiles what is not compiled yet
        for pair in range(args.pairs):
            for name in list(COMMANDS)[:: -1 if pair % 2 else 1]:
                cost = measured(name, args.raw.resolve(), Path(scratch) / "home", own)
                costs[name].append(cost)
                print(
                    f"{name:12} wall {cost.wall:6.1f} s  CPU {cost.cpu:6.1f} s  server {cost.server:4.1f} s", flush=True
                )
    for figure in ("wall", "cpu"):
        plain, flow = (statistics.median(getattr(cost, figure) for cost in costs[name]) for name in COMMANDS)
        print(f"median {figure}: {plain:.1f} s and {flow:.1f} s: {flow - plain:+.1f} s, {flow / plain - 1:+.1%}")


if __name__ == "__main__":
    main()
