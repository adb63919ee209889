"""How far the matcher's verdicts can be trusted: compared pairs in bands of what they share, beside the truth."""

import polars as pl

BANDS = 10
"""Bands between nothing shared and all; what is all shared stands in the last one."""

CALIBRATION_SCHEMA = {
    "by": pl.String,  # containment, jaccard or rule
    "at": pl.String,  # the band, `0.7–0.8`, or the rule
    "verdict": pl.String,
    "pairs": pl.Int64,
    "same_share": pl.Float64,  # share of the pairs that the truth calls the same story
}


def labelled_pairs(found: pl.DataFrame, matches: pl.DataFrame) -> pl.DataFrame:
    """The compared pairs of two labelled articles, with their labels.

    `found` is what `evaluate.labelled` returns, `matches` the published table. Added: of either side `…_truth` and
    `…_cluster`; `contained`, what the longer text has of the shorter; `is_same`, whether the truth joins them.
    """
    labels = found.filter(~pl.col("is_missing"))
    left, right = (
        labels.select(
            pl.col("article_id").alias(f"{side}_id"),
            pl.col("story_id").alias(f"{side}_truth"),
            pl.col("cluster").alias(f"{side}_cluster"),
        )
        for side in ("left", "right")
    )
    return (
        matches.join(left, on="left_id")
        .join(right, on="right_id")
        .with_columns(
            contained=pl.max_horizontal("containment_left", "containment_right"),
            is_same=pl.col("left_truth") == pl.col("right_truth"),
        )
        .sort("left_id", "right_id")
    )


def calibration(pairs: pl.DataFrame) -> pl.DataFrame:
    """`CALIBRATION_SCHEMA` of labelled pairs: by containment, by Jaccard, and by the rule that decided."""
    places = {"containment": _band("contained"), "jaccard": _band("jaccard"), "rule": pl.col("rule")}
    tables = [
        pairs.group_by(at=at, verdict="verdict")
        .agg(pairs=pl.len().cast(pl.Int64), same_share=pl.col("is_same").mean())
        .sort("verdict", "at")
        .select(pl.lit(by).alias("by"), "at", "verdict", "pairs", "same_share")
        for by, at in places.items()
    ]
    return pl.concat([pl.DataFrame(schema=CALIBRATION_SCHEMA), *tables])


def _band(column: str) -> pl.Expr:
    """The band's name. A share that is a multiple of a tenth but for rounding stands in the band that it opens."""
    lower = (pl.col(column) * BANDS + 1e-9).floor().clip(0, BANDS - 1) / BANDS
    return pl.format("{}–{}", lower.round(1), (lower + 1 / BANDS).round(1))
