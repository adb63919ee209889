"""A few of the write points; the sweep over all of them is `python -m tests.faults`."""

import pytest

from tests.faults import Fault, Reference, complaints, small_nights, undisturbed


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    folder = tmp_path_factory.mktemp("faults")
    return undisturbed(small_nights(folder / "raw", records=8), folder)


@pytest.mark.parametrize(
    ("kind", "at", "share"),
    [("kill", 0, 0.3), ("kill", 1, 0.6), ("kill", 2, 0.9), ("kill", 2, 1.0), ("ENOSPC", 1, 0.5)],
)
def test_readers_and_the_next_run_survive_a_fault(reference: Reference, kind: str, at: int, share: float) -> None:
    point = max(1, int(share * reference.points[at]))
    assert list(complaints(reference, Fault(kind, at, point))) == []
