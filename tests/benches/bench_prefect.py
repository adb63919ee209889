"""What the flow costs besides the job: `dedup run` and the nightly flow over the same nights, in alternation.

    python -m tests.benches.bench_prefect --raw RAW --pairs 3 --workers 2

A Prefect server of its own runs meanwhile, as it does for a desk. Each run begins with an empty home. CPU is that
of the run's process and its workers; what the server used is told apart. Wall clock means little on a busy machine.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from flows.serve import HOST, SERVER, wait_until_healthy
from tests.benches.measured import Watch, as_users_have_it, cpu_seconds

PORT = 4297
PLAIN, FLOW = "dedup run", "nightly flow"
COMMANDS = {PLAIN: ["-m", "dedup.cli", "run"], FLOW: ["-m", "flows.nightly"]}
LOOKS_EVERY = 0.02  # seconds; what a worker did since the last look before its end is lost
CATCHES_UP = 3.0  # seconds in which the server writes down what a run told it last


@dataclass(frozen=True)
class Cost:
    """Seconds of one run: by the clock, of its own processors, of the server's."""

    wall: float
    cpu: float
    server: float

    def __str__(self) -> str:
        """A line for a person."""
        return f"wall {self.wall:6.2f} s  CPU {self.cpu:6.2f} s  server {self.server:5.2f} s"


@contextmanager
def server(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Prefect server with a database of its own."""
    os.environ |= {"PREFECT_HOME": str(folder), "PREFECT_API_URL": f"http://{HOST}:{PORT}/api"}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(PORT)]
    environment = {key: value for key, value in as_users_have_it().items() if key != "PREFECT_API_URL"} | SERVER
    with (folder / "log").open("wb") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as own:
        try:
            wait_until_healthy(os.environ["PREFECT_API_URL"], own)
            yield own
        finally:
            own.terminate()


def measured(name: str, raw: Path, home: Path, own: subprocess.Popen[bytes]) -> Cost:
    """One run over all nights into an empty home."""
    shutil.rmtree(home, ignore_errors=True)
    command = [sys.executable, *COMMANDS[name], "--raw", str(raw), "--home", str(home), "--all"]
    server_before, start = cpu_seconds(own.pid), time.monotonic()
    # Without bytecode a start is mostly the compiling of what is imported, and Prefect is a lot of it.
    run = subprocess.Popen(command, env=as_users_have_it(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    watch = Watch(run.pid)
    while run.poll() is None:
        watch.look()
        time.sleep(LOOKS_EVERY)
    wall = time.monotonic() - start
    if run.returncode:
        raise RuntimeError(f"{name} over {raw} ended with {run.returncode}")
    time.sleep(CATCHES_UP)
    return Cost(wall, watch.cpu, cpu_seconds(own.pid) - server_before)


def median(costs: list[Cost]) -> Cost:
    """Each figure's own median."""
    return Cost(*(statistics.median(figures) for figures in zip(*map(astuple, costs), strict=True)))


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
        for name in COMMANDS:  # compiles what is not compiled yet
            measured(name, args.raw.resolve(), Path(scratch) / "home", own)
        for pair in range(args.pairs):
            for name in list(COMMANDS)[:: -1 if pair % 2 else 1]:
                cost = measured(name, args.raw.resolve(), Path(scratch) / "home", own)
                costs[name].append(cost)
                print(f"{name:12}  {cost}", flush=True)
    plain, flow = median(costs[PLAIN]), median(costs[FLOW])
    print(f"\nmedian of {args.pairs}\n{PLAIN:12}  {plain}\n{FLOW:12}  {flow}")
    for what, without, with_ in (("wall", plain.wall, flow.wall), ("CPU", plain.cpu, flow.cpu)):
        print(f"the flow adds {with_ - without:+.2f} s of {what}, {with_ / without - 1:+.1%}")
    print(f"and the server's {flow.server - plain.server:+.2f} s of CPU")


if __name__ == "__main__":
    main()
