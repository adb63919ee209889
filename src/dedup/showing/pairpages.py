"""Pages of pairs for a person to judge: two texts side by side, what differs marked, and why they were joined or not.

Static files without a script, like the report; every scraped text is escaped.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl

from dedup import atomic
from dedup.errors import InputError
from dedup.index import Index
from dedup.matching.verify import MatchRule
from dedup.showing.diffs import differences
from dedup.showing.pages import lag, page, when
from dedup.versions import scan

PAGES = re.compile(r"(index|(pair|story)-[\w-]+)\.html")
"""What a folder of pages may hold: it is replaced whole, and nothing else may go with it."""
TITLE_CHARS = 500
LINK_CHARS = 2_000

MEANINGS = {
    MatchRule.EXACT: "the same words throughout",
    MatchRule.NEAR: "nearly all words of the shorter text, and much in common",
    MatchRule.CONTAINED: "the shorter text stands in the longer one: an excerpt or an extended version",
    MatchRule.REOPENED: "the same report of the day under another first paragraph",
    MatchRule.REWRITE: "text cut into news: shared all along, with words added",
    MatchRule.UPDATE: "the same text of the same day, with figures brought up to date",
    MatchRule.REVISED: "the same text of the same day, with other figures and other words",
    MatchRule.SERIES: "the same sentences around other figures or dates",
    MatchRule.ROUNDUP: "one of them carries several stories",
    MatchRule.FORMULA: "shared wording around other words",
    MatchRule.BACKGROUND: "a shared part of otherwise different texts",
    MatchRule.SHORT: "too little text to tell a copy from a leftover headline",
    MatchRule.BELOW: "too little is shared",
    MatchRule.PERSON: "a person said so, whatever the scores",
}
TEXTS = [
    "article_id", "source", "source_record_id", "file", "line", "url", "title", "body", "published_at", "crawled_at",
    "flags", "removed_share",
]  # fmt: skip
MEMBERS = [
    "article_id", "dt", "story_id", "canonical_id", "is_canonical", "relation", "lag_minutes", "jaccard", "containment",
    "novel_share",
]  # fmt: skip


@contextmanager
def pages_aside(out: Path) -> Iterator[Path]:
    """A fresh folder for pages, which takes the place of `out` with its pages of an earlier call.

    Raises InputError where anything else would go with them.
    """
    there = sorted(out.iterdir()) if out.is_dir() else [path for path in [out] if path.exists()]
    other = [path.name for path in there if not (path.is_file() and PAGES.fullmatch(path.name))]
    if other:
        raise InputError(f"{out}: {other[0]} is no page of an earlier call; pages need a folder of their own")
    with atomic.directory_aside(out) as aside:
        yield aside


def write_page(path: Path, template: str, **shown: object) -> None:
    """One page; every text in `shown` is escaped."""
    path.write_text(page(template, **shown), encoding="utf-8")


def write_pairs(folder: Path, index: Index, out: Path, pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A page into `out` for each pair, in order; the pairs with their `file` and their two articles.

    A pair has `side` (the group that it is counted in), `heading` and `remark` for its page, `said` for a list of them,
    `left_id`, `right_id` and its scores.
    """
    return [_write_pair(folder, index, out, row) for row in _placed(pairs)]


def _placed(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pairs as rows, each with its number on its side and the names of the pages before and after it."""
    rows = [dict(row) for row in pairs]
    seen: dict[str, int] = {}
    for row in rows:
        seen[row["side"]] = seen.get(row["side"], 0) + 1
        row["file"] = f"pair-{row['side']}-{seen[row['side']]:03d}.html"
    for before, after in pairwise(rows):
        before["next"], after["previous"] = after["file"], before["file"]
    return rows


def _write_pair(folder: Path, index: Index, out: Path, row: dict[str, Any]) -> dict[str, Any]:
    """One pair's page; the pair with its two articles."""
    articles = articles_of(folder, index, [row["left_id"], row["right_id"]])
    left, right = articles[row["left_id"]], articles[row["right_id"]]
    shown = {**row, "meaning": MEANINGS[MatchRule(row["rule"])], "left": left, "right": right}
    write_page(out / row["file"], "review_pair.html.j2", pair=shown, compared=beside(left, right), **_neighbours(row))
    return shown


def _neighbours(row: dict[str, Any]) -> dict[str, Any]:
    return {"previous": row.get("previous"), "next": row.get("next")}


def beside(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Headlines and texts of two articles in pieces."""
    return {
        "left": left,
        "right": right,
        "title": differences(left["title"][:TITLE_CHARS], right["title"][:TITLE_CHARS]),
        "body": differences(left["body"], right["body"]),
    }


def articles_of(folder: Path, index: Index, wanted: list[str]) -> dict[str, dict[str, Any]]:
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
            "address": unquote(row["url"] or ""),
            "published": when(row["published_at"]),
            "crawled": when(row["crawled_at"]),
            "lag": lag(row["lag_minutes"]),
        }
        for row in rows
    }


def _link(url: str | None) -> str | None:
    """An address that may be clicked: http and https only, and no longer than browsers take."""
    return url if url and len(url) <= LINK_CHARS and url.lower().startswith(("http://", "https://")) else None
