"""Kill or starve a run at a chosen write, and look at what readers and the next run find.

A write point is a call that changes the disk: a Parquet or text file written, a rename, a replace, a link, a flush.
They are counted from outside, in a process of its own; the library knows nothing of it.

    python -m tests.faults --points 100          the full sweep over three small nights, one line a kind of fault
    python -m tests.faults --points 20 --hostile    the same over a night of hostile records and files
"""

import argparse
import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

SAMPLE = Path(__file__).parent.parent / "data" / "sample" / "raw"
KINDS = ("kill", "ENOSPC", "EIO")
POINTS: list[tuple[Any, str]] = [
    (pl.DataFrame, "write_parquet"),
    (pl.LazyFrame, "sink_parquet"),
    (Path, "write_text"),
    (Path, "rename"),
    (Path, "replace"),
    (Path, "symlink_to"),
    (Path, "unlink"),
    (os, "fsync"),
    (os, "link"),
    (shutil, "rmtree"),
]


@dataclass(frozen=True)
class Reference:
    """An undisturbed run, night by night: the home before each night, what readers see, the write points."""

    raw: Path
    folder: Path
    nights: list[str]
    trees: list[str | None]  # before the first night, and after each
    points: list[int]


@dataclass(frozen=True)
class Fault:
    """What fails, and where: at write `point` of the night number `at`."""

    kind: str
    at: int
    point: int


def small_nights(raw: Path, records: int = 15, nights: int = 3) -> Path:
    """The sample's first nights of one outlet, a few records each, written into the folder `raw`."""
    for folder in sorted(SAMPLE.iterdir())[:nights]:
        lines = (folder / "rungarun.jsonl").read_bytes().splitlines(keepends=True)
        (raw / folder.name).mkdir(parents=True)
        (raw / folder.name / "rungarun.jsonl").write_bytes(b"".join(lines[:records]))
    return raw


def hostile_night(raw: Path) -> Path:
    """300 hostile records and a file of every hostile kind, written into the folder `raw`."""
    from tests.hazards.__main__ import write_night  # which imports this module

    write_night(raw, records=300, files=42, seed=1)
    return raw


def at_point(wanted: int, fault: str) -> Callable[[], int]:
    """Arm every write point: call number `wanted` ends in `fault`. The returned function tells the calls so far."""
    calls = 0

    def arm(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == wanted and fault == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if calls == wanted and name != "rmtree":  # a failing clean-up is not a failing write
                raise disk_error(getattr(errno, fault), is_polars=name in {"write_parquet", "sink_parquet"})
            return original(*args, **kwargs)

        setattr(owner, name, counted)

    for owner, name in POINTS:
        arm(owner, name)
    return lambda: calls


def disk_error(code: int, *, is_polars: bool) -> Exception:
    """What a failing disk raises: Polars has words of its own for it."""
    if is_polars:
        said = f"underlying IO error: {os.strerror(code)} (os error {code})"
        return pl.exceptions.ComputeError(f"parquet: File out of specification: {said}")
    return OSError(code, os.strerror(code))


def run_night(raw: Path, home: Path, night: str, fault: Fault) -> subprocess.CompletedProcess[str]:
    """`dedup run --night` in a process of its own, with the fault (at point 0: none); it prints its write points."""
    command = [sys.executable, __file__, "--child", str(raw), str(home), night, str(fault.point), fault.kind]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def child(raw: str, home: str, night: str, point: str, kind: str) -> int:
    """What the process of its own does."""
    from dedup import cli

    calls = at_point(int(point), kind)
    code = cli.main(["run", "--raw", raw, "--home", home, "--night", night, "--workers", "1", "--json"])
    print(f"calls {calls()}")
    return code


def tree(home: Path) -> str | None:
    """Digest of all that readers see, path by path and byte by byte; None before the first publishing."""
    current = home / "published" / "current"
    if not current.is_dir():
        return None
    made = hashlib.sha256()
    for path in sorted(path for path in current.resolve().rglob("*") if path.is_file()):
        made.update(f"{path.relative_to(current.resolve())} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return made.hexdigest()


def undisturbed(raw: Path, folder: Path) -> Reference:
    """Run night by night without a fault."""
    nights = sorted(path.name.removeprefix("crawl_date=") for path in raw.iterdir())
    home = folder / "home"
    home.mkdir()
    trees, points = [tree(home)], []
    for night in nights:
        shutil.copytree(home, folder / f"before-{night}", symlinks=True)
        done = run_night(raw, home, night, Fault("kill", 0, 0))
        if done.returncode:
            raise RuntimeError(done.stderr)
        points.append(int(done.stdout.split("calls ")[-1]))
        trees.append(tree(home))
    return Reference(raw, folder, nights, trees, points)


def complaints(reference: Reference, fault: Fault) -> Iterator[str]:
    """Fail once, look, run again, look: everything that is not as promised."""
    home, night = reference.folder / "failing", reference.nights[fault.at]
    before, after = reference.trees[fault.at : fault.at + 2]
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(reference.folder / f"before-{night}", home, symlinks=True)
    failed = run_night(reference.raw, home, night, fault)
    if failed.returncode not in ((-signal.SIGKILL,) if fault.kind == "kill" else (0, 1)):
        yield f"exit code {failed.returncode}: {failed.stderr[-300:]}"
    if "Traceback" in failed.stderr:
        yield f"a traceback instead of a sentence: {failed.stderr[-300:]}"
    if tree(home) not in (before, after):
        yield "readers see neither the old version nor the new one"
    again = run_night(reference.raw, home, night, Fault("kill", 0, 0))
    if again.returncode:
        yield f"the next run failed: {again.stderr[-300:]}"
    if tree(home) != after:
        yield "the next run published other bytes"
    if leftovers := sorted(path.name for part in ("published", "index") for path in (home / part).rglob(".aside-*")):
        yield f"leftovers after the next run: {leftovers}"


def spread(reference: Reference, kind: str, wanted: int) -> list[Fault]:
    """`wanted` faults, evenly over all write points of all nights."""
    every = [Fault(kind, at, point) for at, n in enumerate(reference.points) for point in range(1, n + 1)]
    return [every[i * len(every) // wanted] for i in range(wanted)] if wanted < len(every) else every


def main() -> int:
    parser = argparse.ArgumentParser(description="Faults at write points of a run over several nights.")
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--hostile", action="store_true", help="over a night of hostile records and files")
    args = parser.parse_args()
    n_wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        raw = (hostile_night if args.hostile else small_nights)(Path(scratch) / "raw")
        reference = undisturbed(raw, Path(scratch))
        for kind in KINDS:
            faults = spread(reference, kind, args.points)
            wrong = [f"{fault}: {complaint}" for fault in faults for complaint in complaints(reference, fault)]
            n_wrong += len(wrong)
            print(f"{kind}: {len(faults)} of {sum(reference.points)} write points, {len(wrong)} complaints", flush=True)
            print("".join(f"  {line}\n" for line in wrong), end="", flush=True)
    return min(n_wrong, 1)


if __name__ == "__main__":
    sys.exit(child(*sys.argv[2:]) if sys.argv[1:2] == ["--child"] else main())
