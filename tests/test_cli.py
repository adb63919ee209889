"""The command line's promises: exit codes, sentences, JSON."""

import json
from pathlib import Path

import pytest

from dedup.cli import main
from dedup.lock import locked


def test_wrong_usage_is_exit_code_two() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run"])
    assert ended.value.code == 2


def test_refusal_is_exit_code_one_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--raw", str(tmp_path / "none"), "--home", str(tmp_path / "home"), "--all"]) == 1
    assert "no such folder" in capsys.readouterr().err


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
