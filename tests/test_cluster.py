"""The same bytes on a Dask cluster, whoever of it dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TypeVar

import dask
import polars as pl
import pytest
from distributed import LocalCluster

from dedup import atomic, cluster
from dedup.cluster import Asked, cluster_map, on_worker
from dedup.errors import ClusterError, InvariantError
from dedup.index import Counts
from dedup.lock import locked
from dedup.nights import Work
from dedup.pipeline import Job, Wanted, run
from dedup.settings import Settings
from dedup.workers import Broken, Ending
from tests.conftest import SAMPLE, published_tree, run_all
from tests.faults import small_nights

Item = TypeVar("Item")
ENGINE = "newmm-compiled"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two worker processes on this machine; a slice that two of them died on is given up."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1, "distributed.deploy.lost-worker-timeout": "60s"}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as here,
    ):
        yield here.scheduler_address


def on_cluster(address: str) -> Settings:
    return Settings(run={"cluster": address})  # type: ignore[arg-type]


def dies_once(function: Callable[[Item], Counts], asked: Asked, item: Item) -> Counts:
    """The first worker to come to this function is killed between writing a file aside and naming it: its second one,
    where a slice always has two."""
    try:
        (asked.lock.parent / f"died-{function.__name__}").touch(exist_ok=False)
    except FileExistsError:
        return on_worker(function, asked, item)
    last = 1 if function.__name__ == "deliver" else 2
    write_slice, targets = atomic.write_slice, []

    def written(frame: pl.DataFrame, target: Path, **kept: bool) -> None:
        targets.append(target)
        if len(targets) == last:
            frame.write_parquet(target.with_name(f"{atomic.ASIDE}{target.name}"))
            os.kill(os.getpid(), signal.SIGKILL)
        write_slice(frame, target, **kept)

    atomic.write_slice = written  # type: ignore[assignment]
    return on_worker(function, asked, item)


def test_workers_killed_in_every_step_change_nothing(
    address: str, sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "on_worker", dies_once)
    run_all(SAMPLE / "raw", tmp_path, on_cluster(address))
    assert sorted(path.name for path in tmp_path.glob("died-*")) == ["died-clean", "died-deliver", "died-sketch_slice"]
    assert published_tree(tmp_path) == published_tree(sample_home)
    assert not list(tmp_path.rglob(f"{atomic.ASIDE}*"))
    index = {path.relative_to(sample_home): path for path in (sample_home / "index").rglob("*.parquet")}
    assert all((tmp_path / name).read_bytes() == path.read_bytes() for name, path in index.items())


def lingers(function: Callable[[Item], Counts], asked: Asked, item: Item) -> Counts:
    """The second night is read only when its run is over, or much later."""
    if item.night.day == 21:  # type: ignore[attr-defined]
        (asked.lock.parent / "lingers").touch()
        for _ in range(600):
            if (asked.lock.parent / "over").exists():
                break
            time.sleep(0.1)
        else:
            (asked.lock.parent / "waited-for").touch()
    return on_worker(function, asked, item)


def test_run_that_fails_does_not_wait_for_the_slices_that_others_of_it_wait_for(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "on_worker", lingers)

    def do(step: str, night: date | None, work: Work) -> Counts:
        counts = work()
        while step == "prepare" and not (tmp_path / "home/lingers").exists():
            time.sleep(0.05)
        if step == "prepare":
            raise InvariantError("as if")
        return counts

    job = Job(small_nights(tmp_path / "raw", records=8), tmp_path / "home", on_cluster(address))
    with pytest.raises(InvariantError, match="as if"):
        run(job, Wanted(), today=date(2026, 11, 30), do=do)
    assert not (tmp_path / "home/waited-for").exists()
    (tmp_path / "home/over").touch()


@contextmanager
def processes(folder: Path) -> Iterator[tuple[str, int]]:
    """A scheduler and a worker as an operator starts them: the address, and the scheduler's process."""
    file = folder / "scheduler.json"
    scheduler = [
        "dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--scheduler-file",
        str(file),
    ]
    with ExitStack() as running:

        def start(arguments: list[str]) -> int:
            command = [sys.executable, "-m", f"distributed.cli.{arguments[0]}", *arguments[1:]]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            running.callback(process.wait)
            running.callback(process.kill)
            return process.pid

        pid = start(scheduler)
        while not file.is_file():
            time.sleep(0.05)
        start(["dask_worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", "--no-nanny"])
        yield json.loads(file.read_text(encoding="utf-8"))["address"], pid


def kills_scheduler(function: Callable[[Item], Counts], asked: Asked, item: Item) -> Counts:
    """The second night's sketch ends the scheduler whose process is named in the home."""
    if function.__name__ == "sketch_slice" and item.night.day == 21:  # type: ignore[attr-defined]
        os.kill(int((asked.lock.parent / "scheduler.pid").read_text("utf-8")), signal.SIGKILL)
        time.sleep(5)  # and dies with it
    return on_worker(function, asked, item)


def test_lost_scheduler_ends_the_run_with_a_sentence_and_the_next_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, home = small_nights(tmp_path / "raw", records=8), tmp_path / "home"
    run_all(raw, tmp_path / "undisturbed")
    with processes(tmp_path) as (address, pid):
        run_all(raw, home, on_cluster(address), night=date(2026, 11, 20))
        before = published_tree(home)
        (home / "scheduler.pid").write_text(str(pid), encoding="utf-8")
        monkeypatch.setattr(cluster, "on_worker", kills_scheduler)
        with pytest.raises(ClusterError, match=r"scheduler is gone; start it again, then run again"):
            run_all(raw, home, on_cluster(address))
        assert published_tree(home) == before
    run_all(raw, home)
    assert published_tree(home) == published_tree(tmp_path / "undisturbed")


def test_absent_scheduler_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with (
        locked(tmp_path),
        pytest.raises(ClusterError, match=r"tcp://127\.0\.0\.1:9: no Dask scheduler answers"),
        cluster_map("tcp://127.0.0.1:9", tmp_path, ENGINE),
    ):
        pass


def records(item: int) -> Counts:
    return {"records": item}


def takes_its_worker_down(item: int) -> Counts:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def test_results_come_in_order_and_a_slice_that_kills_workers_is_told(address: str, tmp_path: Path) -> None:
    told: list[int] = []
    with locked(tmp_path), cluster_map(address, tmp_path, ENGINE, lambda pace: told.append(pace.n_done)) as run_slices:
        assert run_slices(records, range(20)) == [{"records": n} for n in range(20)]
        assert told == list(range(1, 21))
        (broken,) = run_slices(takes_its_worker_down, [1])
        assert isinstance(broken, Broken)
        assert broken.ending is Ending.KILLED


def test_worker_that_does_not_see_the_home_is_refused(tmp_path: Path) -> None:
    asked = Asked(ENGINE, cluster.rules_here(ENGINE), tmp_path / "lock", "this run")
    with pytest.raises(ClusterError, match="does not see this run under"):
        on_worker(records, asked, 1)


def test_worker_with_other_software_is_refused(tmp_path: Path) -> None:
    asked = Asked(ENGINE, {**cluster.rules_here(ENGINE), "polars": "1.0"}, tmp_path / "lock", "this run")
    with pytest.raises(ClusterError, match=r"polars: .* there, 1\.0 here"):
        on_worker(records, asked, 1)
