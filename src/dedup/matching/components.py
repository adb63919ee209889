"""Connected components, and the cut of those that grew too large."""

import numpy as np
import polars as pl
from numba import njit

STRICTER = (0.6, 0.7, 0.8, 0.9, 1.0)
"""Jaccards at which an oversized component is cut again, one after another, until it fits."""

CUT_SCHEMA = {"component": pl.Int64, "articles": pl.Int64, "jaccard": pl.Float64}


def components(n: int, left: pl.Series, right: pl.Series) -> pl.Series:
    """For each of n places the lowest place of its component, under edges between places."""
    lowest = np.arange(n, dtype=np.int64)
    _join(lowest, left.cast(pl.Int64).to_numpy(), right.cast(pl.Int64).to_numpy())
    return pl.Series("component", lowest, dtype=pl.Int64)


@njit(cache=True, nogil=True)
def _join(lowest, left, right):  # type: ignore[no-untyped-def]
    """Union and find (Tarjan and van Leeuwen 1984, path halving); the lower root is the root of both."""
    for edge in range(len(left)):
        a, b = left[edge], right[edge]
        while lowest[a] != a:
            lowest[a] = lowest[lowest[a]]
            a = lowest[a]
        while lowest[b] != b:
            lowest[b] = lowest[lowest[b]]
            b = lowest[b]
        lowest[max(a, b)] = min(a, b)
    for place in range(len(lowest)):  # the root is lower, so it is settled first
        lowest[place] = lowest[lowest[place]]


def bounded_components(n: int, edges: pl.DataFrame, *, max_size: int) -> tuple[pl.Series, pl.DataFrame]:
    """Components of at most `max_size` places, and one row for each cut that this took.

    `edges` has `left`, `right` (places) and `jaccard`. Edges below a stricter Jaccard are dropped inside the components
    that are too large, step by step; what hangs together by identical texts alone is never cut.
    """
    found = components(n, edges["left"], edges["right"])
    cuts = [pl.DataFrame(schema=CUT_SCHEMA)]
    for jaccard in STRICTER:
        sizes = found.value_counts(name="articles").filter(pl.col("articles") > max_size)
        if sizes.is_empty():
            break
        cuts.append(sizes.select("component", pl.col("articles").cast(pl.Int64), jaccard=pl.lit(jaccard)))
        is_large = found.gather(edges["left"]).is_in(sizes["component"].implode())
        edges = edges.filter(~is_large | (edges["jaccard"] >= jaccard))
        found = components(n, edges["left"], edges["right"])
    return found, pl.concat(cuts).sort("jaccard", "component")
