"""Workers are forked from one process that has loaded everything and used nothing of Polars."""

import multiprocessing
import os
import subprocess
import sys

import polars as pl

from dedup.index import Counts
from dedup.parallel import worker_pool

THREADS = """
from pathlib import Path
def polars_threads():
    names = [path.read_text() for path in Path("/proc/self/task").glob("*/comm")]
    return sum(name.startswith("polars-") and name[7].isdigit() for name in names)
"""
PRELOAD = """
import dedup.preloaded
assert polars_threads() == 0
import polars as pl
pl.DataFrame({"a": range(100_000)}).lazy().sort("a").collect()
assert polars_threads() == 1  # they are there to be seen, and there is one
"""


def origin(n: int) -> Counts:
    used = pl.LazyFrame({"a": [n, 0]}).sort("a").collect().height
    return {"records": used, "process": os.getpid(), "parent": os.getppid(), "threads": pl.thread_pool_size()}


def test_nothing_that_is_preloaded_uses_polars_and_a_worker_has_one_thread_of_it() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "POLARS_MAX_THREADS"}
    subprocess.run([sys.executable, "-c", THREADS + PRELOAD], check=True, env=environment)


def test_workers_have_one_parent_which_is_not_the_run() -> None:
    with worker_pool(2) as run_slices:
        made = run_slices(origin, range(8))
    assert [counts["records"] for counts in made if isinstance(counts, dict)] == [2] * 8
    parents = {counts["parent"] for counts in made if isinstance(counts, dict)}
    assert len(parents) == 1
    assert parents.isdisjoint({os.getpid(), *(child.pid for child in multiprocessing.active_children())})
