"""Deliveries in a bucket, mirrored in a folder."""

import urllib.error
import urllib.request
from collections.abc import Callable
from os import environ
from pathlib import Path

import pytest

from dedup.errors import InputError, StoreError
from dedup.remote.objects import Objects
from dedup.remote.raw import mirror


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_mirror_follows_what_is_new_changed_and_gone(new_bucket: Callable[[], str], tmp_path: Path) -> None:
    url, folder = f"{new_bucket()}/raw", tmp_path / "raw"
    store = Objects(url)
    store.put("crawl_date=2026-11-20/ข่าว สด.jsonl", b"1")
    store.put("crawl_date=2026-11-20/b/1.txt", b"2")
    assert mirror(url, folder) == 2
    assert mirror(url, folder) == 0
    assert files(folder) == {"crawl_date=2026-11-20/ข่าว สด.jsonl": "1", "crawl_date=2026-11-20/b/1.txt": "2"}
    store.put("crawl_date=2026-11-20/ข่าว สด.jsonl", b"9")
    store.delete(["crawl_date=2026-11-20/b/1.txt"])
    store.put("crawl_date=2026-11-20/b", b"a file where a folder was")
    assert mirror(url, folder) == 2
    assert files(folder) == {
        "crawl_date=2026-11-20/ข่าว สด.jsonl": "9",
        "crawl_date=2026-11-20/b": "a file where a folder was",
    }


def test_what_a_killed_mirror_left_is_no_delivery(new_bucket: Callable[[], str], tmp_path: Path) -> None:
    url, folder = new_bucket(), tmp_path / "raw"
    Objects(url).put("a.jsonl", b"1")
    folder.mkdir()
    (folder / "gone-since.jsonl").write_text("2")
    (folder / ".aside-half.jsonl").write_text("3")
    mirror(url, folder)
    assert files(folder) == {"a.jsonl": "1"}


def test_file_that_was_lost_here_is_fetched_again(new_bucket: Callable[[], str], tmp_path: Path) -> None:
    url, folder = new_bucket(), tmp_path / "raw"
    Objects(url).put("a.jsonl", b"1")
    mirror(url, folder)
    (folder / "a.jsonl").write_text("")
    assert mirror(url, folder) == 1


def test_name_that_is_a_file_and_a_folder_is_refused(new_bucket: Callable[[], str], tmp_path: Path) -> None:
    url = new_bucket()
    for name in ("a", "a/b"):
        Objects(url).put(name, b"1")
    with pytest.raises(InputError, match=r"/a/b: a is a file there too"):
        mirror(url, tmp_path / "raw")


def test_name_that_leads_out_of_the_folder_is_refused(new_bucket: Callable[[], str], tmp_path: Path) -> None:
    url = new_bucket()
    address = f"{environ['AWS_ENDPOINT_URL']}/{url.removeprefix('s3://')}/x/..%2F..%2Fout"
    try:
        urllib.request.urlopen(urllib.request.Request(address, data=b"1", method="PUT"))
    except urllib.error.HTTPError:
        pytest.skip("the server takes no such name")
    with pytest.raises((StoreError, InputError)):
        mirror(url, tmp_path / "raw")
    assert not (tmp_path / "out").exists()
