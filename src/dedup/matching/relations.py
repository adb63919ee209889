"""What a member of a story is to the article that is kept, in one word."""

from enum import StrEnum

import polars as pl

SAME_TEXT = 0.9
"""Jaccard from which a page fetched again counts as unchanged: furniture left over, a corrected typo."""

INSIDE = 0.9
"""An excerpt has at least this share of its shingles in the kept article …"""

MOST = 0.75
"""… and the kept article has at most this share of its own in the excerpt: less is left out by editing alone."""

WHOLE = 0.95
"""An expanded version has at least this share of the kept article's shingles, and at least a tenth besides."""


class Relation(StrEnum):
    """What a member is to the article that is kept for it."""

    CANONICAL = "canonical"  # it is the one that is kept
    RECRAWL = "recrawl"  # the same page of the same outlet, fetched again
    UPDATE = "update"  # the same outlet's later version
    EXACT = "exact"  # the same shingle set
    EXCERPT = "excerpt"  # a part of it
    EXPANDED = "expanded"  # it and more
    SYNDICATED = "syndicated"  # another outlet's version of it
    NEAR = "near"  # the same outlet's version of it


def relation() -> pl.Expr:
    """The relation of a member, from columns of one row.

    `article_id`, `source`, `canonical_url`, `night`, `published_at`, `jaccard`, `containment` (share of the member's
    shingles in the kept article), `kept_in_member` (the reverse), and `kept_…` for the kept article's own.
    """
    same_outlet = pl.col("source") == pl.col("kept_source")
    same_page = same_outlet & (pl.col("canonical_url") == pl.col("kept_canonical_url")).fill_null(value=False)
    later = (pl.col("published_at") > pl.col("kept_published_at")).fill_null(pl.col("night") > pl.col("kept_night"))
    is_part = (pl.col("containment") >= INSIDE) & (pl.col("kept_in_member") <= MOST)
    is_more = (pl.col("kept_in_member") >= WHOLE) & (pl.col("containment") <= INSIDE)
    return (
        pl.when(pl.col("article_id") == pl.col("canonical_id"))
        .then(pl.lit(Relation.CANONICAL))
        .when(same_page & (pl.col("jaccard") >= SAME_TEXT))
        .then(pl.lit(Relation.RECRAWL))
        .when(pl.col("jaccard") == 1)
        .then(pl.lit(Relation.EXACT))
        .when(same_outlet & later & ~is_part)
        .then(pl.lit(Relation.UPDATE))
        .when(is_part)
        .then(pl.lit(Relation.EXCERPT))
        .when(is_more)
        .then(pl.lit(Relation.EXPANDED))
        .when(same_outlet)
        .then(pl.lit(Relation.NEAR))
        .otherwise(pl.lit(Relation.SYNDICATED))
    ).cast(pl.String)
