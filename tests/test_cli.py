"""The command line's promises: exit codes, sentences, JSON."""

import json
import shutil
from pathlib import Path

import pytest

from dedup import forkserver
from dedup.cli import main
from dedup.lock import locked
from tests.conftest import SAMPLE

NIGHT = "crawl_date=2026-11-20"


def one_outlet(raw: Path, outlet: str = "phuphapost") -> Path:
    """A raw folder with one night of one outlet."""
    (raw / NIGHT).mkdir(parents=True)
    shutil.copy(SAMPLE / "raw" / NIGHT / "phuphapost.jsonl.gz", raw / NIGHT / f"{outlet}.jsonl.gz")
    return raw


def test_wrong_usage_is_exit_code_two() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run"])
    assert ended.value.code == 2


def test_refusal_is_exit_code_one_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--raw", str(tmp_path / "none"), "--home", str(tmp_path / "home"), "--all"]) == 1
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("which", "sentence"),
    [("--night", "no files for night 2026-11-23"), ("--from", "no files from 2026-11-23 on")],
)
def test_night_that_was_not_delivered_is_refused(
    which: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one_outlet(tmp_path / "raw")
    assert main(["run", "--raw", str(tmp_path / "raw"), "--home", str(tmp_path / "home"), which, "2026-11-23"]) == 1
    assert f"{sentence}; there are 2026-11-20 to 2026-11-" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["run", "--raw", "x", "--all"], ["rollback"]])
def test_home_that_stays_held_is_refused_after_the_wait(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with locked(tmp_path):
        assert main([*command, "--home", str(tmp_path), "--wait", "0.1"]) == 1
    assert "another run holds this home (process" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["status", "quality"])
def test_what_is_published_is_told_as_json(command: str, sample_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--home", str(sample_home), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["current"] == "000001" if command == "status" else sum(row["records"] for row in found) > 300


def test_rollback_without_an_earlier_version_is_refused(sample_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rollback", "--home", str(sample_home)]) == 1
    assert "no version before" in capsys.readouterr().err


def test_every_step_is_told_in_one_line_that_names_its_night(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    raw, home = one_outlet(tmp_path / "raw"), tmp_path / "a home [of] ours[/x]"
    run = ["run", "--raw", str(raw), "--all", "--workers", "1", "--home"]
    assert main([*run, str(home)]) == 1
    assert "pattern" in capsys.readouterr().err
    assert not home.exists()
    assert main([*run, str(tmp_path / "home of ours")]) == 0
    told = capsys.readouterr()
    assert [line[:18] for line in told.err.splitlines() if line.startswith("2026")] == [
        "2026-11-20 prepare",
        "2026-11-20 sketch ",
        "2026-11-20 link   ",
    ]
    assert "files, 18 records, 16 articles, 2 quarantined" in told.err
    assert f"report: {tmp_path}/home of ours/published/current/report.html" in told.out.splitlines()


def test_tables_are_whole_in_a_pipe_and_take_no_orders_from_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    raw = one_outlet(tmp_path / "raw", "[b]ข่าว")
    for file in (raw / NIGHT).iterdir():
        file.write_bytes(b"")  # its records have no outlet of their own to be named by
    assert main(["run", "--raw", str(raw), "--home", str(tmp_path / "home"), "--all", "--workers", "1"]) == 0
    for command in ("quality", "status"):
        capsys.readouterr()
        assert main([command, "--home", str(tmp_path / "home")]) == 0
        out = capsys.readouterr().out
        assert "[b]ข่าว" in out
        assert "2026-11-20" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "--raw", "x", "--home", "y", "--night", "2026-13-01"], "'2026-13-01' is no date; give one as YYYY-MM"),
        (["export", "--home", "y", "--csv", "z", "--from", "today"], "'today' is no date"),
        (["quality", "--home", "y", "--nights", "-1"], "'-1' is no whole number from 1 on"),
        (["quality", "--home", "y", "--nights", "0"], "'0' is no whole number from 1 on"),
    ],
)
def test_argument_that_is_none_is_wrong_usage_with_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raw", "home", "sentence"),
    [
        ("", "home", "one of them is empty"),
        ("raw", "", "one of them is empty"),
        (".", "home", "lie in one another"),
        ("home/raw", "home", "lie in one another"),
        ("raw", "home[1]", "pattern of file names"),
    ],
)
def test_places_that_a_run_cannot_have_are_refused_before_anything_is_written(
    raw: str, home: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    one_outlet(tmp_path / "raw")
    assert main(["run", "--raw", raw, "--home", home, "--all"]) == 1
    assert sentence in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_status_tells_a_run_that_was_killed_from_one_that_is_on(
    sample_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = shutil.copytree(sample_home, tmp_path / "home", symlinks=True)
    first = json.loads((home / "runs" / "000001.json").read_text("utf-8"))
    for number in (8, 9):
        row = json.dumps({**first, "run": number, "status": "running", "finished_at": None})
        (home / "runs" / f"{number:06d}.json").write_text(row, "utf-8")
    assert main(["status", "--home", str(home)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("run 8", "run 9"))]
    assert ["did not end" in line for line in told] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "is_begun"),
    [("", True), ("--workers 16", True), ("--workers 1", False), ("--workers=1", False)],
)
def test_process_that_workers_come_from_is_begun_where_there_are_workers(
    arguments: str,
    is_begun: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[bool] = []
    monkeypatch.setattr(forkserver, "begin", lambda: begun.append(True))
    for command in ("run --all", "rebuild"):
        told = [*command.split(), "--raw", str(tmp_path / "none"), "--home", str(tmp_path / "home"), *arguments.split()]
        assert main(told) == 1
    assert len(begun) == 2 * is_begun
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert len(begun) == 2 * is_begun


@pytest.mark.parametrize("command", ["versions", "rollback", "quality", "explain x", "review"])
def test_home_without_a_version_is_told_so_and_not_made(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.split(), "--home", str(tmp_path / "none")]) == 1
    assert "nothing is published yet; run: dedup run" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_table_is_not_written_over_a_folder(
    sample_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--home", str(sample_home), "--csv", str(tmp_path)]) == 1
    assert "is a folder; name the file to write" in capsys.readouterr().err
