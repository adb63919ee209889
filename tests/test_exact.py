from math import fsum

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.exact import mean_share, sum_shares

SHARES = st.lists(st.none() | st.floats(0.001, 1), max_size=200)


@given(shares=SHARES)
def test_sum_and_mean_are_those_of_exact_arithmetic(shares: list[float | None]) -> None:
    found = pl.DataFrame({"share": shares}, schema={"share": pl.Float64}).select(
        sum=sum_shares("share"), mean=mean_share("share")
    )
    known = [share for share in shares if share is not None]
    assert found["sum"].item() == pytest.approx(fsum(known), rel=1e-15, abs=0)
    assert found["mean"].item() == (pytest.approx(fsum(known) / len(known), rel=1e-15, abs=0) if known else None)


@given(shares=SHARES)
def test_order_of_the_rows_changes_nothing(shares: list[float | None]) -> None:
    frame = pl.DataFrame({"share": shares}, schema={"share": pl.Float64})
    mean = mean_share("share")
    assert frame.reverse().select(mean).equals(frame.select(mean))
    parts = pl.concat([frame[len(frame) // 3 :], frame[: len(frame) // 3]], rechunk=False)
    assert parts.select(mean).equals(frame.select(mean))


def test_equal_shares_have_themselves_as_mean() -> None:
    frame = pl.DataFrame({"outlet": ["a"] * 1_000 + ["b"] * 7, "share": [0.1] * 1_000 + [0.3] * 7})
    assert dict(frame.group_by("outlet").agg(mean_share("share")).iter_rows()) == {"a": 0.1, "b": 0.3}
