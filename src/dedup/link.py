"""The third step: a night's articles are compared with the window of nights before, and stories follow.

A night's checkpoint holds what the night changed and nothing else:

    matches    judged pairs whose newer article is of the night
    members    the rows of the night's articles, and of window articles whose row is not what it was before
    aliases    story ids that live on under another since this night
    person     the verdicts of persons that stand as of this night (`standing`), if there are any

The row of an article is therefore the last one written for it, as of any night; articles older than the window are
left as they were. The same chain of nights gives the same rows, one night a run or all in one.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import cast

import polars as pl
from polars.datatypes import DataTypeClass

from dedup import memory
from dedup.comparing import Comparison
from dedup.index import Counts, Index, Step, digest
from dedup.matching.candidates import Candidates, candidate_pairs, n_passages
from dedup.matching.components import components
from dedup.matching.knownpairs import EVIDENCE
from dedup.matching.overrule import KEY, SAID_SCHEMA, Said, overruled
from dedup.matching.stories import Stories, build_stories
from dedup.matching.verify import MatchRule, Verdict, for_review
from dedup.persons import standing
from dedup.persons.spoken import PAIR_SCHEMA, Spoken
from dedup.settings import Settings

MEMBER_ROW = pl.Schema(
    cast(
        dict[str, DataTypeClass | pl.DataType],
        {
            "article_id": pl.String,
            "night": pl.Date,
            "story_id": pl.String,
            "canonical_id": pl.String,
            "is_canonical": pl.Boolean,
            "is_origin": pl.Boolean,
            "relation": pl.String,
            "rule": pl.String,
            "jaccard": pl.Float64,
            "containment": pl.Float64,
            "novel_share": pl.Float64,
            "lag_minutes": pl.Int64,
            "n_members": pl.UInt32,
            "n_sources": pl.UInt32,
            "first_source": pl.String,
            "first_published_at": pl.Datetime("us", "UTC"),
        },
    )
)
"""What is known of an article as of a night; its own text and names are in `prepare`."""

KEYS_AT_ONCE = 15_000_000
"""Passage keys of a night that are looked up in the window together: those of 150,000 articles."""

STORY_FACTS = ["article_id", "night", "source", "canonical_url", "published_at", "crawled_at", "n_chars"]

STORY_EVIDENCE = [*KEY, "n_left", "n_right", *EVIDENCE]


def window_of(index: Index, night: date, settings: Settings) -> list[date]:
    """The nights that a night is compared with: those of the index in the `window_nights` days before it."""
    oldest = night - timedelta(days=settings.index.window_nights)
    return [known for known in index.nights() if oldest <= known < night]


def said_of(spoken: Spoken | None, night: date) -> pl.DataFrame:
    """The verdicts of persons that belong to a night (`spoken.PAIR_SCHEMA`)."""
    return spoken.of(night) if spoken else pl.DataFrame(schema=PAIR_SCHEMA)


def link_digest(index: Index, night: date, spoken: Spoken | None = None) -> str:
    """What the night's links are made from: the night itself, the links of the night before, and any verdicts."""
    before = [_digest(index, known, "link") for known in _night_before(index, night)]
    said = said_of(spoken, night)
    verdicts = [said.rows()] if said.height else []
    return digest("link", _digest(index, night, "prepare"), before, *verdicts)


def _night_before(index: Index, night: date) -> list[date]:
    return [known for known in index.nights() if known < night][-1:]


def _digest(index: Index, night: date, step: Step) -> str:
    stamp = index.stamp(night, step)
    return stamp.digest if stamp else ""


def link(index: Index, night: date, settings: Settings, spoken: Spoken | None = None) -> Counts:
    """Make the checkpoint `link` of one night.

    The counts: candidates, accepted, linked, refused, pairs_cut (by the bound on crowded buckets), changed (members),
    verdicts (pairs of the night that persons spoke of). Raises InputError where verdicts cannot all hold.
    """
    made_from = link_digest(index, night, spoken)
    stamp = index.stamp(night, "link")
    if stamp is not None and stamp.digest == made_from:
        return stamp.counts
    counts: Counts = {}
    window, said = window_of(index, night, settings), said_of(spoken, night)
    with index.checkpoint(night, "link", made_from, counts) as folder:
        found = candidates_of(index, [*window, night], settings)
        pairs = pl.concat([found.pairs.select(KEY), said.select(KEY)]).unique(maintain_order=True)
        compare = Comparison(index, window, night, settings)
        judged = compare(pairs)
        frames = linked(compare, judged, _standing(index, night, window, judged, said, spoken))
        for name, frame in frames.items():
            frame.write_parquet(folder / f"{name}.parquet")
        verdicts = dict(overruled(judged, said).group_by("verdict").len().iter_rows())
        counts.update({verdict.value: int(verdicts.get(verdict.value, 0)) for verdict in Verdict})
        counts.update(candidates=found.pairs.height, pairs_cut=int(found.cuts["pairs_cut"].sum()))
        counts.update(changed=frames["members"].filter(pl.col("night") != night).height, verdicts=said.height)
    return counts


def _standing(
    index: Index, night: date, window: list[date], judged: pl.DataFrame, said: pl.DataFrame, spoken: Spoken | None
) -> pl.DataFrame:
    """All that persons said up to this night; what they said of this night's articles last, not yet in a story."""
    before = standing.standing_as_of(index, *_night_before(index, night))
    if said.is_empty() or spoken is None:
        return before
    spoken.check(pl.concat([before.select(*PAIR_SCHEMA), said]))
    of_pairs = pl.col("article_id").is_in(pl.concat([said["left_id"], said["right_id"]]).implode())
    rows = latest_members(index, window, of_pairs) if window else pl.DataFrame(schema=MEMBER_ROW)
    known = pl.concat([frame.select("article_id", "story_id") for frame in (standing.ends(before), rows)])
    rules = judged.select(*KEY, "rule")
    return pl.concat([before, standing.new(said.join(rules, on=KEY, maintain_order="left"), known)])


def linked(compare: Comparison, judged: pl.DataFrame, spoken: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables of the checkpoint, from the pairs as the matcher judged them and what persons say (`standing`).

    Where a person overrules the matcher, the ids of the stories that it would have made live on as aliases: they may
    have been published before the person spoke.
    """
    rules = compare.settings.match
    is_new = pl.max_horizontal("left_night", "right_night") == compare.night
    old, new = spoken.filter(~is_new), spoken.filter(is_new)
    matches = for_review(overruled(judged, new), rules).sort("right_id", "left_id")
    members, stories = members_as_of(compare, matches, spoken)
    frames = {"matches": matches, "members": members, "aliases": stories.aliases}
    if new.height:
        _, alone = members_as_of(compare, for_review(judged, rules), old)
        frames["aliases"] = pl.concat([stories.aliases, standing.unborn(alone.members, stories)]).sort("old_story_id")
        new = standing.beside(new, alone.members, alone.aliases)
    frames["aliases"] = followed(compare.index, compare.night, frames["aliases"])
    if spoken.height:
        frames["person"] = standing.with_stories(pl.concat([old, new]), stories.members, stories.aliases)
    return frames


def followed(index: Index, night: date, aliases: pl.DataFrame) -> pl.DataFrame:
    """A night's aliases, and the earlier ones that lead to a story which they end: the newest of an id leads home."""
    before = [index.folder(known, "link") / "aliases.parquet" for known in index.nights() if known < night]
    if aliases.is_empty() or not before:
        return aliases
    ended = aliases.select(story_id="old_story_id", now="story_id")
    known = pl.scan_parquet(before).filter(pl.col("story_id").is_in(ended["story_id"].implode())).collect()
    older = known.join(ended, on="story_id").select("old_story_id", story_id="now")
    own = pl.concat([aliases, older.join(aliases, on="old_story_id", how="anti")])
    return own.unique("old_story_id", keep="first", maintain_order=True).sort("old_story_id")


def candidates_of(index: Index, nights: list[date], settings: Settings) -> Candidates:
    """What the last of `nights` is to be compared with, looked for by as much of it at once as there is room for.

    An article is paired with those before it, so the first part of a night is to the second what an earlier night is.
    """
    *earlier, tonight = (index.folder(night, "sketch") / "keys.parquet" for night in nights)
    each = memory.LINK_KEY + memory.LINK_NEIGHBOUR * settings.match.bucket_neighbours
    most = memory.room(settings.run).share(each, most=KEYS_AT_ONCE)
    n_keys = pl.scan_parquet(tonight).select(n_passages()).collect().to_series()
    parts = [pl.scan_parquet(tonight).slice(*cut) for cut in memory.cut_rows(n_keys, most=most)]

    def before(part: int) -> Iterator[pl.DataFrame]:
        yield from map(pl.read_parquet, earlier)
        yield from (part.collect() for part in parts[:part])

    found = [candidate_pairs(part.collect(), before(at), settings.match) for at, part in enumerate(parts)]
    return Candidates(*(pl.concat(tables) for tables in zip(*found, strict=True)))


def members_as_of(compare: Comparison, matches: pl.DataFrame, spoken: pl.DataFrame) -> tuple[pl.DataFrame, Stories]:
    """Rows of members that are new or changed with this night, and the stories that they are of.

    Only stories that a new article joins can change, so only their articles are looked at: the night's own, and
    the window's that accepted matches connect with them. A member whose kept article has left the window cannot be
    compared with it again, and stays as it is. `spoken` is what persons say (`standing`); the matches have it already.
    """
    index, window, night = compare.index, compare.window, compare.night
    tonight = index.read([night], "prepare", "articles", ["article_id"])["article_id"]
    matches = pl.concat([*_deciding(index, window), matches.select(STORY_EVIDENCE)])
    concerned = connected(matches.filter(pl.col("verdict") == Verdict.ACCEPTED), tonight)
    of_concern = pl.col("article_id").is_in(concerned.implode())
    articles = _story_facts(index, [*window, night], of_concern)
    before = latest_members(index, window, of_concern) if window else pl.DataFrame(schema=MEMBER_ROW)
    carry = before.select("article_id", "story_id", "canonical_id")
    recalled = standing.recalled(spoken, articles["article_id"], carry)
    away = recalled.join(articles, on="article_id", how="anti")
    if away.height:
        of_away = pl.col("article_id").is_in(away["article_id"].implode())
        articles = pl.concat([articles, _story_facts(index, away["night"].unique().sort().to_list(), of_away)])
    stories = build_stories(
        articles,
        matches,
        compare=compare,
        settings=compare.settings.match,
        carry=standing.carried(carry, recalled),
        said=Said(spoken.select(*SAID_SCHEMA), recalled["article_id"]),
    )
    rows = with_story_facts(stories.members, articles, before)
    changed = rows.join(before, on=rows.columns, how="anti", nulls_equal=True)
    return changed.sort("night", "article_id"), stories


def _deciding(index: Index, window: list[date]) -> list[pl.DataFrame]:
    """The matches of the window that make stories or that persons spoke of, with `STORY_EVIDENCE`; none without one."""
    paths = [index.folder(night, "link") / "matches.parquet" for night in window]
    decides = (pl.col("verdict") == Verdict.ACCEPTED) | (pl.col("rule") == MatchRule.PERSON)
    return [pl.scan_parquet(paths).filter(decides).select(STORY_EVIDENCE).collect()] if paths else []


def _story_facts(index: Index, nights: list[date], wanted: pl.Expr) -> pl.DataFrame:
    paths = [index.folder(night, "prepare") / "articles.parquet" for night in nights]
    return pl.scan_parquet(paths).select(STORY_FACTS).filter(wanted).collect()


def connected(pairs: pl.DataFrame, articles: pl.Series) -> pl.Series:
    """The ids of `articles` and of all that `pairs` (`left_id`, `right_id`) connect with them, sorted."""
    ids = pl.concat([pairs["left_id"], pairs["right_id"], articles]).unique().sort()
    ends = [ids.search_sorted(pairs[side]) for side in ("left_id", "right_id")]
    component = components(len(ids), *ends)
    reached = component.gather(ids.search_sorted(articles)).unique()
    return ids.filter(component.is_in(reached.implode()))


def with_story_facts(members: pl.DataFrame, articles: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Members as `MEMBER_ROW`: with their night, what a kept article stands for, and the origin of its story.

    The origin of a story that has members in `before` alone is what was known of it then.
    """
    own = members.join(articles.select("article_id", "night", "source", "published_at"), on="article_id")
    named = {"first_source": "source", "first_published_at": "published_at"}
    origin = own.filter("is_origin").select("story_id", **named)
    known = before.filter(pl.col("first_source").is_not_null()).select("story_id", *named).sort("story_id", *named)
    origins = pl.concat([origin, known]).unique("story_id", keep="first", maintain_order=True)
    stands_for = own.group_by(article_id="canonical_id").agg(
        n_members=pl.len().cast(pl.UInt32), n_sources=pl.col("source").n_unique().cast(pl.UInt32)
    )
    rows = own.join(stands_for, on="article_id", how="left").join(origins, on="story_id", how="left")
    return rows.with_columns(pl.coalesce("first_source", "source")).select(MEMBER_ROW.names())


def latest_members(index: Index, nights: list[date], wanted: pl.Expr) -> pl.DataFrame:
    """The last row that the links of `nights` (oldest first) wrote for each article, of the rows that are `wanted`."""
    paths = [index.folder(night, "link") / "members.parquet" for night in nights]
    rows = pl.scan_parquet(paths).filter(wanted).collect()
    return rows.unique("article_id", keep="last", maintain_order=True)
