"""What is known of pairs of articles, by their places; and the asking for what is not."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

Int64 = npt.NDArray[np.int64]

Compare = Callable[[pl.DataFrame], pl.DataFrame]
"""Pairs `left_id` (the older), `right_id` → the same rows as `verify.judge` returns them, in any order."""

EVIDENCE = {
    "rule": pl.String, "verdict": pl.String, "jaccard": pl.Float64,
    "containment_left": pl.Float64, "containment_right": pl.Float64,
}  # fmt: skip

_PLACES, _IDS = ["left", "right"], ["left_id", "right_id"]


class KnownPairs:
    """Judged pairs, a row each; `compare` judges those that are asked for and are not among them."""

    def __init__(self, ids: pl.Series, known: pl.DataFrame, compare: Compare) -> None:
        """`ids` are those of the articles by place; `known` has `left` and `right` (places) and `EVIDENCE`."""
        self._ids, self._compare = ids, compare
        self._hold(known.select(*_PLACES, *EVIDENCE))

    def _hold(self, rows: pl.DataFrame) -> None:
        self.rows = rows
        # A pair that was judged the other way round (one of it is recalled, so its place is lower) counts as unknown:
        # evidence says which side is which.
        keys = rows["left"].to_numpy() << 32 | rows["right"].to_numpy()
        self._order = np.argsort(keys)
        self._sorted = keys[self._order]

    def find(self, place: Int64, other: Int64) -> Int64:
        """The row of each pair, whichever of the two is lower; -1 where it is not known."""
        wanted = _keys(place, other)
        at = np.searchsorted(self._sorted, wanted)
        is_known = np.r_[self._sorted, -1][at] == wanted
        return np.where(is_known, np.r_[self._order, -1][at], -1)

    def ask(self, place: Int64, other: Int64) -> None:
        """Get to know these pairs: each that is not known is compared, once."""
        keys = np.unique(_keys(place, other)[self.find(place, other) < 0])
        if not len(keys):
            return
        pairs = pl.DataFrame({"left": keys >> 32, "right": keys & 0xFFFFFFFF})
        pairs = pairs.with_columns(
            **{name: self._ids.gather(pairs[side]) for name, side in zip(_IDS, _PLACES, strict=True)}
        )
        found = self._compare(pairs.select(_IDS)).select(*_IDS, *EVIDENCE)
        self._hold(pl.concat([self.rows, pairs.join(found, on=_IDS, maintain_order="left").drop(_IDS)]))

    def evidence(self, rows: Int64) -> pl.DataFrame:
        """`EVIDENCE` of each of the rows, nulls for -1."""
        at = pl.Series(rows)
        return self.rows.select(pl.col(*EVIDENCE).gather(at.set(at < 0, None)))


def _keys(place: Int64, other: Int64) -> Int64:
    """A pair as one number, whichever of the two is lower."""
    return np.minimum(place, other) << 32 | np.maximum(place, other)
