"""Which pairs of articles are worth comparing exactly: one night against itself and the window before it.

Two kinds of keys. *Bands* of the MinHash signature find texts that are alike as a whole. *Passages*, one shingle in
`passage_one_in` chosen by its hash alone, find texts that share a part: excerpts, extended versions, releases cut
into news. Articles stand in the order (night, article_id), and per key an article is paired with the
`bucket_neighbours` before it: linear in the bucket, and the same for one night after another as for all at once.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dedup.matching.postings import Keys, neighbours
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


def candidate_pairs(tonight: pl.DataFrame, window: Sequence[pl.LazyFrame], settings: MatchSettings) -> Candidates:
    """Every pair to compare whose newer article is of `tonight`, sorted by (right_id, left_id).

    `tonight` and each night of `window` (oldest first) as `article_keys` makes them, sorted by article_id. One night
    of the window is held at a time.
    """
    nights = [*window, tonight.lazy()]
    sizes = [pl.col("article_id"), pl.col("passages").list.len().alias("n_passages")]
    articles = pl.concat([night.select(sizes).collect() for night in nights])
    firsts = np.cumsum([0, *(night.select(pl.len()).collect().item() for night in nights)])
    kinds = {kind: _shared(kind, nights, firsts, settings.bucket_neighbours) for kind in ("bands", "passages")}
    shared = (
        kinds["bands"][0]
        .join(kinds["passages"][0], on=["left", "right"], how="full", coalesce=True)
        .with_columns(pl.col("bands", "passages").fill_null(0))
    )
    n_passages = articles["n_passages"]
    fewest = pl.DataFrame({side: n_passages.gather(shared[side]) for side in ("left", "right")}).min_horizontal()
    needed = (fewest * (settings.containment / 2)).ceil().clip(lower_bound=settings.passage_min_keys)
    shared = shared.filter((shared["bands"] > 0) | (shared["passages"] >= needed))
    ids = articles["article_id"]
    named = {"left_id": ids.gather(shared["left"]), "right_id": ids.gather(shared["right"])}
    pairs = shared.select("bands", "passages", **named).select(PAIR_SCHEMA.names()).cast(PAIR_SCHEMA)
    return Candidates(
        pairs.sort("right_id", "left_id"),
        pl.DataFrame([cut for _, cut in kinds.values()], schema=CUT_SCHEMA),
    )


def _shared(
    kind: str, nights: Sequence[pl.LazyFrame], firsts: Int64, width: int
) -> tuple[pl.DataFrame, dict[str, object]]:
    """`left`, `right` (places) and how many keys of the kind they share; and what the width cut."""

    def keys(at: int) -> Keys:
        lists = nights[at].select(pl.col(kind).cast(pl.List(pl.Int64))).collect()[kind]
        sizes = lists.list.len().cast(pl.Int64).to_numpy()
        values = lists.explode(empty_as_null=False, keep_nulls=False).to_numpy()
        return Keys(values, np.r_[0, np.cumsum(sizes)].astype(np.int64), int(firsts[at]))

    last = len(nights) - 1
    found = neighbours(keys(last), map(keys, range(last - 1, -1, -1)), width)
    found.pairs.sort()  # in place: np.unique would hold three copies of the largest array of a run
    starts = np.flatnonzero(np.r_[True, found.pairs[1:] != found.pairs[:-1]][: len(found.pairs)])
    counts = np.diff(np.r_[starts, len(found.pairs)]).astype(np.uint32)
    packed = found.pairs[starts]
    pairs = pl.DataFrame({"left": packed >> 32, "right": packed & 0xFFFFFFFF, kind: counts})
    return pairs, {"keys": kind, "buckets": found.n_crowded, "largest": found.largest, "pairs_cut": found.n_cut}
