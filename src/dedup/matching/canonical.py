"""Which article is kept for each text, with the evidence for every article that is not.

In each component the first article by the policy is kept, and every other one is compared with it exactly. Those that
pass stand behind it. Of those that do not, again the first is kept, and so on: no article is dropped through a chain.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from dedup.matching.components import components
from dedup.matching.knownpairs import Compare, KnownPairs
from dedup.matching.verify import MatchRule, Verdict
from dedup.settings import MatchSettings

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


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

    `articles` as for `policy_order`, with `article_id` and `is_settled`, which takes one out of the choice; their
    places count from 0. `edges` are the accepted pairs, `matches` all that were judged, both with the places `left`
    and `right`; `compare` judges further ones.
    """
    known = KnownPairs(articles["article_id"], matches, compare)
    kept, rows = articles["place"].to_numpy().copy(), np.full(articles.height, -1)
    waiting = policy_order(articles.filter(~pl.col("is_settled")), settings).filter(pl.len().over("component") > 1)
    place, component = waiting["place"].to_numpy(), waiting["component"].to_numpy()
    closest = _closest(edges, articles.height)
    ahead = 1
    while len(place):
        starts = np.flatnonzero(np.r_[True, component[1:] != component[:-1]])
        rank = np.arange(len(place)) - np.repeat(starts, np.diff(np.r_[starts, len(place)]))
        first, other = place[np.arange(len(place)) - rank], rank > 0
        found = known.find(place[other], first[other])
        if np.any(found < 0):
            # Comparing has a price for each call, so those with the next in line are asked for together, twice as many
            # each time: a component that keeps n articles costs log n calls, and at most twice the comparisons.
            known.ask(*_with_next(place, rank, ahead))
            ahead *= 2
            continue
        passed = _passed(place[other], first[other], closest, known.rows[found])
        behind = place[other][passed]
        kept[behind], rows[behind] = first[other][passed], found[passed]
        still = other.copy()
        still[other] = ~passed
        place, component = place[still], component[still]
    return pl.concat(
        [articles.select("place", "component", kept=pl.Series(kept)), known.evidence(rows)], how="horizontal"
    )


def _with_next(place: Int64, rank: Int64, ahead: int) -> tuple[Int64, Int64]:
    """Each waiting place with the `ahead` first ones of its component, whose places follow each other by `rank`."""
    start = np.arange(len(place)) - rank
    both = []
    for nth in range(min(ahead, int(rank.max()) + 1)):
        later = np.flatnonzero(rank > nth)
        both.append((place[later], place[start[later] + nth]))
    first, second = zip(*both, strict=True)
    return np.concatenate(first), np.concatenate(second)


def _passed(place: Int64, kept: Int64, closest: Int64, found: pl.DataFrame) -> Bool:
    """Which places stand behind the article kept for them, by what was `found` of each.

    A text cut into news waits while the article that it is closest to waits: it may be better off behind that one.
    """
    is_accepted: Bool = (found["verdict"] == Verdict.ACCEPTED).to_numpy()
    stays = (found["rule"] != MatchRule.REWRITE).to_numpy() | (closest[place] == kept)
    passed: Bool = is_accepted & stays
    while True:
        is_waiting = np.zeros(len(closest) + 1, np.bool_)  # the last is for those that are close to none
        is_waiting[place[~passed]] = True
        more: Bool = is_accepted & (stays | ~is_waiting[closest[place]])
        if more.sum() == passed.sum():
            return passed
        passed = more


def _closest(edges: pl.DataFrame, n: int) -> Int64:
    """For each of n places the one it is closest to: of the copies if it has one, by Jaccard; -1 without an edge."""
    shared = ("jaccard", (pl.col("rule") == MatchRule.REWRITE).alias("is_rewrite"))
    both_ways = pl.concat(
        [
            edges.select(*shared, place="left", closest="right"),
            edges.select(*shared, place="right", closest="left"),
        ]
    )
    order = {"place": False, "is_rewrite": False, "jaccard": True, "closest": False}
    nearest_last = both_ways.sort(*order, descending=list(order.values())).reverse()
    closest = np.full(n, -1)
    closest[nearest_last["place"].to_numpy()] = nearest_last["closest"].to_numpy()  # of several the last stays
    return closest


def one_story(
    kept: pl.DataFrame, articles: pl.DataFrame, edges: pl.DataFrame, known: pl.DataFrame, compare: Compare
) -> pl.Series:
    """For each row of `kept` the lowest place of its story: which of a component's kept articles belong together.

    They do when a copy joins what stands behind them. A chain of texts cut into news does not, and neither does a chain
    whose ends are linked by name as different stories. What a person joined belongs together anyhow, and so does an
    article that stands where a person put it with its other copies. `edges` are the accepted pairs by place, `known`
    all that were judged.
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
    said, rest = pairs.filter("is_said"), pairs.filter(~pl.col("is_said"))
    place, other = (rest[name].to_numpy() for name in ("place", "kept"))
    judged = KnownPairs(articles["article_id"], known, compare)
    judged.ask(place, other)
    is_one = (judged.evidence(judged.find(place, other))["verdict"] != Verdict.LINKED).to_numpy()
    together = pl.concat([said, rest.filter(is_one)])
    story = components(articles.height, together["place"], together["kept"]).gather(kept["kept"])
    return kept.select(pl.col("place").min().over(story)).to_series()
