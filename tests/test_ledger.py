"""What the machines that share a home on object storage tell each other of their runs and versions."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dedup import places, runs
from dedup.cli import main
from dedup.errors import InputError
from dedup.remote.ledger import RemoteLedger
from dedup.remote.objects import Objects
from dedup.settings import Settings
from tests.conftest import run_all
from tests.sites import NIGHTS, Local, Site


def test_every_machine_sees_the_runs_of_all_and_numbers_on(site: Site) -> None:
    site.run("one", night=NIGHTS[0])
    with pytest.raises(InputError, match="no files for night"):
        site.run("two", night=date(2026, 1, 1))
    site.run("two", night=NIGHTS[1])
    for machine in ("one", "three"):
        home = places.home_here(site.home, Settings(run={"cache": str(site.caches / machine)}))  # type: ignore[arg-type]
        seen = runs.table(home)
        assert seen["run"].to_list() == [1, 2, 3]
        assert seen["status"].to_list() == ["finished", "failed", "finished"]
        assert seen["nights"].to_list() == [NIGHTS[:1], [], NIGHTS[1:2]]
        assert "no files for night 2026-01-01" in seen["message"][1]


def test_two_runs_that_begin_at_once_have_two_numbers(site: Site, tmp_path: Path) -> None:
    ledgers = [RemoteLedger(site.objects, tmp_path / machine / "runs") for machine in ("one", "two")]
    with runs.recorded(tmp_path / "one", ledgers[0]) as first:
        ledgers[1].fetch = lambda: None  # type: ignore[method-assign]  # it looked before the other began
        with runs.recorded(tmp_path / "two", ledgers[1]) as second:
            assert (first.run, second.run) == (1, 2)
    ledgers[0].fetch()
    assert runs.table(tmp_path / "one")["status"].to_list() == ["finished", "finished"]


def test_store_that_takes_no_record_ends_no_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    nowhere = RemoteLedger(Objects("s3://no-such-bucket/x"), tmp_path / "runs")
    with runs.recorded(tmp_path, nowhere) as record:
        record.version = "000001"
    assert runs.table(tmp_path)["status"].to_list() == ["finished"]
    assert "other machines are not told how this run ended" in caplog.text


def test_versions_are_told_as_those_of_a_local_home_are(
    site: Site, local: Local, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.run(night=NIGHTS[0])
    site.run()
    run_all(local.raw, tmp_path / "home", night=NIGHTS[0])
    run_all(local.raw, tmp_path / "home")
    monkeypatch.setenv("DEDUP_RUN__CACHE", str(tmp_path / "a machine that never ran it"))

    def told(home: str) -> list[dict[str, Any]]:
        assert main(["versions", "--home", home, "--json"]) == 0
        rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        assert all(row.pop("published_at") for row in rows)
        return rows

    assert told(site.home) == told(str(tmp_path / "home"))
    assert not list(tmp_path.glob("a machine*/**/*.parquet")), "no table is fetched to tell of versions"
