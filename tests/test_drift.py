"""What a rollback means for the next run, from what a version says it was made from."""

import json
from datetime import date
from pathlib import Path

import pytest

from dedup import places
from dedup.cli import main
from dedup.drift import Drift, drift
from dedup.index import Index
from tests.conftest import published_tree, run_all
from tests.faults import small_nights

NIGHTS = [date(2026, 11, day) for day in (20, 21, 22)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three nights in three versions; then the second night was delivered again, which made a fourth."""
    folder = tmp_path_factory.mktemp("drift")
    raw, home = small_nights(folder / "raw"), folder / "home"
    for night in NIGHTS:
        run_all(raw, home, night=night)
    file = raw / f"crawl_date={NIGHTS[1]}" / "rungarun.jsonl"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    run_all(raw, home)
    return home


def test_manifest_names_the_index_it_was_made_from(home: Path) -> None:
    manifest = json.loads((home / "published/current/manifest.json").read_text("utf-8"))
    assert manifest["index"] == Index(home / "index").state()
    assert list(manifest["index"]) == [str(night) for night in NIGHTS]
    assert manifest["counts"]["records"] == 44


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("000001", "later: 2026-11-21 to 2026-11-22"),
        ("000002", "later: 2026-11-22; done again since: 2026-11-21"),
        ("000003", "done again since: 2026-11-21 to 2026-11-22"),
        ("000004", "the next run changes nothing"),
    ],
)
def test_rollback_says_what_the_next_run_will_show_again(
    version: str, said: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rollback", version, "--home", str(home)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"readers now see version {version}." in told
    assert said in told
    assert ("--from 2026-11-21" in told) == (version != "000004")


def test_next_run_does_what_the_rollback_said(home: Path, tmp_path: Path) -> None:
    raw = home.parent / "raw"
    main(["rollback", "000004", "--home", str(home)])
    newest = published_tree(home)
    main(["rollback", "000002", "--home", str(home)])
    run_all(raw, home)
    assert published_tree(home) == newest
    assert places.kept_versions(str(home))[1] == "000005"


def test_versions_are_told_with_dates_nights_and_counts(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["versions", "--home", str(home), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    first = told[0]
    assert (first["version"], first["nights"]) == ("000001", ["2026-11-20"])
    assert first["published_at"].startswith("20")
    assert first["records"] == first["quarantined"] + first["articles"] == 15
    assert sum(row["is_current"] for row in told) == 1
    assert main(["versions", "--home", str(home)]) == 0
    assert " 2026-11-20  2026-11-21       2 " in capsys.readouterr().out


def test_version_of_an_earlier_release_says_nothing_of_the_index(tmp_path: Path) -> None:
    assert drift({"partitions": {}}, Index(tmp_path)) is None


def test_index_in_the_middle_of_a_rebuild_lacks_nights(tmp_path: Path) -> None:
    found = drift({"index": {"2026-11-20": "a", "2026-11-21": "b"}}, Index(tmp_path))
    assert found == Drift(new=(), changed=(), gone=("2026-11-20", "2026-11-21"))
    assert "gone: 2026-11-20 to 2026-11-21" in str(found)
