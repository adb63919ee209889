"""What a night is made from: its files, each by the digest of its bytes, and whether they held still while read.

A run asks this of every night that it knows. So a digest is remembered with how its file looked, and a run reads the
files that are new, not the archive.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from dedup import atomic
from dedup.reading.rawfiles import RawFile
from dedup.survey import Delivery

Look = tuple[int, ...]

BLOCK_BYTES = 1 << 20

SETTLED_SECONDS = 60
"""A file that was written so shortly before is not remembered: the clock of its file system may be too coarse, or too
far from ours, for its next change to show (what Git calls racily clean)."""

UNSTEADY = "unsteady"
"""In place of a digest: what was read of the file is not what it holds. No digest is like it, so the next run reads
the file again."""


@dataclass(frozen=True)
class Inputs:
    """The files of a night: `rows` have name, fallback night and digest of each; `looks` how each looked before."""

    rows: tuple[tuple[str, str | None, str], ...]
    looks: dict[str, Look] = field(default_factory=dict)

    def moved(self, delivery: Delivery) -> set[str]:
        """Names of the files that do not look as they did before their bytes were read."""
        return {one.file.name for one in delivery.files if _look(one.file.path) != self.looks[one.file.name]}

    def unsteady(self, names: Iterable[str]) -> "Inputs":
        """The same, but nothing is claimed of these files."""
        known = set(names)
        rows = ((name, otherwise, UNSTEADY if name in known else made) for name, otherwise, made in self.rows)
        return replace(self, rows=tuple(rows))

    @property
    def n_unsteady(self) -> int:
        """How many files nothing is claimed of."""
        return sum(made == UNSTEADY for _, _, made in self.rows)

    @property
    def steady(self) -> set[str]:
        """Names of the files whose bytes are known."""
        return {name for name, _, made in self.rows if not made.startswith((UNSTEADY, "error ", "refused "))}


def inputs_of(delivery: Delivery, kept: Path) -> Inputs:
    """The night's input, exactly; the file `kept` remembers what its files were."""
    # Before the bytes are: what changes later shows.
    looks = {one.file.name: _look(one.file.path) for one in delivery.files}
    before = _remembered(kept)
    known = {name: made for name, (look, made) in before.items() if look == looks.get(name)}
    made = {
        one.file.name: _refused(one.file) or known.get(one.file.name) or _digest(one.file) for one in delivery.files
    }
    rows = tuple(
        (one.file.name, str(one.otherwise) if one.otherwise else None, made[one.file.name]) for one in delivery.files
    )
    found = Inputs(rows, looks)
    moved = found.moved(delivery)
    now = {name: (looks[name], made[name]) for name in sorted(found.steady - moved) if _is_settled(looks[name])}
    if now != before:
        atomic.write_text(kept, json.dumps(now))
    return found


def _remembered(kept: Path) -> dict[str, tuple[Look, str]]:
    """Name → how the file looked, and the digest that its bytes had then."""
    try:
        return {name: (tuple(look), made) for name, (look, made) in json.loads(kept.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


class UnsteadyError(Exception):
    """Files that changed, went away or failed while they were read; the night is done again without a claim on them."""

    def __init__(self, names: set[str]) -> None:
        """`names`: of these files."""
        super().__init__(", ".join(sorted(names)))
        self.names = names


def _refused(file: RawFile) -> str | None:
    """What stands for a file that is not even opened: a named pipe would keep us waiting."""
    return f"refused {file.refusal.reason}: {file.refusal.detail}" if file.refusal else None


def _digest(file: RawFile) -> str:
    made = blake2b(digest_size=16)
    try:
        with file.path.open("rb") as stream:
            while block := stream.read(BLOCK_BYTES):
                made.update(block)
    except OSError as error:  # the reader quarantines it, with the reason
        return f"error {error.errno}"
    return made.hexdigest()


def _look(path: Path) -> Look:
    """What changes with every write, even one that leaves size and date of the file as they were."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _is_settled(look: Look) -> bool:
    return max(look[2:]) < (time.time() - SETTLED_SECONDS) * 1e9
