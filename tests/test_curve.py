import numpy as np
import pytest

from dedup.matching.bandplan import plan_bands
from dedup.matching.curve import curve_svg, curve_table, pairs_of_sets
from dedup.settings import MatchSettings

SETTINGS = MatchSettings()
PLAN = plan_bands(SETTINGS.num_perm, SETTINGS.jaccard, SETTINGS.recall)


@pytest.mark.parametrize("jaccard", [0.1, 0.5, 0.9])
def test_planted_pairs_have_the_jaccard_they_are_planted_at(jaccard: float) -> None:
    planted = pairs_of_sets(jaccard, 3, seed=1)
    left, right = (set(planted.hashes[planted.doc_offsets[i] : planted.doc_offsets[i + 1]].tolist()) for i in (0, 1))
    assert len(left & right) / len(left | right) == pytest.approx(jaccard, abs=0.01)


def test_stated_recall_is_found_at_the_threshold() -> None:
    table = curve_table(PLAN, SETTINGS)
    at = table.filter(table["jaccard"] == SETTINGS.jaccard).row(0, named=True)
    assert at["promised"] >= SETTINGS.recall
    assert at["measured"] >= SETTINGS.recall - 0.01
    assert np.abs(table["promised"].to_numpy() - table["measured"].to_numpy()).max() < 0.05


def test_picture_is_self_contained() -> None:
    picture = curve_svg(curve_table(PLAN, SETTINGS, n_pairs=50), SETTINGS)
    assert picture.startswith("<svg")
    assert "href" not in picture
