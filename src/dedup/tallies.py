"""A published night in figures: who reprints whom, who publishes first, how many stories there were.

Every function takes the members of one night as `partitions.member_rows` gives them.
"""

import polars as pl

from dedup.exact import mean_share

IS_FOREIGN = pl.col("first_source") != pl.col("source")


def reuse(members: pl.DataFrame) -> pl.DataFrame:
    """Outlet × outlet: a night's articles of one in stories that another, or it itself, began."""
    return (
        members.filter(pl.col("first_source").is_not_null() & ~pl.col("is_origin"))
        .group_by("source", "first_source")
        .agg(
            n_articles=pl.len().cast(pl.UInt32),
            median_lag_minutes=pl.col("lag_minutes").median(),
            mean_containment=mean_share("containment"),
        )
        .sort("source", "first_source")
    )


def first_publishers(members: pl.DataFrame) -> pl.DataFrame:
    """One row an outlet, ranked by the stories of the night that it began, then by how often others took one up."""
    own = members.group_by("source").agg(
        n_articles=pl.len(),
        n_kept=pl.col("is_canonical").sum(),
        n_stories=pl.col("story_id").n_unique(),
        n_begun=pl.col("is_origin").sum(),
        n_reprints=IS_FOREIGN.sum(),
    )
    taken_up = (
        members.filter(IS_FOREIGN)
        .group_by(source="first_source")
        .agg(n_reprinted=pl.len(), median_reprinted_minutes=pl.col("lag_minutes").median())
    )
    counts = ["n_articles", "n_kept", "n_stories", "n_begun", "n_reprints", "n_reprinted"]
    return (
        own.join(taken_up, on="source", how="full", coalesce=True)
        .with_columns(pl.col(counts).fill_null(0).cast(pl.UInt32))
        .sort("n_begun", "n_reprinted", "source", descending=[True, True, False])
        .with_row_index("first_rank", offset=1)
        .sort("source")
    )


def figures(members: pl.DataFrame, n_quarantined: int) -> pl.DataFrame:
    """One row. A story is new in the night of its oldest member, whose id it bears."""
    n_articles = members.height
    counted = {
        "n_records": n_articles + n_quarantined,
        "n_quarantined": n_quarantined,
        "n_articles": n_articles,
        "n_kept": int(members["is_canonical"].sum()),
        "n_stories": members["story_id"].n_unique(),
        "n_new_stories": int((members["article_id"] == members["story_id"]).sum()),
    }
    return pl.DataFrame([counted], schema=dict.fromkeys(counted, pl.UInt32))
