"""One writer to a home at a time."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from dedup.errors import LockedError

LOOK_SECONDS = 0.5  # between two looks at a home that somebody holds


def untold(holder: str) -> None:
    """Nobody is told."""


@contextmanager
def locked(home: Path, *, wait_seconds: float = 0, on_wait: Callable[[str], None] = untold) -> Iterator[None]:
    """Hold the home's lock. Raises LockedError, naming the holder, when another run has it for `wait_seconds` more.

    The lock is the kernel's (`flock`), not the file's existence: it dies with its holder,
    so a killed run never blocks the next night. The file only says who holds it; `on_wait` is told once.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a+", encoding="utf-8") as file:
        deadline = time.monotonic() + wait_seconds
        is_told = False
        while not _is_taken(file):
            if time.monotonic() >= deadline:
                raise LockedError(
                    f"{home}: another run holds this home ({_holder(file)}). Wait for it (--wait SECONDS), or stop it, "
                    f"then run again."
                )
            if not is_told:
                on_wait(_holder(file))
                is_told = True
            time.sleep(LOOK_SECONDS)
        file.truncate(0)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _is_taken(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: TextIO) -> str:
    file.seek(0)
    try:
        held = json.loads(file.read())
        return f"process {held['pid']} on {held['host']}, since {held['since']}"
    except (ValueError, KeyError, TypeError):  # it has just taken the lock, and not said so yet
        return "an unknown process"
