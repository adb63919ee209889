"""What the line model and the own title say of the lines of an article."""

from typing import Final

import polars as pl

from dedup.cleaning.linemodel import HEADING_SHARE, MAX_HEADLINE_CHARS, LineModel
from dedup.cleaning.lines import line_keys

CUT_TITLE_LETTERS: Final = 20
"""Letters in which a headline that ends in an ellipsis must agree with a title."""
MIN_TITLE_PART: Final = 15
"""Letters of a line that is the own title without the site's name, or with it …"""
MAX_SITE_NAME: Final = 30
"""… and letters of that name at most."""
INTRODUCTION_CHARS: Final = 30
"""What stands before a headline at most, with its sign."""
_INTRODUCED: Final = r"^(?:[^0-9:：!|›»>–—]+[:：!|›»>–—]|[0-9๐-๙]+[.)])[\s>»›!:-]*(\S.*)$"


def with_evidence(lines: pl.DataFrame, articles: pl.DataFrame, model: LineModel) -> pl.DataFrame:
    """Lines with the columns of the model, size and bounds of their source, and what the titles say of them.

    Besides `model.lines` and `model.sources`: is_labelled (its label stands on most pages), is_headline (the title of
    another article), is_own (the record's own title), is_own_part (most of it), is_first (of the article), own_key.
    """
    own_keys = line_keys(articles["title"].fill_null("")).alias("own_key")
    own = articles.select("row", "doc_key").with_columns(own_keys)
    titles = model.titles.select(line_hash="title_hash", title_docs="n_docs", title_doc="doc_key")
    other_doc = (pl.col("title_docs") > 1) | (pl.col("title_doc") != pl.col("doc_key"))
    labels = model.lines.select(
        label_hash="line_hash",
        is_labelled=pl.col("is_usual") | (pl.col("is_frequent") & (pl.col("share") >= HEADING_SHARE)),
    )
    flags = ("is_frequent", "is_usual", "is_overwhelming", "is_listed", "is_heading", "is_labelled")
    return (
        lines.join(model.lines, on="line_hash", how="left", maintain_order="left")
        .join(labels, on="label_hash", how="left", maintain_order="left")
        .join(titles, on="line_hash", how="left", maintain_order="left")
        .join(model.sources, on="source", how="left", maintain_order="left")
        .join(own, on="row", how="left", maintain_order="left")
        .with_columns(
            pl.col(*flags).fill_null(value=False),
            pl.col("share").fill_null(0.0),
            pl.col("size").fill_null(0),
            is_headline=other_doc.fill_null(value=False)
            | _is_cut_title(lines, own, model)
            | _is_introduced_title(lines, own, model),
            is_own=((pl.col("key") == pl.col("own_key")) & (pl.col("key") != "")).fill_null(value=False),
            is_own_part=_is_part_of_own_title(),
            is_first=(pl.col("row") != pl.col("row").shift(1)).fill_null(value=True),
        )
        .drop("title_docs", "title_doc", "doc_key", "n_articles", "size_tonight")
    )


def _is_part_of_own_title() -> pl.Expr:
    """The own title without the site's name before or after it, or the title with it."""
    key, title = pl.col("key"), pl.col("own_key")
    n_key, n_title = key.str.len_chars().cast(pl.Int32), title.str.len_chars().cast(pl.Int32)
    inside = title.str.ends_with(key) | title.str.starts_with(key)
    around = key.str.starts_with(title) | key.str.ends_with(title)
    is_long = pl.min_horizontal(n_key, n_title) >= MIN_TITLE_PART
    is_close = (n_key - n_title).abs() <= MAX_SITE_NAME
    return (is_long & is_close & (inside | around)).fill_null(value=False)


def _is_cut_title(lines: pl.DataFrame, own: pl.DataFrame, model: LineModel) -> pl.Expr:
    """Whether a line that ends in an ellipsis begins like the title of another article of the source."""
    start = pl.col("key").str.head(CUT_TITLE_LETTERS)
    is_cut = pl.col("text").str.ends_with("…") | pl.col("text").str.ends_with("...")
    cut = (
        lines.filter(is_cut, pl.col("key").str.len_chars() >= CUT_TITLE_LETTERS)
        .select("at", "row", "source", "key", start=start)
        .join(own.select("row", own_doc="doc_key"), on="row")
    )
    titles = model.titles.select(
        "source", "title_key", "n_docs", "doc_key", start=pl.col("title_key").str.head(CUT_TITLE_LETTERS)
    )
    other_doc = (pl.col("n_docs") > 1) | (pl.col("doc_key") != pl.col("own_doc"))
    hits = cut.join(titles, on=["source", "start"]).filter(
        pl.col("title_key").str.starts_with(pl.col("key")), other_doc
    )
    return pl.col("at").is_in(hits["at"].implode())


def _is_introduced_title(lines: pl.DataFrame, own: pl.DataFrame, model: LineModel) -> pl.Expr:
    """Whether a line is a number or a few words (`อ่านด่วน !`), a sign, and the title of another article."""
    titles = model.titles.select("source", "title_key", "n_docs", "doc_key")
    hits = (
        lines.filter(pl.col("chars") <= MAX_HEADLINE_CHARS + INTRODUCTION_CHARS)
        .select("at", "row", "source", rest=pl.col("text").str.extract(_INTRODUCED, 1))
        .drop_nulls("rest")
        .with_columns(pl.col("rest").map_batches(line_keys, return_dtype=pl.String).alias("title_key"))
        .join(titles, on=["source", "title_key"])
        .join(own.select("row", own_doc="doc_key", own_title="own_key"), on="row")
        .filter(
            (pl.col("n_docs") > 1) | (pl.col("doc_key") != pl.col("own_doc")),
            pl.col("title_key") != pl.col("own_title"),
        )
    )
    return pl.col("at").is_in(hits["at"].implode())
