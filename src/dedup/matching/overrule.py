"""A person's verdicts over the matcher's: pairs that must stand in one story, and pairs that must not.

Accepted pairs make components, and a chain of them may bring together what a person keeps apart. Such a component is
made again, pair by pair in one order: those that a person joined, what was one story before with an article that has
left the window, copies, texts cut into news; of one kind the higher Jaccard first, then the older articles. A pair that
would bring an unlike pair into one component is left out. So an article stays with the side that it is closest to.
"""

from collections import deque
from enum import StrEnum
from typing import NamedTuple

import polars as pl

from dedup.matching.components import components
from dedup.matching.verify import VERDICTS, MatchRule, Verdict


class Opinion(StrEnum):
    """What a person says of two articles."""

    SAME = "same"
    DIFFERENT = "different"


OPINIONS = {Opinion.SAME: Verdict.ACCEPTED, Opinion.DIFFERENT: Verdict.REFUSED}
KEY = ["left_id", "right_id"]
SAID_SCHEMA = {
    "left_id": pl.String,  # the older article
    "right_id": pl.String,
    "verdict": pl.String,  # an Opinion
    "rule": pl.String,  # what the matcher by itself makes of the pair
}


class Said(NamedTuple):
    """What persons say that bears on some articles.

    `pairs`: `SAID_SCHEMA`, free of contradictions. `recalled`: the ids of articles that get no row in this round, and
    only stand for their story, because a pair of theirs may come together with, or lose, an article that does.
    """

    pairs: pl.DataFrame = pl.DataFrame(schema=SAID_SCHEMA)
    recalled: pl.Series = pl.Series("article_id", [], pl.String)


NOTHING_SAID = Said()


def overruled(judged: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The judged pairs with a person's verdict, and the rule `person`, on those that are among `pairs`."""
    if pairs.is_empty():
        return judged
    said = pairs.unique(KEY).select(
        *KEY, said=pl.col("verdict").replace_strict({key: value.value for key, value in OPINIONS.items()})
    )
    is_said = pl.col("said").is_not_null()
    return (
        judged.join(said, on=KEY, how="left", maintain_order="left")
        .with_columns(
            rule=pl.when(is_said).then(pl.lit(MatchRule.PERSON.value)).otherwise("rule"),
            verdict=pl.coalesce("said", "verdict"),
        )
        .drop("said")
    )


def by_itself(matches: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs that are accepted, or would be if no person had spoken, each with its own rule where that accepts it.

    What a person says of a round-up and one story in it makes the round-up none: it is told by these.
    """
    if pairs.is_empty():
        return matches.filter(verdict=Verdict.ACCEPTED.value)
    accepting = [rule.value for rule, verdict in VERDICTS.items() if verdict is Verdict.ACCEPTED]
    own = pairs.unique(KEY).select(*KEY, own=pl.when(pl.col("rule").is_in(accepting)).then("rule"))
    both = matches.join(own, on=KEY, how="left", maintain_order="left")
    return (
        both.filter((pl.col("verdict") == Verdict.ACCEPTED) | pl.col("own").is_not_null())
        .with_columns(rule=pl.coalesce("own", "rule"))
        .drop("own")
    )


def held_together(places: pl.DataFrame, recalled: pl.Series) -> pl.DataFrame:
    """An edge between each recalled article and every other one of the story that it stood in: `left`, `right`.

    `places` has `place`, `article_id` and `borne`, the story id before.
    """
    is_recalled = pl.col("article_id").is_in(recalled.implode())
    both = places.filter(is_recalled).join(places, on="borne").filter(pl.col("place") != pl.col("place_right"))
    ends = {"left": pl.min_horizontal("place", "place_right"), "right": pl.max_horizontal("place", "place_right")}
    return both.select(**ends).unique().sort("left", "right")


def kept_apart(n: int, edges: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    """The rows of `edges` that bring no two places of `apart` (`left`, `right`) into one component, in their order.

    `edges` has `left`, `right` (of n places), `rule`, `jaccard` and `is_held`. Components without such two stay whole.
    """
    if apart.is_empty():
        return edges
    component = components(n, edges["left"], edges["right"])
    is_one = component.gather(apart["left"]) == component.gather(apart["right"])
    torn = component.gather(apart.filter(is_one)["left"]).unique().implode()
    numbered = edges.with_row_index("edge")
    is_torn = component.gather(edges["left"]).is_in(torn)
    kinds = [
        (pl.col("rule") != MatchRule.PERSON) & ~pl.col("is_held"),
        pl.col("is_held"),
        pl.col("rule") == MatchRule.REWRITE,
    ]
    strongest_first = numbered.filter(is_torn).sort(
        *kinds, "jaccard", "left", "right", descending=[False, False, False, True, False, False]
    )
    groups = _Groups(n, apart.select("left", "right").rows())
    dropped = [
        edge for edge, *ends in strongest_first.select("edge", "left", "right").iter_rows() if not groups.join(*ends)
    ]
    return edges.filter(~numbered["edge"].is_in(pl.Series(dropped, dtype=pl.UInt32).implode()))


class _Groups:
    """Growing groups of places, some of which must not meet."""

    def __init__(self, n: int, apart: list[tuple[int, int]]) -> None:
        self.above = list(range(n))
        self.unlike: dict[int, set[int]] = {}
        for left, right in apart:
            self.unlike.setdefault(left, set()).add(right)
            self.unlike.setdefault(right, set()).add(left)

    def of(self, place: int) -> int:
        """The place that stands for the group."""
        while self.above[place] != place:
            self.above[place] = self.above[self.above[place]]
            place = self.above[place]
        return place

    def join(self, left: int, right: int) -> bool:
        """Make one group of two; False where they must not meet."""
        one, other = self.of(left), self.of(right)
        if one == other:
            return True
        if other in self.unlike.get(one, ()):
            return False
        self.above[other] = one
        for enemy in self.unlike.pop(other, ()):
            self.unlike[enemy] = (self.unlike[enemy] - {other}) | {one}
            self.unlike.setdefault(one, set()).add(enemy)
        return True


def contradiction(pairs: pl.DataFrame) -> pl.DataFrame | None:
    """The rows of `pairs` that cannot all hold: one that keeps two apart, and the shortest chain that joins them.

    None where all of them can. Of several contradictions the one of the first rows in order is shown.
    """
    ordered = pairs.sort(*KEY, "verdict").with_row_index("row")
    joined: dict[str, list[tuple[str, int]]] = {}
    for row, left, right in ordered.filter(verdict=Opinion.SAME.value).select("row", *KEY).iter_rows():
        joined.setdefault(left, []).append((right, row))
        joined.setdefault(right, []).append((left, row))
    for row, left, right in ordered.filter(verdict=Opinion.DIFFERENT.value).select("row", *KEY).iter_rows():
        chain = _chain(joined, left, right)
        if chain is not None:
            return ordered.filter(pl.col("row").is_in([row, *chain])).drop("row")
    return None


def _chain(joined: dict[str, list[tuple[str, int]]], start: str, end: str) -> list[int] | None:
    """The rows of the shortest way from one article to the other; None where there is none."""
    ways: dict[str, list[int]] = {start: []}
    waiting = deque([start])
    while waiting and end not in ways:
        here = waiting.popleft()
        for there, row in joined.get(here, []):
            if there not in ways:
                ways[there] = [*ways[here], row]
                waiting.append(there)
    return ways.get(end)
