"""Which pairs of articles are worth comparing exactly: one night against itself and the window before it.

Two kinds of keys. *Bands* of the MinHash signature find texts that are alike as a whole. *Passages*, one shingle in
`passage_one_in` chosen by its hash alone, find texts that share a part: excerpts, extended versions, releases cut
into news. Articles stand in the order (night, article_id), and per key an article is paired with the
`bucket_neighbours` before it: linear in the bucket, and the same for one night after another as for all at once.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dedup.settings import MatchSettings

Int64 = npt.NDArray[np.int64]

KEY_SCHEMA = {"night": pl.Date, "article_id": pl.String, "bands": pl.List(pl.Int64), "passages": pl.List(pl.UInt32)}
PAIR_SCHEMA = {"left_id": pl.String, "right_id": pl.String, "bands": pl.UInt32, "passages": pl.UInt32}
CUT_SCHEMA = {"keys": pl.String, "buckets": pl.Int64, "largest": pl.Int64, "pairs_cut": pl.Int64}

_MIX = 2_654_435_761  # Knuth's multiplier: the sample must not lean on the order of the hash values


class Candidates(NamedTuple):
    """`pairs`: `left_id` (the older), `right_id`, and the keys of each kind they share. `cuts`: what the bound cut."""

    pairs: pl.DataFrame
    cuts: pl.DataFrame


def article_keys(shingled: pl.DataFrame, band_keys: Int64, settings: MatchSettings) -> pl.DataFrame:
    """The keys of each article, to be remembered: about 700 bytes for one of 400 words.

    `shingled` has `night`, `article_id`, `shingles` (List[UInt32]); row i of `band_keys` belongs to its row i.
    """
    bound = 2**32 // settings.passage_one_in
    element = pl.element()
    is_key = (element.cast(pl.UInt64) * _MIX % 2**32) < bound
    bands = pl.Series("bands", list(band_keys), dtype=pl.List(pl.Int64))
    return shingled.select(
        "night", "article_id", bands, passages=pl.col("shingles").list.eval(element.filter(is_key))
    ).cast(KEY_SCHEMA)  # type: ignore[arg-type]


def candidate_pairs(tonight: pl.DataFrame, window: pl.DataFrame, settings: MatchSettings) -> Candidates:
    """Every pair to compare whose newer article is of `tonight`, sorted by (right_id, left_id).

    Both frames as `article_keys` makes them; `window` holds the earlier nights.
    """
    order = _in_order(tonight, window)
    found, cuts = [], []
    for kind in ("bands", "passages"):
        key, article, is_new = _postings(tonight, window, order, kind)
        pairs, cut = _neighbours(key, article, is_new, settings.bucket_neighbours)
        found.append(_counted(pairs, kind))
        cuts.append({"keys": kind, **cut})
    shared = (
        found[0]
        .join(found[1], on="pair", how="full", coalesce=True)
        .with_columns(pl.col("bands", "passages").fill_null(0))
    )
    n_passages = order.select("n_passages").to_series()
    shared = shared.with_columns(left=pl.col("pair") // 2**32, right=pl.col("pair") % 2**32)
    fewest = pl.min_horizontal(
        n_passages.gather(shared["left"]).alias("l"), n_passages.gather(shared["right"]).alias("r")
    )
    needed = (fewest * settings.containment / 2).ceil().clip(lower_bound=settings.passage_min_keys)
    shared = shared.filter((pl.col("bands") > 0) | (pl.col("passages") >= needed))
    ids = order["article_id"]
    pairs = shared.select(
        ids.gather(shared["left"]).alias("left_id"), ids.gather(shared["right"]).alias("right_id"), "bands", "passages"
    )
    return Candidates(
        pairs.cast(PAIR_SCHEMA).sort("right_id", "left_id"),  # type: ignore[arg-type]
        pl.DataFrame(cuts, schema=CUT_SCHEMA),
    )


def _in_order(tonight: pl.DataFrame, window: pl.DataFrame) -> pl.DataFrame:
    """All articles by (night, article_id), with their place `article` in that order."""
    columns = ("night", "article_id", pl.col("passages").list.len().alias("n_passages"))
    both = pl.concat([window.select(*columns), tonight.select(*columns)])
    return both.sort("night", "article_id").with_row_index("article").with_columns(pl.col("article").cast(pl.Int64))


def _postings(
    tonight: pl.DataFrame, window: pl.DataFrame, order: pl.DataFrame, kind: str
) -> tuple[Int64, Int64, npt.NDArray[np.bool_]]:
    """Key, article and novelty of every (key, article), sorted; of the window only keys that stand in tonight too."""
    place = order.select("article_id", "article")

    def exploded(keys: pl.DataFrame, *, is_new: bool) -> pl.LazyFrame:
        rows = keys.lazy().join(place.lazy(), on="article_id").select("article", key=kind).explode("key")
        return rows.drop_nulls("key").with_columns(pl.col("key").cast(pl.Int64), is_new=pl.lit(is_new))

    new = exploded(tonight, is_new=True)
    old = exploded(window, is_new=False).join(new.select("key").unique(), on="key", how="semi")
    rows = pl.concat([old, new]).sort("key", "article").collect()
    return rows["key"].to_numpy(), rows["article"].to_numpy(), rows["is_new"].to_numpy()


def _neighbours(key: Int64, article: Int64, is_new: npt.NDArray[np.bool_], width: int) -> tuple[Int64, dict[str, int]]:
    """Pairs (left << 32 | right) of each new posting with the `width` before it under its key, and what was cut."""
    n = len(key)
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if n else np.empty(0, np.int64)
    sizes = np.diff(np.r_[starts, n])
    rank = np.arange(n) - np.repeat(starts, sizes)
    pairs = []
    for back in range(1, width + 1):
        newer = np.flatnonzero(is_new & (rank >= back))
        pairs.append(article[newer - back] << 32 | article[newer])
    beyond = np.where(is_new, np.maximum(rank - width, 0), 0)
    cut = {
        "buckets": int(np.count_nonzero(np.add.reduceat(beyond, starts) > 0)) if n else 0,
        "largest": int(sizes.max(initial=0)),
        "pairs_cut": int(beyond.sum()),
    }
    return np.concatenate(pairs), cut


def _counted(pairs: Int64, kind: str) -> pl.DataFrame:
    """Each pair once, with the keys it shares."""
    return pl.DataFrame({"pair": pairs}).group_by("pair").agg(pl.len().alias(kind))
