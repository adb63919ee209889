"""What tells a look-alike from a copy: one question each, over the columns that `verify.judge` has of a pair.

Those are the scores (`verify.SCORE_SCHEMA`), and of either article `…_night`, `…_published`, `…_outlet` and `…_page`,
its address (null where not known).
"""

import polars as pl

from dedup.settings import MatchSettings

SAME_SENTENCES = 0.5
"""Share of the shorter text's shingles from which two texts can be the same sentences told again."""

SAME_TEXT = 0.9
"""Jaccard from which a text is the same again: furniture left over, a corrected typo."""

SAME_REPORT = 1 / 3
"""Share of the longer text's shingles from which one passage is the report, and not what it was hung on."""

LATER_DAYS = 2
"""Days from which a publication is surely the later one: some are known to the day only, and clocks differ."""

ENOUGH_SHARED = 30
"""Shingles from which less than half of a short text is more than names and titles of one subject."""

LONG_AFTER = 14
"""Days from which less than half of a text is its subject again, not a copy of it."""

PARTS_SHARE = 0.5
"""A round-up is made of several stories: each has less than this share of its shingles."""


def is_series(settings: MatchSettings) -> pl.Expr:
    """The same sentences around other figures, or told again on another day.

    Figures that each text has where the other has others must be a fair part of those in shared wording. A single one
    is enough where the texts open with other dates, or where a copy comes days later. A copy that comes days later is
    also a series where the dates differ, or where one outlet runs it with other words. So is one outlet's copy with
    other dates at another address, whenever it comes: crawl times and reports of one week hide how far apart they are.
    """
    exchanged = pl.col("exchanged_figures")
    has_other_figures = (exchanged > 0) & (exchanged >= settings.series_figures * pl.col("standing_figures"))
    has_other_dates = pl.col("has_other_dates")
    is_copy = pl.col("word_share") >= settings.copy_words
    is_repeated = is_copy & (_contained() >= SAME_SENTENCES) & (_days_between().abs() >= settings.series_days)
    is_own = _is_of_one_outlet() & (pl.col("jaccard") < SAME_TEXT)
    is_later = (_published_between().abs() >= settings.series_days).fill_null(value=False)  # no page fetched again
    is_next = is_copy & is_own & has_other_dates & ~_is_of_one_page()
    return (
        (has_other_figures & ((exchanged >= settings.series_min_figures) | has_other_dates | is_repeated))
        | (is_repeated & (has_other_dates | (is_own & is_later)))
        | is_next
    )


def is_revision(settings: MatchSettings) -> pl.Expr:
    """The same text of the same day, most figures as they were: an instalment of a series has another date, or others.

    Both open with the same date and none is exchanged, they are published less than `series_days` apart, and of the
    figures in shared wording at most `update_figures` are exchanged.
    """
    few = pl.col("exchanged_figures") <= settings.update_figures * pl.col("standing_figures")
    is_near = _days_between().abs() < settings.series_days
    return pl.col("is_one_day") & few & is_near & (pl.col("word_share") >= settings.copy_words)


def is_update(settings: MatchSettings) -> pl.Expr:
    """A revision where only figures were exchanged, whatever was added; or one that stands at the same address."""
    return is_revision(settings) & ((pl.col("names_lacking") == 0) | _is_of_one_page())


def is_container(settings: MatchSettings) -> pl.Expr:
    """The longer text prints the shorter one's headline, under a headline of its own that is not about its text."""
    prints_headline = pl.col("headline_gain") >= settings.roundup_headline
    has_other_headline = pl.col("container_headline") < settings.roundup_headline
    return (_covered() < PARTS_SHARE) & prints_headline & has_other_headline


def is_subject() -> pl.Expr:
    """Less than half of the shorter text stands in the longer, and that is little, or of long before or after.

    Nearly all words of a few sentences are found in any long text on their subject.
    """
    is_far = (_published_between().abs() >= LONG_AFTER).fill_null(value=False)
    return (_contained() < SAME_SENTENCES) & ((pl.col("shared") < ENOUGH_SHARED) | is_far)


def is_reopened(settings: MatchSettings) -> pl.Expr:
    """Another outlet's text of the same day, under a first paragraph of its own: what is shared is one passage.

    Such a passage could be background, were it not for the date that both open with and the figures that agree.
    """
    is_passage = pl.col("longest_run") > settings.rewrite_run
    is_of_day = pl.col("is_one_day") & (_days_between().abs() < settings.series_days)
    return is_passage & is_of_day & (_covered() >= SAME_REPORT) & is_rewrite(settings)


def is_background(settings: MatchSettings) -> pl.Expr:
    """What is shared lies in one passage, or is a small part of a text that is longer and newer."""
    left_after_right = _days_between()
    later = pl.when(pl.col("n_left") > pl.col("n_right")).then(left_after_right).otherwise(-left_after_right)
    is_mostly_new = (later >= LATER_DAYS) & (_covered() < settings.rewrite_covered)
    return (pl.col("longest_run") > settings.rewrite_run) | is_mostly_new


def is_rewrite(settings: MatchSettings) -> pl.Expr:
    """Another outlet's text with much of the wording, and with the figures."""
    is_close = (pl.col("word_share") + _contained()) / 2 >= settings.rewrite_closeness
    figures, shared = pl.col("figures"), pl.col("figures_shared")
    has_figures = (shared >= settings.rewrite_figures * figures) | (figures - shared <= 1)
    return is_close & has_figures & ~_is_of_one_outlet()


def _contained() -> pl.Expr:
    """Share of the shorter text's shingles in the longer."""
    return pl.max_horizontal("containment_left", "containment_right")


def _covered() -> pl.Expr:
    """Share of the longer text's shingles in the shorter."""
    return pl.min_horizontal("containment_left", "containment_right")


def _published_between() -> pl.Expr:
    """Days from the right one's publication to the left one's; null where one is not known."""
    return (pl.col("left_published") - pl.col("right_published")).dt.total_days()


def _days_between() -> pl.Expr:
    """The same; between their nights where it is null."""
    return pl.coalesce(_published_between(), (pl.col("left_night") - pl.col("right_night")).dt.total_days())


def _is_of_one_outlet() -> pl.Expr:
    return (pl.col("left_outlet") == pl.col("right_outlet")).fill_null(value=False)


def _is_of_one_page() -> pl.Expr:
    return _is_of_one_outlet() & (pl.col("left_page") == pl.col("right_page")).fill_null(value=False)
