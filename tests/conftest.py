"""One run over the sample, shared by every test that only looks at it."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

from dedup.pipeline import Job, Wanted, run
from dedup.settings import Settings

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
ONE_WORKER = Settings(run={"workers": 1})  # type: ignore[arg-type]


def run_all(raw: Path, home: Path, settings: Settings = ONE_WORKER, **wanted: date) -> None:
    """A run over the delivered nights, in this process."""
    run(Job(raw, home, settings), Wanted(**wanted), today=date(2026, 11, 30))


def published_tree(home: Path) -> dict[str, str]:
    """Path → digest of every file that readers see."""
    current = (home / "published" / "current").resolve()
    files = sorted(path for path in current.rglob("*") if path.is_file())
    return {str(path.relative_to(current)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the sample was published; not to be changed."""
    home = tmp_path_factory.mktemp("sample") / "home"
    run_all(SAMPLE / "raw", home)
    return home
