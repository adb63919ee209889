"""The process that workers are forked from: it loads once what each of them would load for itself.

It must not use Polars before it forks: a child of a process that has hangs on Polars' thread pool. It is started
before this process loads its own rooms, and loads beside it. Imports nothing that takes time.
"""

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

PRELOADED = "dedup.preloaded"


def context() -> ForkServerContext:
    """Processes made by it are forked from the server, which is started if it is not there."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([PRELOADED])
    return made


def begin() -> None:
    """Let the server load meanwhile, for workers that are sure to be wanted."""
    context()
    forkserver.ensure_running()
