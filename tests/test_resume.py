"""A run that is killed goes on at the slice where it stopped, and ends as if nothing had been."""

from collections.abc import Callable
from pathlib import Path

import pytest

import dedup.clean
import dedup.deliver
import dedup.sketch
from tests.conftest import ONE_WORKER, SAMPLE, published_tree, run_all


class Killed(BaseException):
    """Nothing catches it: a step that it ends leaves what a killed process leaves."""


def counted(monkeypatch: pytest.MonkeyPatch, module: object, name: str, *, until: int | None = None) -> list[object]:
    """Note what a function inside a step is called with; the call number `until` kills the run."""
    original: Callable[..., object] = getattr(module, name)
    calls: list[object] = []

    def counting(task: object, *rest: object) -> object:
        if len(calls) == until:
            raise Killed
        calls.append(getattr(task, "ordinal", None))
        return original(task, *rest)

    monkeypatch.setattr(module, name, counting)
    return calls


@pytest.fixture(scope="module")
def one_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some records of one outlet in three files."""
    raw = tmp_path_factory.mktemp("raw")
    night = sorted((SAMPLE / "raw").iterdir())[0]
    lines = (night / "rungarun.jsonl").read_bytes().splitlines(keepends=True)
    (raw / night.name).mkdir()
    for at in range(3):
        (raw / night.name / f"{at}.jsonl").write_bytes(b"".join(lines[10 * at : 10 * at + 10]))
    return raw


@pytest.fixture(scope="module")
def undisturbed(one_night: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("undisturbed")
    run_all(one_night, home)
    return published_tree(home)


@pytest.mark.parametrize(
    ("module", "name", "until"),
    [(dedup.deliver, "_batches", 2), (dedup.clean, "_records", 0), (dedup.sketch, "_articles", 0)],
)
def test_files_that_were_read_are_not_read_again(
    module: object,
    name: str,
    until: int,
    one_night: Path,
    undisturbed: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as first:
        read = counted(first, dedup.deliver, "_batches", until=until if module is dedup.deliver else None)
        if module is not dedup.deliver:
            counted(first, module, name, until=until)
        with pytest.raises(Killed):
            run_all(one_night, tmp_path, ONE_WORKER)
    again = counted(monkeypatch, dedup.deliver, "_batches")
    run_all(one_night, tmp_path, ONE_WORKER)
    assert sorted([*read, *again]) == [0, 1, 2]
    assert published_tree(tmp_path) == undisturbed
    assert not list((tmp_path / "index").rglob("slices-*"))
