"""Pages for a person who judges the matcher: two texts side by side, what differs marked, why they were joined or not.

Static files without a script, like the report. The pairs are those nearest to the line on both sides of it: joined
ones that share least, and refused or linked ones that share most; of two stories only their nearest pair.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from dedup import atomic
from dedup.errors import InputError
from dedup.index import Index
from dedup.matching.verify import MatchRule, Verdict
from dedup.showing import figures
from dedup.showing.diffs import differences
from dedup.showing.figures import scan
from dedup.showing.report import lag, page
from dedup.versions import Versions

MOST_COMPARED = 30
"""Members of a story that are shown beside their kept article; the table above them has all."""
LARGEST_STORIES = 5
SEARCHED = 50
"""Pairs looked at for each one shown: large stories have many pairs, and only one of two stories is shown."""
TITLE_CHARS = 500
LINK_CHARS = 2_000
SHOWN_IN = ZoneInfo("Asia/Bangkok")

MEANINGS = {
    MatchRule.EXACT: "the same words throughout",
    MatchRule.NEAR: "nearly all words of the shorter text, and much in common",
    MatchRule.CONTAINED: "the shorter text stands in the longer one: an excerpt or an extended version",
    MatchRule.REWRITE: "text cut into news: shared all along, with words added",
    MatchRule.SERIES: "the same sentences around other figures or dates",
    MatchRule.ROUNDUP: "one of them carries several stories",
    MatchRule.FORMULA: "shared wording around other words",
    MatchRule.BACKGROUND: "a shared part of otherwise different texts",
    MatchRule.SHORT: "too little text to tell a copy from a leftover headline",
    MatchRule.BELOW: "too little is shared",
}
SIDES = {
    Verdict.ACCEPTED: "Joined, sharing least",
    Verdict.REFUSED: "Refused, sharing most",
    Verdict.LINKED: "Linked but not joined, sharing most",
}

TEXTS = [
    "article_id", "source", "source_record_id", "file", "line", "url", "title", "body", "published_at", "crawled_at",
    "flags", "removed_share",
]  # fmt: skip
MEMBERS = [
    "article_id", "dt", "story_id", "canonical_id", "is_canonical", "relation", "lag_minutes", "jaccard", "containment",
    "novel_share",
]  # fmt: skip
SCORES = ["left_id", "right_id", "rule", "verdict", "jaccard", "containment_left", "containment_right", "shared"]


@dataclass(frozen=True)
class Written:
    """The pages made: the one to open, and how many there are besides."""

    index: Path
    n_pairs: int
    n_stories: int


def review(home: Path, out: Path, *, story: str | None = None, borderline: int = 10) -> Written:
    """Write pages into `out`: one story, or `borderline` pairs of each side and the largest stories.

    `story` is a story id, one that lives on under another, or the id of any article in it. Raises InputError when
    nothing is published, or no such story.
    """
    versions = Versions(home / "published")
    current = versions.current_name()
    if current is None:
        raise InputError(f"{home}: nothing is published yet; run: dedup run --raw RAW --home {home} --all")
    folder, index = versions.folder(current), Index(home / "index")
    nights = figures.nights_of(folder)[-figures.SHOWN_NIGHTS :]
    pairs = pl.DataFrame() if story else borderline_pairs(folder, borderline)
    if story:
        stories = [_story_of(folder, story)]
    else:
        stories = figures.largest_stories(folder, nights)["story_id"].head(LARGEST_STORIES).to_list()
    out.mkdir(parents=True, exist_ok=True)
    entries = [_write_pair(folder, index, out, row) for row in _placed(pairs)]
    told = [_write_story(folder, index, out, name) for name in stories]
    atomic.write_text(out / "index.html", page("review_index.html.j2", sides=_by_side(entries), stories=told))
    return Written(out / "index.html", len(entries), len(told))


def borderline_pairs(folder: Path, n: int) -> pl.DataFrame:
    """`n` pairs of each verdict, those nearest to the line first: `SCORES`, and `contained`, what the shorter shares.

    Refused and linked pairs are of two stories; where they are of one, other pairs joined them.
    """
    contained = pl.max_horizontal("containment_left", "containment_right")
    stories = scan(folder, "members").select("article_id", "story_id")
    found = []
    for verdict in SIDES:
        is_joined = verdict is Verdict.ACCEPTED
        nearest = (
            scan(folder, "matches")
            .filter(pl.col("verdict") == verdict.value)
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


def _placed(pairs: pl.DataFrame) -> list[dict[str, Any]]:
    """Pairs as rows, each with its number on its side and the names of the pages before and after it."""
    rows = [dict(row) for row in pairs.iter_rows(named=True)]
    seen: dict[str, int] = {}
    for row in rows:
        seen[row["verdict"]] = seen.get(row["verdict"], 0) + 1
        row["file"] = f"pair-{row['verdict']}-{seen[row['verdict']]:03d}.html"
    for before, after in pairwise(rows):
        before["next"], after["previous"] = after["file"], before["file"]
    return rows


def _by_side(entries: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {title: [row for row in entries if row["verdict"] == verdict.value] for verdict, title in SIDES.items()}


def _write_pair(folder: Path, index: Index, out: Path, row: dict[str, Any]) -> dict[str, Any]:
    """One pair's page; the pair with its two articles."""
    articles = _articles(folder, index, [row["left_id"], row["right_id"]])
    left, right = articles[row["left_id"]], articles[row["right_id"]]
    shown = {**row, "meaning": MEANINGS[MatchRule(row["rule"])], "left": left, "right": right}
    text = page("review_pair.html.j2", pair=shown, compared=_compared(left, right), **_neighbours(row))
    atomic.write_text(out / row["file"], text)
    return shown


def _neighbours(row: dict[str, Any]) -> dict[str, Any]:
    return {"previous": row.get("previous"), "next": row.get("next")}


def _compared(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Headlines and texts of two articles in pieces."""
    return {
        "left": left,
        "right": right,
        "title": differences(left["title"][:TITLE_CHARS], right["title"][:TITLE_CHARS]),
        "body": differences(left["body"], right["body"]),
    }


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
    articles = _articles(folder, index, members["article_id"].to_list())
    copies = members.filter(~pl.col("is_canonical")).head(MOST_COMPARED)
    compared = [
        _compared(articles[kept], articles[copy])
        for copy, kept in copies.select("article_id", "canonical_id").iter_rows()
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
    atomic.write_text(out / file, page("review_story.html.j2", story=told, members=shown, compared=compared))
    return told


def _articles(folder: Path, index: Index, wanted: list[str]) -> dict[str, dict[str, Any]]:
    """Article id → its text as the index has it, its place in a story, and times as people read them."""
    members = scan(folder, "members").filter(pl.col("article_id").is_in(wanted)).select(MEMBERS).collect()
    nights = members["dt"].unique().sort().to_list()
    missing = [night for night in nights if not (index.folder(night, "prepare") / "articles.parquet").is_file()]
    if missing:
        raise InputError(f"{index.root} does not hold night {missing[0]}, whose texts are wanted: finish the rebuild")
    paths = [index.folder(night, "prepare") / "articles.parquet" for night in nights]
    texts = pl.scan_parquet(paths).filter(pl.col("article_id").is_in(wanted)).select(TEXTS).collect()
    rows = texts.join(members, on="article_id").to_dicts()
    return {
        row["article_id"]: {
            **row,
            "href": _link(row["url"]),
            "published": _when(row["published_at"]),
            "crawled": _when(row["crawled_at"]),
            "lag": lag(row["lag_minutes"]),
        }
        for row in rows
    }


def _link(url: str | None) -> str | None:
    """An address that may be clicked: http and https only, and no longer than browsers take."""
    return url if url and len(url) <= LINK_CHARS and url.lower().startswith(("http://", "https://")) else None


def _when(instant: datetime | None) -> str:
    return f"{instant.astimezone(SHOWN_IN):%Y-%m-%d %H:%M}" if instant else "–"
