import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from dedup.errors import LockedError
from dedup.lock import locked

HOLDER = """
import sys, time
from pathlib import Path
from dedup.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_second_run_is_told_who_holds_the_home(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(LockedError, match=str(os.getpid())), locked(tmp_path):
        pass


def test_lock_is_free_after_the_block(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path):
            pass


def test_refusal_names_process_machine_and_time(tmp_path: Path) -> None:
    told = rf"process {os.getpid()} on {re.escape(socket.gethostname())}, since 20\d\d-\d\d-\d\dT[\d:]+\+00:00"
    with locked(tmp_path), pytest.raises(LockedError, match=told), locked(tmp_path):
        pass


def test_patient_run_tells_whom_it_waits_for_and_goes_on_when_the_home_is_free(tmp_path: Path) -> None:
    told: list[str] = []
    with ExitStack() as holder:
        holder.enter_context(locked(tmp_path))

        def let_go(who: str) -> None:
            told.append(who)
            holder.close()

        with locked(tmp_path, wait_seconds=60, on_wait=let_go):
            assert len(told) == 1
            assert str(os.getpid()) in told[0]
            with pytest.raises(LockedError), locked(tmp_path):
                pass


def test_patience_ends(tmp_path: Path) -> None:
    told: list[str] = []
    with locked(tmp_path), pytest.raises(LockedError), locked(tmp_path, wait_seconds=0.1, on_wait=told.append):
        pass
    assert len(told) == 1


def test_killed_holder_does_not_block_the_next_run(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(LockedError, match=str(holder.pid)), locked(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
    with locked(tmp_path):
        pass
