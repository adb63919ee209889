"""What persons said of one record."""

from typing import Any

import polars as pl

from dedup.cleaning.urls import canonical_url
from dedup.index import Index
from dedup.persons.names import record_id
from dedup.persons.spoken import SAID
from dedup.persons.standing import standing_as_of
from dedup.persons.verdicts import kept

GIVEN = ["file", "line", "left", "right", "verdict", "by", "on", "note"]


def said_of(index: Index, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The remembered verdicts that name the record, or an article that answers to the same name, in their order.

    Each as it was given, with `is_applied`; where it was, `other_id` is the other article, `own_rule` what the matcher
    makes of the two texts, and `is_joined_by_itself` whether it had them in one story.
    """
    verdicts = kept(index).with_row_index("row")
    if verdicts.is_empty():
        return []
    own = pl.lit(row.get("article_id"), pl.String)  # null for a refused record, which equals nothing
    standing = standing_as_of(index, *index.nights()[-1:])
    sides = [
        standing.filter(pl.col(f"{side}_id") == own).select(
            *SAID, "rule", "is_joined_by_itself", other_id=f"{other}_id"
        )
        for side, other in (("left", "right"), ("right", "left"))
    ]
    applied = verdicts.join(pl.concat(sides), on=SAID).rename({"rule": "own_rule"})
    names = _names(row)
    is_named = pl.any_horizontal(
        name.is_in(names) for side in ("left", "right") for name in (pl.col(side), _key(pl.col(side)))
    )
    silent = verdicts.filter(is_named).join(applied, on="row", how="anti")
    found = pl.concat(
        [applied.with_columns(is_applied=pl.lit(value=True)), silent.with_columns(is_applied=pl.lit(value=False))],
        how="diagonal",
    )
    told = found.sort("row", "other_id").select(*GIVEN, "is_applied", "other_id", "own_rule", "is_joined_by_itself")
    return told.to_dicts()


def _names(row: dict[str, Any]) -> list[str]:
    """Everything that a verdict may call the record."""
    record = pl.DataFrame([{name: row[name] for name in ("source_record_id", "file")}]).select(
        record_id().cast(pl.String)
    )
    names = [row.get("article_id"), record.item(), row["url"], row.get("canonical_url")]
    return [name for name in names if name is not None]


def _key(name: pl.Expr) -> pl.Expr:
    """The page that a name means, if it is an address."""
    return name.map_elements(lambda text: canonical_url(text) if "/" in text else None, return_dtype=pl.String)
