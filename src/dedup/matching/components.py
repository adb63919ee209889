"""Connected components, and the cut of those that grew too large."""

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

STRICTER = (0.6, 0.7, 0.8, 0.9, 1.0)
"""Jaccards at which an oversized component is cut again, one after another, until it fits."""

CUT_SCHEMA = {"component": pl.Int64, "articles": pl.Int64, "jaccard": pl.Float64}


def components(n: int, left: pl.Series, right: pl.Series) -> pl.Series:
    """For each of n places the lowest place of its component, under edges between places."""
    ends = (left.to_numpy(), right.to_numpy())
    graph = coo_array((np.ones(len(left), np.bool_), ends), shape=(n, n))
    labels = connected_components(graph, directed=False)[1]
    lowest = np.full(n, n, np.int64)
    np.minimum.at(lowest, labels, np.arange(n))
    return pl.Series("component", lowest[labels], dtype=pl.Int64)


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
