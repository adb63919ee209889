"""What the nights of a source have taught about its lines.

What is learned is kept per night, and a model is always the sum of the nights before a night and that night itself: a
replay of a night gives the same model. A night counts before it cleans, so the first night already knows its lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from dedup.cleaning.documents import MIN_TITLE_LETTERS, documents_of, title_rows
from dedup.cleaning.furniture import Zone
from dedup.cleaning.lines import line_hashes, line_keys
from dedup.settings import CleanSettings

MAX_HEADLINE_CHARS: Final = 200
"""A longer line ends a list of headlines."""
HEADLINE_LEEWAY: Final = 1.25
"""A line with so many times the letters of the longest title of its source is a paragraph …"""
MIN_TITLED: Final = 8
"""… once so many documents are known."""
MIN_REPEATING: Final = 0.05
"""Share of the documents whose pages give the title so often: what a page has more is the story's own."""
HEADING_SHARE: Final = 0.30
"""A heading that no pattern knows is a frequent line in this share of the articles …"""
HEADING_CHARS: Final = 40
"""… at most this long …"""
CERTAIN_SHARE: Final = 0.50
"""A line in this share of the articles is furniture without doubt, and no headline."""
HEADING_LED: Final = 0.50
"""… with a known headline below it in this share of the articles that hold it."""
MIN_LISTED: Final = 2
"""Articles in which a line must have stood below a heading to be known as a headline …"""
MIN_LISTED_SHARE: Final = 0.80
"""… and the share of all articles that hold it."""


@dataclass(frozen=True)
class LineState:
    """What one night contributes to the model; the caller stores both frames.

    `lines`: source, line_hash (UInt64; of a line or of a label), n_articles (documents of the night that hold it),
    n_new (of those, first seen in the window tonight), n_listed (of the new ones, where it stands below a heading),
    is_heading, key (null where one document holds the line: it would be a copy of the text).
    `titles`: `documents.title_rows`.
    """

    lines: pl.DataFrame
    titles: pl.DataFrame


@dataclass(frozen=True)
class LineModel:
    """The window as of one night, for the lines of that night.

    `lines`: line_hash (of a line or of a label), n_articles (documents of the window), share (of the source's
    documents, the larger of window and night), is_frequent, is_usual and is_overwhelming (enough for a source with few
    articles to be furniture above or below the story, and anywhere if short), is_listed, is_heading.
    `titles`: source, title_hash, title_key, n_docs, doc_key (one of the documents that bear it).
    `sources`: source, size (documents of the window), size_tonight, headline_letters (a line with more is no headline;
    null while too few titles are known), usual_own (lines with the own title that the template puts above a story; null
    likewise).
    """

    lines: pl.DataFrame
    titles: pl.DataFrame
    sources: pl.DataFrame


def night_state(
    lines: pl.DataFrame, articles: pl.DataFrame, earlier: Sequence[LineState], settings: CleanSettings
) -> LineState:
    """What one night contributes to the line model.

    `lines` is `line_table(articles)`; `articles` has row, source, title, doc_key (what makes two crawls one document:
    the canonical URL). A document counts once in a window, on the night it is first seen, whatever its address.
    """
    documents = documents_of(lines, articles, [state.titles for state in earlier])
    titles = title_rows(documents)
    held = lines.filter(pl.col("line_hash").is_not_null() & (pl.col("chars") <= settings.line_max_chars)).join(
        documents.select("row", "document", "is_new"), on="row", maintain_order="left"
    )
    labels = held.filter(pl.col("label_hash").is_not_null()).with_columns(line_hash="label_hash", key=None)
    counts = _distinct(pl.concat([held, labels])).group_by("line_hash").agg(
        pl.col("source").first(),
        n_articles=pl.len().cast(pl.UInt32),
        n_new=pl.col("is_new").sum().cast(pl.UInt32),
        key=pl.when(pl.len() > 1).then(pl.col("key").first()),
    )  # fmt: skip
    model = _model(counts, titles, earlier, settings)
    headings = _headings(lines, articles, model)
    in_list = _below_a_heading(lines, headings, model)
    listed = (
        _distinct(held.join(lines.select("row", "line").filter(in_list), on=["row", "line"], how="semi"))
        .group_by("line_hash")
        .agg(n_listed=pl.col("is_new").sum().cast(pl.UInt32))
    )
    state = (
        counts.join(listed, on="line_hash", how="left")
        .with_columns(pl.col("n_listed").fill_null(0), is_heading=pl.col("line_hash").is_in(headings.implode()))
        .select("source", "line_hash", "n_articles", "n_new", "n_listed", "is_heading", "key")
        .sort("line_hash")
    )
    return LineState(lines=state, titles=titles)


def line_model(tonight: LineState, earlier: Sequence[LineState], settings: CleanSettings) -> LineModel:
    """The model as of a night: the earlier nights of the window and the night itself."""
    model = _model(tonight.lines, tonight.titles, earlier, settings)
    counts = pl.concat([state.lines.select("line_hash", "n_listed") for state in (*earlier, tonight)])
    listed = counts.group_by("line_hash").agg(n_listed=pl.col("n_listed").sum())
    lines = (
        model.lines.join(listed, on="line_hash", how="left")
        .join(tonight.lines.select("line_hash", "is_heading"), on="line_hash", how="left")
        .with_columns(
            is_listed=(pl.col("n_listed") >= MIN_LISTED)
            & (pl.col("n_listed") >= MIN_LISTED_SHARE * pl.col("n_articles"))
        )
        .select(
            "line_hash", "n_articles", "share", "is_frequent", "is_usual", "is_overwhelming", "is_listed", "is_heading"
        )
        .sort("line_hash")
    )
    return LineModel(lines=lines, titles=model.titles, sources=model.sources)


def _distinct(held: pl.DataFrame) -> pl.DataFrame:
    """One row per line and document."""
    return held.select("line_hash", "document", "source", "key", "is_new").unique(["line_hash", "document"])


def _model(
    tonight: pl.DataFrame, titles: pl.DataFrame, earlier: Sequence[LineState], settings: CleanSettings
) -> LineModel:
    """The part of the model that needs no headings; counts of earlier nights only for the lines of the night."""
    before = [state.lines.select("line_hash", "n_new") for state in earlier]
    counts = pl.concat([*before, tonight.select("line_hash", "n_new")])
    is_known = pl.col("size") >= MIN_TITLED
    all_titles = pl.concat([*(state.titles for state in earlier), titles])
    sources = (
        all_titles.group_by("source")
        .agg(
            size=pl.col("document").filter("is_new").n_unique(),
            letters=pl.col("title_key").str.len_chars().max(),
            usual_own=pl.col("n_own").quantile(1 - MIN_REPEATING, "lower"),
        )
        .join(titles.group_by("source").agg(size_tonight=pl.col("document").n_unique()), on="source")
        .select(
            "source",
            "size",
            "size_tonight",
            headline_letters=pl.when(is_known).then(HEADLINE_LEEWAY * pl.col("letters")),
            usual_own=pl.when(is_known).then("usual_own"),
        )
        .sort("source")
    )
    index = (
        all_titles.filter(pl.col("title_key").str.len_chars() >= MIN_TITLE_LETTERS)
        .group_by("source", "title_hash", "title_key")
        .agg(n_docs=pl.col("doc_key").n_unique(), doc_key=pl.col("doc_key").min())
        .sort("source", "title_hash")
    )
    lines = (
        tonight.select("source", "line_hash", n_tonight="n_articles")
        .join(counts.group_by("line_hash").agg(n_articles=pl.col("n_new").sum()), on="line_hash")
        .join(sources, on="source")
        .with_columns(
            share=pl.max_horizontal(
                pl.col("n_articles") / pl.col("size"), pl.col("n_tonight") / pl.col("size_tonight")
            ).fill_nan(0.0),
        )
        .with_columns(
            is_frequent=_is_frequent("n_articles", "size", settings)
            | _is_frequent("n_tonight", "size_tonight", settings),
            is_usual=_is_shared_by(settings.cold_edge_articles, settings),
            is_overwhelming=_is_shared_by(settings.cold_min_articles, settings),
        )
    )
    return LineModel(lines=lines, titles=index, sources=sources)


def _is_frequent(count: str, size: str, settings: CleanSettings) -> pl.Expr:
    """Whether a line stands in too many articles; asked of the night too, where a changed template shows first."""
    share = pl.when(pl.col(size) < settings.small_source).then(settings.line_share_small).otherwise(settings.line_share)
    is_warm = pl.col(size) >= settings.cold_source
    return is_warm & (pl.col(count) >= settings.line_min_articles) & (pl.col(count) >= share * pl.col(size))


def _is_shared_by(articles: int, settings: CleanSettings) -> pl.Expr:
    """Whether so many documents hold a line, and a share of them that needs no warm source; nights are asked apart."""
    in_window = (pl.col("n_articles") >= articles) & (pl.col("n_articles") >= settings.cold_share * pl.col("size"))
    tonight = (pl.col("n_tonight") >= articles) & (pl.col("n_tonight") >= settings.cold_share * pl.col("size_tonight"))
    return in_window | tonight


def _headings(lines: pl.DataFrame, articles: pl.DataFrame, model: LineModel) -> pl.Series:
    """Hashes of the short frequent lines with a known headline below them, whatever pattern they match.

    An article's own title is no headline: a print button stands above it on every page of some outlets.
    """
    is_frequent = pl.col("is_frequent") | pl.col("is_overwhelming")
    counts = model.lines.select("line_hash", "n_articles", "share", is_frequent=is_frequent)
    titles = model.titles.select(line_hash="title_hash").unique()
    own_keys = line_keys(articles["title"].fill_null(""))
    own = articles.select("row", line_hash=line_hashes(articles["source"], own_keys), is_own=pl.lit(value=True))
    marked = (
        lines.select("row", "line_hash", "chars", "pattern")
        .join(own, on=["row", "line_hash"], how="left", maintain_order="left")
        .join(counts, on="line_hash", how="left", maintain_order="left")
        .join(titles.with_columns(is_title=pl.lit(value=True)), on="line_hash", how="left", maintain_order="left")
    )
    is_repeated = (pl.col("n_articles") > 1) & (pl.col("share") < CERTAIN_SHARE)
    is_headline = (pl.col("is_title") | is_repeated) & pl.col("is_own").is_null()
    below = (is_headline & (pl.col("chars") <= MAX_HEADLINE_CHARS)).fill_null(value=False)
    is_same = pl.col("row") == pl.col("row").shift(-1)
    return (
        marked.with_columns(is_led=(below.shift(-1) & is_same).fill_null(value=False))
        .filter("is_frequent", pl.col("chars") <= HEADING_CHARS, pl.col("share") >= HEADING_SHARE)
        .group_by("line_hash")
        .agg(pl.col("is_led").mean())
        .filter(pl.col("is_led") >= HEADING_LED)["line_hash"]
    )


def _below_a_heading(lines: pl.DataFrame, headings: pl.Series, model: LineModel) -> pl.Series:
    """Whether the nearest heading, break or article start above a short line of no sure pattern is a heading."""
    opener = pl.col("is_opener") | pl.col("line_hash").is_in(headings.implode()).fill_null(value=False)
    is_member = pl.col("zone").ne_missing(Zone.ANYWHERE.value) & is_headline_long() & ~opener
    is_first = (pl.col("row") != pl.col("row").shift(1)).fill_null(value=True)
    marker = pl.when(opener).then(pl.lit(value=True)).when(~is_member | is_first).then(pl.lit(value=False))
    sized = lines.join(model.sources, on="source", how="left", maintain_order="left")
    return sized.select(in_list=is_member & marker.forward_fill().fill_null(value=False))["in_list"]


def is_headline_long() -> pl.Expr:
    """Whether a line with `chars`, `letters` and `headline_letters` is not too long for a headline."""
    return (pl.col("chars") <= MAX_HEADLINE_CHARS) & (
        pl.col("letters") <= pl.col("headline_letters").fill_null(MAX_HEADLINE_CHARS)
    )
