"""What the nights of a source have taught about its lines.

What is learned is kept per night, and a model is always the sum of the nights before a night and that night itself: a
replay of a night gives the same model. A night counts before it cleans, so the first night already knows its lines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from dedup.cleaning.documents import MIN_TITLE_LETTERS, TITLE_SCHEMA, documents_of, title_rows
from dedup.cleaning.furniture import Zone
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


LINE_SCHEMA: Final = pl.Schema(
    {
        "source": pl.String(),
        "line_hash": pl.UInt64(),
        "n_articles": pl.UInt32(),
        "n_new": pl.UInt32(),
        "n_listed": pl.UInt32(),
        "is_heading": pl.Boolean(),
        "key": pl.String(),
    }
)


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


@dataclass(frozen=True)
class Window:
    """What the nights before have taught of the sources of a night: their states, one night's rows after another's.

    `lines` is asked for the lines of the night only: it may be larger than memory.
    """

    lines: pl.LazyFrame
    titles: pl.DataFrame


def window_of(states: Sequence[LineState]) -> Window:
    """The window of nights whose states are at hand."""
    lines = [pl.LazyFrame(schema=LINE_SCHEMA), *(state.lines.lazy() for state in states)]
    return Window(pl.concat(lines), pl.concat([pl.DataFrame(schema=TITLE_SCHEMA), *(s.titles for s in states)]))


def learn(
    tables: Iterable[pl.DataFrame], articles: pl.DataFrame, window: Window, settings: CleanSettings
) -> tuple[LineState, LineModel]:
    """What one night contributes to the line model, and the model as of that night.

    `tables` are line tables of `articles`, one part after another: they are gone through several times and held one at
    a time. `articles` has row, source, title, doc_key (what makes two crawls one document: the canonical URL). A
    document counts once in a window, on the night it is first seen, whatever its address.
    """
    documents = documents_of(tables, articles, window.titles)
    titles = title_rows(documents)
    # A document is known by its first row: four bytes for each of some 25 lines an article.
    numbered = documents.select("row", "source", "is_new", document=pl.col("row").min().over("source", "document"))
    held = _union(_held(table, numbered, settings) for table in tables)
    counts = (
        held.group_by("line_hash")
        .agg(
            n_articles=pl.len().cast(pl.UInt32), n_new=pl.col("is_new").sum().cast(pl.UInt32), row=pl.first("document")
        )
        .join(numbered.select("row", "source"), on="row", how="left")
    )
    del held
    model = _model(counts, titles, window, settings)
    headings = _headings(tables, documents, model)
    listed = _union(_listed(table, numbered, headings, model, settings) for table in tables)
    n_listed = listed.group_by("line_hash").agg(n_listed=pl.col("is_new").sum())
    repeated = counts.filter(pl.col("n_articles") > 1)["line_hash"].implode()
    keys = _union(
        table.select("line_hash", "key").filter(pl.col("line_hash").is_in(repeated)).unique("line_hash")
        for table in tables
    )
    lines = (
        counts.join(n_listed, on="line_hash", how="left")
        .join(keys, on="line_hash", how="left")
        .with_columns(pl.col("n_listed").fill_null(0), is_heading=pl.col("line_hash").is_in(headings.implode()))
        .select(LINE_SCHEMA.names())
        .sort("source", "line_hash")
    )
    state = LineState(lines, titles)
    return state, _with_lists(model, state)


def line_model(tonight: LineState, window: Window, settings: CleanSettings) -> LineModel:
    """The model as of a night: the earlier nights of the window and the night itself."""
    return _with_lists(_model(tonight.lines, tonight.titles, window, settings), tonight)


def _with_lists(model: LineModel, tonight: LineState) -> LineModel:
    """The model with what stands below headings, and what is one."""
    n_listed = pl.col("n_listed") + pl.col("n_listed_before").fill_null(0)
    lines = (
        model.lines.join(tonight.lines.select("line_hash", "n_listed", "is_heading"), on="line_hash", how="left")
        .with_columns(is_listed=(n_listed >= MIN_LISTED) & (n_listed >= MIN_LISTED_SHARE * pl.col("n_articles")))
        .select(
            "line_hash", "n_articles", "share", "is_frequent", "is_usual", "is_overwhelming", "is_listed", "is_heading"
        )
        .sort("line_hash")
    )
    return LineModel(lines=lines, titles=model.titles, sources=model.sources)


def _union(tables: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The rows of tables of which each has none twice."""
    every = list(tables)
    return every[0] if len(every) == 1 else pl.concat(every).unique()


HELD: Final = ["line_hash", "document", "is_new"]


def _held(lines: pl.DataFrame, documents: pl.DataFrame, settings: CleanSettings) -> pl.DataFrame:
    """One row per short line, or label of one, and document that holds it: `HELD`."""
    held = _short(lines, settings).join(documents, on="row", maintain_order="left")
    labels = held.drop_nulls("label_hash").with_columns(line_hash="label_hash")
    return pl.concat([held.select(HELD), labels.select(HELD)]).unique(["line_hash", "document"])


def _short(lines: pl.DataFrame, settings: CleanSettings) -> pl.DataFrame:
    """The lines that are counted."""
    return lines.filter(pl.col("line_hash").is_not_null() & (pl.col("chars") <= settings.line_max_chars))


def _listed(
    lines: pl.DataFrame, documents: pl.DataFrame, headings: pl.Series, model: LineModel, settings: CleanSettings
) -> pl.DataFrame:
    """One row per short line below a heading and document that holds it there: `HELD`."""
    below = _short(lines.filter(_below_a_heading(lines, headings, model)), settings)
    return below.join(documents, on="row", maintain_order="left").select(HELD).unique(["line_hash", "document"])


def _before(tonight: pl.DataFrame, window: Window) -> pl.DataFrame:
    """The lines of a night with what the earlier nights counted of them: line_hash, n_new_before, n_listed_before."""
    wanted = tonight.lazy().select("line_hash")
    return (
        window.lines.join(wanted, on="line_hash", how="semi")
        .group_by("line_hash")
        .agg(n_new_before=pl.col("n_new").sum(), n_listed_before=pl.col("n_listed").sum())
        .collect()
    )


def _model(tonight: pl.DataFrame, titles: pl.DataFrame, window: Window, settings: CleanSettings) -> LineModel:
    """The part of the model that needs no headings; counts of earlier nights only for the lines of the night."""
    is_known = pl.col("size") >= MIN_TITLED
    all_titles = pl.concat([window.titles, titles])
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
        tonight.select("source", "line_hash", "n_new", n_tonight="n_articles")
        .join(_before(tonight, window), on="line_hash", how="left")
        .with_columns(n_articles=pl.col("n_new") + pl.col("n_new_before").fill_null(0))
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


def _headings(tables: Iterable[pl.DataFrame], documents: pl.DataFrame, model: LineModel) -> pl.Series:
    """Hashes of the short frequent lines with a known headline below them, whatever pattern they match."""
    is_frequent = pl.col("is_frequent") | pl.col("is_overwhelming")
    may_be = model.lines.filter(is_frequent & (pl.col("share") >= HEADING_SHARE))["line_hash"]
    is_repeated = (pl.col("n_articles") > 1) & (pl.col("share") < CERTAIN_SHARE)
    repeated = model.lines.filter(is_repeated)["line_hash"]
    headlines = pl.concat([repeated, model.titles["title_hash"]]).unique()
    own = documents.select("row", "title_hash")
    return (
        pl.concat([_votes(table, own, may_be, headlines) for table in tables])
        .group_by("line_hash")
        .agg(pl.col("n", "n_led").sum())
        .filter(pl.col("n_led") / pl.col("n") >= HEADING_LED)["line_hash"]
    )


def _votes(lines: pl.DataFrame, own: pl.DataFrame, may_be: pl.Series, headlines: pl.Series) -> pl.DataFrame:
    """How often a line that may be a heading stands there, and how often above a headline: line_hash, n, n_led.

    An article's own title is no headline: a print button stands above it on every page of some outlets.
    """
    below = pl.col("row", "line_hash", "chars").shift(-1).name.suffix("_below")
    is_below = pl.col("line_hash_below").is_in(headlines.implode()) & (pl.col("chars_below") <= MAX_HEADLINE_CHARS)
    is_led = (
        is_below & (pl.col("row_below") == pl.col("row")) & pl.col("line_hash_below").ne_missing(pl.col("title_hash"))
    )
    return (
        lines.select("row", "line_hash", "chars", below)
        .filter(pl.col("chars") <= HEADING_CHARS, pl.col("line_hash").is_in(may_be.implode()))
        .join(own, on="row", how="left", maintain_order="left")
        .group_by("line_hash")
        .agg(n=pl.len(), n_led=is_led.fill_null(value=False).sum())
    )


def _below_a_heading(lines: pl.DataFrame, headings: pl.Series, model: LineModel) -> pl.Series:
    """Whether the nearest heading, break or article start above a short line of no sure pattern is a heading."""
    bounds = lines.select("source").join(model.sources, on="source", how="left", maintain_order="left")
    opener = pl.col("is_opener") | pl.col("line_hash").is_in(headings.implode()).fill_null(value=False)
    is_member = pl.col("zone").ne_missing(Zone.ANYWHERE.value) & is_headline_long() & ~opener
    is_first = (pl.col("row") != pl.col("row").shift(1)).fill_null(value=True)
    marker = pl.when(opener).then(pl.lit(value=True)).when(~is_member | is_first).then(pl.lit(value=False))
    sized = lines.select("row", "line_hash", "chars", "letters", "zone", "is_opener", bounds["headline_letters"])
    return sized.select(in_list=is_member & marker.forward_fill().fill_null(value=False))["in_list"]


def is_headline_long() -> pl.Expr:
    """Whether a line with `chars`, `letters` and `headline_letters` is not too long for a headline."""
    return (pl.col("chars") <= MAX_HEADLINE_CHARS) & (
        pl.col("letters") <= pl.col("headline_letters").fill_null(MAX_HEADLINE_CHARS)
    )
