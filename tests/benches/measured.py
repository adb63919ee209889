"""A whole run in a process of its own, watched from outside: seconds, CPU and memory by step.

The run marks where a step ends and what CPU its processes have used by then; the watcher samples their resident memory
twenty times a second. The clock is monotonic, hence the same on both sides.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from dedup import forkserver, pipeline
from dedup.index import Counts
from dedup.nights import Work
from dedup.parallel import Pace
from dedup.pipeline import Job, Wanted
from dedup.settings import load

SAMPLED_EVERY = 0.05
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Part:
    """What a part of the run took, over all nights; memory in bytes at its peak."""

    wall: float = 0.0
    cpu: float = 0.0
    largest: int = 0  # resident memory of the largest process
    together: int = 0  # of all processes; pages that they share are counted in each


@dataclass
class Measured:
    """One run. `parts` in the order they first came: start, prepare …, sketch …, link, publish."""

    records: int = 0
    articles: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    largest: int = 0
    together: int = 0
    index_bytes: int = 0
    published_bytes: int = 0
    sketch_bytes: int = 0  # of the index: words and keys, which go when their night leaves the window
    parts: dict[str, Part] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    load_before: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


# -- inside the run -----------------------------------------------------------------------------------------------


def processes(pid: int) -> list[int]:
    """A process and everything below it that still runs."""
    found = [pid]
    for parent in found:
        try:
            tasks = list(Path(f"/proc/{parent}/task").iterdir())
            found += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:  # it has just ended
            continue
    return found


def cpu_seconds(pid: int) -> float:
    """CPU of a process and those below it, ended ones included."""
    total = 0
    for one in processes(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))  # its own, and of those it has waited for
    return total / TICKS


class Marks:
    """Writes one line at the end of each part: its name, the time, the CPU used so far."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.step = ""

    def mark(self, part: str, **facts: int) -> None:
        """The part that ends here."""
        line = {"part": part, "at": time.monotonic(), "cpu": cpu_seconds(os.getpid()), **facts}
        self.stream.write(json.dumps(line) + "\n")
        self.stream.flush()

    def do(self, step: str, night: date | None, work: Work) -> Counts:
        """One step."""
        self.mark("start" if not self.step else "between")
        self.step = step
        counts = work()
        self.mark(step, **counts)
        return counts

    def on_slice(self, pace: Pace) -> None:
        """The last slice of a pass ends a part of its own."""
        if pace.n_done == pace.n_slices:
            self.mark(f"{self.step}: {pace.name}")


def run(args: argparse.Namespace) -> None:
    """The run that is measured."""
    settings = load(None, run=json.loads(args.run), gates={"is_on": False})
    with args.marks.open("w", encoding="utf-8") as stream:
        marks = Marks(stream)
        job = Job(args.raw, args.home, settings)
        pipeline.run(job, Wanted(), today=date(2026, 1, 1), is_ahead=args.ahead, do=marks.do, on_slice=marks.on_slice)
        marks.mark("between")


# -- outside ------------------------------------------------------------------------------------------------------


def measure(raw: Path, home: Path, *, is_ahead: bool = False, **run: Any) -> Measured:
    """Run over the folder `raw` into the fresh `home`; `run` are settings of that section.

    With `is_ahead` the run is as users have it: while a night is linked the next ones are prepared, and what a step
    took cannot be told.
    """
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        marks = Path(scratch) / "marks"
        command = [sys.executable, "-m", "tests.benches.measured", str(raw), str(home), str(marks)]
        begun = time.monotonic()
        child = subprocess.Popen(
            [*command, "--run", json.dumps(run), *(["--ahead"] if is_ahead else [])], env=as_users_have_it()
        )
        samples = []
        while child.poll() is None:
            samples.append((time.monotonic(), *resident(child.pid)))
            time.sleep(SAMPLED_EVERY)
        if child.returncode:
            raise RuntimeError(f"the run over {raw} ended with {child.returncode}")
        lines = [json.loads(line) for line in marks.read_text(encoding="utf-8").splitlines()]
    measured = _of_marks(begun, lines, samples)
    measured.load_before = load_before
    measured.index_bytes, measured.published_bytes = (on_disk(home / name) for name in ("index", "published"))
    measured.sketch_bytes = sum(on_disk(folder) for folder in (home / "index").glob("dt=*/sketch"))
    return measured


def resident(pid: int) -> tuple[int, int]:
    """Resident memory of the largest process of a tree, and of all."""
    sizes = [0]
    for one in processes(pid):
        try:
            sizes.append(int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE)
        except (OSError, IndexError):
            continue
    return max(sizes), sum(sizes)


def as_users_have_it() -> dict[str, str]:
    """This process's environment, but Python keeps its bytecode as it does by default, and starts from it."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Watch:
    """CPU and memory of a program that marks nothing, from looking at its processes."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.together = 0
        self.of_process: dict[int, float] = {}

    def look(self) -> None:
        """Note what its processes have used; one that ends between two looks loses the time since the first."""
        self.together = max(self.together, resident(self.pid)[1])
        self.of_process.update(own_cpu(self.pid))

    @property
    def cpu(self) -> float:
        """Seconds, of all the processes there were."""
        return sum(self.of_process.values())


def own_cpu(pid: int) -> dict[int, float]:
    """CPU of each process of a tree, without those it has waited for."""
    found = {}
    for one in processes(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[one] = sum(map(int, fields[11:13])) / TICKS
    return found


def _of_marks(begun: float, lines: list[dict[str, Any]], samples: list[tuple[float, int, int]]) -> Measured:
    found = Measured(wall=lines[-1]["at"] - begun, cpu=lines[-1]["cpu"])
    parts: dict[str, Part] = defaultdict(Part)
    counts: dict[str, int] = defaultdict(int)
    since, cpu, at = begun, 0.0, 0
    for line in lines:
        part = parts[line.pop("part")]
        until, used = line.pop("at"), line.pop("cpu")
        part.wall += until - since
        part.cpu += used - cpu
        while at < len(samples) and samples[at][0] <= until:
            part.largest, part.together = max(part.largest, samples[at][1]), max(part.together, samples[at][2])
            at += 1
        for name, value in line.items():
            counts[name] += value
        since, cpu = until, used
    found.parts, found.counts = dict(parts), dict(counts)
    found.records, found.articles = counts["records"], counts["articles"]
    found.largest = max(largest for _, largest, _ in samples)
    found.together = max(together for _, _, together in samples)
    return found


def on_disk(folder: Path) -> int:
    """Bytes of the files below a folder, hard links once."""
    sizes = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            about = path.stat()
            sizes[about.st_ino] = about.st_size
    return sum(sizes.values())


def main() -> None:
    """The run that is measured; `measure` starts it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("raw", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("marks", type=Path)
    parser.add_argument("--run", default="{}")
    parser.add_argument("--ahead", action="store_true")
    forkserver.begin()
    run(parser.parse_args())


if __name__ == "__main__":
    main()
