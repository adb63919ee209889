"""Exact scores of candidate pairs, and the decision on each: a list of named rules.

A copy keeps its original's words and figures: reprints, excerpts and rewrites have nearly all words of the shorter text
in the longer one. A daily series repeats its sentences around other figures and dates; formulas go round other words; a
shared background paragraph lies in one part of the text. So it is what differs that decides, not only how much.
"""

from enum import StrEnum

import numpy as np
import polars as pl

from dedup.matching.flattexts import Words, flatten
from dedup.matching.lookalikes import (
    is_background,
    is_container,
    is_reopened,
    is_revision,
    is_rewrite,
    is_series,
    is_subject,
    is_update,
)
from dedup.matching.overlap import COUNTS, ONE_DAY, OTHER_DATES, count_overlap
from dedup.packed import unpack
from dedup.settings import MatchSettings
from dedup.words.wordids import date_at

RULE_VERSION = "4"

BATCH_PAIRS = 20_000
"""Pairs scored at once: about 8 kB for each article of 400 words in them, at most 0.3 GB."""

SCORE_SCHEMA = {
    "left_id": pl.String,
    "right_id": pl.String,
    "n_left": pl.Int64,  # distinct shingles
    "n_right": pl.Int64,
    "shared": pl.Int64,  # distinct shingles that both have
    "jaccard": pl.Float64,
    "containment_left": pl.Float64,  # share of the left one's shingles in the right one
    "containment_right": pl.Float64,
    "word_share": pl.Float64,  # shared distinct words, as a share of the text that has fewer
    "figures": pl.Int64,  # distinct figures of the text that has fewer
    "figures_shared": pl.Int64,
    # Of the shorter text, the one with fewer shingles:
    "longest_run": pl.Float64,  # share of its shared words that stand in one run
    "standing_figures": pl.Int64,  # those within shared wording
    "exchanged_figures": pl.Int64,  # within shared wording: those that each text has and the other lacks, the fewer
    "names_lacking": pl.Int64,  # distinct words that are no figures, and that the longer text has nowhere
    "has_other_dates": pl.Boolean,  # each text opens with a date that the other does not name
    "is_one_day": pl.Boolean,  # both open with the same date, and one names none that the other lacks
    "headline_gain": pl.Float64,  # share of its headline that the longer text prints, less the share that it prints
    "container_headline": pl.Float64,  # share of the longer text's headline that this prints itself; 1 without one
}


class MatchRule(StrEnum):
    """Why a pair was accepted, linked or refused."""

    EXACT = "exact"  # the same shingle sets
    NEAR = "near"  # a copy: nearly all words of the shorter, and Jaccard at or above the setting
    CONTAINED = "contained"  # a copy of a part: an excerpt or an extended version
    REOPENED = "reopened"  # the same report of the day under another first paragraph
    REWRITE = "rewrite"  # text cut into news: shared all along, with words added
    UPDATE = "update"  # the same text of the same day, with figures brought up to date
    REVISED = "revised"  # the same with other words besides: it neither joins nor parts a story
    SERIES = "series"  # the same sentences around other figures or dates
    ROUNDUP = "roundup"  # a container of several stories
    FORMULA = "formula"  # shared wording around other words
    BACKGROUND = "background"  # a shared part of otherwise different texts
    SHORT = "short"  # too little text to tell a copy from a leftover headline
    BELOW = "below"  # too little is shared
    PERSON = "person"  # a person said so, whatever the scores


class Verdict(StrEnum):
    """What a rule means for stories."""

    ACCEPTED = "accepted"
    LINKED = "linked"
    REFUSED = "refused"


VERDICTS = {
    MatchRule.EXACT: Verdict.ACCEPTED,
    MatchRule.NEAR: Verdict.ACCEPTED,
    MatchRule.CONTAINED: Verdict.ACCEPTED,
    MatchRule.REOPENED: Verdict.ACCEPTED,
    MatchRule.REWRITE: Verdict.ACCEPTED,
    MatchRule.UPDATE: Verdict.ACCEPTED,
    MatchRule.REVISED: Verdict.REFUSED,
    MatchRule.SERIES: Verdict.LINKED,
    MatchRule.ROUNDUP: Verdict.LINKED,
    MatchRule.FORMULA: Verdict.REFUSED,
    MatchRule.BACKGROUND: Verdict.REFUSED,
    MatchRule.SHORT: Verdict.REFUSED,
    MatchRule.BELOW: Verdict.REFUSED,
}
"""What each rule of the matcher itself means."""


def score_pairs(pairs: pl.DataFrame, texts: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """The exact scores of each pair `left_id`, `right_id`: `SCORE_SCHEMA`, rows in the given order.

    `texts` has every article once: `article_id`, and `words` and `headline`, packed uint32 as `wordids.word_ids`
    makes them of body and title. Without `headline` no round-up is told by what it prints.
    """
    batches = [_score(batch, texts, settings) for batch in pairs.iter_slices(BATCH_PAIRS)]
    return pl.concat([pl.DataFrame(schema=SCORE_SCHEMA), *batches])


def _score(pairs: pl.DataFrame, texts: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    ids = pl.concat([pairs["left_id"], pairs["right_id"]]).unique().sort()
    found = ids.to_frame("article_id").join(texts, on="article_id", maintain_order="left")
    is_whole = found.height == len(ids) and found["words"].null_count() == 0
    assert is_whole, "every article of a pair has its words exactly once"
    if "headline" not in found.columns:
        found = found.with_columns(headline=pl.lit(b""))
    body, headline = (Words(*unpack(found[name], np.uint32)) for name in ("words", "headline"))
    buffers = flatten(body, headline, date_at(*body), settings.shingle_words)
    left, right = (ids.search_sorted(pairs[side]).to_numpy().astype(np.int64) for side in ("left_id", "right_id"))
    counts = pl.DataFrame(count_overlap(buffers, left, right, settings.shingle_words), schema=list(COUNTS))
    sizes = {"n_left": buffers.n_shingles[left], "n_right": buffers.n_shingles[right]}
    sized = pairs.select("left_id", "right_id").with_columns(**sizes)
    return pl.concat([sized, counts], how="horizontal").select(*_scores())


def _scores() -> list[pl.Expr]:
    shared, left, right = pl.col("shared"), pl.col("n_left"), pl.col("n_right")

    def share(part: pl.Expr, whole: pl.Expr, *, of_none: float = 0.0) -> pl.Expr:
        return pl.when(whole > 0).then(part / whole).otherwise(of_none)

    return [
        *(pl.col(name) for name in ("left_id", "right_id", "n_left", "n_right", "shared")),
        share(shared, left + right - shared).alias("jaccard"),
        share(shared, left).alias("containment_left"),
        share(shared, right).alias("containment_right"),
        share(pl.col("words_shared"), pl.col("words")).alias("word_share"),
        *(pl.col("figures"), pl.col("figures_shared")),
        share(pl.col("longest_run"), pl.col("covered")).alias("longest_run"),
        pl.col("standing").alias("standing_figures"),
        pl.min_horizontal("standing_lacking", "others_lacking").alias("exchanged_figures"),
        pl.col("names_lacking"),
        (pl.col("dates") == OTHER_DATES).alias("has_other_dates"),
        (pl.col("dates") == ONE_DAY).alias("is_one_day"),
        share(pl.col("headline_in_other") - pl.col("headline_in_own"), pl.col("headline")).alias("headline_gain"),
        share(pl.col("other_headline_in_own"), pl.col("other_headline"), of_none=1.0).alias("container_headline"),
    ]


def judge(scores: pl.DataFrame, articles: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """The rows of `scores` with `rule`, `verdict` and `rule_version`; each row is judged by itself.

    `articles` has `article_id`, `night`, `title`, `published_at`, `source` and `canonical_url`; without the last two no
    pair is taken for one outlet's or for one page. A title only ever tells a round-up.
    """
    verdicts = {rule.value: verdict.value for rule, verdict in VERDICTS.items()}
    sides = _sides(articles, settings)
    return (
        scores.join(sides.select(pl.all().name.prefix("left_")), on="left_id", how="left", maintain_order="left")
        .join(sides.select(pl.all().name.prefix("right_")), on="right_id", how="left", maintain_order="left")
        .with_columns(rule=_rule(settings))
        .with_columns(
            verdict=pl.col("rule").replace_strict(verdicts, return_dtype=pl.String),
            rule_version=pl.lit(RULE_VERSION),
        )
        .select(*SCORE_SCHEMA, "rule", "verdict", "rule_version")
    )


def for_review(judged: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """The judged pairs worth keeping: all but those that share so little that nobody needs to see them."""
    line = settings.containment - settings.review_margin
    contained = pl.max_horizontal("containment_left", "containment_right")
    return judged.filter((pl.col("rule") != MatchRule.BELOW) | (contained >= line))


def _sides(articles: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """What judging needs of the article on a side: whose and of when, and whether the headline is a round-up's."""
    title = pl.col("title").fill_null("").str.replace_all(r"\s+", "")
    # Polars knows no pattern list without a type.
    is_digest = title.str.contains_any(settings.digest_titles) if settings.digest_titles else pl.lit(value=False)
    of_page = {"outlet": "source", "page": "canonical_url"}
    known = {to: pl.col(name) if name in articles.columns else pl.lit(None, pl.String) for to, name in of_page.items()}
    return articles.select("night", id="article_id", published="published_at", is_digest=is_digest, **known)


def _rule(settings: MatchSettings) -> pl.Expr:
    """The decision list: the first rule that holds."""
    contained = pl.max_horizontal("containment_left", "containment_right")
    is_alike = pl.col("jaccard") >= settings.jaccard
    is_copy = (pl.col("word_share") >= settings.copy_words) & ~is_subject()
    is_short = (pl.min_horizontal("n_left", "n_right") < settings.min_shingles) & ~is_alike
    is_digest = pl.col("left_is_digest") != pl.col("right_is_digest")
    of_series = (
        pl.when(is_update(settings))
        .then(pl.lit(MatchRule.UPDATE))
        .when(is_revision(settings))
        .then(pl.lit(MatchRule.REVISED))
        .otherwise(pl.lit(MatchRule.SERIES))
    )
    return (
        pl.when(pl.col("jaccard") == 1)
        .then(pl.lit(MatchRule.EXACT))
        .when(contained < settings.containment)
        .then(pl.lit(MatchRule.BELOW))
        .when(is_short)
        .then(pl.lit(MatchRule.SHORT))
        .when(is_digest | is_container(settings))
        .then(pl.lit(MatchRule.ROUNDUP))
        .when(is_series(settings))
        .then(of_series)
        .when(is_copy & is_alike)
        .then(pl.lit(MatchRule.NEAR))
        .when(is_copy)
        .then(pl.lit(MatchRule.CONTAINED))
        .when(is_reopened(settings))
        .then(pl.lit(MatchRule.REOPENED))
        .when(is_background(settings))
        .then(pl.lit(MatchRule.BACKGROUND))
        .when(is_rewrite(settings))
        .then(pl.lit(MatchRule.REWRITE))
        .otherwise(pl.lit(MatchRule.FORMULA))
        .cast(pl.String)
    )
