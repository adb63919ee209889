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

from dedup.flat import lists_of
from dedup.matching.postings import Keys, neighbours
from dedup.settings import MatchSettings
from dedup.words.shingles import Shingles, sampled

Int64 = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint32]

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


class Candidates(NamedTuple):
    """The pairs, and what the bound cut.

    `pairs`: `left_id` (the older), `right_id`, and how many `bands` and `passages` they were found by. `cuts`: for each
    kind of `keys`, `buckets` with more articles before a new one than the bound, the articles in the `largest`, and
    `pairs_cut`, pairs under one key that were not looked at for that key.
    """

    pairs: pl.DataFrame
    cuts: pl.DataFrame


def article_keys(articles: pl.DataFrame, shingles: Shingles, band_keys: Int64, settings: MatchSettings) -> pl.DataFrame:
    """The keys of each article, `KEY_SCHEMA`, to be remembered: about 700 bytes for one of 400 words.

    Of `articles` (`night`, `article_id`), row i has the i-th shingles and row i of `band_keys`.
    """
    bands = np.arange(len(band_keys) + 1, dtype=np.int64) * band_keys.shape[1]
    passages = sampled(shingles, one_in=settings.passage_one_in)
    return articles.select(
        "night",
        "article_id",
        lists_of("bands", band_keys.reshape(-1), bands),
        lists_of("passages", passages.hashes, passages.doc_offsets),
    )


def candidate_pairs(tonight: pl.DataFrame, window: Sequence[pl.LazyFrame], settings: MatchSettings) -> Candidates:
    """Every pair to compare whose newer article is of `tonight`, sorted by (right_id, left_id).

    `tonight` and each night of `window` (oldest first) as `article_keys` makes them, sorted by article_id. One night
    of the window is held at a time.
    """
    nights = [*window, tonight.lazy()]
    named = [night.select("article_id").collect()["article_id"] for night in nights]
    ids, firsts = pl.concat(named), np.cumsum([0, *map(len, named)])
    bands, _, band_cuts = _shared("bands", nights, firsts, settings.bucket_neighbours)
    alike = _counted(bands, least=1)
    passages, n_passages, passage_cuts = _shared("passages", nights, firsts, settings.bucket_neighbours)
    found = _counted(passages, least=settings.passage_min_keys, besides=alike.pairs)
    n_bands = np.zeros(len(found.pairs), np.uint32)
    n_bands[np.searchsorted(found.pairs, alike.pairs)] = alike.keys
    left, right = found.pairs >> 32, found.pairs & 0xFFFFFFFF
    fewest = np.minimum(n_passages[left], n_passages[right])
    needed = np.maximum(np.ceil(fewest * (settings.containment / 2)), settings.passage_min_keys)
    is_worth = (n_bands > 0) | (found.keys >= needed)
    pairs = pl.DataFrame(
        {
            "left_id": ids.gather(left[is_worth]),
            "right_id": ids.gather(right[is_worth]),
            "bands": n_bands[is_worth],
            "passages": found.keys[is_worth],
        },
        schema=PAIR_SCHEMA,
    )
    return Candidates(pairs.sort("right_id", "left_id"), pl.DataFrame([band_cuts, passage_cuts], schema=CUT_SCHEMA))


class Counted(NamedTuple):
    """Distinct pairs of places, sorted, and how many keys each of them shares."""

    pairs: Int64
    keys: Counts


def _counted(pairs: Int64, *, least: int, besides: Int64 | None = None) -> Counted:
    """Of sorted `pairs` those that stand there `least` times, and the pairs `besides` however often.

    Most pairs share one key by chance. They are passed over before anything is made of them: the list of all is the
    largest array of a run.
    """
    n = max(len(pairs) - least + 1, 0)  # pairs that have `least - 1` after them
    is_first = np.r_[True, pairs[1:] != pairs[:-1]][:n]
    often = pairs[:n][is_first & (pairs[:n] == pairs[least - 1 :])]
    wanted = often if besides is None else np.union1d(often, besides)
    last, first = (np.searchsorted(pairs, wanted, side) for side in ("right", "left"))
    return Counted(wanted, (last - first).astype(np.uint32))


def _shared(
    kind: str, nights: Sequence[pl.LazyFrame], firsts: Int64, width: int
) -> tuple[Int64, Int64, dict[str, object]]:
    """A pair of places for each key of the kind that brings them together, sorted; keys by place; what was cut."""
    sizes: list[Int64] = []  # newest night first, as they are gone through

    def keys(at: int) -> Keys:
        lists = nights[at].select(pl.col(kind).cast(pl.List(pl.Int64))).collect()[kind]
        sizes.append(lists.list.len().cast(pl.Int64).to_numpy())
        values = lists.explode(empty_as_null=False, keep_nulls=False).to_numpy()
        return Keys(values, np.r_[0, np.cumsum(sizes[-1])].astype(np.int64), int(firsts[at]))

    last = len(nights) - 1
    found = neighbours(keys(last), map(keys, range(last - 1, -1, -1)), width)
    found.pairs.sort()  # in place: it is the largest array of a run
    cuts = {"keys": kind, "buckets": found.n_crowded, "largest": found.largest, "pairs_cut": found.n_cut}
    return found.pairs, np.concatenate(sizes[::-1]), cuts
