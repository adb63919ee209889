"""A few publishes under the eyes of readers; the fifty are `python -m tests.readers`."""

from pathlib import Path

from tests.readers import ENGINES, publish_and_read


def test_readers_see_whole_versions_only(tmp_path: Path) -> None:
    wrong, counts = publish_and_read(tmp_path, publishes=4)
    assert wrong == []
    assert counts.keys() == ENGINES.keys()
    assert all(n_reads >= 4 and n_versions >= 4 for n_reads, n_versions in counts.values())
