from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.remote.contents import Content, Digests, as_json, from_json, listing_digest, make_equal


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


TREES = st.dictionaries(st.sampled_from(["a", "b", "c/d", "c/e", "f/g/h"]), st.sampled_from("123"))


@settings(deadline=None)
@given(before=TREES, after=TREES)
def test_folder_becomes_equal_and_only_what_is_nowhere_here_is_fetched(
    tmp_path_factory: object, before: dict[str, str], after: dict[str, str]
) -> None:
    root: Path = tmp_path_factory.mktemp("trees")  # type: ignore[attr-defined]
    write(root / "before", before)
    write(root / "after", after)
    digests = Digests(root / "digests.json")
    wanted = digests.listing(root / "after")
    by_digest = {content.digest: root / "after" / name for name, content in wanted.items()}
    have = {content.digest: root / "before" / name for name, content in digests.listing(root / "before").items()}
    fetched: list[str] = []

    def fetch(digest: str, path: Path) -> None:
        fetched.append(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # as a download does: the bytes under the old name may be linked elsewhere by now
        path.write_bytes(by_digest[digest].read_bytes())

    make_equal(root / "before", wanted, have, digests, fetch)
    assert digests.listing(root / "before") == wanted
    assert not set(fetched) & have.keys()
    assert not [path for path in (root / "before").rglob("*") if path.is_dir() and not any(path.iterdir())]


def test_digest_is_remembered_until_the_file_is_another(tmp_path: Path) -> None:
    write(tmp_path, {"x/a": "1"})
    first = Digests(tmp_path / "kept")
    content = first.of(tmp_path / "x" / "a")
    first.keep()
    again = Digests(tmp_path / "kept")
    assert again.of(tmp_path / "x" / "a") == content
    (tmp_path / "x" / "a").unlink()
    write(tmp_path, {"x/a": "22"})
    assert again.of(tmp_path / "x" / "a") != content


def test_listing_survives_its_json_and_names_its_bytes() -> None:
    listing = {"ข่าว/a": Content("d1", 3), "b": Content("d2", 4)}
    assert from_json(as_json(listing)) == listing
    assert listing_digest(listing) == listing_digest(dict(reversed(listing.items())))
    assert listing_digest(listing) != listing_digest({**listing, "b": Content("d3", 4)})
