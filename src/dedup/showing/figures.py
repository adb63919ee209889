"""The figures of a published version, read from its tables alone: what the report and the command line show."""

from datetime import date
from pathlib import Path

import polars as pl

from dedup.exact import mean_share
from dedup.gates import METRICS
from dedup.versions import scan

SHOWN_NIGHTS = 45
"""Nights of a report: six weeks tell a trend, and a history of years costs no more than that."""
BINS = 20
SAMPLES = 3
MAX_REASONS = 40
TOP_LINES = 6
SHOWN_CHARS = 160  # of a scraped text
LARGEST = 10
TAKEN_UP = 8


def totals(folder: Path, nights: list[date] | None = None) -> pl.DataFrame:
    """One row a night: articles, kept, stories (that it has articles of), quarantined, records."""
    named = {name: f"n_{name}" for name in ("articles", "kept", "stories", "quarantined", "records")}
    return scan(folder, "nights", nights).select("dt", **named).cast({pl.UInt32: pl.Int64}).sort("dt").collect()


def by_source(folder: Path) -> pl.DataFrame:
    """One row an outlet: articles, kept, quarantined."""
    accepted = scan(folder, "members").group_by("source").agg(articles=pl.len(), kept=pl.col("is_canonical").sum())
    refused = scan(folder, "quarantine").group_by("source").agg(quarantined=pl.len())
    return (
        accepted.join(refused, on="source", how="full", coalesce=True)
        .with_columns(
            pl.col("source").fill_null("(unknown)"),
            pl.col("articles", "kept", "quarantined").fill_null(0).cast(pl.Int64),
        )
        .sort("source")
        .collect()
    )


def metrics(folder: Path, nights: list[date]) -> pl.DataFrame:
    """One row an outlet and night, as the gates judge it: `night`, `source`, and `gates.METRICS`."""
    keys = ["dt", "source"]
    accepted = _each(
        scan(folder, "members", nights).select(*keys, "is_canonical", "published_at", "removed_share"),
        articles=pl.len(),
        copies=(~pl.col("is_canonical")).mean(),
        dates=pl.col("published_at").is_not_null().mean(),
        removed=mean_share("removed_share"),
    )
    refused = _each(scan(folder, "quarantine", nights).select(keys).drop_nulls(), refused=pl.len())
    both = accepted.join(refused, on=keys, how="full", coalesce=True)
    return (
        both.with_columns(pl.col("articles", "refused").fill_null(0).cast(pl.Int64))
        .with_columns(records=pl.col("articles") + pl.col("refused"))
        .with_columns(quarantine=pl.col("refused") / pl.col("records"))
        .select(pl.col("dt").alias("night"), "source", *METRICS)
        .sort("night", "source")
    )


def _each(rows: pl.LazyFrame, **figures: pl.Expr) -> pl.DataFrame:
    """Figures of every outlet and night."""
    return rows.group_by("dt", "source").agg(**figures).collect()


def ranking(folder: Path, nights: list[date]) -> pl.DataFrame:
    """Who publishes first: `source`, `n_begun`, `n_reprinted`, `n_reprints`, `lag` (median of the nights' medians)."""
    table = scan(folder, "outlets", nights).collect().sort("dt", "source")
    counts = [pl.col(name).sum().cast(pl.Int64) for name in ("n_begun", "n_reprinted", "n_reprints")]
    added = table.group_by("source", maintain_order=True).agg(*counts, lag=pl.col("median_reprinted_minutes").median())
    return added.sort("n_begun", "n_reprinted", "source", descending=[True, True, False])


def n_stories(folder: Path, nights: list[date]) -> int:
    """Stories that these nights have articles of."""
    return int(scan(folder, "members", nights).select(pl.col("story_id").n_unique()).collect().item())


def relations(folder: Path, nights: list[date]) -> dict[str, int]:
    """Relation → members that are not kept, the most frequent first."""
    copies = scan(folder, "members", nights).filter(~pl.col("is_canonical")).group_by("relation").len()
    return dict(copies.sort("len", "relation", descending=[True, False]).collect().iter_rows())


def similarity(folder: Path, nights: list[date]) -> dict[str, list[int]]:
    """Verdict → pairs by the share of the shorter text found in the other, in `BINS` steps from 0 to 1."""
    shared = pl.max_horizontal("containment_left", "containment_right")
    steps = (shared * BINS).floor().clip(0, BINS - 1).cast(pl.Int64).alias("step")
    counted = scan(folder, "matches", nights).group_by("verdict", steps).len().collect()
    counts = {(verdict, step): n for verdict, step, n in counted.iter_rows()}
    return {
        verdict: [int(counts.get((verdict, step), 0)) for step in range(BINS)]
        for verdict in ("accepted", "linked", "refused")
    }


def story_sizes(folder: Path, nights: list[date]) -> list[int]:
    """How many stories have one member in these nights, two …, ten and more."""
    sizes = scan(folder, "members", nights).group_by("story_id").len().select(size=pl.col("len").clip(1, LARGEST))
    counts = dict(sizes.group_by("size").len().collect().iter_rows())
    return [int(counts.get(size, 0)) for size in range(1, LARGEST + 1)]


def largest_stories(folder: Path, nights: list[date], most: int) -> list[str]:
    """The ids of the stories with the most members in these nights, `most` of them."""
    sizes = scan(folder, "members", nights).group_by("story_id").len()
    return sizes.sort("len", "story_id", descending=[True, False]).head(most).collect()["story_id"].to_list()


def taken_up(folder: Path, nights: list[date]) -> pl.DataFrame:
    """The stories of the newest night that most outlets ran, one outlet alone none of them.

    `story_id`, `outlets`, `n` (articles in these nights), `minutes` until the last of these outlets had it, and
    `title`, `source`, `published_at` of the first article.
    """
    members = scan(folder, "members", nights)
    tonight = members.filter(pl.col("dt") == nights[-1]).select("story_id").unique()
    top = (
        members.join(tonight, on="story_id", how="semi")
        .group_by("story_id", "source")
        .agg(n=pl.len(), minutes=pl.col("lag_minutes").min())
        .group_by("story_id")
        .agg(outlets=pl.len(), n=pl.col("n").sum(), minutes=pl.col("minutes").max())
        .filter(pl.col("outlets") > 1)
        .sort("outlets", "n", "story_id", descending=[True, True, False])
        .head(TAKEN_UP)
        .collect()
    )
    found = members.filter(pl.col("story_id").is_in(top["story_id"].implode()))
    rows = found.select("story_id", "title", "source", "published_at", "lag_minutes", "dt", "article_id").collect()
    first = rows.sort("lag_minutes", "dt", "article_id", nulls_last=True).unique(
        "story_id", keep="first", maintain_order=True
    )
    names = ["story_id", "title", "source", "published_at"]
    return top.join(first.select(names), on="story_id", maintain_order="left")


def reuse(folder: Path, nights: list[date]) -> pl.DataFrame:
    """One row a pair of outlets: `first_source`, `source`, `n` articles, `lag` (median of the nights' medians)."""
    table = scan(folder, "sources", nights).collect().sort("dt", "source", "first_source")
    pairs = table.group_by("first_source", "source", maintain_order=True).agg(
        n=pl.col("n_articles").sum().cast(pl.Int64), lag=pl.col("median_lag_minutes").median()
    )
    return pairs.sort("first_source", "source")


def reasons(folder: Path, nights: list[date]) -> pl.DataFrame:
    """Every quarantine reason: `reason`, `step`, `count`, and `samples` (place, text)."""
    rows = scan(folder, "quarantine", nights).explode("reasons", empty_as_null=True)
    shown = pl.coalesce("title", "detail", "payload", pl.lit("")).str.slice(0, SHOWN_CHARS + 1)
    place = pl.concat_str("file", pl.lit(":") + pl.col("line").cast(pl.String), ignore_nulls=True)
    ordered = rows.select("reasons", "step", "dt", "file", "line", "offset", place=place, text=shown).collect()
    ordered = ordered.sort("reasons", "step", "dt", "file", "line", "offset", "text", descending=False)
    table = ordered.group_by("reasons", "step", maintain_order=True).agg(
        count=pl.len(), samples=pl.struct("place", "text").tail(SAMPLES)
    )
    return table.sort("count", "reasons", "step", descending=[True, False, False]).head(MAX_REASONS)


def top_removed(folder: Path, nights: list[date]) -> pl.DataFrame:
    """The lines that were removed most, by outlet: `source`, `text`, `reason`, `n_lines`."""
    lines = scan(folder, "removed", nights).group_by("source", "text", "reason").agg(pl.col("n_lines").sum())
    ranked = lines.sort("source", "n_lines", "text", "reason", descending=[False, True, False, False]).collect()
    return ranked.group_by("source", maintain_order=True).head(TOP_LINES)
