"""Which article is kept for each text, with the evidence for every article that is not.

In each component the first article by the policy is kept, and every other one is compared with it exactly. Those that
pass stand behind it. Of those that do not, again the first is kept, and so on: no article is dropped through a chain.
"""

from collections.abc import Callable

import polars as pl

from dedup.matching.components import components
from dedup.matching.verify import MatchRule, Verdict
from dedup.settings import MatchSettings

Compare = Callable[[pl.DataFrame], pl.DataFrame]
"""Pairs `left_id` (the older), `right_id` → the same rows as `verify.judge` returns them, in any order."""

EVIDENCE = {
    "rule": pl.String, "verdict": pl.String, "jaccard": pl.Float64,
    "containment_left": pl.Float64, "containment_right": pl.Float64,
}  # fmt: skip


def policy_order(articles: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """`place`, `component` in the order in which articles are kept, by component.

    `articles` has `place`, `component`, `published_at`, `crawled_at`, `n_chars`. A full version has at least
    `full_share` of the characters of its component's longest article; an unknown time comes last.
    """
    is_part = pl.col("n_chars") < settings.full_share * pl.col("n_chars").max().over("component")
    time = ("published_at", "crawled_at", "place")
    keys: dict[str, tuple[list[str], list[bool]]] = {
        "first_full": (["is_part", *time], [False] * 4),
        "earliest": ([*time], [False] * 3),
        "longest": (["n_chars", *time], [True, False, False, False]),
        "latest": ([*time], [True] * 3),
    }
    by, descending = keys[settings.canonical]
    return (
        articles.with_columns(is_part=is_part)
        .sort("component", *by, descending=[False, *descending], nulls_last=True)
        .select("place", "component")
    )


def keep(
    articles: pl.DataFrame, edges: pl.DataFrame, matches: pl.DataFrame, compare: Compare, settings: MatchSettings
) -> pl.DataFrame:
    """One row an article: `place`, `component`, `kept` (place of the article kept for it), and `EVIDENCE` against it.

    `articles` as for `policy_order`, with `article_id` and `is_settled`, which takes one out of the choice. `edges` are
    the accepted pairs by place, `matches` all that were judged, and `compare` judges further ones.
    """
    ids = articles["article_id"]
    waiting = policy_order(articles.filter(~pl.col("is_settled")), settings).filter(pl.len().over("component") > 1)
    alone = articles.join(waiting, on="place", how="anti").select("place", "component", kept="place")
    done = [alone, pl.DataFrame(schema=EVIDENCE)]
    known = matches.select("left_id", "right_id", *EVIDENCE)
    closest = _closest(edges)
    ahead = 1
    while waiting.height:
        # Comparing has a price for each call, so those with the next in line are asked for together, twice as many
        # each time: a component that keeps n articles costs log n calls, and at most twice the comparisons.
        next_ones = waiting.group_by("component", maintain_order=True).head(ahead).rename({"place": "kept"})
        pairs = waiting.join(next_ones, on="component").filter(pl.col("place") != pl.col("kept"))
        found = judged(pairs, ids, known, compare).join(closest, on="place", how="left")
        ahead *= 2
        while True:
            first = waiting.group_by("component", maintain_order=True).agg(kept=pl.col("place").first())
            first = first.join(next_ones, on=["component", "kept"], how="semi")
            if first.is_empty():
                break
            still = found.join(waiting, on="place", how="semi").join(first, on=["component", "kept"], how="semi")
            passed = _passed(still)
            done += [
                first.select("component", "kept", place="kept"),
                passed.select("place", "component", "kept", *EVIDENCE),
            ]
            settled = pl.concat([first["kept"], passed["place"]]).implode()
            waiting = waiting.filter(~pl.col("place").is_in(settled))
    return pl.concat(done, how="diagonal").sort("place")


def _passed(found: pl.DataFrame) -> pl.DataFrame:
    """The rows of `found` that stand behind their kept article.

    A text cut into news waits while the article that it is closest to waits: it may be better off behind that one.
    """
    accepted = found.filter(pl.col("verdict") == Verdict.ACCEPTED)
    stays = (pl.col("rule") != MatchRule.REWRITE) | (pl.col("closest") == pl.col("kept"))
    passed = accepted.filter(stays)
    while True:
        waiting = found.filter(~pl.col("place").is_in(passed["place"].implode()))["place"].implode()
        more = accepted.filter(stays | ~pl.col("closest").is_in(waiting).fill_null(value=False))
        if more.height == passed.height:
            return passed
        passed = more


def _closest(edges: pl.DataFrame) -> pl.DataFrame:
    """For each `place` with an edge, the place that it is closest to: of the copies if it has one, by Jaccard."""
    shared = ("jaccard", (pl.col("rule") == MatchRule.REWRITE).alias("is_rewrite"))
    both_ways = pl.concat(
        [
            edges.select(*shared, place="left", closest="right"),
            edges.select(*shared, place="right", closest="left"),
        ]
    )
    order = {"place": False, "is_rewrite": False, "jaccard": True, "closest": False}
    nearest_first = both_ways.sort(*order, descending=list(order.values()))
    return nearest_first.unique("place", keep="first", maintain_order=True).select("place", "closest")


def one_story(
    kept: pl.DataFrame, articles: pl.DataFrame, edges: pl.DataFrame, known: pl.DataFrame, compare: Compare
) -> pl.Series:
    """For each row of `kept` the lowest place of its story: which of a component's kept articles belong together.

    They do when a copy joins what stands behind them. A chain of texts cut into news does not, and neither does a chain
    whose ends are linked by name as different stories. What a person joined belongs together anyhow, and so does an
    article that stands where a person put it with its other copies. `edges` are the accepted pairs by place.
    """
    by_place = kept.sort("place")
    behind, is_put = by_place["kept"], (by_place["rule"] == MatchRule.PERSON).fill_null(value=False)
    copies = edges.filter(pl.col("rule") != MatchRule.REWRITE)
    ends = copies.select(
        place=behind.gather(copies["left"]),
        kept=behind.gather(copies["right"]),
        is_said=(pl.col("rule") == MatchRule.PERSON) | is_put.gather(copies["left"]) | is_put.gather(copies["right"]),
    )
    pairs = (
        ends.filter(pl.col("place") != pl.col("kept"))
        .group_by(place=pl.min_horizontal("place", "kept"), kept=pl.max_horizontal("place", "kept"))
        .agg(pl.col("is_said").any())
        .sort("place", "kept")
    )
    said, rest = pairs.filter("is_said"), pairs.filter(~pl.col("is_said")).drop("is_said")
    found = judged(rest, articles["article_id"], known.select("left_id", "right_id", *EVIDENCE), compare)
    found = found.filter(pl.col("verdict") != Verdict.LINKED)
    together = pl.concat([said.select("place", "kept"), found.select("place", "kept")])
    story = components(articles.height, together["place"], together["kept"]).gather(kept["kept"])
    return kept.select(pl.col("place").min().over(story)).to_series()


def judged(pairs: pl.DataFrame, ids: pl.Series, known: pl.DataFrame, compare: Compare) -> pl.DataFrame:
    """`pairs` (`place`, `kept`) with the evidence: what is known of them, and else what `compare` finds."""
    named = pairs.with_columns(
        left_id=ids.gather(pairs.select(pl.min_horizontal("place", "kept")).to_series()),
        right_id=ids.gather(pairs.select(pl.max_horizontal("place", "kept")).to_series()),
    )
    key = ["left_id", "right_id"]
    # Of two that are both next in line, each is paired with the other.
    unknown = named.join(known, on=key, how="anti").select(key).unique(maintain_order=True)
    found = compare(unknown).select(*key, *EVIDENCE) if unknown.height else known.clear()
    return named.join(pl.concat([known, found]), on=key, maintain_order="left")
