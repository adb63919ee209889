"""What every run proves before it publishes. Each check raises InvariantError with the figures."""

import polars as pl

from dedup.errors import InvariantError


def check_conservation(files: pl.DataFrame) -> None:
    """Nothing is lost: records read = accepted + quarantined, for each file.

    `files` has one row a file: `file`, `n_read` (counted while reading), `n_articles` and `n_quarantined`
    (counted in what was written).
    """
    lost = files.filter(pl.col("n_read") != pl.col("n_articles") + pl.col("n_quarantined"))
    if lost.height:
        row = lost.sort("file").row(0, named=True)
        raise InvariantError(
            f"{lost.height} files do not add up; {row['file']}: {row['n_read']} records read, "
            f"{row['n_articles']} accepted and {row['n_quarantined']} quarantined. Nothing was published."
        )


def check_members(members: pl.DataFrame, accepted: pl.Series) -> None:
    """Every accepted article has one row; one canonical a kept text, of the same story; evidence for every other.

    `members` has `article_id, story_id, canonical_id, is_canonical, jaccard, containment`; `accepted` are the ids of
    the same nights' articles. A kept article may be older than these nights: it was checked when they were here.
    """
    keeps_itself = pl.col("canonical_id") == pl.col("article_id")
    of_kept = members.select(canonical_id="article_id", kept_is_kept="is_canonical", kept_story="story_id")
    joined = members.join(of_kept, on="canonical_id", how="left")
    faults = {
        "articles stand twice": members.filter(pl.col("article_id").is_duplicated()),
        "articles are in no story": accepted.to_frame("article_id").join(members, on="article_id", how="anti"),
        "articles are marked as kept but stand for another": members.filter(pl.col("is_canonical") != keeps_itself),
        "articles have a canonical that is not kept": joined.filter(~pl.col("kept_is_kept")),
        "articles have a canonical of another story": joined.filter(pl.col("kept_story") != pl.col("story_id")),
        "articles were dropped without evidence": members.filter(
            ~keeps_itself & (pl.col("jaccard").is_null() | pl.col("containment").is_null())
        ),
    }
    for fault, rows in faults.items():
        if rows.height:
            example = rows["article_id"].sort()[0]
            raise InvariantError(f"{rows.height} {fault}, {example} among them. Nothing was published.")
