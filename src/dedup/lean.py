"""Libraries loaded without what only their other users need: a third of the time in which a process starts.

For processes that are ours alone, the command and its workers. A process of somebody else may want those parts.
"""

import gc
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

UNNEEDED = {
    "dataframely": "sqlalchemy",  # it loads it for tables in databases: 0.2 s
    "numba.np.arraymath": "scipy.linalg",  # for products of matrices: 0.25 s, and every first kernel loads this
}

ALLOCATIONS = 50_000
"""Objects made before Python looks for garbage among them. With its own 700 it goes through every module that is being
loaded, again and again, and finds none: a seventh of the start."""


def load() -> None:
    """Load them so, unless they are loaded already, and look for garbage less often from now on."""
    gc.set_threshold(ALLOCATIONS)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads for products of matrices, which begin by spinning
    for library, unneeded in UNNEEDED.items():
        with _absent(unneeded):
            importlib.import_module(library)


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """Inside the block nobody finds the module; both libraries take that for a machine without it."""
    is_hidden = name not in sys.modules
    if is_hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if is_hidden:
            del sys.modules[name]
