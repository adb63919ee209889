"""Which records of a source are one document: those with one address, and those with one title."""

from typing import Final

import numpy as np
import polars as pl

from dedup.cleaning.distinctlines import Int64, UInt64, text_hashes
from dedup.cleaning.lines import line_hashes, line_keys, salted_hashes
from dedup.cleaning.lookup import look_up, numbered

MIN_TITLE_LETTERS: Final = 12
"""Shorter titles (`ข่าวด่วน`) are no evidence that a line is a headline."""


TITLE_SCHEMA: Final = pl.Schema(
    {
        "source": pl.String(),
        "doc_key": pl.String(),
        "document": pl.String(),
        "title_hash": pl.UInt64(),
        "title_key": pl.String(),
        "is_new": pl.Boolean(),
        "n_own": pl.UInt8(),
    }
)


def documents_of(articles: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The document each row is: row, source, doc_key, title_key, title_hash, document, number, is_new.

    `articles` has row, source, title, doc_key; `known` are the title rows of the window. `document` is the least
    address of those with one title, `number` the place of its first row; a document is new where the window knows
    neither its addresses nor its title.
    """
    keys = line_keys(articles["title"].fill_null("")).alias("title_key")
    salts = text_hashes(articles["source"])
    title_hash = line_hashes(articles["source"], keys).alias("title_hash")
    titles, addresses = title_hash.fill_null(0).to_numpy(), salted_hashes(articles["doc_key"], salts)
    is_telling = (keys.str.len_chars() >= MIN_TITLE_LETTERS).to_numpy()
    ranks = articles["doc_key"].rank("ordinal").to_numpy() - 1
    least = np.where(is_telling, _least(ranks, titles), ranks)
    least = _least(least, addresses)
    known_addresses = salted_hashes(known["doc_key"], text_hashes(known["source"]))
    is_known = look_up(addresses, known_addresses) >= 0
    is_known |= is_telling & (look_up(titles, known["title_hash"].fill_null(0).to_numpy()) >= 0)
    is_old = np.zeros(len(ranks), np.bool_)
    is_old[least[is_known]] = True
    first = np.full(len(ranks), len(ranks), np.int64)
    np.minimum.at(first, least, np.arange(len(ranks)))
    return articles.select("row", "source", "doc_key").with_columns(
        keys,
        title_hash,
        articles["doc_key"].sort().gather(least).alias("document"),
        pl.Series("number", first[least].astype(np.uint32)),
        pl.Series("is_new", ~is_old[least]),
    )


def _least(ranks: Int64, hashes: UInt64) -> Int64:
    """Of each row the least rank of those with its hash."""
    numbers, distinct = numbered(hashes)
    least = np.full(len(distinct), len(ranks), np.int64)
    np.minimum.at(least, numbers, ranks)
    return least[numbers]


def title_rows(documents: pl.DataFrame) -> pl.DataFrame:
    """What a night keeps of its documents: source, doc_key, document, title_hash, title_key, is_new, n_own (the lines
    at the head of the page that are the title).
    """
    return (
        documents.group_by("source", "doc_key", "document", "title_hash", "title_key", "is_new")
        .agg(pl.col("n_own").max())
        .sort("source", "doc_key", "title_key")
    )
