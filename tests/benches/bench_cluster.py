"""The job over a Dask cluster on this machine, beside the pool of local processes: wall and CPU seconds, and the bytes.

    python -m tests.benches.bench_cluster --raw RAW --workers 2 4 [--rounds 2] [--kill]

Each run has a process tree of its own; the two ways take turns. `start` is what scheduler and workers took to stand,
which a desk's own cluster does already; `wall` is the run alone, in which both load the program into their workers, and
`cpu` is of everything. With `--kill` a worker at work is killed by its process id in every function of every night.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dask
from distributed import LocalCluster

from dedup import pipeline
from dedup.forkserver import PRELOADED
from dedup.pipeline import Job, Wanted
from dedup.settings import Settings
from tests.benches.measured import cpu_seconds
from tests.conftest import published_tree


def kill_a_worker(cluster: LocalCluster, killed: set[str], done: threading.Event) -> None:
    """Of every map the first worker that is found at work; a map's keys begin with its function and number."""
    while not done.wait(0.02):
        for state in list(cluster.scheduler.workers.values()):
            for task in list(state.processing):
                of_map = task.key.rsplit("-", 1)[0]
                nanny = cluster.workers.get(state.name)
                if of_map not in killed and nanny and nanny.pid and nanny.worker_address == state.address:
                    killed.add(of_map)
                    os.kill(nanny.pid, signal.SIGKILL)
                    break


@contextmanager
def settings_for(way: str, workers: int, killed: set[str]) -> Iterator[Settings]:
    """The settings of one way; for Dask, while a cluster stands."""
    if way == "pool":
        yield Settings(run={"workers": workers})  # type: ignore[arg-type]
        return
    # A worker that dies is started again; on a busy machine that takes longer than a local cluster waits by itself.
    as_documented = {"distributed.deploy.lost-worker-timeout": "5 minutes", "distributed.worker.preload": [PRELOADED]}
    patience = dask.config.set(as_documented)
    with (
        patience,
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
    ):
        done = threading.Event()
        if way == "killed":
            threading.Thread(target=kill_a_worker, args=(cluster, killed, done), daemon=True).start()
        yield Settings(run={"cluster": cluster.scheduler_address})  # type: ignore[arg-type]
        done.set()


def one(way: str, workers: int, raw: Path, home: Path, out: Path) -> None:
    """One run; its figures are written to `out`."""
    killed: set[str] = set()
    steps: dict[str, float] = {}

    def do(step: str, night: date | None, work: Callable[[], Any]) -> Any:
        began = time.monotonic()
        counts = work()
        steps[step] = round(steps.get(step, 0) + time.monotonic() - began, 2)
        return counts

    began = time.monotonic()
    with settings_for(way, workers, killed) as settings:
        stands = time.monotonic()
        pipeline.run(Job(raw, home, settings), Wanted(), today=date(2026, 11, 30), do=do)
        ended = time.monotonic()
    figures = {"start": stands - began, "wall": ended - stands, "cpu": cpu_seconds(os.getpid())}
    rounded = {name: round(seconds, 1) for name, seconds in figures.items()}
    out.write_text(json.dumps({**rounded, "killed": len(killed), "steps": steps}))


def main() -> None:
    parser = argparse.ArgumentParser(description="Dask workers beside local processes.")
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--workers", type=int, nargs="+", default=[2])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kill", action="store_true")
    args = parser.parse_args()
    ways = ["pool", "killed"] if args.kill else ["pool", "dask"]
    reference = None
    with tempfile.TemporaryDirectory() as scratch:
        home, out = Path(scratch) / "home", Path(scratch) / "figures.json"
        for way, workers in [(way, n) for _ in range(args.rounds) for n in args.workers for way in ways]:
            shutil.rmtree(home, ignore_errors=True)
            process = multiprocessing.get_context("spawn").Process(
                target=one, args=(way, workers, args.raw.absolute(), home, out)
            )
            process.start()
            process.join()
            if process.exitcode:
                raise SystemExit(f"{way}, {workers} workers: the run failed")
            tree = published_tree(home)
            reference = reference or tree
            print(f"{way:6} {workers} workers {out.read_text()} same bytes: {tree == reference}", flush=True)


if __name__ == "__main__":
    main()
