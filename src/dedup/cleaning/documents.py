"""Which records of a source are one document: those with one address, and those with one title."""

from typing import Final

import polars as pl

from dedup.cleaning.lines import line_hashes, line_keys

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
    """The document each row is: row, source, doc_key, title_key, title_hash, document, is_new.

    `articles` has row, source, title, doc_key; `known` are the title rows of the window. `document` is the least
    address of those with one title; a document is new where the window knows neither its addresses nor its title.
    """
    keys = line_keys(articles["title"].fill_null("")).alias("title_key")
    named = articles.select("row", "source", "doc_key", keys, line_hashes(articles["source"], keys).alias("title_hash"))
    is_telling = pl.col("title_key").str.len_chars() >= MIN_TITLE_LETTERS
    first = pl.when(is_telling).then(pl.col("doc_key").min().over("source", "title_hash")).otherwise("doc_key")
    return (
        named.with_columns(document=first)
        .with_columns(document=pl.col("document").min().over("source", "doc_key"))
        .join(_seen(known, "doc_key"), on=["source", "doc_key"], how="left", maintain_order="left")
        .join(_seen(known, "title_hash"), on=["source", "title_hash"], how="left", maintain_order="left")
        .with_columns(
            is_new=(pl.col("has_doc_key").is_null() & (pl.col("has_title_hash").is_null() | ~is_telling))
            .all()
            .over("source", "document")
        )
        .drop("has_doc_key", "has_title_hash")
    )


def _seen(titles: pl.DataFrame, name: str) -> pl.DataFrame:
    """What the window holds of a column of its title rows: source, the column, has_column (true)."""
    seen = titles.select("source", name).drop_nulls(name).unique()
    return seen.with_columns(pl.lit(value=True).alias(f"has_{name}"))


def title_rows(documents: pl.DataFrame) -> pl.DataFrame:
    """What a night keeps of its documents: source, doc_key, document, title_hash, title_key, is_new, n_own (the lines
    at the head of the page that are the title).
    """
    return (
        documents.group_by("source", "doc_key", "document", "title_hash", "title_key", "is_new")
        .agg(pl.col("n_own").max())
        .sort("source", "doc_key", "title_key")
    )
