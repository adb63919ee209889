"""What became of a record, and why: the answer to "why is this article gone?"."""

import unicodedata
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from dedup.errors import InputError
from dedup.index import Index
from dedup.showing.figures import scan
from dedup.showing.lookup import Known, search
from dedup.versions import Versions

LIVES = 5
"""So many records are told of in full; of further ones that answer to the same name, `LISTED` are named."""
LISTED = 50
SHOWN_CHARS = 300
SHOWN_MATCHES = 8
PAYLOAD_CHARS = 2_000
SHOWN_IN = ZoneInfo("Asia/Bangkok")

MATCH_COLUMNS = ["left_id", "right_id", "rule", "verdict", "jaccard", "containment_left", "containment_right", "shared"]
STORY_COLUMNS = ["article_id", "dt", "source", "source_record_id", "relation", "is_canonical", "title", "url"]
NAMED = ["dt", "source", "source_record_id", "file", "line", "title"]
CLEANING = ["removed_share", "byline", "published_raw", "published_precision", "published_method"]


def explain(home: Path, wanted: str) -> dict[str, Any]:
    """The life of every record that `wanted` names: an article or record id, a file, an address, or headline words.

    `articles` and `quarantined` are told in full, at most `LIVES` of each; `more` names further ones and `n_more`
    counts them. Raises InputError when nothing published answers to it.
    """
    versions = Versions(home / "published")
    current = versions.current_name()
    if current is None:
        raise InputError(f"{home}: nothing is published yet; run: dedup run --raw RAW --home {home} --all")
    folder, asked = versions.folder(current), wanted.strip()
    members, refused = scan(folder, "members"), scan(folder, "quarantine")
    for way in Known:
        accepted_rows, refused_rows = search(members, asked, way), search(refused, asked, way)
        if accepted_rows.height or refused_rows.height:
            index = Index(home / "index")
            further = pl.concat([rows[LIVES:].select(NAMED) for rows in (accepted_rows, refused_rows)])
            return {
                "asked": asked,
                "found_by": way.value,
                "articles": [_life(folder, index, row) for row in accepted_rows[:LIVES].to_dicts()],
                "quarantined": [_refusal(index, row) for row in refused_rows[:LIVES].to_dicts()],
                "more": further.head(LISTED).to_dicts(),
                "n_more": further.height,
            }
    raise InputError(
        f"nothing published answers to {wanted!r}: give an article id, a record's own id, a file (with or without "
        f":line), an address, or words of the headline"
    )


def _life(folder: Path, index: Index, row: dict[str, Any]) -> dict[str, Any]:
    """One accepted article: itself, how it was cleaned, the article kept for it, its story, every match."""
    own = row["article_id"]
    matches = (
        scan(folder, "matches")
        .filter((pl.col("left_id") == own) | (pl.col("right_id") == own))
        .select(MATCH_COLUMNS)
        .with_columns(other_id=pl.when(pl.col("left_id") == own).then("right_id").otherwise("left_id"))
        .collect()
        .sort(pl.col("other_id") != row["canonical_id"], "verdict", -pl.col("jaccard"), "other_id")
    )
    others = scan(folder, "members").filter(pl.col("article_id").is_in(matches["other_id"].implode()))
    named = others.select(other_id="article_id", other_source="source", other_title="title").collect()
    story = (
        scan(folder, "members")
        .filter(pl.col("story_id") == row["story_id"])
        .select(STORY_COLUMNS)
        .collect()
        .sort("dt", "article_id")
    )
    return {
        **{key: value for key, value in row.items() if key != "body"},
        "cleaning": _cleaning(index, row["dt"], own),
        "removed_lines": _removed_lines(index, row),
        "kept": story.filter(pl.col("article_id") == row["canonical_id"]).to_dicts()[0],
        "story": story.to_dicts(),
        "matches": matches.join(named, on="other_id", how="left", maintain_order="left").to_dicts(),
    }


def _refusal(index: Index, row: dict[str, Any]) -> dict[str, Any]:
    """One quarantined record; its payload shortened, because a delivered page may be megabytes."""
    payload = row["payload"]
    return {
        **row,
        "payload": payload[:PAYLOAD_CHARS] if payload else payload,
        "removed_lines": _removed_lines(index, row),
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


# -- as text ------------------------------------------------------------------------------------------------------


def sentence(found: dict[str, Any]) -> str:
    """The answer as plain text."""
    parts = [_told(row) for row in found["articles"]] + [_told_refusal(row) for row in found["quarantined"]]
    lines = "\n\n".join("\n".join(part) for part in parts).split("\n")
    if found["n_more"]:
        lines += ["", f"{found['n_more']} more answer to it by {found['found_by']}:"]
        lines += [
            f"  {row['dt']}  {plain(row['source'])}  {_place(row)}  {plain(row['title'])}" for row in found["more"]
        ]
    return "\n".join(lines)


def _told(row: dict[str, Any]) -> list[str]:
    story = row["story"]
    outlets = len({member["source"] for member in story})
    lines = [
        plain(row["title"]),
        f"  article     {row['article_id']}, {plain(row['source'])}, night {row['dt']}",
        f"  delivered   {_place(row)}, record {plain(row['source_record_id'])}",
        f"  address     {plain(row['url'])}",
        f"  published   {_published(row)}",
        f"  cleaned     {_cleaned(row)}",
        *_line_list(row["removed_lines"]),
        f"  remarks     {', '.join(row['flags']) or 'none'}",
        f"  story       {row['story_id']}: {counted(len(story), 'article')} of {counted(outlets, 'outlet')}",
    ]
    if row["is_canonical"]:
        lines.append("  kept        it is the article that stands for this text")
    else:
        kept = row["kept"]
        lines += [
            f"  not kept    {row['relation']} of {_named(kept['article_id'], kept['source'], kept['title'])}",
            f"              Jaccard {row['jaccard']:.3f}; {100 * row['containment']:.1f} % of it stands in the kept"
            f" article, {100 * row['novel_share']:.1f} % does not",
        ]
    for match in row["matches"][:SHOWN_MATCHES]:
        own, other = ("left", "right") if match["left_id"] == row["article_id"] else ("right", "left")
        lines += [
            f"  {match['verdict']:<10}  {match['rule']} with"
            f" {_named(match['other_id'], match['other_source'], match['other_title'])}",
            f"              Jaccard {match['jaccard']:.3f}; {100 * match[f'containment_{own}']:.1f} % of it stands in"
            f" that one, {100 * match[f'containment_{other}']:.1f} % of that one in it",
        ]
    if len(row["matches"]) > SHOWN_MATCHES:
        lines.append(f"  compared    with {len(row['matches']) - SHOWN_MATCHES} more, all of them with --json")
    return lines if row["matches"] else [*lines, "  compared    with nothing close enough to be remembered"]


def _told_refusal(row: dict[str, Any]) -> list[str]:
    return [
        plain(row["title"]) if row["title"] else "(no headline)",
        f"  quarantined at {row['step']}: {', '.join(row['reasons'])}",
        *([f"              {plain(row['detail'])}"] if row["detail"] else []),
        f"  delivered   {_place(row)}, record {plain(row['source_record_id'])}, {plain(row['source'])},"
        f" night {row['dt']}",
        f"  address     {plain(row['url'])}",
        *_line_list(row["removed_lines"]),
        *([f"  as it came  {plain(row['payload'])}"] if row["payload"] else []),
    ]


def plain(text: str | None) -> str:
    """A scraped text for a terminal: one line, no control or direction characters, not too long."""
    if not text:
        return "–"
    shown = {"Cc": " ", "Cf": "", "Cs": "�"}
    seen = "".join(shown.get(unicodedata.category(letter), letter) for letter in text[:SHOWN_CHARS])
    return seen + ("…" if len(text) > SHOWN_CHARS else "")


def _named(article_id: str, source: str | None, title: str | None) -> str:
    return f"{article_id}, {plain(source)}: {plain(title)}"


def counted(count: int, noun: str) -> str:
    """The number and its noun: `1 pair`, `2 pairs`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _place(row: dict[str, Any]) -> str:
    return plain(row["file"]) + (f":{row['line']}" if row["line"] is not None else "")


def _published(row: dict[str, Any]) -> str:
    """The instant in Thai time, and where it came from."""
    when: datetime | None = row["published_at"]
    shown = f"{when.astimezone(SHOWN_IN):%Y-%m-%d %H:%M} (+07:00)" if when else "not known"
    cleaning = row["cleaning"]
    if cleaning is None:
        return shown
    precision = f", precision {cleaning['published_precision']}" if when else ""
    return f"{shown}{precision}; delivered as {plain(cleaning['published_raw'])}"


def _cleaned(row: dict[str, Any]) -> str:
    if row["cleaning"] is None:
        return "the index does not hold this night"
    share = row["cleaning"]["removed_share"]
    lines = "" if row["removed_lines"] is not None or not share else "; this night does not remember which lines"
    return f"{100 * share:.1f} % of its letters and digits removed as page furniture{lines}"


def _line_list(lines: list[dict[str, Any]] | None) -> list[str]:
    """The removed lines, one each."""
    return [
        f"              line {line['text_line']:<4} {line['reason']}: {plain(line['text'])}" for line in lines or []
    ]
