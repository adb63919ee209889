"""`report.html`: what a run published, for people who would rather look than read.

One self-contained file: no script, no request, every scraped text escaped. It is made from the published
tables alone and names no wall-clock time, so the same input gives the same bytes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import polars as pl

BINS = 20
SAMPLES = 3
TOP_LINES = 12


@dataclass(frozen=True)
class Bar:
    """One bar of a chart; `share` is its length against the longest one, 0 to 1."""

    label: str
    value: int
    share: float
    is_marked: bool = False


def bars(labels: list[str], values: list[int], marked: frozenset[str] = frozenset()) -> list[Bar]:
    """Bars scaled to the longest."""
    longest = max(values, default=0) or 1
    return [Bar(label, value, value / longest, label in marked) for label, value in zip(labels, values, strict=True)]


def scan(folder: Path, table: str) -> pl.LazyFrame:
    """A published table with its `dt` column."""
    return pl.scan_parquet(folder / table / "**/*.parquet", hive_partitioning=True, try_parse_hive_dates=True)


def totals(folder: Path) -> pl.DataFrame:
    """One row a night: records, quarantined, articles, kept, stories that began that night."""
    members = (
        scan(folder, "members")
        .group_by("dt")
        .agg(articles=pl.len(), kept=pl.col("is_canonical").sum(), stories=pl.col("story_id").n_unique())
    )
    refused = scan(folder, "quarantine").group_by("dt").agg(quarantined=pl.len())
    nights = members.join(refused, on="dt", how="full", coalesce=True).with_columns(
        pl.col("articles", "kept", "stories", "quarantined").fill_null(0).cast(pl.Int64)
    )
    return nights.with_columns(records=pl.col("articles") + pl.col("quarantined")).sort("dt").collect()


def by_source(folder: Path) -> pl.DataFrame:
    """One row an outlet: articles, kept, share of duplicates, removed share, dated share, quarantined."""
    accepted = (
        scan(folder, "members")
        .group_by("source")
        .agg(
            articles=pl.len(),
            kept=pl.col("is_canonical").sum(),
            dated=pl.col("published_at").is_not_null().mean(),
        )
    )
    removed = scan(folder, "articles").group_by("source").agg(removed=pl.col("removed_share").mean())
    refused = scan(folder, "quarantine").group_by("source").agg(quarantined=pl.len())
    return (
        accepted.join(removed, on="source", how="left")
        .join(refused, on="source", how="full", coalesce=True)
        .with_columns(
            pl.col("source").fill_null("(unknown)"),
            pl.col("articles", "kept", "quarantined").fill_null(0).cast(pl.Int64),
            pl.col("removed", "dated").fill_null(0.0),
        )
        .with_columns(duplicates=1 - pl.col("kept") / pl.col("articles").clip(1))
        .sort("source")
        .collect()
    )


def reasons(folder: Path) -> list[dict[str, Any]]:
    """Every quarantine reason with its count and a few samples."""
    rows = (
        scan(folder, "quarantine")
        .explode("reasons", empty_as_null=True)
        .sort("reasons", "dt", "file", "line", "offset")
    )
    table = rows.group_by("reasons", maintain_order=True).agg(
        count=pl.len(),
        samples=pl.concat_str(
            "file",
            pl.lit(":"),
            pl.col("line").cast(pl.String).fill_null("–"),
            pl.lit("  "),
            pl.coalesce("title", "payload", pl.lit("")).str.slice(0, 160),
        ).head(SAMPLES),
    )
    return table.sort("count", "reasons", descending=[True, False]).collect().to_dicts()


def similarity(folder: Path) -> list[Bar]:
    """How alike the accepted pairs are, in steps of a twentieth; bars of `accepted` pairs."""
    matches = scan(folder, "matches").filter(pl.col("verdict") == "accepted")
    steps = (pl.col("jaccard") * BINS).floor().clip(0, BINS - 1).cast(pl.Int64).alias("step")
    counts = dict(matches.group_by(steps).len().collect().iter_rows())
    return bars([f"{step / BINS:.2f}" for step in range(BINS)], [int(counts.get(step, 0)) for step in range(BINS)])


def story_sizes(folder: Path) -> list[Bar]:
    """How many stories have one member, two, three …, ten and more."""
    sizes = scan(folder, "members").group_by("story_id").len().select(pl.col("len").clip(1, 10)).collect()
    counts = dict(sizes.group_by("len").len("n").iter_rows())
    return bars(
        [str(size) if size < 10 else "10+" for size in range(1, 11)],
        [int(counts.get(size, 0)) for size in range(1, 11)],
    )


def reuse(folder: Path) -> dict[str, Any]:
    """Outlet × outlet counts: who ran whose story later."""
    table = (
        scan(folder, "sources")
        .sort("dt")
        .group_by("source", "first_source", maintain_order=True)
        .agg(pl.col("n_articles").sum(), pl.col("median_lag_minutes").median())
        .collect()
    )
    cells = {(row["first_source"], row["source"]): row for row in table.iter_rows(named=True)}
    outlets = sorted({name for pair in cells for name in pair})
    longest = max((row["n_articles"] for (first, later), row in cells.items() if first != later), default=1)
    return {"outlets": outlets, "cells": cells, "longest": longest}


def top_removed(folder: Path) -> list[dict[str, Any]]:
    """The lines that were removed most, by outlet."""
    lines = scan(folder, "removed").group_by("source", "text", "reason").agg(pl.col("n_lines").sum())
    ranked = lines.sort("source", "n_lines", "text", "reason", descending=[False, True, False, False])
    return ranked.collect().group_by("source", maintain_order=True).head(TOP_LINES).to_dicts()


def render(folder: Path) -> str:
    """The page for the version in `folder`."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dedup"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    nights = totals(folder)
    return environment.get_template("report.html.j2").render(
        nights=nights.to_dicts(),
        total=nights.drop("dt").sum().to_dicts()[0],
        stories=scan(folder, "members").select(pl.col("story_id").n_unique()).collect().item(),
        sources=by_source(folder).to_dicts(),
        reasons=reasons(folder),
        similarity=similarity(folder),
        story_sizes=story_sizes(folder),
        reuse=reuse(folder),
        removed=top_removed(folder),
    )
