import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dedup.matching.components import components
from dedup.matching.overrule import SAID_SCHEMA, Said, contradiction, kept_apart, overruled
from dedup.matching.stories import Stories, build_stories
from dedup.matching.verify import VERDICTS, MatchRule
from dedup.settings import MatchSettings
from tests.test_stories import NAMES, NO_MATCHES, article, frame, match

Pair = tuple[str, str]
PAIRS = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] < pair[1])
RULES = [rule for rule in MatchRule if rule is not MatchRule.PERSON]


def matches_of(rules: dict[Pair, tuple[str, float]]) -> pl.DataFrame:
    rows = [
        match(*pair, rule, jaccard) | {"verdict": VERDICTS[MatchRule(rule)].value}
        for pair, (rule, jaccard) in rules.items()
    ]
    return pl.DataFrame(rows) if rows else NO_MATCHES


def said_of(spoken: dict[Pair, str], matches: pl.DataFrame) -> pl.DataFrame:
    rules = dict(zip(matches.select("left_id", "right_id").iter_rows(), matches["rule"], strict=True))
    rows = [(*pair, verdict, rules.get(pair, "below")) for pair, verdict in spoken.items()]
    return pl.DataFrame(rows, schema=SAID_SCHEMA, orient="row")


def told(articles: pl.DataFrame, rules: dict[Pair, tuple[str, float]], spoken: dict[Pair, str]) -> Stories:
    """Stories where a person overrules the matches; a pair that is not among them is too different."""

    def compare(pairs: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame([match(*pair, "below", 0.1) for pair in pairs.iter_rows()])

    own = matches_of(rules)
    said = said_of(spoken, own)
    lacking = [match(*pair, "below", 0.1) for pair in spoken if pair not in rules]
    judged = pl.concat([own, pl.DataFrame(lacking)]) if lacking else own
    return build_stories(articles, overruled(judged, said), compare=compare, settings=MatchSettings(), said=Said(said))


def stories_of(stories: Stories) -> dict[str, str]:
    return dict(stories.members.select("article_id", "story_id").iter_rows())


FOUR = frame(*(article(name, hour=hour) for hour, name in enumerate("abcd")))


def test_joined_pair_is_one_story_whatever_the_scores() -> None:
    stories = told(FOUR, {}, {("a", "b"): "same"})
    assert stories_of(stories) == {"a": "a", "b": "a", "c": "c", "d": "d"}
    member = stories.members.row(1, named=True)
    assert (member["canonical_id"], member["rule"], member["jaccard"]) == ("a", "person", 0.1)


def test_article_between_two_that_are_kept_apart_stays_with_the_closer_one() -> None:
    chain = {("a", "b"): ("near", 0.6), ("b", "c"): ("near", 0.9)}
    assert stories_of(told(FOUR, chain, {("a", "c"): "different"})) == {"a": "a", "b": "b", "c": "b", "d": "d"}


def test_copy_goes_before_a_text_cut_into_news_however_close() -> None:
    chain = {("a", "b"): ("near", 0.5), ("b", "c"): ("rewrite", 0.9)}
    assert stories_of(told(FOUR, chain, {("a", "c"): "different"})) == {"a": "a", "b": "a", "c": "c", "d": "d"}


def test_series_that_a_person_joins_is_one_story_though_its_texts_are_linked() -> None:
    assert set(stories_of(told(FOUR, {("a", "b"): ("series", 0.8)}, {("a", "b"): "same"})).values()) == {"a", "c", "d"}


def test_copies_of_a_joined_article_come_with_it_though_a_rule_links_them_with_the_other() -> None:
    series = {("a", "c"): ("series", 0.7), ("b", "c"): ("near", 0.9)}
    assert stories_of(told(FOUR, series, {("a", "b"): "same"})) == {"a": "a", "b": "a", "c": "a", "d": "d"}
    parted = {("a", "b"): "same", ("a", "c"): "different"}
    assert stories_of(told(FOUR, series, parted)) == {"a": "a", "b": "a", "c": "c", "d": "d"}


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_roundup_stays_one_whatever_a_person_says_of_one_of_its_stories(verdict: str) -> None:
    articles = frame(article("a", hour=1), article("b", hour=2), article("c", hour=9, chars=900), article("d"))
    sizes = {"n_left": 100, "n_right": 250, "containment_left": 1.0, "containment_right": 0.4}
    own = matches_of({("a", "c"): ("contained", 0.4), ("b", "c"): ("contained", 0.4)})
    own = own.with_columns(**{name: pl.lit(value) for name, value in sizes.items()})
    said = said_of({("a", "c"): verdict}, own)
    stories = build_stories(
        articles, overruled(own, said), compare=lambda _: own, settings=MatchSettings(), said=Said(said)
    )
    story = stories_of(stories)
    assert story["b"] == "b"
    assert (story["a"] == story["c"]) == (verdict == "same")


def test_verdicts_that_cannot_all_hold_are_shown_with_the_shortest_chain() -> None:
    spoken = {("a", "b"): "same", ("b", "c"): "same", ("a", "c"): "different", ("c", "d"): "same", ("b", "d"): "same"}
    against = contradiction(said_of(spoken, NO_MATCHES))
    assert against is not None
    assert set(against.select("left_id", "right_id", "verdict").rows()) == {
        ("a", "c", "different"), ("a", "b", "same"), ("b", "c", "same"),
    }  # fmt: skip
    assert contradiction(said_of({("a", "b"): "same", ("c", "d"): "different"}, NO_MATCHES)) is None


@given(st.dictionaries(PAIRS, st.sampled_from(["same", "different"]), max_size=8))
def test_contradiction_is_found_where_a_chain_joins_what_is_kept_apart(spoken: dict[Pair, str]) -> None:
    place = {name: number for number, name in enumerate(NAMES)}
    same = [pair for pair, verdict in spoken.items() if verdict == "same"]
    ends = [pl.Series([place[pair[side]] for pair in same], dtype=pl.Int64) for side in (0, 1)]
    story = components(len(NAMES), *ends)
    broken = [
        pair for pair, said in spoken.items() if said == "different" and story[place[pair[0]]] == story[place[pair[1]]]
    ]
    assert (contradiction(said_of(spoken, NO_MATCHES)) is not None) == bool(broken)


GRAPHS = st.dictionaries(PAIRS, st.tuples(st.sampled_from(RULES), st.sampled_from([0.3, 0.5, 0.7, 1.0])), max_size=14)
SPOKEN = st.dictionaries(PAIRS, st.sampled_from(["same", "different"]), min_size=1, max_size=5)


@settings(deadline=None, max_examples=200)
@given(rules=GRAPHS, spoken=SPOKEN, hours=st.lists(st.integers(0, 3), min_size=7, max_size=7), seed=st.integers(0, 5))
def test_every_verdict_holds_and_every_drop_has_evidence(
    rules: dict[Pair, tuple[str, float]], spoken: dict[Pair, str], hours: list[int], seed: int
) -> None:
    if contradiction(said_of(spoken, matches_of(rules))) is not None:
        return
    articles = frame(*(article(name, night=i // 3, hour=hours[i]) for i, name in enumerate(NAMES)))
    stories = told(articles, rules, spoken)
    story = stories_of(stories)
    for (left, right), verdict in spoken.items():
        assert (story[left] == story[right]) == (verdict == "same"), (left, right)
    kept = {row["article_id"]: row["story_id"] for row in stories.members.iter_rows(named=True) if row["is_canonical"]}
    for row in stories.members.filter(~pl.col("is_canonical")).iter_rows(named=True):
        pair = min(row["article_id"], row["canonical_id"]), max(row["article_id"], row["canonical_id"])
        assert kept[row["canonical_id"]] == row["story_id"]
        assert row["rule"] == ("person" if spoken.get(pair) == "same" else rules[pair][0])
    shuffled = articles.sample(fraction=1, shuffle=True, seed=seed)
    turned = told(shuffled, dict(reversed(rules.items())), dict(reversed(spoken.items())))
    assert_frame_equal(turned.members, stories.members)


@settings(deadline=None)
@given(rules=GRAPHS, spoken=SPOKEN)
def test_stories_that_no_verdict_touches_are_what_they_were(
    rules: dict[Pair, tuple[str, float]], spoken: dict[Pair, str]
) -> None:
    if contradiction(said_of(spoken, matches_of(rules))) is not None:
        return
    articles = frame(*(article(name) for name in NAMES))
    both = [pair for pair, (rule, _) in rules.items() if VERDICTS[MatchRule(rule)].value == "accepted"] + list(spoken)
    place = {name: number for number, name in enumerate(NAMES)}
    ends = [pl.Series([place[pair[side]] for pair in both], dtype=pl.Int64) for side in (0, 1)]
    component = components(len(NAMES), *ends)
    touched = {component[place[name]] for pair in spoken for name in pair}
    rest = [name for name in NAMES if component[place[name]] not in touched]
    before, after = (told(articles, rules, said).members for said in ({}, spoken))
    others = pl.col("article_id").is_in(rest)
    assert_frame_equal(after.filter(others), before.filter(others))


def test_components_without_two_that_are_apart_lose_no_pair() -> None:
    edges = pl.DataFrame(
        [(0, 1, "near", 0.5, False), (2, 3, "near", 0.6, False), (3, 4, "near", 0.7, False)],
        schema=["left", "right", "rule", "jaccard", "is_held"],
        orient="row",
    )
    apart = pl.DataFrame({"left": [2], "right": [4]})
    assert kept_apart(5, edges, apart).select("left", "right").rows() == [(0, 1), (3, 4)]
    assert kept_apart(5, edges, apart.clear()).equals(edges)
