"""Takes page furniture out of article texts, line by line, and says why each line went.

A line goes because it matches a furniture pattern, because it is the title of another article of the source, because
it stands in too large a share of the source's articles, or because it stands in a run of headlines below a heading.
Nothing is ever cut from a heading to the end of the text: real paragraphs follow headings in mid-story.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from dedup.cleaning.bodies import bodies_of
from dedup.cleaning.evidence import Records, kinds_of, pages_of
from dedup.cleaning.furniture import MOVED_TO_BYLINE, NO_REASON, Reason, code, reasons
from dedup.cleaning.judging import Totals, judge
from dedup.cleaning.linemodel import LineModel
from dedup.cleaning.lines import LineTable, line_keys
from dedup.settings import CleanSettings


class Flag(StrEnum):
    """What a reader should know about the cleaning of an article."""

    SUSPICIOUS_REMOVAL = "suspicious-removal"  # counts alone would take too much: the original is kept
    MOSTLY_FURNITURE = "mostly-furniture"  # more than max_removed_share went, on better grounds
    COLD_MODEL = "cold-line-model"  # the source has few articles: only lines on most of its pages count


@dataclass(frozen=True)
class Stripped:
    """What `strip_boilerplate` returns.

    `articles`: row, body, byline, dateline, removed_share (of letters and digits), n_removed (lines), letters (of the
    whole text), left_letters (what the rules leave, also where the original is kept), flags; in the order given.

    `removed`: row, source, line, text, letters, reason, kind (of the line in its table); one row per removed line, for
    `explain` and `tally`.
    """

    articles: pl.DataFrame
    removed: pl.DataFrame


def strip_boilerplate(
    table: LineTable, articles: pl.DataFrame, model: LineModel, settings: CleanSettings, *, digests: Sequence[str] = ()
) -> Stripped:
    """The articles without their furniture.

    `table` is `line_table(articles)`; `articles` has row (unique integer), source, title, doc_key; `model` is the line
    model as of the night. What becomes of an article depends on its own lines and on the model only. A title with one
    of `digests` is a digest's: the headlines in its text are its own.
    """
    own_keys = line_keys(articles["title"].fill_null(""))
    pages = pages_of(articles, own_keys, model, settings, digests)
    lines, totals = judge(table, kinds_of(table, model, settings), pages, own_keys, settings)
    return Stripped(
        articles=_articles(table, lines, totals, articles, model, settings),
        removed=_removed(table, lines),
    )


def tally(removed: pl.DataFrame) -> pl.DataFrame:
    """How often each line was removed: source, text, reason, n_articles, n_letters."""
    return (
        removed.group_by("kind", "reason")
        .agg(pl.first("source", "text"), n_articles=pl.col("row").n_unique(), n_letters=pl.col("letters").sum())
        .select("source", "text", "reason", "n_articles", "n_letters")
    )


def leaderboard(tallies: pl.DataFrame, *, top: int = 50) -> pl.DataFrame:
    """The lines removed most often per source: where a person sees an over-removal.

    `tallies` may be those of several parts of a night. Returns the same columns, at most `top` rows a source.
    """
    return (
        tallies.group_by("source", "text", "reason")
        .agg(pl.col("n_articles", "n_letters").sum())
        .sort("source", "n_articles", "text", "reason", descending=[False, True, False, False])
        .group_by("source", maintain_order=True)
        .head(top)
    )


def _removed(table: LineTable, lines: Records) -> pl.DataFrame:
    """The lines that go: see `Stripped`."""
    at = np.flatnonzero(lines["reason"] != NO_REASON)
    places = table.places[at]
    kinds = table.kinds.select("source", "text", "letters")[places["which"]]
    return kinds.select(
        _rows(table)[at],
        "source",
        places["line"],
        "text",
        "letters",
        reasons(lines["reason"][at]),
        places["which"].alias("kind"),
    )


def _rows(table: LineTable) -> pl.Series:
    """Of each line the row of its article."""
    return table.articles["row"].gather(table.pages)


def _articles(
    table: LineTable, lines: Records, totals: Totals, articles: pl.DataFrame, model: LineModel, settings: CleanSettings
) -> pl.DataFrame:
    removed_share = (1 - pl.col("kept") / pl.col("letters")).fill_nan(0.0)
    flags = {
        Flag.SUSPICIOUS_REMOVAL: pl.col("is_suspicious"),
        Flag.MOSTLY_FURNITURE: removed_share > settings.max_removed_share,
        Flag.COLD_MODEL: pl.col("size").fill_null(0) < settings.cold_source,
    }
    return (
        articles.select("row", "source")
        .hstack([bodies_of(table, lines["reason"] == NO_REASON)])
        .hstack(pl.DataFrame(totals._asdict()))
        .join(_moved(table, lines, totals), on="row", how="left", maintain_order="left")
        .join(model.sources, on="source", how="left", maintain_order="left")
        .select(
            "row",
            "body",
            "byline",
            "dateline",
            "n_removed",
            "letters",
            "left_letters",
            removed_share=removed_share,
            flags=pl.concat_list(
                pl.when(rule).then(pl.lit(flag.value)) for flag, rule in flags.items()
            ).list.drop_nulls(),
        )
    )


def _moved(table: LineTable, lines: Records, totals: Totals) -> pl.DataFrame:
    """What columns of their own keep of lines that go, per row: byline, and dateline from above the story."""
    is_byline = np.isin(lines["reason"], [code(reason) for reason in MOVED_TO_BYLINE])
    is_above = np.arange(len(is_byline)) < totals.first_kept[table.pages]
    at = np.flatnonzero(is_byline | (is_above & (lines["reason"] == code(Reason.DATELINE))))
    text = table.kinds["text"].gather(table.which[at])
    some = pl.DataFrame({"row": _rows(table)[at], "text": text, "is_byline": is_byline[at]})
    byline = pl.col("text").filter("is_byline").unique(maintain_order=True).str.join(" | ")
    dateline = pl.col("text").filter(~pl.col("is_byline")).str.join(" ")
    moved = some.group_by("row").agg(byline=byline, dateline=dateline)
    return moved.with_columns(pl.when(pl.col(name) != "").then(name).alias(name) for name in ("byline", "dateline"))
