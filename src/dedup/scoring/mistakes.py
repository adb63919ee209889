"""Where a published result and its truth part: false joins and misses, the worst first, each with a pair to look at.

One wrong join costs many pairs: what is listed is two groups of records that were wrongly joined, or wrongly kept
apart, and with them the number of pairs that it costs.
"""

from collections.abc import Callable
from enum import StrEnum

import polars as pl

from dedup.matching.verify import Verdict, for_review
from dedup.scoring.calibration import labelled_pairs
from dedup.settings import MatchSettings

Compare = Callable[[pl.DataFrame], pl.DataFrame]
"""Pairs `left_id`, `right_id` → the same rows as `verify.judge` returns them, in any order."""

MOST_SCORED = 2_000
"""Pairs without a remembered comparison that are scored for a listing, those of the largest groups first."""

EVIDENCE = ["rule", "verdict", "jaccard", "containment_left", "containment_right", "shared"]


class Mistake(StrEnum):
    """What is wrong with a pair, by what the matcher had said of it."""

    JOINED = "joined"  # accepted, and the truth separates it
    CHAINED = "chained"  # in one story through others: it was not accepted itself
    REFUSED = "refused"  # compared, refused, and the truth joins it
    LINKED = "linked"  # compared, and taken for a look-alike
    PARTED = "parted"  # accepted, and still in two stories: a round-up, or a chain that was cut
    UNSEEN = "unseen"  # never a candidate: a comparison would have been remembered
    BELOW = "below"  # not remembered: if it was compared, too little is shared


def false_joins(found: pl.DataFrame, matches: pl.DataFrame, compare: Compare) -> pl.DataFrame:
    """Stories of the truth that stand in one published story: those that cost most pairs first, then the least alike.

    `found` is what `evaluate.labelled` returns, `matches` the published table. A row has `mistake`, `n_pairs` of
    records, `left_id` and `right_id` of the least alike pair that was accepted (of any, where others join them), its
    `contained` and `EVIDENCE`.
    """
    known = labelled_pairs(found, matches).filter(
        ~pl.col("is_same"), pl.col("left_cluster") == pl.col("right_cluster"), verdict=Verdict.ACCEPTED.value
    )
    least_alike = known.sort("contained", "left_id", "right_id")
    rows = _between(found, least_alike, compare, within="cluster", apart="truth")
    mistake = pl.when("was_compared").then(pl.lit(Mistake.JOINED)).otherwise(pl.lit(Mistake.CHAINED))
    order = {"n_pairs": True, "contained": False, "left_id": False, "right_id": False}
    return _listed(rows.with_columns(mistake=mistake), order)


def misses(found: pl.DataFrame, matches: pl.DataFrame, compare: Compare, settings: MatchSettings) -> pl.DataFrame:
    """Parts of one story of the truth that stand in several published ones, the most alike first.

    Rows as those of `false_joins`, each with the most alike pair that was compared, or any. A pair that a run with
    these `settings` would have remembered, and did not, was never a candidate.
    """
    known = labelled_pairs(found, matches).filter(pl.col("is_same"), pl.col("left_cluster") != pl.col("right_cluster"))
    most_alike = known.sort("contained", "left_id", "right_id", descending=[True, False, False])
    rows = _between(found, most_alike, compare, within="truth", apart="cluster")
    would_be_kept = for_review(rows, settings).select("left_id", "right_id", would_be_kept=pl.lit(value=True))
    said = {Verdict.ACCEPTED: Mistake.PARTED, Verdict.LINKED: Mistake.LINKED, Verdict.REFUSED: Mistake.REFUSED}
    by_verdict = pl.col("verdict").replace_strict(said, return_dtype=pl.String)
    unseen = pl.when("would_be_kept").then(pl.lit(Mistake.UNSEEN)).otherwise(pl.lit(Mistake.BELOW))
    mistake = pl.when("was_compared").then(by_verdict).otherwise(unseen)
    order = {"contained": True, "n_pairs": True, "left_id": False, "right_id": False}
    return _listed(
        rows.join(would_be_kept, on=["left_id", "right_id"], how="left").with_columns(mistake=mistake), order
    )


def _between(found: pl.DataFrame, known: pl.DataFrame, compare: Compare, *, within: str, apart: str) -> pl.DataFrame:
    """One row for two groups of records that have one label in common (`within`) and not the other (`apart`).

    The first pair of `known` between them stands for the two; where there is none, one that `compare` scores now.
    """
    labels = found.filter(~pl.col("is_missing")).select("article_id", truth="story_id", cluster="cluster")
    groups = labels.group_by(within, apart).agg(pl.len().cast(pl.Int64), any_id=pl.col("article_id").min())
    one, other = pl.col(apart), pl.col(f"{apart}_right")
    pairs_of = groups.join(groups, on=within).filter(one < other)
    key = [within, "one", "other"]
    between = pairs_of.select(
        within, "any_id", "any_id_right", one=one, other=other, n_pairs=pl.col("len") * pl.col("len_right")
    )
    ends = [f"left_{apart}", f"right_{apart}"]
    shown = known.select(
        pl.col(f"left_{within}").alias(within), "left_id", "right_id", *EVIDENCE,
        one=pl.min_horizontal(ends), other=pl.max_horizontal(ends),
    ).unique(key, keep="first", maintain_order=True)  # fmt: skip
    compared = between.join(shown, on=key).with_columns(was_compared=pl.lit(value=True))
    rest = between.join(shown, on=key, how="anti").sort("n_pairs", *key, descending=[True, False, False, False])
    named = rest.head(MOST_SCORED).rename({"any_id": "left_id", "any_id_right": "right_id"})
    columns = ["n_pairs", "left_id", "right_id", "was_compared", *EVIDENCE]
    if named.is_empty():
        return compared.select(columns)
    scored = compare(named.select("left_id", "right_id")).select("left_id", "right_id", *EVIDENCE)
    now = named.join(scored, on=["left_id", "right_id"]).with_columns(was_compared=pl.lit(value=False))
    return pl.concat([compared.select(columns), now.select(columns)])


def _listed(rows: pl.DataFrame, order: dict[str, bool]) -> pl.DataFrame:
    """The rows in order, column → whether descending."""
    contained = pl.max_horizontal("containment_left", "containment_right")
    listed = rows.with_columns(pl.col("mistake").cast(pl.String), contained=contained)
    return listed.sort(*order, descending=list(order.values())).select(
        "mistake", "n_pairs", "left_id", "right_id", "contained", *EVIDENCE
    )
