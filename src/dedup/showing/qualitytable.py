"""What the published tables say of the quality of deliveries: one row a night and source."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from dedup.exact import mean_share

UNKNOWN: Final = "(unknown)"
"""The source of what was refused before its source could be read."""
BY_NIGHT: Final = ("dt", "source")


def quality_table(
    members: pl.LazyFrame, quarantine: pl.LazyFrame, *, by: Sequence[str] = BY_NIGHT, last: int | None = None
) -> pl.DataFrame:
    """Counts and shares of what was delivered, for each of `by` (dt and source, or one of the two), in that order.

    `members` has dt, source, published_at, removed_share, flags; `quarantine` has dt, source, reasons. With `last`,
    only so many of the newest nights. Returns, after the keys: records (articles + quarantined), articles,
    quarantined, quarantined_share, removed_share (mean over the articles; of letters and digits), dated_share
    (articles with a publication instant), flagged_share, reasons and flags: lists of name and n (records that bear it;
    one may bear several), the commonest first. Shares are null where there is no article.
    """
    accepted = _of_last_nights(members, members, quarantine, last)
    refused = _of_last_nights(quarantine, members, quarantine, last).with_columns(pl.col("source").fill_null(UNKNOWN))
    articles = accepted.group_by(by).agg(
        articles=pl.len().cast(pl.Int64),
        removed_share=mean_share("removed_share"),
        dated_share=pl.col("published_at").is_not_null().mean(),
        flagged_share=(pl.col("flags").list.len() > 0).mean(),
    )
    counts = (
        articles.join(refused.group_by(by).agg(quarantined=pl.len().cast(pl.Int64)), on=by, how="full", coalesce=True)
        .join(_named_counts(refused, "reasons", by), on=by, how="left")
        .join(_named_counts(accepted, "flags", by), on=by, how="left")
        .with_columns(pl.col("articles", "quarantined").fill_null(0), pl.col("reasons", "flags").fill_null([]))
        .with_columns(records=pl.col("articles") + pl.col("quarantined"))
    )
    return (
        counts.select(
            *by,
            "records",
            "articles",
            "quarantined",
            (pl.col("quarantined") / pl.col("records")).alias("quarantined_share"),
            "removed_share",
            "dated_share",
            "flagged_share",
            "reasons",
            "flags",
        )
        .sort(by)
        .collect()
    )


def _of_last_nights(
    table: pl.LazyFrame, members: pl.LazyFrame, quarantine: pl.LazyFrame, last: int | None
) -> pl.LazyFrame:
    """The rows of the `last` newest nights of the two tables; all of them with None."""
    if last is None:
        return table
    nights = pl.concat([members.select("dt"), quarantine.select("dt")]).unique().top_k(last, by="dt")
    return table.join(nights, on="dt", how="semi")


def _named_counts(table: pl.LazyFrame, column: str, by: Sequence[str]) -> pl.LazyFrame:
    """For each of `by` a list of name and n over a column of lists of names, the commonest first, then by name."""
    return (
        table.select(*by, name=column)
        .explode("name", empty_as_null=True)
        .drop_nulls("name")
        .group_by(*by, "name")
        .agg(n=pl.len().cast(pl.Int64))
        .sort("n", "name", descending=[True, False])
        .group_by(by, maintain_order=True)
        .agg(pl.struct("name", "n").alias(column))
    )
