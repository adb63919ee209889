"""A hostile night whose workers are killed while it is prepared: it is published as if nobody had, if need be by the
next run."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.benches.measured import cpu_seconds, processes
from tests.conftest import published_tree

LOOKED_EVERY = 0.2


def unlike(raw: Path, scratch: Path, every: float) -> list[str]:
    """Run over `raw` twice, the second time with a worker killed after every so many seconds of the run's CPU time:
    what is not the same bytes."""
    homes = [scratch / "undisturbed", scratch / "killed"]
    for home in homes:
        home.mkdir()
    killed: list[int] = []
    codes = [run(raw, homes[0], []), run(raw, homes[1], killed, every)]
    if codes[1] == 1:  # a slice that is killed each time it is tried ends a run with a sentence
        codes.append(run(raw, homes[1], []))
    good, bad = map(published_tree, homes)
    told = [f"{path}: not the same bytes" for path in sorted(good | bad) if good.get(path) != bad.get(path)]
    print(f"{len(killed)} workers killed, runs ended with {codes}, {len(good)} published files compared")
    told += [] if killed else ["no worker was killed"]
    return told if codes[0] == codes[-1] == 0 else [*told, f"runs ended with {codes}"]


def run(raw: Path, home: Path, killed: list[int], every: float | None = None) -> int:
    """The exit code of `dedup run` with two workers; `killed` takes the ids of those that were killed."""
    command = [sys.executable, "-m", "dedup.cli", "run", "--raw", str(raw), "--home", str(home), "--all"]
    random = Random(1)
    last = 0.0
    with subprocess.Popen([*command, "--workers", "2"], stdout=subprocess.DEVNULL) as running:
        while (code := running.poll()) is None:
            time.sleep(LOOKED_EVERY)
            found = workers(running.pid)
            if every and found and (used := cpu_seconds(running.pid)) > last + every:
                last = used
                killed.append(random.choice(found))
                with suppress(ProcessLookupError):
                    os.kill(killed[-1], signal.SIGKILL)
    return code


def workers(pid: int) -> list[int]:
    """The run's workers: what its fork server has made."""
    return [worker for one in processes(pid)[1:] if _is_server(one) for worker in processes(one)[1:]]


def _is_server(pid: int) -> bool:
    """Its children have its command line, but no children of their own."""
    try:
        return b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
