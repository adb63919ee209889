"""What the fork server loads for all workers; imported for that alone, and nothing in here uses Polars.

A worker has one Polars thread: there are as many workers as cores, and threads that wait for each other cost more
than they give.
"""

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # Polars reads it when it is first used

from dedup import lean

lean.load()

from dedup import prepare, sketch  # noqa: E402
from dedup.words.tokens import words  # noqa: E402

__all__ = ["prepare", "sketch"]

words("กก")  # the tokenizer's tables, and numba's own start
