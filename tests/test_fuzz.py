from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS
from tests.hazards.__main__ import sample_records
from tests.hazards.records import LIGHT, hostile

PIECES = [raw for _, raw in hostile(sample_records()[:5], 300, seed=3, kinds=sorted(LIGHT)) if len(raw) < 3_000]
TEXTS = st.binary(max_size=400) | st.sampled_from(PIECES) | st.tuples(st.integers(0, 6), st.sampled_from(PIECES)).map(
    lambda turn: bytes([turn[0]]) + turn[1]
)  # fmt: skip


@pytest.mark.parametrize("target", sorted(TARGETS.keys() - {"nights"}))
@settings(max_examples=150, deadline=timedelta(seconds=20), suppress_health_check=[HealthCheck.too_slow])
@example(data=b"")
@example(data=b'{"i-1-1-33\0she2')  # New Year's Day of the oldest year in Bangkok is the year before in UTC
@given(data=TEXTS)
def test_scraped_bytes_break_no_promise(target: str, data: bytes) -> None:
    TARGETS[target](data)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=TEXTS)
def test_nights_with_a_file_of_scraped_bytes_are_published(data: bytes) -> None:
    TARGETS["nights"](data)
