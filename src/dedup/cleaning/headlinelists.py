"""Finds lists of other headlines in article texts: below a heading, by the headlines known, or by their shape."""

from typing import Final

import polars as pl

from dedup.cleaning.furniture import REASON, Reason, reason_literal
from dedup.cleaning.linemodel import HEADING_SHARE, MAX_HEADLINE_CHARS, is_headline_long
from dedup.settings import CleanSettings

MIN_LIST_EVIDENCE: Final = 0.50
"""Share of known headlines in a run, from the heading to the last known one, for the others in between to go too."""
MIN_DENSE_RUN: Final = 3
"""Lines of a run set solid where the page puts blank lines between paragraphs: a list without any known headline."""
MIN_LAST_RUN: Final = 5
"""Lines of the last run of an article: a list without any known headline."""
MIN_STAMPS: Final = 2
"""Dates and counters in a run that make a list of it; a press release ends with one date."""
MAX_FOREIGN_SHARE: Final = 0.10
"""A text that says less of its title (5-letter passages) is another's: 97 % of 270 texts of short lines say more."""
MIN_PASSAGES: Final = 15
"""A shorter title says too little to tell."""
MAX_TAGS: Final = 12
TAG_CHARS: Final = 40
"""Tags below their heading, a line each, and the longest of them."""
MAX_STEPS: Final = 4
STEP_CHARS: Final = 25
"""Steps of a breadcrumb below `หน้าแรก`, and the longest of them."""

_AFTER_ALL: Final = 0xFFFF_FFFF


def with_lists(lines: pl.DataFrame, settings: CleanSettings) -> pl.DataFrame:
    """Gives a reason to headlines below a heading, to tags and to the steps of a breadcrumb."""
    runs = _with_runs(lines)
    members = runs.filter("is_member")
    is_label = pl.col("head").is_in([Reason.TAGS.value, Reason.BREADCRUMB.value])
    taken = pl.concat([_headlines(members.filter(~is_label), runs, settings), _labels(members.filter(is_label))])
    listed = pl.repeat(None, lines.height, dtype=REASON, eager=True).scatter(taken["at"], taken["listed"])
    return lines.with_columns(reason=pl.coalesce("reason", listed), is_in_list=listed.is_not_null()).pipe(_with_stamps)


def _with_stamps(lines: pl.DataFrame) -> pl.DataFrame:
    """Gives their pattern as reason to the date and the counter that stand below a headline, a line each."""
    is_stamp = _is_stamp() & pl.col("reason").is_null()
    is_headline = pl.col("reason").is_in([Reason.HEADLINE.value, Reason.LISTED.value])
    is_below = is_headline.shift(1) | (is_stamp.shift(1) & is_headline.shift(2))
    is_taken = is_stamp & is_below.fill_null(value=False) & ~pl.col("is_first") & ~pl.col("is_never")
    return lines.with_columns(reason=pl.when(is_taken).then("pattern").otherwise("reason"))


def _is_stamp() -> pl.Expr:
    """Whether a line is a date or a counter: lists of headlines have them below each."""
    return pl.col("pattern").is_in([Reason.DATELINE.value, Reason.COUNTER.value]).fill_null(value=False)


def _with_runs(lines: pl.DataFrame) -> pl.DataFrame:
    """Adds is_member (of a run below a heading), run and head (`at` and reason of the heading), step (lines down)."""
    is_opener = pl.col("reason").is_not_null() & (pl.col("is_opener") | pl.col("is_heading"))
    by_count = pl.col("reason").is_in([Reason.HEADLINE.value, Reason.FREQUENT.value])
    is_fixed = (pl.col("reason") == Reason.FREQUENT.value) & (pl.col("share") >= HEADING_SHARE) & ~pl.col("is_listed")
    may_be_listed = (pl.col("reason").is_null() | (by_count & ~is_fixed) | _is_stamp()) & ~pl.col("is_never")
    is_member = ~is_opener & may_be_listed & is_headline_long()
    ends = ~is_member | pl.col("is_first")
    return (
        lines.with_columns(
            run=pl.when(is_opener | ends).then("at").forward_fill(),
            head=pl.when(is_opener)
            .then(pl.col("reason").cast(pl.String))
            .when(ends)
            .then(pl.lit(""))
            .forward_fill(),
            is_member=is_member,
        )
        .with_columns(is_member=pl.col("is_member") & (pl.col("head") != ""), step=pl.col("at") - pl.col("run"))
    )  # fmt: skip


def _headlines(members: pl.DataFrame, lines: pl.DataFrame, settings: CleanSettings) -> pl.DataFrame:
    """Which members are headlines: `at`, listed (the reason).

    Known headlines count from the heading down; without them the shape of the run decides, and only where no paragraph
    follows. Evidence adds and never vetoes: in a thin crawl the other stories are not there to be known.
    """
    members = members.drop_nulls("line_hash").select(
        "at", "row", "size", "blanks", "line_hash", "run", "step",
        is_stamp=_is_stamp(),
        is_known=pl.col("reason").is_not_null() | pl.col("is_listed") | pl.col("is_own"),
    )  # fmt: skip
    in_runs = members.select("run", "row", "line_hash").unique(["run", "line_hash"])
    repeated = in_runs.group_by("row", "line_hash").len("n_runs").filter(pl.col("n_runs") > 1)
    is_listed_date = pl.col("is_stamp") & (pl.col("is_stamp").sum().over("run") >= MIN_STAMPS)
    members = members.join(repeated, on=["row", "line_hash"], how="left", maintain_order="left").with_columns(
        is_known=pl.col("is_known") | pl.col("n_runs").is_not_null() | is_listed_date
    )
    runs = (
        members.with_columns(known_step=pl.when("is_known").then("step"))
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("row", "size").first(),
            start=pl.col("at").first(),
            end=pl.col("at").last(),
            n=pl.len(),
            n_lines=pl.len() - pl.col("is_stamp").sum(),
            n_known=pl.col("is_known").sum(),
            known_until=pl.col("known_step").max(),
            is_solid=pl.col("blanks").first() == pl.col("blanks").last(),
        )
        .join(_pages(lines), on="row", maintain_order="left")
        .with_columns(
            is_last=pl.col("run") == pl.col("run").max().over("row"),
            is_clear=pl.col("last_paragraph").is_null() | (pl.col("last_paragraph") < pl.col("start")),
        )
    )
    by_evidence = pl.when(pl.col("n_known") >= MIN_LIST_EVIDENCE * pl.col("known_until")).then("known_until")
    is_dense = pl.col("is_airy") & pl.col("is_solid") & (pl.col("n_lines") >= MIN_DENSE_RUN)
    is_end = pl.col("is_last") & ~pl.col("is_airy") & (pl.col("n_lines") >= MIN_LAST_RUN)
    by_shape = pl.col("is_clear") & (is_dense | is_end)
    leads_on = by_shape.shift(-1) & (pl.col("run").shift(-1) == pl.col("end") + 1)
    by_chain = leads_on.fill_null(value=False) & pl.col("is_clear") & (pl.col("size") < settings.small_source)
    until = runs.select("run", until=pl.when(by_shape | by_chain).then("n").otherwise(by_evidence))
    return (
        members.join(until, on="run", maintain_order="left")
        .filter(pl.col("step") <= pl.col("until"))
        .select("at", listed=reason_literal(Reason.LISTED))
    )


def _pages(lines: pl.DataFrame) -> pl.DataFrame:
    """Per article: last_paragraph (`at` of the last line that stays and is no headline by length), is_airy.

    An airy page has blank lines between paragraphs, and not between all lines.
    """
    is_paragraph = pl.col("reason").is_null() & ~is_headline_long()
    is_apart = (pl.col("blanks") > pl.col("blanks").shift(1)) & ~pl.col("is_first")
    n_apart = pl.col("is_apart").sum()
    marked = lines.select("row", is_apart=is_apart, paragraph=pl.when(is_paragraph).then("at"))
    return marked.group_by("row").agg(
        last_paragraph=pl.col("paragraph").max(),
        is_airy=(n_apart >= MIN_DENSE_RUN) & (n_apart < 0.9 * (pl.len() - 1)),
    )


def _labels(members: pl.DataFrame) -> pl.DataFrame:
    """Tags and section names directly below their heading: `at`, listed (the heading's reason)."""
    is_tag = (pl.col("step") <= MAX_TAGS) & (
        (pl.col("chars") <= TAG_CHARS) | pl.col("text").str.starts_with("#") | (pl.col("step") == 1)
    )
    is_step = (pl.col("step") <= MAX_STEPS) & (pl.col("chars") <= STEP_CHARS)
    is_label = pl.when(pl.col("head") == Reason.TAGS.value).then(is_tag).otherwise(is_step) & ~pl.col("is_own_part")
    stops = members.filter(~is_label).group_by("run").agg(stop=pl.col("step").min())
    return (
        members.join(stops, on="run", how="left", maintain_order="left")
        .filter(pl.col("step") < pl.col("stop").fill_null(_AFTER_ALL))
        .select("at", listed=pl.col("head").cast(REASON))
    )


def with_headline_pages(lines: pl.DataFrame) -> pl.DataFrame:
    """Takes every line of a page that is nothing but headlines, and none of them its own.

    All lines are short, one at least is the title of another article, and none says anything of the record's own title.
    """
    is_kept = pl.col("reason").is_null()
    is_line = is_kept | ((pl.col("reason") == Reason.HEADLINE.value) & ~pl.col("is_in_list"))
    counted = lines.select(
        "row", kept_chars=pl.when(is_kept).then("chars"), is_line=is_line, is_known=is_line & ~is_kept
    )
    pages = (
        counted.group_by("row")
        .agg(n=pl.col("is_line").sum(), n_known=pl.col("is_known").sum(), longest=pl.col("kept_chars").max())
        .filter(pl.col("n") >= MIN_LAST_RUN, pl.col("n_known") > 0, pl.col("longest") <= MAX_HEADLINE_CHARS)
    )
    told = (
        lines.filter(is_line & pl.col("row").is_in(pages["row"].implode()))
        .group_by("row", maintain_order=True)
        .agg(pl.col("own_key").first(), said=pl.col("key").str.join(""))
    )
    foreign = [row for row, title, said in told.iter_rows() if _is_foreign(title, said)]
    is_taken = is_line & pl.col("row").is_in(foreign) & ~pl.col("is_never")
    return lines.with_columns(
        reason=pl.when(is_taken).then(reason_literal(Reason.LISTED)).otherwise("reason"),
        is_in_list=pl.col("is_in_list") | is_taken,
    )


def _is_foreign(title: str, said: str) -> bool:
    """Whether hardly any passage of the title occurs in the text (both are keys)."""
    passages = [title[start : start + 5] for start in range(len(title) - 4)]
    n_said = sum(passage in said for passage in passages)
    return len(passages) >= MIN_PASSAGES and n_said <= MAX_FOREIGN_SHARE * len(passages)
