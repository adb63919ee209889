"""Arrays that take long to make, kept on disk between processes: made once for each version of what they are made from.

They stand in the user's cache folder, written aside and swapped in, because another process may be doing the same.
Whatever is wrong with them or with the folder, they are made again.
"""

import hashlib
import logging
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[Any]]

_log = logging.getLogger(__name__)


def place(name: str, made_from: Iterable[str]) -> Path | None:
    """Where arrays are kept that are made from these; None where there is no such place."""
    digest = hashlib.sha256("\0".join(made_from).encode())
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # no home directory
        return None
    return folder / "dedup" / f"{name}-{digest.hexdigest()[:16]}.npz"


def read(kept: Path | None, names: Iterable[str]) -> Arrays | None:
    """The arrays of these names; None where they were never written, or are damaged."""
    if kept is None:
        return None
    try:
        with np.load(kept, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None


def keep(kept: Path | None, arrays: Arrays) -> None:
    """Keep the arrays for the next process."""
    if kept is None:
        return
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as aside:
            np.savez_compressed(Path(aside) / kept.name, allow_pickle=False, **arrays)
            (Path(aside) / kept.name).replace(kept)
    except OSError as error:
        _log.info("%s is made anew in each process: %s", kept.name, error)
