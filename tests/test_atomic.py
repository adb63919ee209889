from pathlib import Path

import pytest

from dedup import atomic


def test_directory_takes_its_place_only_when_whole(tmp_path: Path) -> None:
    target = tmp_path / "night"
    with atomic.directory_aside(target) as aside:
        (aside / "a").write_text("1")
        assert not target.exists()
    assert (target / "a").read_text() == "1"


def test_failed_block_leaves_the_old_directory(tmp_path: Path) -> None:
    target = tmp_path / "night"
    with atomic.directory_aside(target) as aside:
        (aside / "a").write_text("old")
    with pytest.raises(RuntimeError), atomic.directory_aside(target) as aside:
        (aside / "a").write_text("new")
        raise RuntimeError
    assert (target / "a").read_text() == "old"
    assert atomic.sweep(tmp_path) == 0


def test_replacement_drops_files_of_the_old_directory(tmp_path: Path) -> None:
    target = tmp_path / "night"
    for name in ("a", "b"):
        with atomic.directory_aside(target) as aside:
            (aside / name).write_text("")
    assert [path.name for path in target.iterdir()] == ["b"]


def test_pointer_moves_in_one_step(tmp_path: Path) -> None:
    for name in ("1", "2"):
        (tmp_path / name).mkdir()
        atomic.point(tmp_path / "current", name)
        assert (tmp_path / "current").readlink() == Path(name)


def test_sweep_removes_what_a_killed_run_left(tmp_path: Path) -> None:
    left = tmp_path / "deep" / (atomic.ASIDE + "night")
    left.mkdir(parents=True)
    (left / "file").write_text("")
    atomic.point(tmp_path / (atomic.ASIDE + "link"), "deep")
    assert atomic.sweep(tmp_path) == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["deep"]
