"""A home on object storage, against an S3 server over HTTP: the same bytes, and never half a version."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import obstore
import polars as pl
import pytest

from dedup import pipeline, places
from dedup.errors import InputError, OvertakenError, StoreError
from dedup.index import Counts
from dedup.remote import pointer as pointers
from dedup.remote.objects import Objects
from dedup.settings import Settings
from tests.sites import NIGHTS, Local, Site, a_second_later, beside_runs, leftovers


def test_nights_one_by_one_on_two_machines_are_the_bytes_of_a_local_home(site: Site, local: Local) -> None:
    done: dict[str, Counts] = {}

    def do(step: str, night: date | None, work: pipeline.Work) -> Counts:
        done[step] = work()
        return done[step]

    site.run("one", night=NIGHTS[0])
    assert site.tree() == local.first
    a_second_later()
    site.run("two", do)
    assert site.tree() == local.all
    assert done["fetch"]["fetched"] > 10
    assert done["upload"]["copied"] >= 5, "unchanged partitions are copied within the store"
    assert leftovers(site) == []


def test_run_again_writes_nothing(site: Site) -> None:
    site.run()
    before = beside_runs(site)
    for machine in ("one", "two"):
        assert not site.run(machine).published.is_new
        assert beside_runs(site) == before


def test_rollback_shows_the_version_before_and_the_next_run_publishes_on(site: Site, local: Local) -> None:
    site.run(night=NIGHTS[0])
    site.run()
    assert places.rollback(site.home, None) == "000001"
    assert site.tree() == local.first
    assert places.kept_versions(site.home) == (["000001", "000002"], "000001")
    assert places.home_here(site.home, Settings()).joinpath("published/current").resolve().name == "000001"
    with pytest.raises(InputError, match="there is no version before"):
        places.rollback(site.home, None)
    with pytest.raises(InputError, match="no version 000009; the kept ones are: 000001, 000002"):
        places.rollback(site.home, "000009")
    a_second_later()
    assert site.run().published.version == "000003"
    assert site.tree() == local.all
    assert leftovers(site) == []


@pytest.mark.parametrize("moment", ["before it uploads", "before its pointer"])
def test_second_of_two_writers_is_refused_and_nothing_of_it_is_seen(
    site: Site, local: Local, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.run("one", night=NIGHTS[0])
    written = pointers.write

    def overtaken(step: str, night: date | None, work: pipeline.Work) -> Counts:
        if step == "upload" and moment == "before it uploads":
            site.run("two", night=NIGHTS[1])
        return work()

    def overtaken_at_the_pointer(*given: Any) -> Any:
        monkeypatch.setattr(pointers, "write", written)
        site.run("two", night=NIGHTS[1])
        return written(*given)

    if moment == "before its pointer":
        monkeypatch.setattr(pointers, "write", overtaken_at_the_pointer)
    with pytest.raises(OvertakenError, match="another run published since this one began; nothing of this one is"):
        site.run("one", overtaken)
    seen = site.tree()
    assert {path.split("/")[1] for path in seen if "dt=" in path} == {"dt=2026-11-20", "dt=2026-11-21"}
    site.run("one")
    assert site.tree() == local.all


def test_first_two_writers_of_an_empty_prefix_do_not_both_win(site: Site) -> None:
    def overtaken(step: str, night: date | None, work: pipeline.Work) -> Counts:
        if step == "upload":
            site.run("two", night=NIGHTS[1])
        return work()

    with pytest.raises(OvertakenError):
        site.run("one", overtaken, night=NIGHTS[0])
    assert {path.split("/")[1] for path in site.tree() if "dt=" in path} == {"dt=2026-11-21"}


WRITES = ("upload", "copy", "put", "replace")


def dying(
    at_write: int, monkeypatch: pytest.MonkeyPatch, die: Callable[[], None], verbs: tuple[str, ...] = WRITES
) -> None:
    """The run comes to its end at this write to the store; the first one says that it began."""
    numbers = count(1)

    def armed(verb: str) -> Callable[..., Any]:
        original = getattr(Objects, verb)

        def counted(*given: Any) -> Any:
            if next(numbers) >= at_write:
                die()
            return original(*given)

        return counted

    for verb in verbs:
        monkeypatch.setattr(Objects, verb, armed(verb))


class Killed(BaseException):
    """No handler for errors takes it."""


def killed() -> None:
    raise Killed


@pytest.mark.parametrize(("at_write", "verbs"), [(2, WRITES), (21, WRITES), (46, WRITES), (2, ("replace",))])
def test_dead_while_uploading_readers_keep_the_version_and_the_next_run_completes_and_sweeps(
    site: Site, local: Local, at_write: int, verbs: tuple[str, ...]
) -> None:
    site.run(night=NIGHTS[0])
    with pytest.MonkeyPatch.context() as patched, pytest.raises(Killed):
        dying(at_write, patched, killed, verbs)
        site.run()
    assert site.tree() == local.first
    assert bool(leftovers(site)) == ((at_write, verbs) != (2, WRITES))
    a_second_later()
    assert site.run().published.version == "000002"
    assert site.tree() == local.all
    assert leftovers(site) == []


CHILD = """
import os, signal, sys
from pathlib import Path
import pytest
from tests import test_remote_home as here
from tests.sites import Site
here.dying(30, pytest.MonkeyPatch(), lambda: os.kill(os.getpid(), signal.SIGKILL))
Site(sys.argv[1], sys.argv[2], Path(sys.argv[3])).run()
"""


def test_killed_process_leaves_a_folder_that_the_next_one_goes_on_with(site: Site, local: Local) -> None:
    site.run(night=NIGHTS[0])
    command = [sys.executable, "-c", CHILD, site.raw, site.home, str(site.caches)]
    ended = subprocess.run(command, check=False, cwd=Path(__file__).parent.parent)
    assert ended.returncode == -signal.SIGKILL
    assert site.tree() == local.first
    steps: list[str] = []

    def do(step: str, night: date | None, work: pipeline.Work) -> Counts:
        steps.append(step)
        return work()

    site.run("one", do)
    assert steps == ["fetch", "publish", "upload"], "its finished nights are not done again"
    assert site.tree() == local.all


def test_readers_during_publishes_see_no_mixed_version(site: Site, local: Local) -> None:
    site.run(night=NIGHTS[0])
    seen: list[tuple[str, int, int]] = []
    done = threading.Event()
    options = {"aws_endpoint_url": os.environ["AWS_ENDPOINT_URL"], "aws_allow_http": "true"}

    def read() -> Iterator[tuple[str, int, int]]:
        pointer = site.pointer
        folder = f"{site.home}/{pointer.prefix}"
        articles = pl.scan_parquet(f"{folder}/articles/*/*.parquet", storage_options=options)
        members = pl.scan_parquet(f"{folder}/members/*/*.parquet", storage_options=options)
        found = pl.collect_all([articles.select(pl.col("n_members").sum()), members.select(pl.len())])
        yield pointer.version, found[0].item(), found[1].item()

    def loop() -> None:
        while not done.is_set():
            seen.extend(read())

    reader = threading.Thread(target=loop)
    reader.start()
    try:
        site.run(night=NIGHTS[1])
        site.run(night=NIGHTS[2])
        places.rollback(site.home, "000002")
        site.run()
    finally:
        done.set()
        reader.join()
    seen.extend(read())
    assert all(of_articles == n_members for _, of_articles, n_members in seen)
    assert len({(version, n) for version, n, _ in seen}) == len({version for version, *_ in seen}) >= 3


def test_store_that_ignores_conditions_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    put = obstore.put
    monkeypatch.setattr(obstore, "put", lambda store, key, content, **_: put(store, key, content))
    with pytest.raises(StoreError, match="ignores conditional writes"):
        site.run()
    assert beside_runs(site) == []


def test_damaged_object_is_not_taken_over(site: Site) -> None:
    site.run(night=NIGHTS[0])
    content = next(one.key for one in site.objects.listed("index/contents"))
    site.objects.put(content, b"something else")
    with pytest.raises(StoreError, match=r"its bytes are not what was written there"):
        site.run("two")


def test_store_that_is_away_is_a_sentence(tmp_path: Path, local: Local) -> None:
    with pytest.raises(StoreError, match=r"s3://no-such-bucket/x/.*: no such object, or no such bucket"):
        Site(str(local.raw), "s3://no-such-bucket/x", tmp_path).run()
