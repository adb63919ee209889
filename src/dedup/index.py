"""What is remembered between nights, under `HOME/index`.

    index/fingerprint.json             how everything in here was made
    index/verdicts.parquet             what persons say: the one thing in here that cannot be made anew
    index/dt=YYYY-MM-DD/prepare/       articles, quarantine, files, line counts, titles, removed lines
    index/dt=YYYY-MM-DD/sketch/        words, keys
    index/dt=YYYY-MM-DD/link/          matches, members, aliases
    index/dt=YYYY-MM-DD/slices-…/      of a step in hand: what its slices leave until it is whole

A step's folder is written aside and renamed whole; its `stamp.json` carries the digest of everything the
step was made from. A step whose digest is unchanged is not done again: that is how a killed run resumes,
how a rerun changes nothing, and how a re-delivered night makes the later nights follow.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal
from uuid import uuid4

import polars as pl

from dedup import atomic
from dedup.errors import FingerprintError

LAYOUT_VERSION = "3"
"""Raised when a file of the index holds other columns or rows in another order."""

KEPT = "verdicts.parquet"

BLOCK_BYTES = 1 << 20

Step = Literal["prepare", "sketch", "link"]
Counts = dict[str, int]


_spelled = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str).encode
_OF_THIS_PROCESS = uuid4().hex


def digest(*parts: object) -> str:
    """A 128-bit hex digest of `parts`, unambiguous about where one ends and the next begins."""
    spelled = "".join(f"{_spelled(part)}\0" for part in parts)
    return hashlib.blake2b(spelled.encode(), digest_size=16).hexdigest()


def file_digest(path: Path) -> str:
    """The 128-bit hex digest of a file's bytes."""
    made = hashlib.blake2b(digest_size=16)
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            made.update(block)
    return made.hexdigest()


def boot_id() -> str:
    """The name of the time since the machine was started; where the system gives none, one for this process alone."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return _OF_THIS_PROCESS


@dataclass(frozen=True)
class Stamp:
    """Proof that a step is whole: what it was made from, and what it counted."""

    digest: str
    counts: Counts


@dataclass(frozen=True)
class Index:
    """The checkpoints of one home."""

    root: Path

    def nights(self) -> list[date]:
        """Every night with at least a finished `prepare`, oldest first."""
        return sorted(
            date.fromisoformat(folder.name.removeprefix("dt="))
            for folder in self.root.glob("dt=????-??-??")
            if (folder / "prepare" / "stamp.json").is_file()
        )

    def folder(self, night: date, step: Step) -> Path:
        """Where a step of a night keeps its files."""
        return self.root / f"dt={night}" / step

    def stamp(self, night: date, step: Step) -> Stamp | None:
        """The stamp of a finished step; None where there is none, or an unreadable one."""
        try:
            return Stamp(**json.loads((self.folder(night, step) / "stamp.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def state(self) -> dict[str, str]:
        """Night → digest of its links, which rests on all that the night and those before it were made from."""
        stamps = {str(night): self.stamp(night, "link") for night in self.nights()}
        return {night: stamp.digest for night, stamp in stamps.items() if stamp}

    def is_done(self, night: date, step: Step, made_from: str) -> bool:
        """Whether the step stands and was made from just this."""
        stamp = self.stamp(night, step)
        return stamp is not None and stamp.digest == made_from

    @contextmanager
    def checkpoint(self, night: date, step: Step, made_from: str, counts: Counts) -> Iterator[Path]:
        """A folder for the step's files; `counts` is filled inside the block and stamped at its end."""
        with atomic.directory_aside(self.folder(night, step)) as aside:
            yield aside
            stamp = asdict(Stamp(made_from, counts))
            (aside / "stamp.json").write_text(json.dumps(stamp, sort_keys=True), encoding="utf-8")

    @contextmanager
    def slices(self, night: date, name: str, *made_from: object) -> Iterator[Path]:
        """The folder of `begin_slices`, which goes when the block ends well."""
        folder = self.begin_slices(night, name, *made_from)
        yield folder
        shutil.rmtree(folder.parent)

    def begin_slices(self, night: date, name: str, *made_from: object) -> Path:
        """A folder for what the slices of a step leave; what was finished, made from the same, is there.

        Any that was made from something else goes. `made_from` must say how the work is cut. After a failure of the
        machine everything is done again: slices are not flushed.
        """
        above = self.root / f"dt={night}" / f"slices-{name}"
        folder = above / digest(boot_id(), *made_from)
        for other in above.iterdir() if above.is_dir() else ():
            if other != folder:
                shutil.rmtree(other)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def clear_slices(self) -> None:
        """Delete what killed runs left of steps that were then done otherwise, or not any more."""
        for folder in sorted(self.root.glob("dt=*/slices-*")):
            shutil.rmtree(folder)

    def read(self, nights: list[date], step: Step, name: str, columns: list[str] | None = None) -> pl.DataFrame:
        """The rows of `name`.parquet of these nights, in the order of the nights."""
        paths = [self.folder(night, step) / f"{name}.parquet" for night in nights]
        frames = [pl.read_parquet(path, columns=columns) for path in paths]
        return pl.concat(frames, rechunk=False)

    def retire_sketches(self, window_nights: int) -> None:
        """Delete the sketches that no coming night is compared with. A replay makes them again."""
        nights = self.nights()
        for night in nights:
            if night + timedelta(days=window_nights) < nights[-1]:
                shutil.rmtree(self.folder(night, "sketch"), ignore_errors=True)

    def looks(self, of: date | Literal["flat"]) -> Path:
        """Remembers how files of a night, or of a flat folder, looked on this machine (`looks`): beside the index."""
        return self.root.with_name("inputs") / f"{of}.json"

    def forget(self) -> None:
        """Forget every night, and how they were made; what persons say stays. Each night goes whole, or not yet."""
        shutil.rmtree(self.root.with_name("inputs"), ignore_errors=True)
        there = self.root.iterdir() if self.root.is_dir() else ()
        for path in sorted(path for path in there if path.name != KEPT):
            gone = path.with_name(f"{atomic.ASIDE}{path.name}")
            path.rename(gone)
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()

    def guard(self, made_by: dict[str, str]) -> None:
        """Record how the index is made, or refuse to mix with one that was made otherwise.

        Raises FingerprintError naming every difference.
        """
        path = self.root / "fingerprint.json"
        if not path.is_file():
            atomic.write_text(path, json.dumps(made_by, indent=1, sort_keys=True))
            return
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        differing = sorted(key for key in found.keys() | made_by.keys() if found.get(key) != made_by.get(key))
        if differing:
            changes = "; ".join(f"{key}: {found.get(key)} there, {made_by.get(key)} now" for key in differing)
            raise FingerprintError(
                f"{self.root} was made otherwise ({changes}). Go back to the old settings and versions, "
                f"or make it anew from the raw files: dedup rebuild --raw RAW --home HOME"
            )
