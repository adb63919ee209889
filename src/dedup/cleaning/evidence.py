"""What the line model and the own title say of the lines of an article."""

from typing import Final

import polars as pl

from dedup.cleaning.linemodel import HEADING_SHARE, LineModel
from dedup.cleaning.lines import line_hashes, line_keys

CUT_TITLE_LETTERS: Final = 20
"""Letters in which a headline that ends in an ellipsis must agree with a title."""
MIN_TITLE_PART: Final = 15
"""Letters of a line that is the own title without the site's name, or with it …"""
MAX_SITE_NAME: Final = 30
"""… and letters of that name at most."""


def with_evidence(lines: pl.DataFrame, articles: pl.DataFrame, model: LineModel) -> pl.DataFrame:
    """Lines with the columns of the model, size and bounds of their source, and what the titles say of them.

    Besides `model.lines` and `model.sources`: is_labelled (its label stands on most pages), is_headline (the title of
    another article), is_own (the record's own title), is_own_part (most of it), is_first (of the article), own_key.
    """
    own = _own(articles, model)
    titles = model.titles.select(line_hash="title_hash", title_docs="n_docs", title_doc="doc_key")
    known = model.lines.drop("n_articles").join(titles, on="line_hash", how="full", coalesce=True)
    other_doc = (pl.col("title_docs") > 1) | (pl.col("title_doc") != pl.col("doc_key"))
    labels = model.lines.select(
        label_hash="line_hash",
        is_labelled=pl.col("is_usual") | (pl.col("is_frequent") & (pl.col("share") >= HEADING_SHARE)),
    )
    flags = ("is_frequent", "is_usual", "is_overwhelming", "is_listed", "is_heading", "is_labelled")
    joined = (
        lines.join(known, on="line_hash", how="left", maintain_order="left")
        .join(labels, on="label_hash", how="left", maintain_order="left")
        .join(own, on="row", how="left", maintain_order="left")
    )
    told = pl.Series([*_cut_titles(joined, model), *_introduced_titles(joined, model)], dtype=lines["at"].dtype)
    return joined.with_columns(
        pl.col(*flags).fill_null(value=False),
        pl.col("share").fill_null(0.0),
        pl.col("size").fill_null(0),
        is_headline=other_doc.fill_null(value=False) | pl.col("at").is_in(told.implode()),
        is_own=(pl.col("line_hash") == pl.col("own_hash")).fill_null(value=False),
        is_own_part=pl.col("at").is_in(_parts_of_own_title(joined).implode()),
        is_first=(pl.col("row") != pl.col("row").shift(1)).fill_null(value=True),
    ).drop("title_docs", "title_doc", "doc_key", "rest_hash", "own_hash", "own_letters")


def _own(articles: pl.DataFrame, model: LineModel) -> pl.DataFrame:
    """Of each record: row, doc_key, the own_key, own_hash and own_letters of its title, the bounds of its source."""
    keys = line_keys(articles["title"].fill_null("")).alias("own_key")
    hashes = line_hashes(articles["source"], keys).alias("own_hash")
    bounds = model.sources.drop("size_tonight")
    return (
        articles.select("row", "source", "doc_key", keys, hashes, keys.str.len_chars().alias("own_letters"))
        .join(bounds, on="source", how="left", maintain_order="left")
        .drop("source")
    )


def _parts_of_own_title(lines: pl.DataFrame) -> pl.Series:
    """`at` of lines that are the own title without the site's name before or after it, or the title with it."""
    n_key, n_title = pl.col("letters").cast(pl.Int32), pl.col("own_letters").cast(pl.Int32)
    is_close = (pl.min_horizontal(n_key, n_title) >= MIN_TITLE_PART) & ((n_key - n_title).abs() <= MAX_SITE_NAME)
    key, title = pl.col("key"), pl.col("own_key")
    inside = title.str.ends_with(key) | title.str.starts_with(key)
    around = key.str.starts_with(title) | key.str.ends_with(title)
    close = lines.select("at", "key", "own_key", is_close=is_close).filter("is_close")
    return close.filter(inside | around)["at"]


def _cut_titles(lines: pl.DataFrame, model: LineModel) -> pl.Series:
    """`at` of lines that end in an ellipsis and begin like the title of another article of the source."""
    start = pl.col("key").str.head(CUT_TITLE_LETTERS)
    is_cut = pl.col("text").str.ends_with("…") | pl.col("text").str.ends_with("...")
    cut = lines.filter(is_cut & (pl.col("letters") >= CUT_TITLE_LETTERS)).select(
        "at", "source", "key", start=start, own_doc="doc_key"
    )
    titles = model.titles.select(
        "source", "title_key", "n_docs", "doc_key", start=pl.col("title_key").str.head(CUT_TITLE_LETTERS)
    )
    other_doc = (pl.col("n_docs") > 1) | (pl.col("doc_key") != pl.col("own_doc"))
    hits = cut.join(titles, on=["source", "start"])
    return hits.filter(pl.col("title_key").str.starts_with(pl.col("key")), other_doc)["at"]


def _introduced_titles(lines: pl.DataFrame, model: LineModel) -> pl.Series:
    """`at` of lines that are a number or a few words (`อ่านด่วน !`), a sign, and the title of another article."""
    titles = model.titles.select("n_docs", rest_hash="title_hash", title_doc="doc_key")
    hits = (
        lines.filter(pl.col("rest_hash").is_not_null(), pl.col("rest_hash").ne_missing(pl.col("own_hash")))
        .select("at", "doc_key", "rest_hash")
        .join(titles, on="rest_hash")
    )
    return hits.filter((pl.col("n_docs") > 1) | (pl.col("title_doc") != pl.col("doc_key")))["at"]
