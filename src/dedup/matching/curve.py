"""The S-curve of a band plan: what the formula promises, and what the signatures that are used really find."""

import numpy as np
import polars as pl

from dedup.matching.bandplan import BandPlan, found_share
from dedup.settings import MatchSettings
from dedup.words.shingles import Shingles
from dedup.words.signatures import band_keys, sign

SET_SIZE = 300  # shingles of a text of about 300 words
STEPS = [step / 20 for step in range(1, 21)]


def pairs_of_sets(jaccard: float, n_pairs: int, seed: int) -> Shingles:
    """`n_pairs` pairs of random sets of `SET_SIZE` hashes, text 2i beside 2i + 1, at the nearest Jaccard there is."""
    shared = round(2 * SET_SIZE * jaccard / (1 + jaccard))
    random = np.random.default_rng(seed)
    common = random.integers(0, 2**32, (n_pairs, 1, shared), np.uint32)
    own = random.integers(0, 2**32, (n_pairs, 2, SET_SIZE - shared), np.uint32)
    sets = np.concatenate([np.broadcast_to(common, (n_pairs, 2, shared)), own], axis=2)
    offsets = np.arange(2 * n_pairs + 1, dtype=np.int64) * SET_SIZE
    return Shingles(np.ascontiguousarray(sets.reshape(-1)), offsets)


def measured_share(plan: BandPlan, jaccard: float, settings: MatchSettings, n_pairs: int) -> float:
    """Share of pairs at `jaccard` that have a band in common."""
    lanes = sign(pairs_of_sets(jaccard, n_pairs, seed=7), num_perm=settings.num_perm, seed=settings.seed)
    keys = band_keys(lanes, bands=plan.bands, rows=plan.rows)
    return float((keys[0::2] == keys[1::2]).any(axis=1).mean())


def curve_table(plan: BandPlan, settings: MatchSettings, n_pairs: int = 2_000) -> pl.DataFrame:
    """Rows `jaccard`, `promised`, `measured` (shares of pairs found), in steps of a twentieth and at the setting."""
    steps = sorted({*STEPS, settings.jaccard})
    measured = [measured_share(plan, step, settings, n_pairs) for step in steps]
    return pl.DataFrame({"jaccard": steps, "promised": found_share(plan, np.array(steps)), "measured": measured})


def curve_svg(table: pl.DataFrame, settings: MatchSettings) -> str:
    """The curve as a self-contained picture: the promise as a line, the measurements as dots."""
    points = [(40 + 400 * row["jaccard"], 220 - 200 * row["promised"]) for row in table.iter_rows(named=True)]
    dots = [(40 + 400 * row["jaccard"], 220 - 200 * row["measured"]) for row in table.iter_rows(named=True)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    at = 40 + 400 * settings.jaccard
    marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in dots)
    labels = "".join(f'<text x="{40 + 40 * i}" y="238">{i / 10:.1f}</text>' for i in range(11))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 260" font-family="sans-serif" font-size="10">'
        '<path d="M40 20V220H440" fill="none" stroke="#98a2b3"/>'
        f'<path d="M{at:.1f} 20V220" stroke="#b42318" stroke-dasharray="4"/>'
        f'<polyline points="{line}" fill="none" stroke="#2f6f8f" stroke-width="2"/>{marks}{labels}'
        '<text x="240" y="254">Jaccard of the pair</text><text x="44" y="16">share found</text></svg>\n'
    )
