"""One writer to a home at a time."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dedup.errors import LockedError


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the home's lock. Raises LockedError, naming the holder, when another run has it.

    The lock is the kernel's (`flock`), not the file's existence: it dies with its holder,
    so a killed run never blocks the next night. The file only says who holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "an unknown process"
            raise LockedError(
                f"{home}: another run holds this home ({holder}). Wait for it, or stop it, then run again."
            ) from error
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
