from datetime import date
from pathlib import Path

import polars as pl
import pytest

from dedup.errors import FingerprintError
from dedup.index import Index, digest

NIGHT = date(2026, 11, 20)


def test_digest_knows_where_a_part_ends() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


def test_step_is_done_only_for_what_it_was_made_from(tmp_path: Path) -> None:
    index = Index(tmp_path)
    counts = {}
    with index.checkpoint(NIGHT, "prepare", "d1", counts) as folder:
        pl.DataFrame({"a": [1]}).write_parquet(folder / "articles.parquet")
        counts["articles"] = 1
    assert index.is_done(NIGHT, "prepare", "d1")
    assert not index.is_done(NIGHT, "prepare", "d2")
    assert not index.is_done(NIGHT, "sketch", "d1")
    assert index.nights() == [NIGHT]
    assert index.read([NIGHT], "prepare", "articles").height == 1


def test_interrupted_step_is_not_done(tmp_path: Path) -> None:
    index = Index(tmp_path)
    with pytest.raises(RuntimeError), index.checkpoint(NIGHT, "prepare", "d1", {}):
        raise RuntimeError
    assert not index.is_done(NIGHT, "prepare", "d1")
    assert index.nights() == []


def test_unreadable_stamp_counts_as_not_done(tmp_path: Path) -> None:
    index = Index(tmp_path)
    with index.checkpoint(NIGHT, "prepare", "d1", {}):
        pass
    (index.folder(NIGHT, "prepare") / "stamp.json").write_text('{"digest": "d')
    assert not index.is_done(NIGHT, "prepare", "d1")


def test_foreign_fingerprint_is_refused_with_the_way_out(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    index.guard({"tokenizer": "a", "match": "1"})
    index.guard({"tokenizer": "a", "match": "1"})
    with pytest.raises(FingerprintError, match=r"match: 1 there, 2 now.*dedup rebuild"):
        index.guard({"tokenizer": "a", "match": "2"})


def test_forgotten_index_has_nothing_left_but_what_persons_said(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    index.forget()
    index.guard({"rules": "1"})
    for folder in (index.folder(NIGHT, "prepare"), index.root / ".aside-dt=2026-11-20"):
        folder.mkdir(parents=True)
        (folder / "articles.parquet").write_text("x")
    (index.root / "verdicts.parquet").write_text("said")
    index.forget()
    assert [path.name for path in index.root.iterdir()] == ["verdicts.parquet"]


def test_slices_stay_until_their_step_is_whole(tmp_path: Path) -> None:
    index = Index(tmp_path)
    with pytest.raises(RuntimeError), index.slices(NIGHT, "read", "d1") as killed:
        (killed / "a").write_text("1")
        raise RuntimeError
    with index.slices(NIGHT, "read", "d1") as resumed:
        assert [path.name for path in resumed.iterdir()] == ["a"]
    assert not list(tmp_path.rglob("slices-*"))


def test_slices_of_something_else_or_of_another_start_of_the_machine_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index(tmp_path)

    def left(*made_from: object) -> list[str]:
        with pytest.raises(RuntimeError), index.slices(NIGHT, "read", *made_from) as folder:
            found = [path.name for path in folder.iterdir()]
            (folder / "a").write_text("1")
            raise RuntimeError
        return found

    assert left("d1", [1, 2]) == []
    assert left("d1", [1, 2]) == ["a"]
    assert left("d1", [3]) == []
    assert left("d1", [1, 2]) == []
    monkeypatch.setattr("dedup.index.boot_id", lambda: "after the power failed")
    assert left("d1", [1, 2]) == []
    index.clear_slices()
    assert not list(tmp_path.rglob("slices-*"))
