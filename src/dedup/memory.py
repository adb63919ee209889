"""How much memory a run may take, and how much work at once that is.

The limit is for all processes of a run together. It decides how work is cut and nothing else: the published bytes are
the same for every limit. Figures of what work costs are measured (`docs/benchmarks.md`), with a margin.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from dedup.errors import SettingsError
from dedup.settings import RunSettings

DEFAULT_SHARE = 0.6
"""Share of what the machine or its container has; the rest is for the file cache and for others."""

PROCESS_BYTES = 420 * 10**6
"""A process with nothing to do: code, tables of the tokenizer, and what the allocator keeps of work that is done."""

AHEAD_BYTES = 300 * 10**6
"""For gathering the next night's tables in the run's own process, while it links this one."""

LEAST_ROOM = 120 * 10**6
"""For work, in each process; with less a single long night could not be cut small enough."""

CLEAN_FACTOR = 14
"""Bytes held at the peak of cleaning for a byte of delivered text …"""

CLEAN_LINE = 40
"""… of which a line counts for at least so many …"""

CLEAN_HELD = 5
"""… and so many bytes of pages, unknown fields and all else that is only passed on for one."""

SKETCH_FACTOR = 14
"""Bytes held at the peak of sketching for a byte of an article's text."""

LINK_KEY = 60
LINK_NEIGHBOUR = 20
"""Bytes held for a key of the night while what shares it is looked for, and for each neighbour that it may have."""

LINK_PAIR = 6_000
"""Bytes held for a pair while it is compared exactly, and of its articles until the next comparison."""

PUBLISH_BYTES = 300 * 10**6
"""Bytes held for each table that is written; measured over a million articles: 370 MB for one, 410 MB for two."""


@dataclass(frozen=True)
class Room:
    """Processes beside the run's own, 0 if it does all by itself; the bytes that each may use for its work."""

    workers: int
    bytes: int

    def share(self, factor: float, *, most: int) -> int:
        """How many bytes, or articles, of a kind that costs `factor` fit; not more than `most`, at least one."""
        return max(1, min(most, int(self.bytes / factor)))


def clean_bytes(records: pl.DataFrame) -> pl.Series:
    """What each record, its text in `text`, counts for where the work of cleaning is cut: bytes of text (Int64)."""
    text = pl.col("text").fill_null("")
    lines = text.str.count_matches("\n", literal=True) + 1
    strings = [name for name, dtype in records.schema.items() if dtype == pl.String]
    others = [pl.col(name).str.len_bytes().fill_null(0) for name in strings]
    held = pl.sum_horizontal(others).cast(pl.Int64) - text.str.len_bytes()
    worked_on = pl.max_horizontal(text.str.len_bytes(), CLEAN_LINE * lines).cast(pl.Int64)
    return records.select(n_bytes=worked_on + held // CLEAN_HELD).to_series()


def cut_rows(sizes: pl.Series, *, most: int, rows: int | None = None) -> Iterator[tuple[int, int]]:
    """First row and number of rows of slices that hold at most `most` of `sizes` together, and at most `rows` rows.

    A row that is larger by itself is a slice of its own; without rows there is one slice of none.
    """
    ends = np.cumsum(sizes.to_numpy(), dtype=np.int64)
    start = 0
    while start < len(ends):
        before = ends[start - 1] if start else 0
        stop = int(np.searchsorted(ends, before + most, side="right"))
        stop = max(start + 1, min(stop, start + rows if rows else stop))
        yield start, stop - start
        start = stop
    if not len(ends):
        yield 0, 0


def room(run: RunSettings) -> Room:
    """The processes that fit into the limit beside the run's own, and the room of each, its own included.

    On one core there is one beside it too: a record that ends a process then does not end the run.
    Raises SettingsError where not even the run's own process fits.
    """
    limit = run.memory_limit or int(DEFAULT_SHARE * machine_memory())
    least = PROCESS_BYTES + LEAST_ROOM
    if limit < least:
        raise SettingsError(f"run.memory_limit: {limit:,} bytes; the least is {least:,} bytes")
    wanted = 0 if run.workers == 1 else run.workers or os.cpu_count() or 1
    workers = min(wanted, max(0, (limit - AHEAD_BYTES) // least - 1))
    shared = limit - AHEAD_BYTES if workers else limit
    return Room(workers, shared // (workers + 1) - PROCESS_BYTES)


def machine_memory() -> int:
    """Bytes that this process may hope for: the machine's, or the least limit of the control groups it is in."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([physical, *control_group_limits(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))])


def control_group_limits(membership: Path, root: Path) -> list[int]:
    """Limits of the control groups (version 1 or 2) in the `/proc/self/cgroup` file, and of those they are in."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:  # no Linux
        return []
    found = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top, name = (root / "memory", "memory.limit_in_bytes") if controllers else (root, "memory.max")
        here = top / group.lstrip("/")
        for folder in [here, *(parent for parent in here.parents if parent.is_relative_to(top))]:
            try:
                found.append(int((folder / name).read_text(encoding="utf-8")))
            except (OSError, ValueError):  # the root group has no file; `max` is no limit
                continue
    return found
