"""Finds records by what a person may know of them: an id, a file and line, an address, words of the headline."""

import re
from enum import StrEnum

import polars as pl

from dedup.cleaning.urls import canonical_url
from dedup.persons.names import record_id
from dedup.words.tokens import comparison_text

ID_PREFIX = re.compile("[0-9a-f]{8,32}")
"""Enough of an article id: eight hex digits name one of some ten thousand articles."""


class Known(StrEnum):
    """What a record was found by."""

    ARTICLE_ID = "article id"
    RECORD_ID = "record id"
    FILE = "file"
    URL = "address"
    TITLE = "words of the headline"


def questions(asked: str, columns: list[str]) -> dict[Known, pl.Expr]:
    """For each way to know a record, which rows are meant: published members or quarantine, told by `columns`.

    The ways go from the narrow to the broad one; the first that finds anything is the answer.
    """
    place = pl.col("file") + pl.concat_str(pl.lit(":"), pl.col("line").cast(pl.String), ignore_nulls=True)
    ending = f"/{asked}"
    ways: dict[Known, pl.Expr] = {}
    if "article_id" in columns and ID_PREFIX.fullmatch(asked):
        ways[Known.ARTICLE_ID] = pl.col("article_id").str.starts_with(asked)
    ways[Known.RECORD_ID] = record_id() == asked
    ways[Known.FILE] = pl.any_horizontal(
        (("/" + name) == ending) | name.str.ends_with(ending) for name in (place, pl.col("file"), record_id())
    )
    addresses = [pl.col(name) == asked for name in ("url", "canonical_url") if name in columns]
    key = canonical_url(asked) if "/" in asked else None
    if key is not None and "canonical_url" in columns:
        addresses.append(pl.col("canonical_url") == key)
    ways[Known.URL] = pl.any_horizontal(addresses)
    words = comparison_text(pl.Series([asked]))[0].split()
    if words:
        ways[Known.TITLE] = pl.all_horizontal(pl.col("title_key").str.contains(word, literal=True) for word in words)
    return ways


def search(rows: pl.LazyFrame, asked: str, way: Known) -> pl.DataFrame:
    """The rows that answer to `asked` in one way, by night, file and line; none where the way does not apply."""
    columns = rows.collect_schema().names()
    question = questions(asked, columns).get(way)
    if question is None:
        return rows.clear().collect()
    if way is Known.TITLE:
        folded = pl.col("title").map_batches(comparison_text, return_dtype=pl.String)
        rows = rows.with_columns(title_key=folded).filter(question).drop("title_key")
    else:
        rows = rows.filter(question)
    return rows.collect().sort("dt", "file", "line", nulls_last=True, maintain_order=True)
