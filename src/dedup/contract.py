"""The published tables: names, types and meanings, in one place.

The Parquet schemas, the data dictionary and the checks before publishing are all made from these classes.
Every table is partitioned by `dt`, the night (crawl date), which is in the path and not in the files.
"""

from functools import cache
from typing import Any

import dataframely as dy
import polars as pl
import pyarrow as pa

from dedup.conform import conformed, schema_of

VERSION = "3"


def _means(text: str) -> dict[str, Any]:
    return {"description": text}


class PublishedArticle(dy.Schema):
    """articles/: one row a kept text: the canonical article of a story."""

    article_id = dy.String(primary_key=True, metadata=_means("Identifier of the article, 32 hex digits"))
    story_id = dy.String(nullable=False, metadata=_means("Story it stands for: the id of the oldest member"))
    source = dy.String(nullable=False, metadata=_means("Outlet"))
    source_record_id = dy.String(nullable=True, metadata=_means("The record's own id, as delivered"))
    url = dy.String(nullable=True, metadata=_means("Address as delivered"))
    canonical_url = dy.String(nullable=True, metadata=_means("Address without trackers, AMP and mobile forms: a key"))
    title = dy.String(nullable=False, metadata=_means("Headline, repaired"))
    body = dy.String(nullable=False, metadata=_means("Text, repaired, page furniture removed; paragraphs by newline"))
    byline = dy.String(nullable=True, metadata=_means("Reporter or agency line found in the text"))
    category = dy.String(nullable=True, metadata=_means("Desk or section, as delivered"))
    published_at = dy.Datetime(
        nullable=True,
        time_unit="us",
        time_zone="UTC",
        metadata=_means("Publication instant; null if not certain"),
    )
    published_raw = dy.String(nullable=True, metadata=_means("Publication date as delivered"))
    published_precision = dy.String(nullable=True, metadata=_means("How fine published_at is"))
    crawled_at = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC", metadata=_means("Instant of the crawl"))
    n_members = dy.UInt32(nullable=False, metadata=_means("Articles that this row stands for, itself included"))
    n_sources = dy.UInt32(nullable=False, metadata=_means("Outlets among them"))
    first_source = dy.String(
        nullable=False,
        metadata=_means("Outlet of the origin: the first article of the story to be published"),
    )
    first_published_at = dy.Datetime(
        nullable=True, time_unit="us", time_zone="UTC", metadata=_means("Publication instant of the origin")
    )
    flags = dy.List(dy.String(nullable=False), nullable=False, metadata=_means("Remarks of cleaning, dates and screen"))
    removed_share = dy.Float64(nullable=False, metadata=_means("Share of letters and digits removed as furniture"))
    file = dy.String(nullable=False, metadata=_means("File below the raw folder that the record came from"))
    line = dy.Int64(nullable=False, metadata=_means("Line or row in that file, from 1"))
    extra = dy.String(nullable=True, metadata=_means("Fields that are not in the contract, as a JSON object"))


class PublishedMember(dy.Schema):
    """members/: one row an accepted article, kept or not, with the evidence for it."""

    article_id = dy.String(primary_key=True, metadata=_means("Identifier of the article, 32 hex digits"))
    story_id = dy.String(nullable=False, metadata=_means("Story it belongs to"))
    canonical_id = dy.String(nullable=False, metadata=_means("The article kept for it; itself if it is kept"))
    is_canonical = dy.Bool(nullable=False, metadata=_means("Whether it is the one that is kept"))
    relation = dy.String(nullable=False, metadata=_means("What it is to the article that is kept"))
    jaccard = dy.Float64(nullable=True, metadata=_means("Exact Jaccard of its shingles with the kept article's"))
    containment = dy.Float64(nullable=True, metadata=_means("Share of its shingles that the kept article has"))
    novel_share = dy.Float64(nullable=True, metadata=_means("Share of its shingles that the kept article lacks"))
    lag_minutes = dy.Int64(nullable=True, metadata=_means("Minutes it was published after the story's origin"))
    source = dy.String(nullable=False, metadata=_means("Outlet"))
    source_record_id = dy.String(nullable=True, metadata=_means("The record's own id, as delivered"))
    url = dy.String(nullable=True, metadata=_means("Address as delivered"))
    canonical_url = dy.String(nullable=True, metadata=_means("Address without trackers, AMP and mobile forms: a key"))
    title = dy.String(nullable=False, metadata=_means("Headline, repaired"))
    body = dy.String(nullable=True, metadata=_means("Its text where much of it is not in the kept article"))
    published_at = dy.Datetime(
        nullable=True,
        time_unit="us",
        time_zone="UTC",
        metadata=_means("Publication instant; null if not certain"),
    )
    crawled_at = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC", metadata=_means("Instant of the crawl"))
    flags = dy.List(dy.String(nullable=False), nullable=False, metadata=_means("Remarks of cleaning, dates and screen"))
    removed_share = dy.Float64(nullable=False, metadata=_means("Share of letters and digits removed as furniture"))
    file = dy.String(nullable=False, metadata=_means("File below the raw folder that the record came from"))
    line = dy.Int64(nullable=False, metadata=_means("Line or row in that file, from 1"))


class PublishedMatch(dy.Schema):
    """matches/: one row a compared pair that was accepted, linked or refused close to the line."""

    left_id = dy.String(nullable=False, metadata=_means("The older article of the pair"))
    right_id = dy.String(nullable=False, metadata=_means("The newer article of the pair; its night is dt"))
    jaccard = dy.Float64(nullable=False, metadata=_means("Exact Jaccard of the two shingle sets"))
    containment_left = dy.Float64(nullable=False, metadata=_means("Share of the older one's shingles in the newer"))
    containment_right = dy.Float64(nullable=False, metadata=_means("Share of the newer one's shingles in the older"))
    shared = dy.Int64(nullable=False, metadata=_means("Shingles that both have"))
    rule = dy.String(nullable=False, metadata=_means("The rule that decided"))
    verdict = dy.String(nullable=False, metadata=_means("accepted | linked | refused"))
    rule_version = dy.String(nullable=False, metadata=_means("Version of the rules"))


class PublishedQuarantine(dy.Schema):
    """quarantine/: one row a refused record, whole, with every reason."""

    file = dy.String(nullable=False, metadata=_means("File below the raw folder"))
    line = dy.Int64(nullable=True, metadata=_means("Line or row in that file, from 1; null: the whole file"))
    offset = dy.Int64(nullable=True, metadata=_means("Byte offset of the damage, where lines mean nothing"))
    source = dy.String(nullable=True, metadata=_means("Outlet, where known"))
    source_record_id = dy.String(nullable=True, metadata=_means("The record's own id, where known"))
    url = dy.String(nullable=True, metadata=_means("Address, where known"))
    title = dy.String(nullable=True, metadata=_means("Headline, where known"))
    step = dy.String(
        nullable=False, metadata=_means("Where it was refused: read | screen, or the step that broke on it")
    )
    reasons = dy.List(dy.String(nullable=False), nullable=False, metadata=_means("Every reason"))
    detail = dy.String(nullable=True, metadata=_means("One sentence for a person"))
    payload = dy.String(nullable=True, metadata=_means("The record as it was delivered"))
    payload_encoding = dy.String(nullable=False, metadata=_means("utf-8 | base64"))


class StoryAlias(dy.Schema):
    """aliases/: story ids that live on under another since the night, so that a saved id never dangles."""

    old_story_id = dy.String(nullable=False, metadata=_means("A story id that no article bears any more"))
    story_id = dy.String(nullable=False, metadata=_means("The story that took it in"))


class SourceReuse(dy.Schema):
    """sources/: who reprints whom; one row a pair of outlets and night."""

    source = dy.String(nullable=False, metadata=_means("Outlet that ran the text later"))
    first_source = dy.String(nullable=False, metadata=_means("Outlet that ran it first"))
    n_articles = dy.UInt32(
        nullable=False, metadata=_means("Articles of the night by `source` in stories that `first_source` began")
    )
    median_lag_minutes = dy.Float64(nullable=True, metadata=_means("Median minutes between the two"))
    mean_containment = dy.Float64(nullable=True, metadata=_means("Mean share of the text found in the kept article"))


class OutletNight(dy.Schema):
    """outlets/: who publishes first; one row an outlet and night, every count of which may be added up over nights."""

    source = dy.String(nullable=False, metadata=_means("Outlet"))
    first_rank = dy.UInt32(
        nullable=False,
        metadata=_means("Its place among the outlets of the night by n_begun, then n_reprinted; 1: most"),
    )
    n_articles = dy.UInt32(nullable=False, metadata=_means("Its accepted articles of the night"))
    n_kept = dy.UInt32(nullable=False, metadata=_means("Those that are kept"))
    n_stories = dy.UInt32(nullable=False, metadata=_means("Stories that these articles are of"))
    n_begun = dy.UInt32(nullable=False, metadata=_means("Those that are the origin of their story: nobody was earlier"))
    n_reprints = dy.UInt32(nullable=False, metadata=_means("Those in stories that another outlet began"))
    n_reprinted = dy.UInt32(
        nullable=False, metadata=_means("Articles of the night by other outlets in stories that it began")
    )
    median_reprinted_minutes = dy.Float64(
        nullable=True, metadata=_means("Median minutes until those were published; null if not certain")
    )


class NightFigures(dy.Schema):
    """nights/: stories per day; one row a night."""

    n_records = dy.UInt32(nullable=False, metadata=_means("Records read"))
    n_quarantined = dy.UInt32(nullable=False, metadata=_means("Records refused"))
    n_articles = dy.UInt32(nullable=False, metadata=_means("Articles accepted"))
    n_kept = dy.UInt32(nullable=False, metadata=_means("Articles kept, one for each text"))
    n_stories = dy.UInt32(nullable=False, metadata=_means("Stories that the night has articles of"))
    n_new_stories = dy.UInt32(
        nullable=False, metadata=_means("Stories whose oldest member is of the night: may be added up over nights")
    )


class JudgedGate(dy.Schema):
    """gates/: how each outlet's night was judged against its own history when the night was published."""

    source = dy.String(nullable=False, metadata=_means("Outlet"))
    gate = dy.String(
        nullable=False, metadata=_means("What was judged: silent | records | quarantine | removed | copies | dates")
    )
    judgement = dy.String(
        nullable=False,
        metadata=_means(
            "passed | failed | accepted (failed, and a person has looked at it) | unjudged (too little history, too "
            "few records, or gates were off)"
        ),
    )
    found = dy.Float64(nullable=True, metadata=_means("The night's figure: a count of records, else a share"))
    usual = dy.Float64(nullable=True, metadata=_means("Median of the figure over the nights before"))
    n_nights = dy.UInt32(nullable=False, metadata=_means("Nights before that the outlet had delivered on"))


class RemovedLine(dy.Schema):
    """removed/: the furniture lines that cleaning took away, by outlet: where an over-removal shows."""

    source = dy.String(nullable=False, metadata=_means("Outlet"))
    text = dy.String(nullable=False, metadata=_means("The line, shortened to 200 characters"))
    reason = dy.String(nullable=False, metadata=_means("The rule that removed it"))
    n_lines = dy.UInt32(nullable=False, metadata=_means("Times it was removed in the night"))


TABLES: dict[str, type[dy.Schema]] = {
    "articles": PublishedArticle,
    "members": PublishedMember,
    "matches": PublishedMatch,
    "quarantine": PublishedQuarantine,
    "removed": RemovedLine,
    "sources": SourceReuse,
    "outlets": OutletNight,
    "nights": NightFigures,
    "gates": JudgedGate,
    "aliases": StoryAlias,
}


def polars_schema(table: str) -> pl.Schema:
    """Columns and types of a published table, in order."""
    return schema_of(TABLES[table])


@cache
def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a published table, each field with its description."""
    fields = polars_schema(table).to_frame().to_arrow().schema
    columns = TABLES[table].columns()
    return pa.schema([field.with_metadata(columns[field.name].metadata) for field in fields])


def conform(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """`frame` as a published table: see `conformed`."""
    return conformed(frame, TABLES[table])


def dictionary() -> str:
    """The data dictionary as Markdown."""
    parts = [
        "# Data dictionary\n",
        f"Contract version {VERSION}. Every table is partitioned by `dt`, the night.\n",
    ]
    for name, schema in TABLES.items():
        parts += [
            f"## {name}\n",
            (schema.__doc__ or "").split(": ", 1)[-1] + "\n",
            "| column | type | null | meaning |",
        ]
        parts += ["|---|---|---|---|"]
        for column, kind in schema.columns().items():
            meaning = (kind.metadata or {}).get("description", "").replace("|", "\\|")
            parts.append(f"| `{column}` | {kind.dtype} | {'yes' if kind.nullable else 'no'} | {meaning} |")
        parts.append("")
    return "\n".join(parts)
