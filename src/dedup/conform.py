"""A frame conforms to a contract, or is refused: one expression where every row does."""

from functools import cache
from typing import TypeVar, cast

import dataframely as dy
import polars as pl

Contract = TypeVar("Contract", bound=dy.Schema)


def conformed(frame: pl.DataFrame, contract: type[Contract]) -> dy.DataFrame[Contract]:
    """`frame` with just the columns of the contract, in its order and types, validated.

    Raises dataframely's ValidationError where a row breaks the contract, Polars' InvalidOperationError where a value is
    none of its column's type.
    """
    schema = schema_of(contract)
    rows = frame.select(schema.names())
    if rows.schema != schema:
        rows = rows.cast(schema)
    if rows.select(_keeps_rules(contract)).item():
        return cast("dy.DataFrame[Contract]", rows)
    return contract.validate(rows)


@cache
def schema_of(contract: type[dy.Schema]) -> pl.Schema:
    """Columns and types, in order."""
    return contract.create_empty().schema


@cache
def _keeps_rules(contract: type[dy.Schema]) -> pl.Expr:
    """Whether all rows keep all rules; dataframely, which can name those that do not, takes ten times as long."""
    columns = contract.columns().items()
    rules = [rule for name, column in columns for rule in column.validation_rules(pl.col(name)).values()]
    key = contract.primary_key()
    is_key = [pl.struct(key).n_unique() == pl.len()] if key else []
    return pl.all_horizontal(*(rule.all() for rule in rules), *is_key)
