"""Less is loaded, and nothing is missing afterwards."""

import subprocess
import sys

import pytest

START = """
import sys
import dedup
from dedup import lean
lean.load()
loaded = set(sys.modules) & {"sqlalchemy", "scipy.linalg", "dataframely", "numba.np.arraymath"}
assert loaded == {"dataframely", "numba.np.arraymath"}, loaded
"""
START_LATE = """
import sqlalchemy, scipy.linalg
import dedup
from dedup import lean
lean.load()
"""
WORK = """
import numpy as np
import polars as pl
from dedup.cleaning.repair import repair
from dedup.schemas import RawRecord
assert repair(pl.Series(["เเม่"]))["text"].to_list() == ["แม่"]
assert RawRecord.create_empty().height == 0
import sqlalchemy
import scipy.linalg
"""


@pytest.mark.parametrize("start", [START, START_LATE])
def test_what_is_ours_works_and_what_was_left_out_can_still_be_loaded(start: str) -> None:
    subprocess.run([sys.executable, "-c", start + WORK], check=True)
