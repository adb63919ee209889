"""Takes page furniture out of article texts, line by line, and says why each line went.

A line goes because it matches a furniture pattern, because it is the title of another article of the source, because
it stands in too large a share of the source's articles, or because it stands in a run of headlines below a heading.
Nothing is ever cut from a heading to the end of the text: real paragraphs follow headings in mid-story.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import polars as pl

from dedup.cleaning.edges import with_edges
from dedup.cleaning.evidence import with_evidence
from dedup.cleaning.furniture import MOVED_TO_BYLINE, Reason, Zone, reason_literal
from dedup.cleaning.headlinelists import with_headline_pages, with_lists
from dedup.cleaning.linemodel import CERTAIN_SHARE, LineModel
from dedup.cleaning.lines import line_hashes, line_keys
from dedup.flat import flat, texts_of
from dedup.settings import CleanSettings

COMMON_CHARS: Final = 60
"""A line of a small source that goes wherever it stands; formulas of a series are longer."""
_RULED_HEAD: Final = r"^[*_=~+/.–—-]{4}"
_DASHES: Final = r"^[*_=~+/.–—-]{4,}\s*|\s*[*_=~+/.–—-]{4,}$"


class Flag(StrEnum):
    """What a reader should know about the cleaning of an article."""

    SUSPICIOUS_REMOVAL = "suspicious-removal"  # counts alone would take too much: the original is kept
    MOSTLY_FURNITURE = "mostly-furniture"  # more than max_removed_share went, on better grounds
    COLD_MODEL = "cold-line-model"  # the source has few articles: only lines on most of its pages count


@dataclass(frozen=True)
class Stripped:
    """What `strip_boilerplate` returns.

    `articles`: row, body, byline, dateline, removed_share (of letters and digits), n_removed (lines), letters (of the
    whole text), left_letters (what the rules leave, also where the original is kept), flags.

    `removed`: row, source, line, text, letters, reason; one row per removed line, for `explain` and `tally`.
    """

    articles: pl.DataFrame
    removed: pl.DataFrame


def strip_boilerplate(
    lines: pl.DataFrame, articles: pl.DataFrame, model: LineModel, settings: CleanSettings
) -> Stripped:
    """The articles without their furniture.

    `lines` is `line_table(articles)`; `articles` has row (unique integer), source, title, doc_key; `model` is the line
    model as of the night. What becomes of an article depends on its own lines and on the model only.
    """
    judged = (
        lines.with_row_index("at")
        .pipe(with_evidence, articles, model)
        .pipe(_with_sure_reasons, settings)
        .pipe(with_lists, settings)
        .pipe(with_edges)
        .pipe(with_headline_pages)
        .pipe(_with_guard, settings)
    )
    removed = judged.filter(pl.col("reason").is_not_null())
    return Stripped(
        articles=_articles(judged, articles, model, settings),
        removed=removed.select("row", "source", "line", "text", "letters", "reason"),
    )


def tally(removed: pl.DataFrame) -> pl.DataFrame:
    """How often each line was removed: source, text, reason, n_articles, n_letters."""
    return removed.group_by("source", "text", "reason").agg(
        n_articles=pl.col("row").n_unique(), n_letters=pl.col("letters").sum()
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


def _with_sure_reasons(lines: pl.DataFrame, settings: CleanSettings) -> pl.DataFrame:
    """Adds is_never, and reason where the line alone decides: overrides, patterns, counts, titles, in this order.

    The own title and the first line are never headlines of something else.
    """
    is_never, is_always = _is_named(lines, settings.never_remove), _is_named(lines, settings.always_remove)
    is_common = pl.col("is_overwhelming") & (pl.col("chars") <= COMMON_CHARS)
    everywhere = pl.when(pl.col("zone") == Zone.ANYWHERE.value).then("pattern")
    return lines.with_columns(is_never.alias("is_never")).with_columns(
        reason=pl.when("is_never")
        .then(None)
        .when(is_always)
        .then(reason_literal(Reason.ALWAYS))
        .when("is_own")
        .then(None)
        .when(everywhere.is_not_null())
        .then(everywhere)
        .when((pl.col("is_frequent") | is_common) & pl.col("pattern").ne_missing(Reason.DATELINE.value))
        .then(reason_literal(Reason.FREQUENT))
        .when(pl.col("is_headline") & ~pl.col("is_first"))
        .then(reason_literal(Reason.HEADLINE))
    )


def _is_named(lines: pl.DataFrame, by_source: dict[str, list[str]]) -> pl.Series:
    """Which lines a person has named in the settings; lines are compared by key."""
    if not by_source:
        return pl.repeat(value=False, n=lines.height, eager=True)
    named = pl.DataFrame(
        [(source, text) for source, texts in sorted(by_source.items()) for text in texts],
        schema={"source": pl.String, "text": pl.String},
        orient="row",
    )
    hashes = line_hashes(named["source"], line_keys(named["text"])).drop_nulls()
    return lines["line_hash"].is_in(hashes.implode()).fill_null(value=False)


def _with_guard(lines: pl.DataFrame, settings: CleanSettings) -> pl.DataFrame:
    """Adds is_suspicious and left_letters, and takes the reasons back where counts alone would remove too much.

    Patterns, lists below headings and lines on half of all pages are not counted: a short brief on a page full of
    furniture is clean when three quarters of the page are gone.
    """
    by_count = pl.col("reason").is_in([Reason.FREQUENT.value, Reason.HEADLINE.value, Reason.LABELLED.value])
    is_certain = (pl.col("share") >= CERTAIN_SHARE) & (pl.col("size") >= settings.cold_source)
    is_loose = by_count & ~pl.col("is_in_list") & ~is_certain
    totals = lines.group_by("row").agg(
        loose=pl.col("letters").filter(is_loose).sum(),
        left_letters=pl.col("letters").filter(pl.col("reason").is_null()).sum(),
    )
    too_much = pl.col("loose") > settings.max_removed_share * (pl.col("loose") + pl.col("left_letters"))
    return lines.join(
        totals.select("row", "left_letters", is_suspicious=too_much), on="row", how="left", maintain_order="left"
    ).with_columns(reason=pl.when(~pl.col("is_suspicious")).then("reason"))


def _articles(lines: pl.DataFrame, articles: pl.DataFrame, model: LineModel, settings: CleanSettings) -> pl.DataFrame:
    is_kept = pl.col("reason").is_null()
    per_article = (
        lines.select(
            "row", "letters", "left_letters", "is_suspicious",
            kept=pl.when(is_kept).then("letters"), is_removed=~is_kept,
        )
        .group_by("row")
        .agg(
            pl.col("letters", "kept").sum(),
            pl.col("left_letters", "is_suspicious").first(),
            n_removed=pl.col("is_removed").sum().cast(pl.UInt32),
        )
    )  # fmt: skip
    removed_share = (1 - pl.col("kept") / pl.col("letters")).fill_nan(0.0).fill_null(0.0)
    flags = {
        Flag.SUSPICIOUS_REMOVAL: pl.col("is_suspicious"),
        Flag.MOSTLY_FURNITURE: removed_share > settings.max_removed_share,
        Flag.COLD_MODEL: pl.col("size").fill_null(0) < settings.cold_source,
    }
    return (
        articles.select("row", "source")
        .join(_bodies(lines.filter(is_kept)), on="row", how="left", maintain_order="left")
        .join(per_article, on="row", how="left", maintain_order="left")
        .join(_moved(lines), on="row", how="left", maintain_order="left")
        .join(model.sources, on="source", how="left", maintain_order="left")
        .select(
            "row",
            pl.col("body").fill_null(""),
            "byline",
            "dateline",
            removed_share=removed_share,
            n_removed=pl.col("n_removed").fill_null(0),
            letters=pl.col("letters").fill_null(0),
            left_letters=pl.col("left_letters").fill_null(0),
            flags=pl.concat_list(
                pl.when(rule).then(pl.lit(flag.value)) for flag, rule in flags.items()
            ).list.drop_nulls(),
        )
    )


def _moved(lines: pl.DataFrame) -> pl.DataFrame:
    """What columns of their own keep of lines that go, per row: byline and dateline."""
    first_kept = pl.when(pl.col("reason").is_null()).then("line")
    is_byline = pl.col("reason").is_in([reason.value for reason in MOVED_TO_BYLINE])
    is_date = pl.col("reason") == Reason.DATELINE.value
    some = lines.filter(is_byline | is_date).select("row", "line", "text", is_byline=is_byline)
    rows = lines.select("row", first_kept=first_kept).join(some.select("row").unique(), on="row", how="semi")
    first = rows.group_by("row").agg(pl.col("first_kept").min())
    bylines = some.filter("is_byline").group_by("row").agg(byline=pl.col("text").unique(maintain_order=True))
    dates = some.filter(~pl.col("is_byline")).join(first, on="row", how="left", maintain_order="left")
    datelines = dates.filter(pl.col("line") < pl.col("first_kept")).group_by("row").agg(dateline="text")
    return bylines.join(datelines, on="row", how="full", coalesce=True).with_columns(
        pl.col("byline").list.join(" | "), pl.col("dateline").list.join(" ")
    )


def _bodies(kept: pl.DataFrame) -> pl.DataFrame:
    """The lines that stay, without rules of dashes, with one blank line where the text had any between them."""
    ruled = kept["text"].str.contains(_RULED_HEAD) | kept["text"].str.tail(4).str.contains(_RULED_HEAD)
    rows = ruled.arg_true()
    lines = kept["text"].scatter(rows, kept["text"].gather(rows).str.replace_all(_DASHES, ""))
    is_same = (pl.col("row") == pl.col("row").shift(1)).fill_null(value=False)
    is_apart = pl.col("blanks") > pl.col("blanks").shift(1)
    gap = pl.when(~is_same).then(pl.lit("")).when(is_apart).then(pl.lit("\n\n")).otherwise(pl.lit("\n"))
    pieces = kept.select("row", piece=gap + lines, is_first=~is_same)
    buffer, offsets = flat(pieces["piece"])  # one body after another: where each begins is all that is missing
    first = pieces["is_first"].arg_true()
    bodies = texts_of("body", buffer, offsets[np.append(first.to_numpy(), len(pieces))])
    return pl.DataFrame({"row": pieces["row"].gather(first), "body": bodies})
