from itertools import combinations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.scoring.mistakes import false_joins, misses
from dedup.settings import MatchSettings

SETTINGS = MatchSettings()
SCORES = {"jaccard": 0.5, "containment_left": 0.9, "containment_right": 0.0, "shared": 40}
MATCH = {"left_id": "", "right_id": "", "rule": "", "verdict": "", **SCORES}


def found_of(stories: str, clusters: str) -> pl.DataFrame:
    """One record a letter; a cluster `-` is a record that was not published."""
    rows = [
        {
            "id": f"r{i}",
            "article_id": None if cluster == "-" else f"a{i}",
            "story_id": story,
            "cluster": f"alone-r{i}" if cluster == "-" else cluster,
            "is_missing": cluster == "-",
        }
        for i, (story, cluster) in enumerate(zip(stories, clusters, strict=True))
    ]
    return pl.DataFrame(rows, schema_overrides={"article_id": pl.String})


def matches_of(*pairs: tuple[str, str, str, str, float]) -> pl.DataFrame:
    """Compared pairs: left, right, rule, verdict, the shorter text's containment."""
    rows = [
        {**MATCH, "left_id": left, "right_id": right, "rule": rule, "verdict": verdict, "containment_left": contained}
        for left, right, rule, verdict, contained in pairs
    ]
    return pl.DataFrame(rows, schema={name: pl.DataFrame([MATCH]).schema[name] for name in MATCH})


def judged_as(rule: str, verdict: str, contained: float) -> pl.DataFrame:
    return pl.DataFrame([{**SCORES, "rule": rule, "verdict": verdict, "containment_left": contained}])


def compare(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.join(judged_as("near", "accepted", 0.7), how="cross")


def compare_below(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.join(judged_as("below", "refused", 0.01), how="cross")


def test_a_false_join_is_shown_by_the_least_alike_pair_that_was_accepted() -> None:
    found = found_of("xxyy", "pppp")
    matches = matches_of(
        ("a0", "a2", "near", "accepted", 0.9),
        ("a1", "a2", "rewrite", "accepted", 0.6),
        ("a1", "a3", "formula", "refused", 0.3),
    )
    row = false_joins(found, matches, compare).row(0, named=True)
    assert (row["left_id"], row["right_id"], row["rule"], row["mistake"]) == ("a1", "a2", "rewrite", "joined")
    assert (row["n_pairs"], row["contained"]) == (4, 0.6)


def test_stories_that_others_join_are_told_apart_from_those_that_were_accepted() -> None:
    found = found_of("xyz", "ppp")
    matches = matches_of(("a0", "a1", "near", "accepted", 0.9), ("a1", "a2", "near", "accepted", 0.9))
    rows = false_joins(found, matches, compare).sort("left_id", "right_id")
    assert rows.select("left_id", "right_id", "mistake").rows() == [
        ("a0", "a1", "joined"),
        ("a0", "a2", "chained"),
        ("a1", "a2", "joined"),
    ]


def test_a_miss_says_what_became_of_its_most_alike_pair() -> None:
    said = [
        ("linked", "series", "linked"),
        ("refused", "background", "refused"),
        ("parted", "near", "accepted"),
    ]
    for mistake, rule, verdict in said:
        matches = matches_of(("a0", "a2", "below", "refused", 0.2), ("a1", "a2", rule, verdict, 0.8))
        row = misses(found_of("xxx", "ppq"), matches, compare, SETTINGS).row(0, named=True)
        assert (row["mistake"], row["left_id"], row["right_id"], row["n_pairs"]) == (mistake, "a1", "a2", 2)


def test_a_miss_that_a_run_would_have_remembered_was_never_a_candidate() -> None:
    found = found_of("xx", "pq")
    assert misses(found, matches_of(), compare, SETTINGS)["mistake"].to_list() == ["unseen"]
    assert misses(found, matches_of(), compare_below, SETTINGS)["mistake"].to_list() == ["below"]


def test_the_worst_come_first() -> None:
    joined = false_joins(found_of("xxyzw", "pppqq"), matches_of(), compare)
    assert joined["n_pairs"].to_list() == [2, 1]
    matches = matches_of(("a0", "a1", "below", "refused", 0.2), ("a2", "a3", "series", "linked", 0.9))
    assert misses(found_of("xxyy", "pqrs"), matches, compare, SETTINGS)["contained"].to_list() == [0.9, 0.2]


def test_a_record_that_was_not_published_is_no_miss() -> None:
    assert misses(found_of("xx", "p-"), matches_of(), compare, SETTINGS).is_empty()


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("pqr")), min_size=1, max_size=10))
def test_every_wrong_pair_is_counted_once(labels: list[tuple[str, str]]) -> None:
    found = found_of(*("".join(column) for column in zip(*labels, strict=True)))
    pairs = list(combinations(labels, 2))
    joined = sum(a[1] == b[1] and a[0] != b[0] for a, b in pairs)
    parted = sum(a[1] != b[1] and a[0] == b[0] for a, b in pairs)
    assert false_joins(found, matches_of(), compare)["n_pairs"].sum() == joined
    assert misses(found, matches_of(), compare, SETTINGS)["n_pairs"].sum() == parted
