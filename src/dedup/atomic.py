"""Write aside, then swap: a reader sees the old thing whole or the new thing whole.

Everything aside carries `ASIDE` in front of its name; what a killed run left is swept by the next one.
"""

import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import polars as pl

ASIDE = ".aside-"

SYNCED_AT_ONCE = 16
"""Files that are flushed at once: each waits for the disk, which takes many in little more than the time of one."""


@contextmanager
def disk_errors() -> Iterator[None]:
    """What Polars says of a disk, such as that it is full, as the OSError that it is."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        if (code := re.search(r"\(os error (\d+)\)", str(error))) is None:
            raise
        raise OSError(int(code[1]), os.strerror(int(code[1]))) from error


def sync(path: Path) -> None:
    """Flush a file or a directory entry to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def directory_aside(target: Path) -> Iterator[Path]:
    """A fresh directory that takes the place of `target` when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(ASIDE + target.name)
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        yield aside
        with ThreadPoolExecutor(SYNCED_AT_ONCE) as threads:
            list(threads.map(sync, [*aside.rglob("*"), aside]))
        replace_directory(aside, target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def replace_directory(aside: Path, target: Path) -> None:
    """Move `aside` to `target`. A directory cannot be replaced in one call, so the old one steps out first.

    Killed in between, `target` is missing: callers treat a missing directory as work to do again.
    """
    if target.exists():
        old = target.with_name(ASIDE + "old-" + target.name)
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        aside.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        aside.rename(target)
    sync(target.parent)


def take_over(source: Path, target: Path) -> None:
    """The same file under another name, without writing it again."""
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def write_text(target: Path, text: str) -> None:
    """Replace a small file in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(ASIDE + target.name)
    aside.write_text(text, encoding="utf-8")
    sync(aside)
    aside.replace(target)
    sync(target.parent)


SLICE_GROUP = 1_000
"""Rows of a row group in a slice, or more that hold `SLICE_GROUP_BYTES`: who reads some in order reads little more."""

SLICE_GROUP_BYTES = 2 * 2**20


def write_slice(frame: pl.DataFrame, target: Path, *, is_kept: bool = False) -> None:
    """Write a Parquet file of a step in hand, whole or not at all, under a name that no other worker writes aside.

    A slice may run twice at once, where a cluster gave up a worker that was only slow: both leave the same bytes.
    Nothing is flushed: slices are gathered before the step is stamped, and a machine that fails does the step again.
    What is not kept is not compressed, at twice the bytes for as long as the step lasts: that costs more than writing
    and reading. What `is_kept` becomes the table as it is, where it is its only slice.
    """
    rows = max(SLICE_GROUP, SLICE_GROUP_BYTES * frame.height // max(int(frame.estimated_size()), 1))
    with _own_aside(target) as aside:
        frame.write_parquet(aside, row_group_size=rows, compression="lz4" if is_kept else "uncompressed")


def note_slice(counts: dict[str, int], target: Path) -> None:
    """Write that a slice is finished, and what it counted; in the same way."""
    with _own_aside(target) as aside:
        aside.write_text(json.dumps(counts), encoding="utf-8")


@contextmanager
def _own_aside(target: Path) -> Iterator[Path]:
    aside = target.with_name(f"{ASIDE}{socket.gethostname()}-{os.getpid()}-{target.name}")
    yield aside
    aside.replace(target)


def point(link: Path, target: str) -> None:
    """Make the symbolic link `link` name `target`, in one step."""
    aside = link.with_name(ASIDE + link.name)
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(link)
    sync(link.parent)


def sweep(folder: Path) -> int:
    """Remove what killed runs left under `folder`; the number of leftovers."""
    leftovers = sorted(folder.rglob(ASIDE + "*")) if folder.is_dir() else []
    for path in leftovers:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(leftovers)
