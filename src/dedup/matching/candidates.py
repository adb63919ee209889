"""Which pairs of articles are worth comparing exactly: one night against itself and the window before it.

Two kinds of keys. *Bands* of the MinHash signature find texts that are alike as a whole. *Passages*, one shingle in
`passage_one_in` chosen by its hash alone, find texts that share a part: excerpts, extended versions, releases cut
into news. Articles stand in the order (night, article_id), and per key an article is paired with the
`bucket_neighbours` before it: linear in the bucket, and the same for one night after another as for all at once.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dedup.flat import frozen
from dedup.matching.postings import Keys, Neighbours, Postings
from dedup.packed import pack, unpack
from dedup.settings import MatchSettings
from dedup.words.shingles import Shingles, sampled

Int64 = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint32]

KEY_SCHEMA = pl.Schema({"article_id": pl.String(), "bands": pl.Binary(), "passages": pl.Binary()})
KEY_TYPES: dict[str, type[np.integer]] = {"bands": np.int64, "passages": np.uint32}
"""Keys are packed (`dedup.packed`) numbers of these types."""
PAIR_SCHEMA = pl.Schema({"left_id": pl.String, "right_id": pl.String, "bands": pl.UInt32, "passages": pl.UInt32})
CUT_SCHEMA = pl.Schema({"keys": pl.String, "buckets": pl.Int64, "largest": pl.Int64, "pairs_cut": pl.Int64})


class Candidates(NamedTuple):
    """The pairs, and what the bound cut.

    `pairs`: `left_id` (the older), `right_id`, and how many `bands` and `passages` they were found by. `cuts`: for each
    kind of `keys`, `buckets` with more articles before a new one than the bound, the articles in the `largest`, and
    `pairs_cut`, pairs under one key that were not looked at for that key.
    """

    pairs: pl.DataFrame
    cuts: pl.DataFrame


def article_keys(article_ids: pl.Series, shingles: Shingles, band_keys: Int64, settings: MatchSettings) -> pl.DataFrame:
    """The keys of each article, `KEY_SCHEMA`, to be remembered: about 700 bytes for one of 400 words.

    Article i has the i-th shingles and row i of `band_keys`.
    """
    n_articles, n_bands = band_keys.shape
    bands = pack("bands", band_keys.ravel(), np.arange(n_articles + 1) * n_bands)
    passages = sampled(shingles, one_in=settings.passage_one_in)
    return pl.DataFrame(
        [article_ids.alias("article_id"), bands, pack("passages", passages.hashes, passages.doc_offsets)]
    )


class Counted(NamedTuple):
    """Distinct pairs of places, sorted, and how many keys each of them shares."""

    pairs: Int64
    keys: Counts


def _counted(pairs: Int64, *, least: int, besides: Int64 | None = None) -> Counted:
    """Of `pairs` those that stand there `least` times, and the pairs `besides` however often; `pairs` is sorted by it.

    Most pairs share one key by chance. They are passed over before anything is made of them: the list of all is the
    largest array of a run.
    """
    pairs.sort()
    n = max(len(pairs) - least + 1, 0)  # pairs that have `least - 1` after them
    is_first = np.r_[True, pairs[1:] != pairs[:-1]][:n]
    often = pairs[:n][is_first & (pairs[:n] == pairs[least - 1 :])]
    wanted = often if besides is None else _union(often, besides)
    last, first = (np.searchsorted(pairs, wanted, side) for side in ("right", "left"))
    return Counted(wanted, (last - first).astype(np.uint32))


def _union(one: Int64, other: Int64) -> Int64:
    """All numbers of two sorted arrays of distinct ones; for those `np.union1d` is slow."""
    at = np.searchsorted(one, other)
    is_new = np.append(one, -1)[at] != other  # places of articles are not negative
    return np.insert(one, at[is_new], other[is_new])


def n_passages() -> pl.Expr:
    """How many passages are among the keys of an article."""
    return pl.col("passages").bin.size() // np.dtype(KEY_TYPES["passages"]).itemsize


def candidate_pairs(tonight: pl.DataFrame, window: Iterable[pl.DataFrame], settings: MatchSettings) -> Candidates:
    """Every pair to compare whose newer article is of `tonight`, sorted by (right_id, left_id).

    `tonight` and each night of `window` (oldest first) as `article_keys` makes them, sorted by article_id. One night
    of the window is held at a time.
    """
    bands, passages = (Postings(_keys(tonight, kind), settings.bucket_neighbours) for kind in KEY_TYPES)
    nights, first = [], 0
    for night in window:
        bands.pass_by(_keys(night, "bands"), first)
        passages.pass_by(_keys(night, "passages"), first)
        nights.append(night.select("article_id", n_passages()))
        first += night.height
    articles = pl.concat([*nights, tonight.select("article_id", n_passages())])
    by_band = bands.neighbours(first)
    alike = _counted(by_band.pairs, least=1)
    by_passage = passages.neighbours(first)
    found = _counted(by_passage.pairs, least=settings.passage_min_keys, besides=alike.pairs)
    pairs = _worth_comparing(found, alike, articles, settings)
    cuts = [_cut("bands", by_band), _cut("passages", by_passage)]
    return Candidates(pairs.sort("right_id", "left_id"), pl.DataFrame(cuts, schema=CUT_SCHEMA))


def _worth_comparing(found: Counted, alike: Counted, articles: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """Of the pairs `found` by passages those that share a band, or passages enough for one to be a part of the other.

    `alike` are those with a band; `articles` has `article_id` and `passages`, how many there are, by place.
    """
    n_bands = np.zeros(len(found.pairs), np.uint32)
    n_bands[np.searchsorted(found.pairs, alike.pairs)] = alike.keys
    left, right = found.pairs >> 32, found.pairs & 0xFFFFFFFF
    n_passages = articles["passages"].to_numpy()
    fewest = np.minimum(n_passages[left], n_passages[right])
    needed = np.maximum(np.ceil(fewest * (settings.containment / 2)), settings.passage_min_keys)
    is_worth = (n_bands > 0) | (found.keys >= needed)
    return pl.DataFrame(
        {
            "left_id": articles["article_id"].gather(left[is_worth]),
            "right_id": articles["article_id"].gather(right[is_worth]),
            "bands": n_bands[is_worth],
            "passages": found.keys[is_worth],
        },
        schema=PAIR_SCHEMA,
    )


def _keys(night: pl.DataFrame, kind: str) -> Keys:
    values, offsets = unpack(night[kind], KEY_TYPES[kind])
    return Keys(frozen(values.astype(np.int64, copy=False)), offsets)


def _cut(kind: str, found: Neighbours) -> dict[str, object]:
    return {"keys": kind, "buckets": found.n_crowded, "largest": found.largest, "pairs_cut": found.n_cut}
