"""What was found out about files, remembered from run to run for as long as they look as they did.

A run asks the same of every file that was ever delivered: so it reads the files that are new, not the archive.
"""

import json
import time
from pathlib import Path
from typing import Any

from dedup import atomic

Look = tuple[int, ...]

SETTLED_SECONDS = 60
"""A file that was written so shortly before is not remembered: the clock of its file system may be too coarse, or too
far from ours, for its next change to show (what Git calls racily clean)."""


def look_of(path: Path) -> Look:
    """What changes with every write, even one that leaves size and date of the file as they were."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class Remembered:
    """Name of a file → its look, and what was found of it (anything that JSON holds, but null).

    It lies in a file of this machine. What cannot be read of it, or was `made_by` other rules, is not remembered.
    """

    def __init__(self, kept: Path, made_by: str = "") -> None:
        """What the file `kept` holds."""
        self._kept, self._made_by = kept, made_by
        self._before: dict[str, Any] = self._read()
        self._now: dict[str, Any] = {}

    def recall(self, name: str, look: Look) -> Any | None:
        """What was found of a file that looks like this."""
        noted, found = self._before.get(name, (None, None))
        if noted != [*look]:
            return None
        self._now[name] = [noted, found]
        return found

    def note(self, name: str, path: Path, look: Look, found: object) -> None:
        """Remember what was found of a file that looked so before it was read, unless it changed or may change yet."""
        if look and look == look_of(path) and max(look[2:]) < (time.time() - SETTLED_SECONDS) * 1e9:
            self._now[name] = [[*look], found]

    def keep(self) -> None:
        """Keep what was recalled or noted, and forget the rest."""
        if self._now != self._before:
            atomic.write_text(self._kept, json.dumps({"made_by": self._made_by, "files": self._now}))

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._kept.read_text("utf-8"))
            files = {name: [look, found] for name, (look, found) in kept["files"].items()}
            return files if kept["made_by"] == self._made_by else {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}
