from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from dedup.matching.canonical import keep, one_story, policy_order
from dedup.matching.knownpairs import EVIDENCE
from dedup.settings import MatchSettings

START = datetime(2026, 11, 1, tzinfo=UTC)
Pair = tuple[int, int]


def articles(*rows: tuple[int | None, int], settled: tuple[int, ...] = ()) -> pl.DataFrame:
    """One component; for each article the hour of its publication and its length."""
    return pl.DataFrame(
        {
            "place": range(len(rows)),
            "article_id": [f"{i}" for i in range(len(rows))],
            "component": 0,
            "published_at": [None if hour is None else START + timedelta(hours=hour) for hour, _ in rows],
            "crawled_at": START,
            "n_chars": [size for _, size in rows],
            "is_settled": [i in settled for i in range(len(rows))],
        },
        schema_overrides={"place": pl.Int64, "component": pl.Int64, "published_at": pl.Datetime("us", "UTC")},
    )


def matches(rules: dict[Pair, str], jaccard: dict[Pair, float] | None = None) -> pl.DataFrame:
    verdicts = {"series": "linked", "roundup": "linked", "below": "refused", "formula": "refused"}
    rows = [
        {
            "left_id": f"{left}",
            "right_id": f"{right}",
            "left": left,
            "right": right,
            "rule": rule,
            "verdict": verdicts.get(rule, "accepted"),
            "jaccard": (jaccard or {}).get((left, right), 0.8),
            "containment_left": 0.9,
            "containment_right": 0.9,
        }
        for (left, right), rule in rules.items()
    ]
    return pl.DataFrame(rows, schema_overrides={"left": pl.Int64, "right": pl.Int64})


def kept_for(found: pl.DataFrame) -> dict[int, int]:
    return dict(found.select("place", "kept").iter_rows())


class Compared:
    """Judges by a table what is not known, and remembers what it was asked."""

    def __init__(self, rules: dict[Pair, str]) -> None:
        self.table = matches(rules)
        self.asked: list[tuple[str, str]] = []

    def __call__(self, pairs: pl.DataFrame) -> pl.DataFrame:
        self.asked += list(pairs.iter_rows())
        return pairs.join(self.table, on=["left_id", "right_id"])


def keeping(rows: pl.DataFrame, rules: dict[Pair, str], compared: Compared) -> dict[int, int]:
    known = matches(rules)
    return kept_for(keep(rows, known.filter(pl.col("verdict") == "accepted"), known, compared, MatchSettings()))


@pytest.mark.parametrize(("policy", "first"), [("first_full", 2), ("earliest", 0), ("longest", 1), ("latest", 1)])
def test_policy_chooses_who_is_kept(policy: str, first: int) -> None:
    rows = articles((1, 100), (9, 1_000), (5, 800), (None, 900))
    order = policy_order(rows, MatchSettings(canonical=policy))  # type: ignore[arg-type]
    assert order["place"][0] == first


def test_ties_go_to_the_older_place() -> None:
    assert policy_order(articles((1, 100), (1, 100)), MatchSettings())["place"].to_list() == [0, 1]


def test_each_article_stands_behind_one_it_was_compared_with() -> None:
    compared = Compared({(0, 2): "contained"})
    found = keeping(articles((1, 100), (2, 100), (3, 100)), {(0, 1): "near", (1, 2): "near"}, compared)
    assert found == {0: 0, 1: 0, 2: 0}
    assert compared.asked == [("0", "2")]


def test_no_article_is_dropped_through_a_chain() -> None:
    compared = Compared({(0, 2): "below"})
    found = keeping(articles((1, 100), (2, 100), (3, 100)), {(0, 1): "near", (1, 2): "near"}, compared)
    assert found == {0: 0, 1: 0, 2: 2}


def test_pair_whose_ends_are_both_next_in_line_is_compared_once() -> None:
    compared = Compared({(0, 1): "below", (0, 2): "below", (1, 2): "near"})
    rules = {(0, 3): "near", (1, 3): "near", (2, 3): "near"}
    known = matches(rules)
    found = keep(articles(*((i, 100) for i in range(4))), known, known, compared, MatchSettings())
    assert found.select("place", "kept").rows() == [(0, 0), (1, 1), (2, 1), (3, 0)]
    assert len(compared.asked) == len(set(compared.asked))


def test_a_component_of_many_kept_articles_takes_few_calls() -> None:
    n = 40
    rules = {(i, i + 1): "near" for i in range(n - 1)}
    compared = Compared({(i, j): "below" for i in range(n) for j in range(i + 2, n)})
    calls: list[int] = []

    def compare(pairs: pl.DataFrame) -> pl.DataFrame:
        calls.append(pairs.height)
        return compared(pairs)

    known = matches(rules)
    found = keep(articles(*((i, 100) for i in range(n))), known, known, compare, MatchSettings())
    assert kept_for(found) == {i: i - i % 2 for i in range(n)}
    assert len(calls) <= 6
    assert sum(calls) <= n * n


def test_evidence_is_that_of_the_pair_with_the_kept_article() -> None:
    known = matches({(0, 1): "near"}, {(0, 1): 0.73})
    found = keep(articles((1, 100), (2, 100)), known, known, Compared({}), MatchSettings())
    assert found.filter(pl.col("place") == 1).select(*EVIDENCE).row(0) == ("near", "accepted", 0.73, 0.9, 0.9)
    assert found.filter(pl.col("place") == 0).select(*EVIDENCE).row(0) == (None,) * 5


def test_an_article_cut_into_news_waits_for_the_text_it_is_closest_to() -> None:
    rules = {(0, 1): "rewrite", (1, 2): "rewrite", (0, 2): "below"}
    known = matches(rules, {(0, 1): 0.2, (1, 2): 0.5})
    accepted = known.filter(pl.col("verdict") == "accepted")
    found = keep(articles((1, 100), (2, 100), (3, 100)), accepted, known, Compared({}), MatchSettings())
    assert kept_for(found) == {0: 0, 1: 1, 2: 1}


def test_it_does_not_wait_for_a_text_that_goes_the_same_way() -> None:
    rules = {(0, 1): "rewrite", (0, 2): "near", (1, 2): "rewrite"}
    known = matches(rules, {(0, 1): 0.2, (1, 2): 0.5})
    found = keep(articles((1, 100), (2, 100), (3, 100)), known, known, Compared({}), MatchSettings())
    assert kept_for(found) == {0: 0, 1: 0, 2: 0}


def test_a_settled_article_is_neither_kept_for_others_nor_given_away() -> None:
    compared = Compared({(1, 2): "near"})
    found = keeping(articles((1, 100), (2, 100), (3, 100), settled=(0,)), {(0, 1): "near", (0, 2): "near"}, compared)
    assert found == {0: 0, 1: 1, 2: 1}


def stories(rules: dict[Pair, str], compared: dict[Pair, str]) -> list[int]:
    rows = articles(*((i, 100) for i in range(4)))
    known, others = matches(rules), Compared(compared)
    edges = known.filter(pl.col("verdict") == "accepted")
    kept = keep(rows, edges, known, others, MatchSettings())
    return one_story(kept, rows, edges, known, others).to_list()


ELSE_BELOW = {(i, j): "below" for i in range(4) for j in range(i + 1, 4)}


def test_a_chain_of_copies_is_one_story_with_several_kept_articles() -> None:
    assert stories({(0, 1): "near", (1, 2): "near", (2, 3): "near"}, ELSE_BELOW) == [0, 0, 0, 0]


def test_a_chain_of_texts_cut_into_news_is_several_stories() -> None:
    assert stories({(0, 1): "near", (1, 2): "rewrite", (2, 3): "near"}, ELSE_BELOW) == [0, 0, 2, 2]


def test_a_chain_whose_ends_are_a_series_is_several_stories() -> None:
    assert stories({(0, 1): "near", (1, 2): "near", (2, 3): "near"}, ELSE_BELOW | {(0, 2): "series"}) == [0, 0, 2, 2]
