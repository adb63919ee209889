"""The records of runs of a home on object storage: one small object a run, so that every machine sees all of them.

HOME/runs/000007.json      as `runs` writes it. A number is claimed by a write that fails where another was first
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dedup.errors import OvertakenError, StoreError
from dedup.remote.objects import Found, Objects, each

FOLDER = "runs"

_log = logging.getLogger(__name__)


class RemoteLedger:
    """The records below `runs/` of a home, and those of them that are in a folder of this machine."""

    def __init__(self, objects: Objects, folder: Path) -> None:
        """Nothing is read yet."""
        self._objects = objects
        self._folder = folder

    def fetch(self) -> None:
        """Bring the records that are not here, and those that were of a running run when they came."""
        with _only_logged("other machines' runs are not read"):
            missing = [one for one in self._objects.listed(FOLDER) if one.key.endswith(".json") and self._is_open(one)]
            each(lambda one: self._objects.download(one.key, self._path(one.key)), missing)

    def claim(self, name: str, text: str) -> bool:
        """Show a run that begins; false where another one has that name."""
        with _only_logged("this run is not shown to other machines"):
            try:
                self._objects.replace(f"{FOLDER}/{name}", text.encode(), None)
            except OvertakenError:
                return False
        return True

    def bring(self, name: str, text: str) -> None:
        """Show what became of it."""
        with _only_logged("other machines are not told how this run ended"):
            self._objects.put(f"{FOLDER}/{name}", text.encode())

    def _path(self, key: str) -> Path:
        return self._folder / key.rpartition("/")[2]

    def _is_open(self, one: Found) -> bool:
        path = self._path(one.key)
        return not path.is_file() or json.loads(path.read_text("utf-8"))["status"] == "running"


@contextmanager
def _only_logged(what: str) -> Iterator[None]:
    """A store that fails here ends no run."""
    try:
        yield
    except StoreError as error:
        _log.warning("%s: %s", what, error)
