"""An explanation as plain text."""

import unicodedata
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

SHOWN_CHARS = 300
SHOWN_MATCHES = 30
SHOWN_IN = ZoneInfo("Asia/Bangkok")


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
    lines += _verdicts(row["verdicts"])
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
        *_verdicts(row["verdicts"]),
        *([f"  as it came  {plain(row['payload'])}"] if row["payload"] else []),
    ]


def _verdicts(verdicts: list[dict[str, Any]]) -> list[str]:
    """What persons said: two lines each."""
    told: list[str] = []
    for said in verdicts:
        who = " ".join(f"{word} {plain(said[key])}" for word, key in (("by", "by"), ("on", "on")) if said[key])
        told.append(
            f"  a person    {plain(said['left'])}, {plain(said['right'])}: {said['verdict']} {who}".rstrip()
            + f" ({plain(said['file'])} line {said['line']})"
            + (f": {plain(said['note'])}" if said["note"] else "")
        )
        if said["is_applied"]:
            had = "joined" if said["is_joined_by_itself"] else "apart"
            told.append(f"              {said['other_id']}; the matcher by itself: {had}, {said['own_rule']}")
        else:
            told.append("              not applied here; the run that read it said why")
    return told


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
