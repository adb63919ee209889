"""Scores of a published run against a labelled corpus.

The truth has one row a record: `id` (the record's own), `story_id` (equal ⇔ same story), `relation`, `edit`,
`expect` (keep | repair | reject:… | keep-or-reject:… | repair-or-reject:…) and `clean_text`.
"""

from typing import Any

import polars as pl
from rapidfuzz.distance import LCSseq

from dedup.persons.names import record_id
from dedup.words.tokens import comparison_text

COPIES = ["syndicated", "excerpt", "expanded", "update", "recrawl"]


def _pairs(sizes: pl.Series) -> int:
    return int((sizes.cast(pl.Int64) * (sizes.cast(pl.Int64) - 1) // 2).sum())


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def labelled(truth: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The truth's articles (expect keep or repair) with their `article_id` and the `cluster` each one was put in.

    `members` has `article_id`, `source_record_id`, `file` and `story_id`. A record that was not published has no
    `article_id`, and counts as alone.
    """
    clusters = members.select("article_id", id=record_id(), cluster="story_id")
    clusters = clusters.unique("id", keep="first", maintain_order=True)
    return (
        truth.filter(pl.col("expect").is_in(["keep", "repair"]))
        .select("id", "story_id", "relation", "edit")
        .join(clusters, on="id", how="left", maintain_order="left")
        .with_columns(is_missing=pl.col("cluster").is_null())
        .with_columns(pl.coalesce("cluster", pl.lit("alone-") + pl.col("id")))
    )


def pairwise(found: pl.DataFrame) -> dict[str, float]:
    """Precision, recall and F1 over pairs of records, and the adjusted Rand index."""
    together = _pairs(found.group_by("story_id", "cluster").len()["len"])
    true = _pairs(found.group_by("story_id").len()["len"])
    joined = _pairs(found.group_by("cluster").len()["len"])
    expected = _ratio(true * joined, found.height * (found.height - 1) // 2)
    precision, recall = _ratio(together, joined), _ratio(together, true)
    return {
        "precision": precision,
        "recall": recall,
        "f1": _ratio(2 * precision * recall, precision + recall),
        "ari": _ratio(together - expected, (true + joined) / 2 - expected),
    }


def b_cubed(found: pl.DataFrame) -> dict[str, float]:
    """B-cubed precision and recall: the mean over records, so that big stories do not rule the score."""
    size = found.with_columns(
        both=pl.len().over("story_id", "cluster"),
        true=pl.len().over("story_id"),
        joined=pl.len().over("cluster"),
    )
    means = size.select(
        precision=(pl.col("both") / pl.col("joined")).mean(), recall=(pl.col("both") / pl.col("true")).mean()
    )
    precision, recall = means.row(0)
    return {
        "precision": precision,
        "recall": recall,
        "f1": _ratio(2 * precision * recall, precision + recall),
    }


def recall_by_relation(found: pl.DataFrame) -> dict[str, float]:
    """For every relation/edit: the share of copies that stand with their story's original."""
    originals = found.filter(pl.col("relation") == "original").select("story_id", original="cluster")
    copies = found.filter(pl.col("relation").is_in(COPIES)).join(originals, on="story_id")
    shares = (
        copies.group_by("relation", "edit")
        .agg((pl.col("cluster") == pl.col("original")).mean())
        .sort("relation", "edit")
    )
    return {f"{relation}/{edit}": share for relation, edit, share in shares.iter_rows()}


def _joined_share(pairs: pl.DataFrame) -> float:
    return float(pairs.select((pl.col("cluster") == pl.col("cluster_right")).mean()).item() or 0.0)


def traps(found: pl.DataFrame) -> dict[str, float | int]:
    """How often look-alikes were joined: series of other days, shared background, round-ups."""
    series = found.filter(pl.col("relation") == "series").with_columns(
        name=pl.col("story_id").str.extract(r"series-(\w+)-")
    )
    days = series.join(series, on="name").filter(pl.col("id") < pl.col("id_right"))
    same_day = pl.col("story_id") == pl.col("story_id_right")
    background = found.filter(pl.col("relation") == "shared-background").with_columns(
        group=pl.col("story_id").str.slice(0, 6)
    )
    backgrounds = background.join(background, on="group").filter(pl.col("id") < pl.col("id_right"))
    clusters = found.group_by("cluster").agg(size=pl.len(), stories=pl.col("story_id").n_unique())
    roundups = found.filter(pl.col("relation") == "roundup").join(clusters, on="cluster")
    return {
        "series_same_day_joined": _joined_share(days.filter(same_day)),
        "series_other_day_joined": _joined_share(days.filter(~same_day)),
        "shared_background_joined": _joined_share(backgrounds),
        "roundups_swallowed": roundups.filter(pl.col("stories") > 1).height,
        "clusters_mixing_stories": clusters.filter(pl.col("stories") > 1).height,
        "worst_cluster_stories": int(clusters["stories"].max() or 0),  # type: ignore[arg-type]
        "largest_cluster": int(clusters["size"].max() or 0),  # type: ignore[arg-type]
    }


def clustering(truth: pl.DataFrame, members: pl.DataFrame) -> dict[str, Any]:
    """Every score of the stories."""
    found = labelled(truth, members)
    return {
        "records": found.height,
        "missing": int(found["is_missing"].sum()),
        **pairwise(found),
        "b_cubed": b_cubed(found),
        "recall_by": recall_by_relation(found),
        **traps(found),
    }


def screening(truth: pl.DataFrame, quarantine: pl.DataFrame) -> dict[str, Any]:
    """What became of records by what was expected of them, with the reasons of the refused."""
    refused = quarantine.select(id=record_id(), reasons="reasons").unique("id", keep="first", maintain_order=True)
    fate = truth.select("id", "expect").join(refused, on="id", how="left")
    table = fate.group_by("expect").agg(
        records=pl.len(),
        refused=pl.col("reasons").is_not_null().sum(),
        reasons=pl.col("reasons").explode(empty_as_null=True).drop_nulls().value_counts(sort=True, name="n"),
    )
    return {
        expect: {"records": n, "refused": out, "reasons": {row["reasons"]: row["n"] for row in reasons}}
        for expect, n, out, reasons in table.sort("expect").iter_rows()
    }


def cleaning(truth: pl.DataFrame, texts: pl.DataFrame) -> dict[str, Any]:
    """Character precision and recall of the cleaned `body`: letters, marks and digits only.

    `texts` has `source_record_id`, `file`, `source` and `body`. Common characters are the longest common subsequence.
    """
    both = (
        truth.filter(pl.col("expect").is_in(["keep", "repair"]))
        .select("id", "clean_text")
        .join(texts.with_columns(id=record_id()).unique("id", keep="first", maintain_order=True), on="id")
        .sort("id")
    )
    want = comparison_text(both["clean_text"]).str.replace_all(" ", "", literal=True)
    have = comparison_text(both["body"]).str.replace_all(" ", "", literal=True)
    common = [LCSseq.similarity(*pair) for pair in zip(want, have, strict=True)]
    sized = both.select(
        "source", want=want.str.len_chars(), have=have.str.len_chars(), common=pl.Series(common, dtype=pl.Int64)
    )
    sums = pl.col("want", "have", "common").sum()
    outlets = sized.group_by("source").agg(sums).sort("source")
    total = sized.select(pl.lit("all").alias("source"), sums)
    return {
        source: {"precision": _ratio(same, have), "recall": _ratio(same, want)}
        for source, want, have, same in pl.concat([total, outlets]).iter_rows()
    }
