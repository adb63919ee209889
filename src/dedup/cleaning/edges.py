"""Takes what is furniture only above or below the story: own title, date, byline, contact, lines the source repeats."""

from typing import Final

import polars as pl

from dedup.cleaning.furniture import Reason, Zone, reason_literal

EDGE_CHARS: Final = 160
"""A longer line is not taken for standing on most pages of a small source."""
MAX_LABELLED: Final = 2
"""Lines of a page with one label; in an interview every other line begins with it."""
ENCLOSED_CHARS: Final = 60
"""A longer line of no known kind is the story's."""
HEAD_MARKS: Final = (Reason.COUNTER, Reason.BREADCRUMB, Reason.LABELLED)
"""Between the top of the page and one of these, or the whole own title, no story begins with a short line …"""
TAIL_MARKS: Final = (
    Reason.SHARE,
    Reason.FOLLOW,
    Reason.COOKIE,
    Reason.COPYRIGHT,
    Reason.PAGE_TOOL,
    Reason.COUNTER,
    Reason.TAGS,
)
"""… and below one of these none ends with one. Headings of lists are not among them: stories go on below lists."""
_AFTER_ALL: Final = 0xFFFF_FFFF


def with_edges(lines: pl.DataFrame) -> pl.DataFrame:
    """Gives a reason to what is furniture only above the first line of the story or below its last one.

    Short lines of no known kind go with what encloses them.
    """
    judged = _with_edge_reasons(lines)
    enclosed = pl.when(~pl.col("is_never")).then(reason_literal(Reason.ENCLOSED))
    bounds = judged.select("row").join(_story_bounds(judged), on="row", how="left", maintain_order="left")
    return judged.with_columns(
        reason=pl.when(pl.col("at") < bounds["first_line"])
        .then(pl.coalesce("above", "reason", enclosed))
        .when(pl.col("at") > bounds["last_line"])
        .then(pl.coalesce("below", "reason", enclosed))
        .otherwise("reason")
    ).drop("above", "below")


def _with_edge_reasons(lines: pl.DataFrame) -> pl.DataFrame:
    """Adds above and below: the reason a line has if it stands there, before the reason it may have anyway."""
    is_free = pl.col("reason").is_null() & ~pl.col("is_never")
    by_count = pl.col("reason").is_in([Reason.FREQUENT.value, Reason.HEADLINE.value])
    is_taken = (is_free | by_count) & ~pl.col("is_never")
    own = (pl.col("is_own") & ~pl.col("is_never")) | (pl.col("is_own_part") & is_free)
    labelled = lines.filter("is_labelled").select("at", n=pl.len().over("row", "label_hash"))
    few = labelled.filter(pl.col("n") <= MAX_LABELLED)["at"]
    learned = (
        pl.when(is_free & pl.col("is_usual") & (pl.col("chars") <= EDGE_CHARS))
        .then(reason_literal(Reason.FREQUENT))
        .when(is_free & pl.col("at").is_in(few.implode()))
        .then(reason_literal(Reason.LABELLED))
    )
    fits_head = is_taken & pl.col("zone").is_in([Zone.HEAD.value, Zone.EDGE.value])
    fits_tail = is_taken & pl.col("zone").is_in([Zone.TAIL.value, Zone.EDGE.value])
    return lines.with_columns(
        above=pl.when(own & ~pl.col("at").is_in(_extra_titles(lines).implode()))
        .then(reason_literal(Reason.OWN_TITLE))
        .when(fits_head)
        .then("pattern")
        .otherwise(learned),
        below=pl.when(fits_tail).then("pattern").otherwise(learned),
    )


def _extra_titles(lines: pl.DataFrame) -> pl.Series:
    """`at` of the last line with the own title where it stands more often than the template puts it there: it begins
    the story.
    """
    own = lines.filter("is_own").group_by("row").agg(pl.col("at").max(), pl.col("usual_own").first(), n=pl.len())
    return own.filter(pl.col("n") > pl.col("usual_own"))["at"]


def _story_bounds(lines: pl.DataFrame) -> pl.DataFrame:
    """Per row: first_line and last_line of the story (`at`).

    The first line that is no furniture begins it, but a short one above a mark of the page's head does not, if the
    story has a longer one below; likewise at the end.
    """
    is_kept = pl.col("reason").is_null()
    begins, ends = is_kept & pl.col("above").is_null(), is_kept & pl.col("below").is_null()
    is_prose = begins & ends & (pl.col("chars") > ENCLOSED_CHARS)
    head = pl.col("is_own") | pl.coalesce("above", "reason").is_in([mark.value for mark in HEAD_MARKS])
    tail = pl.coalesce("below", "reason").is_in([mark.value for mark in TAIL_MARKS])
    kinds = {"begins": begins, "ends": ends, "prose": is_prose, "head": head, "tail": tail}
    at = pl.col("at").cast(pl.Int64)
    places = lines.select("row", *(pl.when(kind).then(at).alias(name) for name, kind in kinds.items()))
    plain = places.group_by("row").agg(
        first=pl.col("begins").min(),
        last=pl.col("ends").max(),
        first_long=pl.col("prose").min(),
        last_long=pl.col("prose").max(),
    )
    marks = (
        places.filter(pl.col("head").is_not_null() | pl.col("tail").is_not_null())
        .select("row", "head", "tail")
        .join(plain.select("row", "first_long", "last_long"), on="row", how="left")
        .select(
            "row",
            head=pl.when(pl.col("head") < pl.col("first_long")).then("head"),
            tail=pl.when(pl.col("tail") > pl.col("last_long")).then("tail"),
        )
        .group_by("row")
        .agg(pl.col("head").max(), pl.col("tail").min())
    )
    return plain.join(marks, on="row", how="left").select(
        "row",
        first_line=pl.max_horizontal(pl.col("first").fill_null(_AFTER_ALL), pl.col("head") + 1),
        last_line=pl.min_horizontal(pl.col("last").fill_null(-1), pl.col("tail") - 1),
    )
