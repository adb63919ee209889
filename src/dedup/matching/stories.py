"""Stories: articles that are one text, under one id.

Components over accepted matches only, then one article kept for each text in them (`canonical.keep`). A component may
keep several articles: they share its `story_id`, unless a rule says by name that they are different stories. What a
person says goes before all of it (`overrule`). Everything is chosen by a total order that ends in the id.
"""

from typing import NamedTuple

import polars as pl

from dedup.matching.canonical import keep, one_story
from dedup.matching.components import bounded_components
from dedup.matching.knownpairs import Compare
from dedup.matching.overrule import NOTHING_SAID, Opinion, Said, by_itself, held_together, kept_apart
from dedup.matching.relations import relation
from dedup.matching.roundups import find_roundups
from dedup.matching.verify import MatchRule, Verdict
from dedup.settings import MatchSettings

RULE_VERSION = "2"

MEMBER_SCHEMA = {
    "article_id": pl.String,
    "story_id": pl.String,
    "canonical_id": pl.String,
    "is_canonical": pl.Boolean,
    "is_origin": pl.Boolean,  # the first of its story to be published
    "relation": pl.String,
    "rule": pl.String,  # that accepted it; null where it is kept
    "jaccard": pl.Float64,  # with the kept article; null where it is kept
    "containment": pl.Float64,  # share of it in the kept article
    "novel_share": pl.Float64,  # share of it that the kept article lacks
    "lag_minutes": pl.Int64,  # after the story's origin
}
ALIAS_SCHEMA = {"old_story_id": pl.String, "story_id": pl.String}
REPORT_SCHEMA = {"event": pl.String, "article_id": pl.String, "articles": pl.Int64, "jaccard": pl.Float64}


class Stories(NamedTuple):
    """`members`: one row an article. `aliases`: story ids that live on under another.

    `report`: round-ups that were joined to nothing, and components that were cut.
    """

    members: pl.DataFrame
    aliases: pl.DataFrame
    report: pl.DataFrame


def build_stories(
    articles: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    compare: Compare,
    settings: MatchSettings,
    carry: pl.DataFrame | None = None,
    said: Said = NOTHING_SAID,
) -> Stories:
    """Stories of all `articles`, from the judged pairs between them.

    `articles`: `article_id`, `night`, `source`, `canonical_url`, `published_at`, `crawled_at`, `n_chars` (of the
    body). `matches`: judged pairs, the accepted ones at least; those with other articles are ignored. `compare` judges
    further pairs. `carry`: `article_id`, `story_id` of an earlier run, whose story ids live on, and `canonical_id`
    where articles age out: one that is carried with a kept article beyond `articles` is settled. It can neither be
    compared with that one again nor be kept, so it only holds its story together, and has no row among the members.
    `said` is what persons say, and of whom; the matches have their verdicts already. The articles that it recalls are
    among `articles` and carried as settled.
    The result is a function of the set of rows; members are sorted by (night, article_id).
    """
    ordered = _placed(articles, said.recalled)
    ids = ordered["article_id"]
    matches = _by_place(ordered, matches)
    roundups = find_roundups(ordered, by_itself(matches, said.pairs))
    edges = _joining(ordered, matches.filter(pl.col("verdict") == Verdict.ACCEPTED), roundups, carry, said)
    component, cuts = bounded_components(
        ordered.height, edges.with_columns(jaccard=_never_cut("jaccard")), max_size=settings.max_story
    )
    settled = _settled(ids, carry)
    in_components = ordered.with_columns(component=component, is_settled=settled)
    kept = keep(in_components, edges.filter(~pl.col("is_held")), matches, compare, settings)
    kept = kept.with_columns(component=one_story(kept, ordered, edges, matches, compare))
    story_ids, aliases = _named(kept, ids, carry)
    members = _described(ordered, kept.with_columns(story_id=story_ids).filter(~settled))
    return Stories(members, aliases, _report(ids, roundups, cuts))


def _placed(articles: pl.DataFrame, recalled: pl.Series) -> pl.DataFrame:
    """The articles with their `place`: by night and id, after the recalled ones, whose claim to a name goes first."""
    order = [~pl.col("article_id").is_in(recalled.implode()), pl.col("night"), pl.col("article_id")]
    return articles.sort(*order).with_row_index("place").cast({"place": pl.Int64})


def _joining(
    ordered: pl.DataFrame, edges: pl.DataFrame, roundups: pl.Series, carry: pl.DataFrame | None, said: Said
) -> pl.DataFrame:
    """The accepted pairs by place that make stories: not those of round-ups, and none against a person's word.

    Added are those that hold a story together around its recalled articles; they have the rule `person` and `is_held`.
    """
    among = roundups.implode()
    is_free = ~pl.col("left").is_in(among) & ~pl.col("right").is_in(among)
    edges = edges.filter(is_free | (pl.col("rule") == MatchRule.PERSON)).with_columns(is_held=pl.lit(value=False))
    if said.pairs.is_empty():
        return edges
    if carry is not None:
        borne = ordered.select("place", "article_id").join(
            carry.select("article_id", borne="story_id"), on="article_id"
        )
        held = held_together(borne, said.recalled)
        marks = {"is_held": pl.lit(value=True), "rule": pl.lit(MatchRule.PERSON.value), "jaccard": pl.lit(1.0)}
        edges = pl.concat([edges, held.with_columns(**marks)], how="diagonal")
    apart = _by_place(ordered, said.pairs.filter(verdict=Opinion.DIFFERENT.value))
    return kept_apart(ordered.height, edges, apart)


def _never_cut(column: str) -> pl.Expr:
    """A score by which pairs are dropped, such that a person's are not."""
    return pl.when(pl.col("rule") == MatchRule.PERSON).then(1.0).otherwise(column)


def _settled(ids: pl.Series, carry: pl.DataFrame | None) -> pl.Series:
    """Which articles are carried with a kept article that is not among `ids`."""
    if carry is None or "canonical_id" not in carry.columns:
        return pl.repeat(value=False, n=len(ids), dtype=pl.Boolean, eager=True)
    gone = carry.filter(~pl.col("canonical_id").is_in(ids.implode()))["article_id"]
    return ids.is_in(gone.implode())


def _report(ids: pl.Series, roundups: pl.Series, cuts: pl.DataFrame) -> pl.DataFrame:
    """`REPORT_SCHEMA`: round-ups that were joined to nothing, and components that were cut, by their oldest article."""
    return pl.concat(
        [
            pl.DataFrame(schema=REPORT_SCHEMA),
            ids.gather(roundups).to_frame().select(pl.lit("roundup").alias("event"), "article_id"),
            cuts.select(
                pl.lit("cut").alias("event"), ids.gather(cuts["component"]).alias("article_id"), "articles", "jaccard"
            ),
        ],
        how="diagonal",
    )


def _by_place(ordered: pl.DataFrame, matches: pl.DataFrame) -> pl.DataFrame:
    places = ordered.select("article_id", "place")
    return (
        matches.join(places.rename({"article_id": "left_id", "place": "left"}), on="left_id")
        .join(places.rename({"article_id": "right_id", "place": "right"}), on="right_id")
        .sort("left", "right")
    )


def _named(kept: pl.DataFrame, ids: pl.Series, carry: pl.DataFrame | None) -> tuple[pl.Series, pl.DataFrame]:
    """The story id of each row of `kept`, and the ids of `carry` that no story bears any more.

    A story bears the id of its oldest member, or the oldest id that its members bore before. An id that another story
    bears is passed over: the member that it names may have been taken out of that one.
    """
    oldest = kept.select(ids.gather(kept["component"])).to_series()
    if carry is None:
        return oldest, pl.DataFrame(schema=ALIAS_SCHEMA)
    borne = pl.DataFrame({"article_id": ids}).join(carry, on="article_id", how="left", maintain_order="left")[
        "story_id"
    ]
    claims = (
        kept.select("component", "place", borne=borne)
        .drop_nulls("borne")
        .sort("place")
        .unique("borne", keep="first", maintain_order=True)
    )
    named = claims.unique("component", keep="first", maintain_order=True).select("component", story_id="borne")
    story_ids = kept.select("component").join(named, on="component", how="left", maintain_order="left")["story_id"]
    taken = named["story_id"].implode()
    own = kept.select("component", "place", own=ids).filter(~pl.col("own").is_in(taken))
    free = own.sort("place").unique("component", keep="first", maintain_order=True)
    unnamed = kept.select("component").join(free, on="component", how="left", maintain_order="left")["own"]
    story_ids = story_ids.fill_null(unnamed).fill_null(oldest)
    aliases = (
        claims.join(named, on="component")
        .filter(pl.col("borne") != pl.col("story_id"))
        .select(old_story_id="borne", story_id="story_id")
        .sort("old_story_id")
    )
    return story_ids, aliases


def _described(ordered: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Members with their relation to the kept article and their lag after the origin."""
    facts = ("article_id", "night", "source", "canonical_url", "published_at")
    of_kept = ordered.select("place", *facts).rename(lambda name: f"kept_{name}" if name != "place" else "kept")
    member_is_left = pl.col("place") < pl.col("kept")
    time = ("published_at", "crawled_at", "place")
    origins = (
        ordered.join(kept.select("place", "story_id"), on="place")
        .sort(*time, nulls_last=True)
        .unique("story_id", keep="first", maintain_order=True)
        .select("story_id", origin="place", origin_published="published_at")
    )
    lag = (pl.col("published_at") - pl.col("origin_published")).dt.total_minutes()
    return (
        ordered.join(kept, on="place")
        .join(of_kept, on="kept")
        .join(origins, on="story_id")
        .sort("place")
        .with_columns(
            canonical_id="kept_article_id",
            is_canonical=pl.col("place") == pl.col("kept"),
            is_origin=pl.col("place") == pl.col("origin"),
            containment=pl.when(member_is_left).then("containment_left").otherwise("containment_right"),
            kept_in_member=pl.when(member_is_left).then("containment_right").otherwise("containment_left"),
            lag_minutes=lag,
        )
        .with_columns(relation=relation(), novel_share=1 - pl.col("containment"))
        .select(*MEMBER_SCHEMA)
        .cast(MEMBER_SCHEMA)  # type: ignore[arg-type]
    )
