"""Sums and means of shares to the last digit, whatever the order: Polars gives each of its threads some of the rows.

A sum of floats depends on which are added first, so on the number of threads. Whole numbers do not.
"""

import polars as pl

STEPS = 2.0**63
"""Steps from 0 to 1: a share above a thousandth is a whole number of them, and 2^64 shares fit into 128 bits."""


def sum_shares(column: str) -> pl.Expr:
    """The sum of a column of numbers from 0 to 1 (Float64); null is none."""
    return (pl.col(column) * STEPS).cast(pl.Int128).sum().cast(pl.Float64) / STEPS


def mean_share(column: str) -> pl.Expr:
    """The mean of a column of numbers from 0 to 1 (Float64); null where there is none."""
    known = pl.col(column).count()
    return sum_shares(column) / pl.when(known > 0).then(known)
