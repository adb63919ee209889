"""What a folder holds, by content: a listing of its files with size and digest, and the folder made equal to one."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from dedup import atomic
from dedup.index import digest, file_digest
from dedup.remote.objects import each


@dataclass(frozen=True)
class Content:
    """A file's bytes, named."""

    digest: str
    size: int


Listing = dict[str, Content]
"""Path within a folder, with `/` → what is there, in the order of the paths."""


def as_json(listing: Listing) -> bytes:
    """The listing as it is stored; equal listings are equal bytes."""
    rows = {path: asdict(content) for path, content in sorted(listing.items())}
    return json.dumps(rows, indent=0, sort_keys=True, ensure_ascii=False).encode()


def from_json(text: bytes) -> Listing:
    """What `as_json` wrote."""
    return {path: Content(**row) for path, row in json.loads(text).items()}


def listing_digest(listing: Listing) -> str:
    """What names a listing: two folders have the same exactly when they hold the same bytes under the same names."""
    return digest(as_json(listing).decode())


class Digests:
    """Content digests of local files, remembered between runs by inode, size and time.

    Files here never change in place. So a night reads the files it made, not the archive.
    """

    def __init__(self, kept: Path) -> None:
        """Those remembered in the file `kept`, if it is there."""
        self._kept = kept
        self._known: dict[str, str] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
        self._asked: dict[str, str] = {}

    def of(self, path: Path) -> Content:
        """The content of a file."""
        at = path.stat()
        key = f"{at.st_ino} {at.st_size} {at.st_mtime_ns}"
        found = self._known.get(key) or file_digest(path)
        self._known[key] = self._asked[key] = found
        return Content(found, at.st_size)

    def listing(self, folder: Path) -> Listing:
        """Every file below a folder; nothing where there is none. What is written aside does not count."""
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
        named = ((path.relative_to(folder), path) for path in paths)
        return {
            name.as_posix(): self.of(path)
            for name, path in named
            if not any(part.startswith(atomic.ASIDE) for part in name.parts)
        }

    def keep(self) -> None:
        """Remember those that were asked for; files that are gone are forgotten."""
        atomic.write_text(self._kept, json.dumps(self._asked))


def make_equal(
    folder: Path, wanted: Listing, have: dict[str, Path], digests: Digests, fetch: Callable[[str, Path], None]
) -> int:
    """Make `folder` hold exactly `wanted`; the files fetched.

    `fetch` gets a content digest and the path to write. A content that `have` has here already, under another name,
    is linked. Killed in between, the folder is neither: call it again.
    """
    there = digests.listing(folder)
    lacking = {path: content for path, content in wanted.items() if there.get(path) != content}
    here = {path: content for path, content in lacking.items() if content.digest in have}
    linked = [(_linked_aside(have[content.digest], folder / path), folder / path) for path, content in here.items()]
    for aside, path in linked:  # only now: a file that is replaced may be the source of another
        aside.replace(path)
    fetched = [(content.digest, folder / path) for path, content in lacking.items() if path not in here]
    each(lambda one: fetch(*one), fetched)
    delete_files(folder, there.keys() - wanted.keys())
    return len(fetched)


def _linked_aside(source: Path, target: Path) -> Path:
    """The bytes of `source` beside `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f"{atomic.ASIDE}{target.name}")
    aside.unlink(missing_ok=True)
    atomic.take_over(source, aside)
    return aside


def delete_files(folder: Path, paths: Iterable[str]) -> None:
    """Delete files, and the folders that they leave empty."""
    for path in sorted(paths, reverse=True):
        (folder / path).unlink()
        for parent in (folder / path).parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()
