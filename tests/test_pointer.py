"""The one write that decides: of all who replace the pointer at once, one."""

import subprocess
import sys
from collections.abc import Callable

from dedup.remote import pointer as pointers
from dedup.remote.objects import Objects

WRITER = """
import sys
from dedup.errors import OvertakenError
from dedup.remote import pointer as pointers
from dedup.remote.objects import Objects
objects = Objects(sys.argv[1])
for at in range(int(sys.argv[2])):
    seen = pointers.read(objects)
    print("ready", flush=True)
    sys.stdin.readline()
    serial = seen.pointer.serial + 1 if seen.pointer else 1
    mine = pointers.Pointer(f"{at:06d}", f"published/versions/by-{sys.argv[3]}", "", serial=serial)
    try:
        pointers.write(objects, mine, seen)
        print("won", flush=True)
    except OvertakenError as error:
        print(error, flush=True)
"""


def test_of_processes_that_write_the_pointer_at_once_exactly_one_wins_each_time(new_bucket: Callable[[], str]) -> None:
    home = f"{new_bucket()}/desk"
    n_rounds, writers = 12, ("a", "b", "c")
    commands = [[sys.executable, "-c", WRITER, home, str(n_rounds), name] for name in writers]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for command in commands
    ]

    def answers() -> list[str]:
        return [process.stdout.readline().strip() for process in processes if process.stdout]

    for at in range(n_rounds):
        assert answers() == ["ready"] * len(writers)  # all have read the same pointer, or that there is none
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        said = dict(zip(writers, answers(), strict=True))
        (winner,) = (name for name, word in said.items() if word == "won")
        refusal = f"{home}/current.json: another run wrote this first"
        assert [word for name, word in said.items() if name != winner] == [refusal] * 2
        found = pointers.read(Objects(home)).pointer
        assert found
        assert (found.prefix, found.serial) == (f"published/versions/by-{winner}", at + 1)
    assert [process.wait(30) for process in processes] == [0, 0, 0]
