"""What became of a record, and why: the answer to "why is this article gone?"."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from dedup.errors import InputError
from dedup.index import Index
from dedup.matching.verify import MatchRule
from dedup.showing.lookup import Known, search
from dedup.showing.spokenfor import said_of
from dedup.versions import Versions, nothing_published, scan

LIVES = 5
"""So many records are told of in full; of further ones that answer to the same name, `LISTED` are named."""
LISTED = 50
PAYLOAD_CHARS = 2_000

MATCH_COLUMNS = ["left_id", "right_id", "rule", "verdict", "jaccard", "containment_left", "containment_right", "shared"]
STORY_COLUMNS = ["article_id", "dt", "source", "source_record_id", "relation", "is_canonical", "title", "url"]
NAMED = ["dt", "source", "source_record_id", "file", "line", "title"]
CLEANING = ["removed_share", "byline", "published_raw", "published_precision", "published_method"]


@dataclass(frozen=True)
class Shelf:
    """Where answers are looked up: the tables of a published version, and the index that it came from."""

    index: Index
    members: pl.LazyFrame
    matches: pl.LazyFrame
    quarantine: pl.LazyFrame


def shelf(home: Path) -> Shelf:
    """The shelf of the current version. Raises InputError where nothing is published."""
    versions = Versions(home / "published")
    current = versions.current_name()
    if current is None:
        raise nothing_published(home)
    folder = versions.folder(current)
    return Shelf(Index(home / "index"), *(scan(folder, table) for table in ("members", "matches", "quarantine")))


def explain(home: Path, wanted: str) -> dict[str, Any]:
    """The life of every record that `wanted` names: an article or record id, a file, an address, or headline words.

    `articles` and `quarantined` are told in full, at most `LIVES` of each; `more` names further ones and `n_more`
    counts them. Raises InputError when nothing published answers to it.
    """
    return answer(shelf(home), wanted)


def answer(shelf: Shelf, wanted: str) -> dict[str, Any]:
    """What `explain` returns, from a shelf at hand."""
    asked = wanted.strip()
    for way in Known:
        accepted, refused = search(shelf.members, asked, way), search(shelf.quarantine, asked, way)
        if accepted.height or refused.height:
            further = pl.concat([rows[LIVES:].select(NAMED) for rows in (accepted, refused)])
            return {
                "asked": asked,
                "found_by": way.value,
                "articles": [_life(shelf, row) for row in accepted[:LIVES].to_dicts()],
                "quarantined": [_refusal(shelf.index, row) for row in refused[:LIVES].to_dicts()],
                "more": further.head(LISTED).to_dicts(),
                "n_more": further.height,
            }
    raise InputError(
        f"nothing published answers to {wanted!r}: give an article id, a record's own id, a file (with or without "
        f":line), an address, or words of the headline"
    )


def _life(shelf: Shelf, row: dict[str, Any]) -> dict[str, Any]:
    """One accepted article: itself, how it was cleaned, the article kept for it, its story, every match."""
    own = row["article_id"]
    matches = (
        shelf.matches.filter((pl.col("left_id") == own) | (pl.col("right_id") == own))
        .select(MATCH_COLUMNS)
        .with_columns(other_id=pl.when(pl.col("left_id") == own).then("right_id").otherwise("left_id"))
        .collect()
        .sort(
            pl.col("other_id") != row["canonical_id"],
            pl.col("rule") != MatchRule.PERSON,
            "verdict",
            -pl.col("jaccard"),
            "other_id",
        )
    )
    # The kept article may have left the window before the story took another name.
    wanted = pl.concat([matches["other_id"], pl.Series([row["canonical_id"]])]).implode()
    is_concerned = pl.col("article_id").is_in(wanted) | (pl.col("story_id") == row["story_id"])
    articles = shelf.members.filter(is_concerned).select("story_id", *STORY_COLUMNS).collect().sort("dt", "article_id")
    named = articles.select(other_id="article_id", other_source="source", other_title="title")
    return {
        **{key: value for key, value in row.items() if key != "body"},
        "cleaning": _cleaning(shelf.index, row["dt"], own),
        "removed_lines": _removed_lines(shelf.index, row),
        "kept": articles.filter(article_id=row["canonical_id"]).select(STORY_COLUMNS).to_dicts()[0],
        "story": articles.filter(story_id=row["story_id"]).select(STORY_COLUMNS).to_dicts(),
        "matches": matches.join(named, on="other_id", how="left", maintain_order="left").to_dicts(),
        "verdicts": said_of(shelf.index, row),
    }


def _refusal(index: Index, row: dict[str, Any]) -> dict[str, Any]:
    """One quarantined record; its payload shortened, because a delivered page may be megabytes."""
    payload = row["payload"]
    return {
        **row,
        "payload": payload[:PAYLOAD_CHARS] if payload else payload,
        "removed_lines": _removed_lines(index, row),
        "verdicts": said_of(index, row),
    }


def _cleaning(index: Index, night: date, article_id: str) -> dict[str, Any] | None:
    """What only the index remembers of an article; None where it was made anew without this night."""
    path = index.folder(night, "prepare") / "articles.parquet"
    if not path.is_file():
        return None
    found = pl.scan_parquet(path).filter(pl.col("article_id") == article_id).select(CLEANING).collect().to_dicts()
    return found[0] if found else None


def _removed_lines(index: Index, row: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The lines taken out of the record's text: `text_line` (from 1), `reason`, `text`; None where none are kept."""
    path = index.folder(row["dt"], "prepare") / "removed_lines.parquet"
    if not path.is_file() or row["line"] is None:
        return None
    is_own = (pl.col("file") == row["file"]) & (pl.col("line") == row["line"])
    lines = pl.scan_parquet(path).filter(is_own).select("text_line", "reason", "text").collect()
    return lines.sort("text_line").to_dicts()
