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

KEY_SCHEMA = pl.Schema(
    {
        "night": pl.Date(),
        "article_id": pl.String(),
        "bands": pl.List(pl.Int64),
        "passages": pl.List(pl.UInt32),
    }
)
PAIR_SCHEMA = pl.Schema({"left_id": pl.String, "right_id": pl.String, "bands": pl.UInt32, "passages": pl.UInt32})
CUT_SCHEMA = pl.Schema({"keys": pl.String, "buckets": pl.Int64, "largest": pl.Int64, "pairs_cut": pl.Int64})

_MIX = 2_654_435_761  # Knuth's multiplier: the sample must not lean on the order of the hash values


class Candidates(NamedTuple):
    """The pairs, and what the bound cut.

    `pairs`: `left_id` (the older), `right_id`, and how many `bands` and `passages` they were found by. `cuts`: for each
    kind of `keys`, `buckets` with more articles before a new one than the bound, the articles in the `largest`, and
    `pairs_cut`, pairs under one key that were not looked at for that key.
    """

    pairs: pl.DataFrame
    cuts: pl.DataFrame


def article_keys(shingled: pl.DataFrame, band_keys: Int64, settings: MatchSettings) -> pl.DataFrame:
    """The keys of each article, `KEY_SCHEMA`, to be remembered: about 700 bytes for one of 400 words.

    `shingled` has `night`, `article_id`, `shingles` (List[UInt32], distinct); row i of `band_keys` is of its row i.
    """
    bound = 2**32 // settings.passage_one_in
    is_key = (pl.element().cast(pl.UInt64) * _MIX % 2**32) < bound
    bands = pl.Series("bands", list(band_keys), dtype=pl.List(pl.Int64))
    passages = pl.col("shingles").list.eval(pl.element().filter(is_key))
    return shingled.select("night", "article_id", bands, passages=passages).cast(KEY_SCHEMA)


def candidate_pairs(tonight: pl.DataFrame, window: pl.DataFrame, settings: MatchSettings) -> Candidates:
    """Every pair to compare whose newer article is of `tonight`, sorted by (right_id, left_id).

    Both frames as `article_keys` makes them; `window` holds the earlier nights. One band in common is enough. Of the
    passage keys a pair needs `passage_min_keys`, and half as many as `containment` makes one expect.
    """
    order = _in_order(tonight, window)
    found, cuts = [], []
    for kind in ("bands", "passages"):
        pairs, cut = _neighbours(_postings(tonight, window, order, kind), settings.bucket_neighbours)
        found.append(pairs.rename({"keys": kind}))
        cuts.append({"keys": kind, **cut})
    expected = pl.min_horizontal("left_passages", "right_passages") * settings.containment
    enough = (expected / 2).ceil().clip(lower_bound=settings.passage_min_keys)
    named = (
        found[0]
        .join(found[1], on=["left", "right"], how="full", coalesce=True)
        .with_columns(pl.col("bands", "passages").fill_null(0))
        .join(_sided(order, "left"), on="left")
        .join(_sided(order, "right"), on="right")
        .filter((pl.col("bands") > 0) | (pl.col("passages") >= enough))
        .select(PAIR_SCHEMA.names())
    )
    return Candidates(named.cast(PAIR_SCHEMA).sort("right_id", "left_id"), pl.DataFrame(cuts, schema=CUT_SCHEMA))


def _in_order(tonight: pl.DataFrame, window: pl.DataFrame) -> pl.DataFrame:
    """All articles by (night, article_id): their `place` in that order, their id and their number of passages."""
    columns = ("night", "article_id", pl.col("passages").list.len().alias("n_passages"))
    both = pl.concat([window.select(*columns), tonight.select(*columns)]).sort("night", "article_id")
    return both.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))


def _sided(order: pl.DataFrame, side: str) -> pl.DataFrame:
    return order.select(
        pl.col("place").alias(side),
        pl.col("article_id").alias(f"{side}_id"),
        pl.col("n_passages").alias(f"{side}_passages"),
    )


def _postings(tonight: pl.DataFrame, window: pl.DataFrame, order: pl.DataFrame, kind: str) -> pl.DataFrame:
    """`key`, `place`, `is_new` of every key of an article, sorted; of the window only keys that tonight has too."""
    places = order.lazy().select("article_id", "place")

    def exploded(keys: pl.DataFrame, *, is_new: bool) -> pl.LazyFrame:
        rows = keys.lazy().select("article_id", key=kind).explode("key", empty_as_null=False)
        return rows.join(places, on="article_id").select(pl.col("key").cast(pl.Int64), "place", is_new=pl.lit(is_new))

    new = exploded(tonight, is_new=True)
    old = exploded(window, is_new=False).join(new.select("key").unique(), on="key", how="semi")
    return pl.concat([old, new]).sort("key", "place").collect()


def _neighbours(postings: pl.DataFrame, width: int) -> tuple[pl.DataFrame, dict[str, int]]:
    """Pairs of places, `left`, `right` and the `keys` they share, each new posting with the `width` before it.

    And what that bound cut. The pairs of one distance are counted before the next is looked at, so that no more than
    one for each posting is held at a time.
    """
    key, place, is_new = (postings[name].to_numpy() for name in ("key", "place", "is_new"))
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.empty(0, np.int64)
    sizes = np.diff(np.r_[starts, len(key)])
    rank = np.arange(len(key)) - np.repeat(starts, sizes)
    counted = []
    for back in range(1, width + 1):
        newer = np.flatnonzero(is_new & (rank >= back))
        pairs = pl.DataFrame({"left": place[newer - back], "right": place[newer]}, schema_overrides=_PLACES)
        counted.append(pairs.group_by("left", "right").agg(keys=pl.len()))
    beyond = np.where(is_new, np.maximum(rank - width, 0), 0)
    cut = {
        "buckets": int(np.count_nonzero(np.add.reduceat(beyond, starts))) if len(starts) else 0,
        "largest": int(sizes.max(initial=0)),
        "pairs_cut": int(beyond.sum()),
    }
    return pl.concat(counted).group_by("left", "right").agg(pl.col("keys").sum()), cut


_PLACES = {"left": pl.Int64, "right": pl.Int64}
