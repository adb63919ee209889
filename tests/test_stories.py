from datetime import UTC, date, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dedup.matching.stories import MEMBER_SCHEMA, Stories, build_stories
from dedup.settings import MatchSettings

START = datetime(2026, 11, 1, tzinfo=UTC)


def article(
    name: str, *, night: int = 0, hour: int | None = 0, source: str = "a", chars: int = 100
) -> dict[str, object]:
    return {
        "article_id": name,
        "night": date(2026, 11, 1) + timedelta(days=night),
        "source": source,
        "canonical_url": f"{source}.example/{name}",
        "published_at": None if hour is None else START + timedelta(hours=hour),
        "crawled_at": START + timedelta(days=night),
        "n_chars": chars,
    }


def frame(*articles: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(articles), schema_overrides={"published_at": pl.Datetime("us", "UTC")})


def match(
    left: str, right: str, rule: str = "near", jaccard: float = 0.8, inside: tuple[float, float] = (0.9, 0.9)
) -> dict[str, object]:
    verdict = {"series": "linked", "below": "refused"}.get(rule, "accepted")
    return {
        "left_id": left,
        "right_id": right,
        "rule": rule,
        "verdict": verdict,
        "jaccard": jaccard,
        "n_left": 100,
        "n_right": 100,
        "containment_left": inside[0],
        "containment_right": inside[1],
    }


NO_MATCHES = pl.DataFrame([match("", "")]).clear()


def build(
    articles: pl.DataFrame, *matches: dict[str, object], carry: dict[str, tuple[str, str]] | None = None
) -> Stories:
    """Stories where every pair that is not among the matches is too different."""

    def compare(pairs: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame([match(left, right, "below", 0.1) for left, right in pairs.iter_rows()])

    carried = None
    if carry is not None:
        rows = [(name, *both) for name, both in carry.items()]
        carried = pl.DataFrame(rows, schema=["article_id", "story_id", "canonical_id"], orient="row")
    found = pl.DataFrame(list(matches)) if matches else NO_MATCHES
    return build_stories(articles, found, compare=compare, settings=MatchSettings(), carry=carried)


def column(stories: Stories, name: str) -> dict[str, object]:
    return dict(stories.members.select("article_id", name).iter_rows())


def test_articles_without_a_match_are_stories_of_their_own() -> None:
    stories = build(frame(article("x"), article("y")))
    assert stories.members.schema == MEMBER_SCHEMA
    assert column(stories, "story_id") == {"x": "x", "y": "y"}
    assert column(stories, "relation") == {"x": "canonical", "y": "canonical"}


def test_a_story_bears_the_id_of_its_oldest_article_by_night_and_id() -> None:
    stories = build(
        frame(article("c", night=1), article("z", night=0), article("y", night=0)), match("y", "z"), match("z", "c")
    )
    assert set(column(stories, "story_id").values()) == {"y"}


def test_the_kept_article_is_the_first_published_and_lag_counts_from_it() -> None:
    stories = build(frame(article("x", hour=5), article("y", hour=2, source="b")), match("x", "y"))
    assert column(stories, "canonical_id") == {"x": "y", "y": "y"}
    assert column(stories, "is_origin") == {"x": False, "y": True}
    assert column(stories, "lag_minutes") == {"x": 180, "y": 0}


def test_an_unknown_publication_time_has_no_lag() -> None:
    stories = build(frame(article("x", hour=5), article("y", hour=None)), match("x", "y"))
    assert column(stories, "lag_minutes") == {"x": 0, "y": None}


def test_evidence_speaks_of_the_member_whichever_side_it_stood_on() -> None:
    stories = build(
        frame(article("x", hour=9, source="b", chars=40), article("y", hour=2)), match("x", "y", inside=(1.0, 0.4))
    )
    member = stories.members.row(0, named=True)
    assert (member["article_id"], member["relation"], member["containment"]) == ("x", "excerpt", 1.0)
    assert member["novel_share"] == 0.0


def test_linked_and_refused_pairs_join_nothing() -> None:
    stories = build(
        frame(article("x"), article("y"), article("z")), match("x", "y", "series"), match("y", "z", "below")
    )
    assert column(stories, "story_id") == {"x": "x", "y": "y", "z": "z"}


def test_matches_with_articles_that_are_not_there_are_ignored() -> None:
    assert column(build(frame(article("x")), match("gone", "x")), "story_id") == {"x": "x"}


def test_a_story_keeps_the_id_it_had_and_a_merged_one_becomes_an_alias() -> None:
    carry = {"x": ("older", "x"), "y": ("y", "y")}
    stories = build(frame(article("x", night=0), article("y", night=1)), match("x", "y"), carry=carry)
    assert set(column(stories, "story_id").values()) == {"older"}
    assert stories.aliases.rows() == [("y", "older")]


def test_a_story_that_falls_apart_leaves_its_id_to_its_oldest_article() -> None:
    carry = {"x": ("x", "x"), "y": ("x", "x")}
    stories = build(frame(article("x"), article("y")), carry=carry)
    assert column(stories, "story_id") == {"x": "x", "y": "y"}


def test_an_article_whose_kept_one_has_aged_out_holds_the_story_but_has_no_row() -> None:
    stories = build(frame(article("x"), article("y", night=1)), match("x", "y"), carry={"x": ("gone", "gone")})
    assert column(stories, "story_id") == {"y": "gone"}
    assert column(stories, "canonical_id") == {"y": "y"}


def test_a_roundup_joins_none_of_its_stories_and_is_reported() -> None:
    part = {"n_left": 100, "n_right": 250, "containment_left": 1.0, "containment_right": 0.4}
    articles = frame(article("x", hour=1), article("y", hour=2), article("z", hour=9, chars=900))
    stories = build(articles, match("x", "z", "contained") | part, match("y", "z", "contained") | part)
    assert column(stories, "story_id") == {"x": "x", "y": "y", "z": "z"}
    assert stories.report.select("event", "article_id").rows() == [("roundup", "z")]


NAMES = "abcdefg"
GRAPHS = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] < pair[1]),
    st.sampled_from(["near", "rewrite", "exact", "series", "below"]),
    max_size=12,
)


@settings(deadline=None)
@given(rules=GRAPHS, hours=st.lists(st.integers(0, 3), min_size=7, max_size=7), seed=st.integers(0, 5))
def test_every_dropped_article_has_evidence_and_order_of_rows_changes_nothing(
    rules: dict[tuple[str, str], str], hours: list[int], seed: int
) -> None:
    articles = frame(*(article(name, night=i // 3, hour=hours[i]) for i, name in enumerate(NAMES)))
    matches = [match(*pair, rule) for pair, rule in rules.items()]
    stories = build(articles, *matches)
    members = stories.members
    assert members["article_id"].to_list() == list(NAMES)
    kept = {row["article_id"]: row["story_id"] for row in members.iter_rows(named=True) if row["is_canonical"]}
    for row in members.filter(~pl.col("is_canonical")).iter_rows(named=True):
        assert kept[row["canonical_id"]] == row["story_id"]
        pair = min(row["article_id"], row["canonical_id"]), max(row["article_id"], row["canonical_id"])
        assert row["rule"] == rules[pair] in ("near", "rewrite", "exact")
    shuffled = articles.sample(fraction=1, shuffle=True, seed=seed)
    assert_frame_equal(build(shuffled, *reversed(matches)).members, members)
