"""LSH bands from a stated recall.

With b bands of r lanes, a pair of Jaccard j becomes a candidate with probability 1 - (1 - j^r)^b (Leskovec,
Rajaraman and Ullman, Mining of Massive Datasets, §3.4). datasketch's own optimiser weighs the areas of misses and
false candidates against each other, and finds 31 to 55 % of the pairs that lie just at the threshold it is given.
Here the recall at the threshold is the demand, and among the plans that meet it the most selective one is taken.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dedup.errors import SettingsError

Shares = npt.NDArray[np.float64]

_STEPS = 1_000  # the area below the threshold is summed over so many steps


class BandPlan(NamedTuple):
    """Bands, and the lanes of the signature in each."""

    bands: int
    rows: int


def found_share(plan: BandPlan, jaccard: Shares) -> Shares:
    """Probability that a pair of each Jaccard shares at least one band: the S-curve."""
    return np.asarray(1.0 - (1.0 - np.asarray(jaccard, np.float64) ** plan.rows) ** plan.bands)


def plan_bands(num_perm: int, jaccard: float, recall: float) -> BandPlan:
    """The plan that finds a pair at `jaccard` with probability `recall` or more, with the fewest false candidates.

    False candidates are measured by the area under the S-curve below `jaccard`; a tie goes to the fewer bands.
    Raises SettingsError where `num_perm` lanes cannot promise it.
    """
    at = np.array([jaccard])
    below = np.linspace(0.0, jaccard, _STEPS, endpoint=False)
    plans = []
    for rows in range(1, num_perm + 1):
        most = num_perm // rows
        enough = [bands for bands in range(1, most + 1) if found_share(BandPlan(bands, rows), at)[0] >= recall]
        if enough:
            plan = BandPlan(enough[0], rows)
            plans.append((float(found_share(plan, below).sum()), plan.bands, plan))
    if not plans:
        raise SettingsError(
            f"match: {num_perm} lanes cannot find pairs at Jaccard {jaccard} with recall {recall}; "
            f"raise num_perm or jaccard, or lower recall"
        )
    return min(plans)[2]


def curve(plan: BandPlan, points: int = 101) -> pl.DataFrame:
    """The S-curve as rows `jaccard`, `found_share` (both 0 to 1), for a table or a plot."""
    jaccard = np.linspace(0.0, 1.0, points)
    return pl.DataFrame({"jaccard": jaccard, "found_share": found_share(plan, jaccard)})
