"""What became of a record, and why: the answer to "why is this article gone?"."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from dedup.errors import InputError
from dedup.report import scan
from dedup.versions import Versions

MATCH_COLUMNS = ["left_id", "right_id", "rule", "verdict", "jaccard", "containment_left", "containment_right"]


@dataclass(frozen=True)
class Wanted:
    """The identifiers a person may know a record by."""

    text: str

    def among(self, *columns: str) -> pl.Expr:
        """Rows in which one of `columns` is what was asked for."""
        return pl.any_horizontal(pl.col(column) == self.text for column in columns)


def explain(versions: Versions, wanted: str) -> dict[str, Any]:
    """The published life of a record: `wanted` is its own id, an article id, or a URL.

    Raises InputError when nothing published answers to it.
    """
    current = versions.current_name()
    if current is None:
        raise InputError(f"{versions.root}: nothing is published yet; run: dedup run --raw RAW --home HOME --all")
    folder = versions.folder(current)
    asked = Wanted(wanted.strip())
    accepted = (
        scan(folder, "members")
        .filter(asked.among("article_id", "source_record_id", "url", "canonical_url"))
        .sort("dt", "article_id")
        .collect()
    )
    refused = (
        scan(folder, "quarantine").filter(asked.among("source_record_id", "url")).sort("dt", "file", "line").collect()
    )
    if accepted.is_empty() and refused.is_empty():
        raise InputError(f"nothing published answers to {wanted!r}: give a record id, an article id or a URL")
    return {
        "asked": asked.text,
        "articles": [_life(folder, row) for row in accepted.to_dicts()],
        "quarantined": refused.drop("payload").to_dicts(),
    }


def _life(folder: Any, row: dict[str, Any]) -> dict[str, Any]:
    """One accepted article: itself, the article kept for it, its story, every match."""
    own = row["article_id"]
    matches = (
        scan(folder, "matches")
        .filter((pl.col("left_id") == own) | (pl.col("right_id") == own))
        .select(MATCH_COLUMNS)
        .sort("left_id", "right_id")
        .collect()
    )
    story = (
        scan(folder, "members")
        .filter(pl.col("story_id") == row["story_id"])
        .select("article_id", "dt", "source", "source_record_id", "relation", "is_canonical", "title", "url")
        .sort("dt", "article_id")
        .collect()
    )
    kept = story.filter(pl.col("article_id") == row["canonical_id"]).to_dicts()[0]
    row = {key: value for key, value in row.items() if key != "body"}
    return {**row, "kept": kept, "story": story.to_dicts(), "matches": matches.to_dicts()}


def sentence(found: dict[str, Any]) -> str:
    """The answer as plain text."""
    lines: list[str] = []
    for row in found["articles"]:
        lines += [
            f"{row['source']}  {row['title']}",
            f"  record {row['source_record_id'] or '–'} of night {row['dt']}, {row['file']}:{row['line']}",
            f"  article {row['article_id']}, story {row['story_id']} ({len(row['story'])} articles)",
        ]
        if row["is_canonical"]:
            lines.append("  kept: it is the article that stands for this text")
        else:
            kept = row["kept"]
            lines += [
                f"  not kept: {row['relation']} of {kept['article_id']} ({kept['source']}: {kept['title']})",
                f"  evidence: Jaccard {row['jaccard']:.3f}; {100 * row['containment']:.1f} % of it stands in"
                f" the kept article, {100 * row['novel_share']:.1f} % does not",
            ]
        for match in row["matches"]:
            other = match["right_id"] if match["left_id"] == row["article_id"] else match["left_id"]
            lines.append(f"  {match['verdict']} {match['rule']} with {other}: Jaccard {match['jaccard']:.3f}")
        if row["flags"]:
            lines.append(f"  flags: {', '.join(row['flags'])}")
    for row in found["quarantined"]:
        where = f"{row['file']}:{row['line']}" if row["line"] is not None else row["file"]
        lines += [
            f"{row['source'] or 'unknown outlet'}  {row['title'] or '(no title)'}",
            f"  quarantined in night {row['dt']}, {where}, at {row['step']}: {', '.join(row['reasons'])}",
        ]
        if row["detail"]:
            lines.append(f"  {row['detail']}")
    return "\n".join(lines)
