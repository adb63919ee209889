"""Published versions: whole trees, one of them current.

published/versions/000007/     articles/ members/ matches/ quarantine/ … report.html manifest.json
published/current              a symbolic link to one of them, replaced in one step
"""

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from dedup import atomic
from dedup.errors import InputError

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Versions:
    """The published versions of one home."""

    root: Path  # HOME/published

    @property
    def current(self) -> Path:
        """The pointer that readers open."""
        return self.root / "current"

    def names(self) -> list[str]:
        """Every whole version, oldest first."""
        return sorted(path.parent.name for path in self.root.glob(f"versions/[0-9]*/{MANIFEST}"))

    def current_name(self) -> str | None:
        """The version that the pointer names; None before the first publishing."""
        return self.current.readlink().name if self.current.is_symlink() else None

    def folder(self, name: str) -> Path:
        """Where a version keeps its files."""
        return self.root / "versions" / name

    def manifest(self, name: str | None) -> dict[str, Any]:
        """What a version was made from; empty where there is no version."""
        if name is None:
            return {}
        found: dict[str, Any] = json.loads((self.folder(name) / MANIFEST).read_text(encoding="utf-8"))
        return found

    def next_name(self) -> str:
        """The name of the version to be made now."""
        return f"{int(max(self.names(), default='0')) + 1:06d}"

    def switch(self, name: str) -> None:
        """Point `current` at a version. Raises InputError for a version that is not there."""
        if name not in self.names():
            kept = ", ".join(self.names()) or "none"
            raise InputError(f"{self.root}: no version {name}; the kept ones are: {kept}")
        atomic.point(self.current, f"versions/{name}")

    def retain(self, keep: int) -> list[str]:
        """Delete all but the newest `keep` versions, never the current one; the names deleted."""
        old = [name for name in self.names()[:-keep] if name != self.current_name()]
        for name in old:
            # The manifest goes first: a version without one is no version to anybody.
            (self.folder(name) / MANIFEST).unlink()
            shutil.rmtree(self.folder(name))
        return old


def nothing_published(home: Path | str) -> InputError:
    """What to say of a home without a version."""
    return InputError(f"{home}: nothing is published yet; run: dedup run --raw RAW --home {home} --all")


def nights_of(folder: Path) -> list[date]:
    """Every published night, oldest first."""
    return sorted(date.fromisoformat(path.name.removeprefix("dt=")) for path in (folder / "members").glob("dt=*"))


def scan(folder: Path, table: str, nights: list[date] | None = None) -> pl.LazyFrame:
    """A published table with its `dt` column; all of its nights, or just these."""
    below = [f"dt={night}/*.parquet" for night in nights] if nights else ["**/*.parquet"]
    return pl.scan_parquet([folder / table / path for path in below], hive_partitioning=True, try_parse_hive_dates=True)
