"""Takes page furniture out of article texts, line by line, and says why each line went.

A line goes because it matches a furniture pattern, because it is the title of another article of the source, because
it stands in too large a share of the source's articles, or because it stands in a run of headlines below a heading.
Nothing is ever cut from a heading to the end of the text: real paragraphs follow headings in mid-story.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import polars as pl

from dedup.lines import CERTAIN_SHARE, HEADING_SHARE, MAX_HEADLINE_CHARS, LineModel, line_hashes, line_keys
from dedup.patterns import MOVED_TO_BYLINE, REASON, Reason, Zone
from dedup.settings import CleanSettings

CUT_TITLE_LETTERS: Final = 20
"""Letters in which a headline that ends in an ellipsis must agree with a title."""
MIN_TITLE_PART: Final = 15
"""Letters of a line that is the own title without the site's name, or with it …"""
MAX_SITE_NAME: Final = 30
"""… and letters of that name at most."""
MIN_LIST_EVIDENCE: Final = 0.50
"""Share of known headlines in a run, from the heading to the last known one, for the others in between to go too."""
MIN_DENSE_RUN: Final = 3
"""Lines of a run set solid where the page puts blank lines between paragraphs: a list without any known headline."""
MIN_LAST_RUN: Final = 5
"""Lines of the last run of an article: a list without any known headline."""
MAX_FOREIGN_SHARE: Final = 0.10
"""A text that says less of its title (5-letter passages) is another's: 97 % of 270 texts of short lines say more."""
MAX_TAGS: Final = 12
TAG_CHARS: Final = 40
"""Tags below their heading, a line each, and the longest of them."""
MAX_STEPS: Final = 4
STEP_CHARS: Final = 25
"""Steps of a breadcrumb below `หน้าแรก`, and the longest of them."""

_DASHES: Final = r"^[*_=~+/.–—-]{4,}\s*|\s*[*_=~+/.–—-]{4,}$"
_AFTER_ALL: Final = 0xFFFF_FFFF


class Flag(StrEnum):
    """What a reader should know about the cleaning of an article."""

    SUSPICIOUS_REMOVAL = "suspicious-removal"  # counts alone would take too much: the original is kept
    MOSTLY_FURNITURE = "mostly-furniture"  # more than max_removed_share went, on better grounds
    COLD_MODEL = "cold-line-model"  # the source has too few articles for counts


@dataclass(frozen=True)
class Stripped:
    """What `strip_boilerplate` returns.

    `articles`: row, body, byline, dateline, removed_share (of letters and digits), n_removed (lines), letters (of the
    whole text), left_letters (what the rules leave, also where the original is kept), flags.

    `removed`: row, source, line, text, letters, reason; one row per removed line, for `explain` and `leaderboard`.
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
        .pipe(_with_evidence, articles, model)
        .pipe(_with_sure_reasons, settings)
        .pipe(_with_lists, settings)
        .pipe(_with_edges)
        .pipe(_with_headline_pages)
        .pipe(_with_guard, settings)
    )
    removed = judged.filter(pl.col("reason").is_not_null())
    return Stripped(
        articles=_articles(judged, articles, model, settings),
        removed=removed.select("row", "source", "line", "text", "letters", "reason"),
    )


def leaderboard(removed: pl.DataFrame, *, top: int = 50) -> pl.DataFrame:
    """The lines removed most often per source: where a person sees an over-removal.

    Returns source, text, reason, n_articles, n_letters; at most `top` rows a source.
    """
    return (
        removed.group_by("source", "text", "reason")
        .agg(n_articles=pl.col("row").n_unique(), n_letters=pl.col("letters").sum())
        .sort("source", "n_articles", "text", "reason", descending=[False, True, False, False])
        .group_by("source", maintain_order=True)
        .head(top)
    )


def _with_evidence(lines: pl.DataFrame, articles: pl.DataFrame, model: LineModel) -> pl.DataFrame:
    """Adds what the model and the own title say of a line."""
    own_keys = line_keys(articles["title"].fill_null("")).alias("own_key")
    own = articles.select("row", "doc_key").with_columns(own_keys)
    titles = model.titles.select(line_hash="title_hash", title_docs="n_docs", title_doc="doc_key")
    other_doc = (pl.col("title_docs") > 1) | (pl.col("title_doc") != pl.col("doc_key"))
    flags = ("is_frequent", "is_listed", "is_heading")
    return (
        lines.join(model.lines, on="line_hash", how="left", maintain_order="left")
        .join(titles, on="line_hash", how="left", maintain_order="left")
        .join(model.sources, on="source", how="left", maintain_order="left")
        .join(own, on="row", how="left", maintain_order="left")
        .with_columns(
            pl.col(*flags).fill_null(value=False),
            pl.col("share").fill_null(0.0),
            pl.col("size").fill_null(0),
            is_headline=other_doc.fill_null(value=False) | _is_cut_title(lines, own, model),
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


def _with_sure_reasons(lines: pl.DataFrame, settings: CleanSettings) -> pl.DataFrame:
    """Adds is_never, and reason where the line alone decides: overrides, patterns, counts, titles, in this order.

    The own title and the first line are never headlines of something else.
    """
    is_never, is_always = _is_named(lines, settings.never_remove), _is_named(lines, settings.always_remove)
    everywhere = pl.when(pl.col("zone") == Zone.ANYWHERE.value).then("pattern")
    return lines.with_columns(is_never.alias("is_never")).with_columns(
        reason=pl.when("is_never")
        .then(None)
        .when(is_always)
        .then(_reason(Reason.ALWAYS))
        .when("is_own")
        .then(None)
        .when(everywhere.is_not_null())
        .then(everywhere)
        .when(pl.col("is_frequent") & pl.col("pattern").ne_missing(Reason.DATELINE.value))
        .then(_reason(Reason.FREQUENT))
        .when(pl.col("is_headline") & ~pl.col("is_first"))
        .then(_reason(Reason.HEADLINE))
    )


def _is_named(lines: pl.DataFrame, by_source: dict[str, list[str]]) -> pl.Series:
    """Which lines a person has named in the settings; lines are compared by key."""
    named = pl.DataFrame(
        [(source, text) for source, texts in sorted(by_source.items()) for text in texts],
        schema={"source": pl.String, "text": pl.String},
        orient="row",
    )
    hashes = line_hashes(named["source"], line_keys(named["text"])).drop_nulls()
    return lines["line_hash"].is_in(hashes.implode()).fill_null(value=False)


def _with_lists(lines: pl.DataFrame, settings: CleanSettings) -> pl.DataFrame:
    """Gives a reason to headlines below a heading, to tags and to the steps of a breadcrumb."""
    runs = _with_runs(lines)
    members = runs.filter("is_member")
    is_label = pl.col("head").is_in([Reason.TAGS.value, Reason.BREADCRUMB.value])
    taken = pl.concat([_headlines(members.filter(~is_label), runs, settings), _labels(members.filter(is_label))])
    return (
        runs.drop("is_member", "head", "run", "step")
        .join(taken, on="at", how="left", maintain_order="left")
        .with_columns(reason=pl.coalesce("reason", "listed"), is_in_list=pl.col("listed").is_not_null())
        .drop("listed")
    )


def _with_runs(lines: pl.DataFrame) -> pl.DataFrame:
    """Adds is_member (of a run below a heading), run and head (`at` and reason of the heading), step (lines down)."""
    is_opener = pl.col("reason").is_not_null() & (pl.col("is_opener") | pl.col("is_heading"))
    by_count = pl.col("reason").is_in([Reason.HEADLINE.value, Reason.FREQUENT.value])
    is_fixed = (pl.col("reason") == Reason.FREQUENT.value) & (pl.col("share") >= HEADING_SHARE) & ~pl.col("is_listed")
    may_be_listed = (pl.col("reason").is_null() | (by_count & ~is_fixed)) & ~pl.col("is_never")
    is_member = ~is_opener & may_be_listed & (pl.col("chars") <= MAX_HEADLINE_CHARS)
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
    repeated = members.unique(["run", "line_hash"]).group_by("row", "line_hash").len("n_runs")
    known = pl.col("reason").is_not_null() | pl.col("is_listed") | (pl.col("n_runs") > 1)
    members = members.join(repeated, on=["row", "line_hash"], maintain_order="left").with_columns(
        is_known=known & ~pl.col("is_own")
    )
    runs = (
        members.group_by("run", maintain_order=True)
        .agg(
            pl.col("row", "size").first(),
            start=pl.col("at").first(),
            end=pl.col("at").last(),
            n=pl.len(),
            n_known=pl.col("is_known").sum(),
            known_until=pl.col("step").filter("is_known").max(),
            is_solid=pl.col("blanks").first() == pl.col("blanks").last(),
        )
        .join(_pages(lines), on="row", maintain_order="left")
        .with_columns(
            is_last=pl.col("run") == pl.col("run").max().over("row"),
            is_clear=pl.col("last_paragraph").is_null() | (pl.col("last_paragraph") < pl.col("start")),
        )
    )
    by_evidence = pl.when(pl.col("n_known") >= MIN_LIST_EVIDENCE * pl.col("known_until")).then("known_until")
    is_dense = pl.col("is_airy") & pl.col("is_solid") & (pl.col("n") >= MIN_DENSE_RUN)
    is_end = pl.col("is_last") & ~pl.col("is_airy") & (pl.col("n") >= MIN_LAST_RUN)
    by_shape = pl.col("is_clear") & (is_dense | is_end)
    leads_on = by_shape.shift(-1) & (pl.col("run").shift(-1) == pl.col("end") + 1)
    by_chain = leads_on.fill_null(value=False) & pl.col("is_clear") & (pl.col("size") < settings.small_source)
    until = runs.select("run", until=pl.when(by_shape | by_chain).then("n").otherwise(by_evidence))
    return (
        members.join(until, on="run", maintain_order="left")
        .filter(pl.col("step") <= pl.col("until"))
        .select("at", listed=_reason(Reason.LISTED))
    )


def _pages(lines: pl.DataFrame) -> pl.DataFrame:
    """Per article: last_paragraph (`at` of the last line that stays and is no headline by length), is_airy.

    An airy page has blank lines between paragraphs, and not between all lines.
    """
    is_paragraph = pl.col("reason").is_null() & (pl.col("chars") > MAX_HEADLINE_CHARS)
    n_apart = pl.col("blanks").diff().gt(0).sum()
    return lines.group_by("row").agg(
        last_paragraph=pl.col("at").filter(is_paragraph).max(),
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


def _with_edges(lines: pl.DataFrame) -> pl.DataFrame:
    """Gives a reason to what is furniture only above or below the story: own title, date, byline, contact."""
    stays = pl.col("reason").is_null() & ~pl.col("is_never")
    own = (pl.col("is_own") | (pl.col("is_own_part") & stays)) & ~pl.col("is_never")
    fits_head = (pl.col("zone").is_in([Zone.HEAD.value, Zone.EDGE.value]) & ~pl.col("is_never")).fill_null(value=False)
    fits_tail = (pl.col("zone").is_in([Zone.TAIL.value, Zone.EDGE.value]) & ~pl.col("is_never")).fill_null(value=False)
    is_kept = pl.col("reason").is_null()
    story = lines.group_by("row").agg(
        first_line=pl.col("at").filter(is_kept & ~(fits_head | own)).min().fill_null(_AFTER_ALL),
        last_line=pl.col("at").filter(is_kept & ~fits_tail).max().cast(pl.Int64).fill_null(-1),
    )
    above, below = pl.col("at") < pl.col("first_line"), pl.col("at") > pl.col("last_line")
    by_count = pl.col("reason").is_in([Reason.FREQUENT.value, Reason.HEADLINE.value])
    return (
        lines.join(story, on="row", how="left", maintain_order="left")
        .with_columns(
            reason=pl.when(above & own)
            .then(_reason(Reason.OWN_TITLE))
            .when((is_kept | by_count) & ((above & fits_head) | (below & fits_tail)))
            .then("pattern")
            .otherwise("reason")
        )
        .drop("first_line", "last_line")
    )


def _with_headline_pages(lines: pl.DataFrame) -> pl.DataFrame:
    """Takes every line of a page that is nothing but headlines, and none of them its own.

    All lines are short, one at least is the title of another article, and none says anything of the record's own title.
    """
    is_kept = pl.col("reason").is_null()
    is_line = is_kept | ((pl.col("reason") == Reason.HEADLINE.value) & ~pl.col("is_in_list"))
    pages = (
        lines.group_by("row", maintain_order=True)
        .agg(
            n=is_line.sum(),
            n_known=(is_line & ~is_kept).sum(),
            longest=pl.col("chars").filter(is_kept).max(),
            title=pl.col("own_key").first(),
            said=pl.col("key").filter(is_line).str.join(""),
        )
        .filter(pl.col("n") >= MIN_LAST_RUN, pl.col("n_known") > 0, pl.col("longest") <= MAX_HEADLINE_CHARS)
    )
    foreign = [row for row, title, said in pages.select("row", "title", "said").iter_rows() if _is_foreign(title, said)]
    is_taken = is_line & pl.col("row").is_in(foreign) & ~pl.col("is_never")
    return lines.with_columns(
        reason=pl.when(is_taken).then(_reason(Reason.LISTED)).otherwise("reason"),
        is_in_list=pl.col("is_in_list") | is_taken,
    )


def _is_foreign(title: str, said: str) -> bool:
    """Whether hardly any passage of the title occurs in the text (both are keys)."""
    passages = [title[start : start + 5] for start in range(len(title) - 4)]
    n_said = sum(passage in said for passage in passages)
    return len(passages) >= MIN_TITLE_PART and n_said <= MAX_FOREIGN_SHARE * len(passages)


def _with_guard(lines: pl.DataFrame, settings: CleanSettings) -> pl.DataFrame:
    """Adds is_suspicious and left_letters, and takes the reasons back where counts alone would remove too much.

    Patterns, lists below headings and lines on half of all pages are not counted: a short brief on a page full of
    furniture is clean when three quarters of the page are gone.
    """
    by_count = pl.col("reason").is_in([Reason.FREQUENT.value, Reason.HEADLINE.value])
    is_loose = by_count & ~pl.col("is_in_list") & (pl.col("share") < CERTAIN_SHARE)
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
    is_byline = pl.col("reason").is_in([reason.value for reason in MOVED_TO_BYLINE])
    per_article = lines.group_by("row").agg(
        byline=pl.col("text").filter(is_byline).unique(maintain_order=True).str.join(" | "),
        dateline=pl.col("text").filter(pl.col("reason") == Reason.DATELINE.value).first(),
        letters=pl.col("letters").sum(),
        kept=pl.col("letters").filter(is_kept).sum(),
        n_removed=(~is_kept).sum().cast(pl.UInt32),
        left_letters=pl.col("left_letters").first(),
        is_suspicious=pl.col("is_suspicious").any(),
    )
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
        .join(model.sources, on="source", how="left", maintain_order="left")
        .select(
            "row",
            pl.col("body").fill_null(""),
            pl.when(pl.col("byline") != "").then("byline"),
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


def _bodies(kept: pl.DataFrame) -> pl.DataFrame:
    """The lines that stay, without rules of dashes, with one blank line where the text had any between them."""
    is_same = (pl.col("row") == pl.col("row").shift(1)).fill_null(value=False)
    is_apart = pl.col("blanks") > pl.col("blanks").shift(1)
    gap = pl.when(~is_same).then(pl.lit("")).when(is_apart).then(pl.lit("\n\n")).otherwise(pl.lit("\n"))
    text = pl.col("text").str.replace_all(_DASHES, "")
    return kept.select("row", piece=gap + text).group_by("row").agg(body=pl.col("piece").str.join(""))


def _reason(reason: Reason) -> pl.Expr:
    return pl.lit(reason.value, dtype=REASON)
