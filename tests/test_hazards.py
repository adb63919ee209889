"""A small night of everything at once; the full load is `python -m tests.hazards`."""

from pathlib import Path

from dedup.settings import Settings
from tests.conftest import SAMPLE, run_all
from tests.hazards.__main__ import NIGHT, complaints, sample_records, write_lines
from tests.hazards.files import KINDS, ODD, write_hostile
from tests.hazards.poisoned import unlike

ROOMY = Settings(run={"workers": 1})  # type: ignore[arg-type]


def test_hostile_night_ends_and_every_record_is_accounted_for(tmp_path: Path) -> None:
    good = sample_records()
    folder = tmp_path / "raw" / f"crawl_date={NIGHT}"
    folder.mkdir(parents=True)
    lines = write_lines(folder, good, 300, seed=1)
    files = [f"{folder.name}/{path.name}" for _, path in write_hostile(folder, good, len(KINDS) + len(ODD), seed=1)]
    run_all(tmp_path / "raw", tmp_path / "home", ROOMY)
    assert complaints(tmp_path / "home", lines, files) == []


def test_a_hundredth_of_poison_leaves_the_rest_byte_for_byte(tmp_path: Path) -> None:
    assert unlike(SAMPLE / "raw", tmp_path) == []
