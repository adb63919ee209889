"""Articles that hold several stories whole: linked to them, joined to none."""

import polars as pl

from dedup.exact import sum_shares
from dedup.matching.components import components
from dedup.matching.lookalikes import PARTS_SHARE
from dedup.matching.verify import MatchRule


def find_roundups(articles: pl.DataFrame, edges: pl.DataFrame) -> pl.Series:
    """Places of the articles that are made of two or more unrelated stories, one of them older.

    `articles` has `place` (0, 1, …, in order) and `published_at`; `edges` the accepted pairs by place, `left` and
    `right`, with `rule`, `n_left`, `n_right`, `containment_left`, `containment_right`. Stories are unrelated when
    nothing joins them but newer texts that hold them; an older text that holds both is what they were cut from. They
    make up at least `PARTS_SHARE` of the round-up: a long speech of which papers print different passages is none.
    A part of a text that the round-up is a version of is not another story: excerpts of unknown date look older.
    """
    time = articles["published_at"]
    left_is_longer = pl.col("n_left") > pl.col("n_right")
    sides = edges.with_columns(
        left_published=time.gather(edges["left"]),
        right_published=time.gather(edges["right"]),
        container=pl.when(left_is_longer).then("left").otherwise("right"),
        part=pl.when(left_is_longer).then("right").otherwise("left"),
        share=pl.min_horizontal("containment_left", "containment_right"),
    ).with_columns(right_is_newer=(pl.col("left_published") <= pl.col("right_published")).fill_null(value=True))
    is_part = (pl.col("share") < PARTS_SHARE) & (pl.col("rule") == MatchRule.CONTAINED)
    holds_older = is_part & (left_is_longer != pl.col("right_is_newer"))
    others = sides.filter(~holds_older)
    story = components(articles.height, others["left"], others["right"])
    versions = sides.filter(~is_part)
    version = components(articles.height, versions["left"], versions["right"])
    parts = sides.filter(is_part)
    parts = parts.filter(version.gather(parts["part"]) != version.gather(parts["container"]))
    held = parts.with_columns(story=story.gather(parts["part"])).group_by("container", "story")
    made_of = held.agg(pl.col("share").max()).group_by("container").agg(pl.len(), sum_shares("share"))
    return made_of.filter((pl.col("len") > 1) & (pl.col("share") >= PARTS_SHARE))["container"].sort()
