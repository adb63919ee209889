import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.errors import SettingsError
from dedup.matching.bandplan import BandPlan, curve, found_share, plan_bands


@settings(deadline=None)
@given(
    num_perm=st.integers(64, 256),
    jaccard=st.floats(0.4, 0.95),
    recall=st.floats(0.5, 0.99),
)
def test_plan_keeps_the_stated_recall_within_the_lanes(num_perm: int, jaccard: float, recall: float) -> None:
    plan = plan_bands(num_perm, jaccard, recall)
    assert plan.bands * plan.rows <= num_perm
    assert found_share(plan, np.array([jaccard]))[0] >= recall


@pytest.mark.parametrize("jaccard", [0.5, 0.6, 0.7, 0.8])
def test_no_other_plan_with_that_recall_has_fewer_false_candidates(jaccard: float) -> None:
    below, at = np.linspace(0, jaccard, 1_000, endpoint=False), np.array([jaccard])
    plan = plan_bands(128, jaccard, 0.99)
    others = [BandPlan(bands, rows) for rows in range(1, 129) for bands in range(1, 128 // rows + 1)]
    rivals = [other for other in others if found_share(other, at)[0] >= 0.99]
    assert found_share(plan, below).sum() == min(found_share(rival, below).sum() for rival in rivals)


def test_default_plan_is_pinned() -> None:
    assert plan_bands(128, 0.5, 0.99) == (35, 3)


def test_a_promise_that_the_lanes_cannot_keep_is_refused() -> None:
    with pytest.raises(SettingsError, match="16 lanes"):
        plan_bands(16, 0.05, 0.99)


def test_share_found_is_the_share_of_signatures_with_a_band_in_common() -> None:
    rng = np.random.default_rng(7)
    plan = BandPlan(8, 4)
    lanes_agree = rng.random((20_000, plan.bands, plan.rows)) < 0.6
    measured = lanes_agree.all(axis=2).any(axis=1).mean()
    assert abs(measured - found_share(plan, np.array([0.6]))[0]) < 0.015


def test_curve_rises_from_none_to_all() -> None:
    shares = curve(BandPlan(35, 3), points=11)
    assert shares["jaccard"].to_list() == pytest.approx([i / 10 for i in range(11)])
    assert shares["found_share"][0] == 0 and shares["found_share"][-1] == 1
    assert shares["found_share"].is_sorted()
