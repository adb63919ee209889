"""What a person who judges the matcher should look at: pairs near the line, and the largest stories.

The pairs are those nearest to the line on both sides of it: joined
ones that share least, and refused or linked ones that share most; of two stories only their nearest pair.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dedup.errors import InputError
from dedup.index import Index
from dedup.matching.verify import MatchRule, Verdict
from dedup.showing import figures
from dedup.showing.pairpages import MEMBERS, articles_of, beside, pages_aside, write_page, write_pairs
from dedup.versions import Versions, nights_of, nothing_published, scan

MOST_COMPARED = 30
"""Members of a story that are shown beside their kept article; the table above them has all."""
LARGEST_STORIES = 5
SEARCHED = 50
"""Pairs looked at for each one shown: large stories have many pairs, and only one of two stories is shown."""

SIDES = {
    Verdict.ACCEPTED: "Joined, sharing least",
    Verdict.REFUSED: "Refused, sharing most",
    Verdict.LINKED: "Linked but not joined, sharing most",
}

HEADING = "For a person to judge"
INTRO = "Pairs nearest to the line on both sides of it, one of any two stories, and the largest stories."

SCORES = ["left_id", "right_id", "rule", "verdict", "jaccard", "containment_left", "containment_right", "shared"]


@dataclass(frozen=True)
class Written:
    """The pages made: the one to open, and how many there are besides."""

    index: Path
    n_pairs: int
    n_stories: int


def review(home: Path, out: Path, *, story: str | None = None, borderline: int = 10) -> Written:
    """The folder `out` of pages, in place of those before: one story, or `borderline` pairs of each side and the
    largest stories.

    `story` is a story id, one that lives on under another, or the id of any article in it. Raises InputError when
    nothing is published, no such story is, or `out` holds anything but pages.
    """
    versions = Versions(home / "published")
    current = versions.current_name()
    if current is None:
        raise nothing_published(home)
    folder, index = versions.folder(current), Index(home / "index")
    nights = nights_of(folder)[-figures.SHOWN_NIGHTS :]
    pairs = pl.DataFrame() if story else borderline_pairs(folder, borderline)
    stories = [_story_of(folder, story)] if story else figures.largest_stories(folder, nights, LARGEST_STORIES)
    with pages_aside(out) as aside:
        entries = write_pairs(folder, index, aside, [_shown(row) for row in pairs.iter_rows(named=True)])
        told = [_write_story(folder, index, aside, name) for name in stories]
        by_side = {title: [row for row in entries if row["side"] == side.value] for side, title in SIDES.items()}
        write_page(
            aside / "index.html", "review_index.html.j2", heading=HEADING, intro=INTRO, sides=by_side, stories=told
        )
    return Written(out / "index.html", len(entries), len(told))


def borderline_pairs(folder: Path, n: int) -> pl.DataFrame:
    """`n` pairs of each verdict, those nearest to the line first: `SCORES`, and `contained`, what the shorter shares.

    Refused and linked pairs are of two stories; where they are of one, other pairs joined them. What a person has
    judged is not asked again.
    """
    contained = pl.max_horizontal("containment_left", "containment_right")
    stories = scan(folder, "members").select("article_id", "story_id")
    found = []
    for verdict in SIDES:
        is_joined = verdict is Verdict.ACCEPTED
        nearest = (
            scan(folder, "matches")
            .filter(pl.col("verdict") == verdict.value, pl.col("rule") != MatchRule.PERSON)
            .select(*SCORES, contained=contained)
            .sort("contained", "left_id", "right_id", descending=[not is_joined, False, False])
            .head(n * SEARCHED)
            .with_row_index("rank")
        )
        for side in ("left", "right"):
            named = stories.rename({"article_id": f"{side}_id", "story_id": f"{side}_story"})
            nearest = nearest.join(named, on=f"{side}_id")
        two = nearest.collect().sort("rank").filter(is_joined | (pl.col("left_story") != pl.col("right_story")))
        of_stories = [pl.min_horizontal("left_story", "right_story"), pl.max_horizontal("left_story", "right_story")]
        one_each = two.with_columns(first=of_stories[0], second=of_stories[1])
        found.append(one_each.unique(["first", "second"], keep="first", maintain_order=True).head(n))
    return pl.concat(found).select(*SCORES, "contained")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A pair as `write_pairs` asks for it."""
    heading = f"{row['verdict'].capitalize()}: {row['rule']}"
    return {**row, "side": row["verdict"], "heading": heading, "remark": "", "said": row["rule"]}


def _story_of(folder: Path, wanted: str) -> str:
    """The story that a story id, an old one, or an article id names."""
    alias = scan(folder, "aliases").filter(pl.col("old_story_id") == wanted).sort("dt").collect()
    names = [wanted, *alias["story_id"].to_list()]
    members = scan(folder, "members").filter(pl.col("story_id").is_in(names) | (pl.col("article_id") == wanted))
    found = members.sort("dt", "article_id").select("story_id").collect()
    if found.is_empty():
        raise InputError(f"no story {wanted!r} is published; `dedup explain` finds the story of an article")
    return str(found["story_id"][-1])


def _write_story(folder: Path, index: Index, out: Path, story: str) -> dict[str, Any]:
    """One story's page; the line about it on the first page."""
    rows = scan(folder, "members").filter(pl.col("story_id") == story).select("source", "title", *MEMBERS).collect()
    members = rows.sort("lag_minutes", "dt", "article_id", nulls_last=True)
    articles = articles_of(folder, index, members["article_id"].to_list())
    copies = members.filter(~pl.col("is_canonical")).head(MOST_COMPARED)
    compared = [
        beside(articles[kept], articles[copy]) for copy, kept in copies.select("article_id", "canonical_id").iter_rows()
    ]
    shown = [articles[name] for name in members["article_id"]]
    file = f"story-{story}.html"
    kept = members.filter("is_canonical")
    told = {
        "file": file,
        "story_id": story,
        "n": members.height,
        "n_outlets": members["source"].n_unique(),
        "n_kept": kept.height,
        "title": kept["title"][0] if kept.height else members["title"][0],
    }
    write_page(out / file, "review_story.html.j2", story=told, members=shown, compared=compared)
    return told
