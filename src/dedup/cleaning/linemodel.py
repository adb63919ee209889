"""What the nights of a source have taught about its lines.

What is learned is kept per night, and a model is always the sum of the nights before a night and that night itself: a
replay of a night gives the same model. A night counts before it cleans, so the first night already knows its lines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from dedup.cleaning import linecounts
from dedup.cleaning.distinctlines import Bools
from dedup.cleaning.documents import MIN_TITLE_LETTERS, TITLE_SCHEMA, documents_of, title_rows
from dedup.cleaning.furniture import ZONE, Zone
from dedup.cleaning.lines import LineTable
from dedup.cleaning.lookup import look_up
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
    tables: Iterable[LineTable], articles: pl.DataFrame, window: Window, settings: CleanSettings
) -> tuple[LineState, LineModel]:
    """What one night contributes to the line model, and the model as of that night.

    `tables` are line tables of `articles`, one part after another: they are gone through several times and held one at
    a time. `articles` has row, source, title, doc_key (what makes two crawls one document: the canonical URL). A
    document counts once in a window, on the night it is first seen, whatever its address.
    """
    night = _Night(tables, documents_of(articles, window.titles), settings)
    titles, counts = _counted(night)
    model = _model(counts, titles, window, settings)
    headings = _headings(night, model)
    n_listed, keys = _listed(night, headings, counts, model)
    lines = (
        counts.join(n_listed, on="line_hash", how="left")
        .join(keys, on="line_hash", how="left")
        .with_columns(pl.col("n_listed").fill_null(0), is_heading=pl.col("line_hash").is_in(headings.implode()))
        .select(LINE_SCHEMA.names())
        .sort("source", "line_hash")
    )
    state = LineState(lines, titles)
    return state, _with_lists(model, state)


@dataclass(frozen=True)
class _Night:
    """The lines of a night, and what document each record is: `documents_of`, with number (the place of its first row:
    four bytes for each of some 25 lines an article).
    """

    tables: Iterable[LineTable]
    documents: pl.DataFrame
    settings: CleanSettings

    def of_table(self, table: LineTable) -> pl.DataFrame:
        """Of its articles: row, number, own (hash of the title; 0 is none)."""
        known = self.documents.select("row", "number", own=pl.col("title_hash").fill_null(0))
        return table.articles.select("row").join(known, on="row", how="left", maintain_order="left")

    def holders(self, table: LineTable, names: Sequence[str], is_there: Bools) -> pl.DataFrame:
        """Which documents hold which short lines."""
        is_short = table.kind("chars") <= self.settings.line_max_chars
        return linecounts.holders(table, names, self.of_table(table)["number"].to_numpy(), is_short, is_there)

    def counted(self, holders: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """One row a line, or label: line_hash, n_articles (documents that hold it), n_new, source."""
        held = _union(holders)
        counts = (
            held.with_columns(self.documents["is_new"].gather(held["document"]))
            .group_by("line_hash")
            .agg(
                n_articles=pl.len().cast(pl.UInt32),
                n_new=pl.col("is_new").sum().cast(pl.UInt32),
                document=pl.first("document"),
            )
        )
        return counts.with_columns(self.documents["source"].gather(counts["document"]))


def _counted(night: _Night) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The title rows of a night, and its lines: line_hash, n_articles, n_new, source."""
    n_own, held = [], []
    for table in night.tables:
        own = night.of_table(table)
        n_own.append(own.select("row", n_own=pl.Series(linecounts.own_titles(table, own["own"].to_numpy()))))
        held.append(night.holders(table, ["line_hash", "label_hash"], np.ones(table.places.height, np.bool_)))
    titles = night.documents.join(pl.concat(n_own), on="row", how="left", maintain_order="left")
    return title_rows(titles), night.counted(held)


def _listed(
    night: _Night, headings: pl.Series, counts: pl.DataFrame, model: LineModel
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How many new documents hold a short line below a heading, and the keys of lines that several hold: line_hash with
    n_listed, and with key.
    """
    repeated = counts.filter(pl.col("n_articles") > 1)["line_hash"].to_numpy()
    listed, keys = [], []
    for table in night.tables:
        hashes = table.kind("line_hash")
        is_heading = table.kind("is_opener") | (look_up(hashes, headings.to_numpy()) >= 0)
        may_be = table.kinds["zone"].ne_missing(pl.Series([Zone.ANYWHERE.value], dtype=ZONE)).to_numpy()
        below = linecounts.below(table, is_heading, may_be & is_headline_long(table, model))
        listed.append(night.holders(table, ["line_hash"], below))
        keyed = table.kinds.select("line_hash", "key").filter(pl.Series(look_up(hashes, repeated) >= 0))
        keys.append(keyed.unique("line_hash"))
    return night.counted(listed).select("line_hash", n_listed="n_new"), _union(keys)


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
        .group_by("title_hash")
        .agg(pl.first("source", "title_key"), n_docs=pl.col("doc_key").n_unique(), doc_key=pl.col("doc_key").min())
        .sort("title_hash")
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


def _headings(night: _Night, model: LineModel) -> pl.Series:
    """Hashes of the short frequent lines with a known headline below them, whatever pattern they match."""
    is_common = (pl.col("is_frequent") | pl.col("is_overwhelming")) & (pl.col("share") >= HEADING_SHARE)
    is_repeated = (pl.col("n_articles") > 1) & (pl.col("share") < CERTAIN_SHARE)
    common = model.lines.filter(is_common)["line_hash"].to_numpy()
    repeated = model.lines.filter(is_repeated)["line_hash"].to_numpy()
    titles = model.titles["title_hash"].drop_nulls().to_numpy()
    found = []
    for table in night.tables:
        hashes, chars = table.kind("line_hash"), table.kind("chars")
        may_be = (look_up(hashes, common) >= 0) & (chars <= HEADING_CHARS)
        is_headline = (look_up(hashes, repeated) >= 0) | (look_up(hashes, titles) >= 0)
        own = night.of_table(table)["own"].to_numpy()
        n, n_led = linecounts.votes(table, own, may_be, is_headline & (chars <= MAX_HEADLINE_CHARS))
        found.append(pl.DataFrame({"line_hash": hashes[n > 0], "n": n[n > 0], "n_led": n_led[n > 0]}))
    return (
        pl.concat(found)
        .group_by("line_hash")
        .agg(pl.col("n", "n_led").sum())
        .filter(pl.col("n_led") / pl.col("n") >= HEADING_LED)["line_hash"]
    )


def is_headline_long(table: LineTable, model: LineModel) -> Bools:
    """Which kinds of line are not too long for a headline."""
    bounds = table.kinds.select("source", "chars", "letters").join(
        model.sources, on="source", how="left", maintain_order="left"
    )
    most = pl.col("headline_letters").fill_null(MAX_HEADLINE_CHARS)
    is_fit = (pl.col("chars") <= MAX_HEADLINE_CHARS) & (pl.col("letters") <= most)
    return bounds.select(is_fit=is_fit)["is_fit"].to_numpy()
