"""One run over the sample, shared by every test that only looks at it."""

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings

from dedup.persons.names import record_id
from dedup.pipeline import Job, Wanted, run
from dedup.settings import Settings
from tests.faults import small_nights
from tests.hostile import poison
from tests.sites import NIGHTS, Local, Site
from tests.told import JOIN, by, read, verdicts

settings.register_profile("dedup", deadline=None)  # a kernel's first call compiles it: seconds, once
settings.load_profile("dedup")

LONGEST = (
    "test_e2e_ui", "test_pipeline", "test_standing", "test_salvage", "test_flows", "test_remote_home", "test_faults",
    "test_agreement", "test_cluster",
)  # fmt: skip
"""Files to begin with where processes share the work, so that no long one is left to the end alone."""

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
ONE_WORKER = Settings(run={"workers": 1})  # type: ignore[arg-type]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, the others as they were."""
    places = {name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONGEST)))


def run_all(raw: Path, home: Path, settings: Settings = ONE_WORKER, **wanted: date) -> None:
    """A run over the delivered nights, in this process."""
    run(Job(raw, home, settings), Wanted(**wanted), today=date(2026, 11, 30))


def published_tree(home: Path) -> dict[str, str]:
    """Path → digest of every file that readers see."""
    current = (home / "published" / "current").resolve()
    files = sorted(path for path in current.rglob("*") if path.is_file())
    return {str(path.relative_to(current)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


Once = Callable[[str, Callable[[Path], None]], Path]
"""The folder of this name, which whoever asks first makes, and which all the processes of a test run then share."""


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """One folder for all processes of pytest-xdist; what is in it is not to be changed."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder, done = root / name, root / f"{name}.done"
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def sample_home(once: Once) -> Path:
    """A home in which the sample was published; not to be changed."""
    return once("sample", lambda folder: run_all(SAMPLE / "raw", folder / "home")) / "home"


@pytest.fixture(scope="session")
def hostile_home(once: Once) -> Path:
    """A home in which the sample was published with a payload in every text field; not to be changed."""

    def make(folder: Path) -> None:
        poison(SAMPLE / "raw", folder / "raw")
        run_all(folder / "raw", folder / "home")

    return once("hostile", make) / "home"


@pytest.fixture(scope="session")
def new_bucket() -> Iterator[Callable[[], str]]:
    """An S3 server on this machine, in the environment as an operator names it; each call gives an empty bucket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # A process of its own: a library that waits for it may hold this one's interpreter meanwhile.
    command = [sys.executable, "-m", "tests.s3server", str(port)]
    server = subprocess.Popen(command, cwd=SAMPLE.parent.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    while True:
        try:
            urllib.request.urlopen(endpoint, timeout=5).close()
            break
        except OSError:
            assert server.poll() is None, "the S3 server did not start"
            time.sleep(0.1)
    numbers = count()

    def made() -> str:
        name = f"bucket-{next(numbers)}"
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{name}", method="PUT"))
        return f"s3://{name}"

    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "someone",
            "AWS_SECRET_ACCESS_KEY": "something",
            "AWS_REGION": "ap-southeast-1",
            "AWS_ALLOW_HTTP": "true",
        }.items():
            environment.setenv(name, value)
        yield made
    server.kill()
    server.wait()


@pytest.fixture(scope="session")
def small_raw(once: Once) -> Path:
    """Three nights of one outlet's sample records: enough stories, quickly done; not to be changed."""
    return once("small-raw", lambda folder: small_nights(folder) and None)


@pytest.fixture(scope="session")
def small_home(small_raw: Path, once: Once) -> Callable[[int], Path]:
    """The home that one run over them makes, by the nights in its window; not to be changed."""

    def made(window: int) -> Path:
        settings = Settings(index={"window_nights": window}, run={"workers": 1})  # type: ignore[arg-type]
        return once(f"small-{window}", lambda folder: run_all(small_raw, folder / "home", settings)) / "home"

    return made


@pytest.fixture(scope="session")
def at_once(small_home: Callable[[int], Path]) -> Path:
    """The home that one run over the small nights makes with the default window."""
    return small_home(Settings().index.window_nights)


@pytest.fixture(scope="session")
def local(once: Once) -> Local:
    """Three small nights, and what an undisturbed run over them gives on this machine's disk."""

    def make(folder: Path) -> None:
        small_nights(folder / "raw", records=8)
        run_all(folder / "raw", folder / "first", night=NIGHTS[0])
        run_all(folder / "raw", folder / "home")

    folder = once("local", make)
    return Local(folder / "raw", published_tree(folder / "first"), published_tree(folder / "home"))


@pytest.fixture
def site(new_bucket: Callable[[], str], tmp_path: Path, local: Local) -> Site:
    """A home in a bucket of its own, over the same nights."""
    return Site(str(local.raw), f"{new_bucket()}/desk/home", tmp_path)


@pytest.fixture(scope="session")
def apart(sample_home: Path) -> tuple[str, str]:
    """The two records of the sample that share most and stand in two stories all the same: a daily series."""
    members = read(sample_home, "members").select("article_id", "story_id", name=record_id())
    pairs = read(sample_home, "matches").join(members, left_on="left_id", right_on="article_id")
    two = pairs.join(members, left_on="right_id", right_on="article_id").filter(
        pl.col("story_id") != pl.col("story_id_right")
    )
    row = two.sort("jaccard", "left_id", "right_id", descending=[True, False, False]).row(0, named=True)
    return row["name"], row["name_right"]


@pytest.fixture(scope="session")
def told_home(sample_home: Path, apart: tuple[str, str], once: Once) -> Path:
    """The sample published, and again after a person joined two stories, and took something out of one."""

    def make(folder: Path) -> None:
        shutil.copytree(sample_home, folder / "home", symlinks=True)
        file = verdicts(folder, (*apart, "same"), (*JOIN, "different"))
        run_all(SAMPLE / "raw", folder / "home", by(file))

    return once("told", make) / "home"
