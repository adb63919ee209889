"""The four steps on one page: prepare → sketch → link → publish.

Each step reads files, writes files and returns small counts. A step whose inputs are what they were is
skipped, so any run may be repeated, and a killed one goes on where it stopped. Command line, Prefect and a
cluster are rims around these functions.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from itertools import dropwhile
from pathlib import Path
from typing import Protocol

import polars as pl

from dedup import atomic, link, memory, prepare, publish, runs
from dedup.errors import ClusterError, InputError, StoreError
from dedup.fingerprint import fingerprint, rules_here
from dedup.index import Counts, Index, digest
from dedup.lock import locked, untold
from dedup.looks import Remembered
from dedup.nights import Do, Nights, Work, lanes
from dedup.parallel import OnSlice, SliceMap, nobody, worker_pool
from dedup.persons import verdicts
from dedup.persons.heard import heard
from dedup.persons.spoken import Spoken
from dedup.publish import Published
from dedup.settings import Settings
from dedup.survey import Delivery, survey
from dedup.versions import Versions, nothing_published


def plainly(step: str, night: date | None, work: Work) -> Counts:
    """The step and nothing around it."""
    return work()


class Elsewhere(Protocol):
    """A raw folder or a home beyond this machine's disk, with which the folders here are made equal."""

    @property
    def home_address(self) -> str | None:
        """Where the home is; None where that is a folder here."""

    @property
    def ledger(self) -> runs.Ledger | None:
        """Where the home's runs are recorded for other machines; None where the home is a folder here."""

    def pull(self) -> Counts:
        """Before a run: fetch what is not here."""

    def push(self) -> Counts:
        """After it: bring what the run made, for all to see at once or not at all."""


@dataclass(frozen=True)
class Job:
    """Where a run reads, where it writes, and how."""

    raw: Path
    home: Path
    settings: Settings
    elsewhere: Elsewhere | None = None

    @property
    def index(self) -> Index:
        """What is remembered between nights."""
        return Index(self.home / "index")

    @property
    def versions(self) -> Versions:
        """What readers see."""
        return versions_of(self.home)

    @property
    def delta_root(self) -> str:
        """The folder or address of the Delta tables."""
        address = self.elsewhere.home_address if self.elsewhere else None
        return f"{address or self.home}/published/delta"


@dataclass(frozen=True)
class Wanted:
    """Which nights a run goes through; with neither bound, every delivered one.

    `night`: that one, and the remembered nights after it, because what they learned and compared rests on it.
    `since`: every delivered night from there on; with `until`, to there, and the remembered nights after it.
    """

    night: date | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Summary:
    """What a run did: the nights it went through, those of them that had something to do, what readers see.

    `heard` is what became of each verdict of a person (`heard.HEARD_SCHEMA`).
    """

    nights: list[date]
    made: list[date]
    published: Published
    heard: pl.DataFrame


def plan(job: Job, wanted: Wanted, *, today: date) -> list[Delivery]:
    """The nights to go through, oldest first, each with its files.

    In a folder without `crawl_date=`, files that name no crawl time belong to `wanted.night`, else to `today`.
    Raises FingerprintError when the home was made with other settings, InputError when nothing is to be done.
    """
    atomic.sweep(job.home)
    job.index.guard(fingerprint(job.settings))
    delivered = delivered_nights(job, otherwise=wanted.night or today)
    if not delivered:
        raise InputError(f"{job.raw}: no input files; expected crawl_date=YYYY-MM-DD/<source>.jsonl and the like")
    nights = sorted(delivered)
    if wanted.night is None:
        _check_clock(job.index.nights(), delivered.get(today), today)
    else:
        if wanted.night not in delivered:
            raise InputError(f"{job.raw}: no files for night {wanted.night}; there are {nights[0]} to {nights[-1]}")
        nights = sorted({wanted.night, *(known for known in job.index.nights() if known > wanted.night)})
    if wanted.since is not None:
        until = wanted.until or nights[-1]
        asked = {night for night in nights if wanted.since <= night <= until}
        if not asked:
            raise InputError(f"{job.raw}: no files from {wanted.since} on; there are {nights[0]} to {nights[-1]}")
        resting = {known for known in job.index.nights() if wanted.until and known > wanted.until}
        nights = sorted(asked | resting)
    gone = [str(night) for night in nights if night not in delivered]
    if gone:
        raise InputError(
            f"{job.raw}: the files of {', '.join(gone)} are gone, but these nights come after "
            f"{wanted.night or wanted.since} and have to be done again; bring the files back"
        )
    return [delivered[night] for night in nights]


def delivered_nights(job: Job, *, otherwise: date) -> dict[date, Delivery]:
    """Every night that the raw folder delivers; `otherwise` is that of files that name none."""
    made_by = digest(job.settings.read.model_dump(), rules_here(job.settings.match.engine))
    remembered = Remembered(job.index.looks("flat"), made_by)
    return survey(job.raw, settings=job.settings.read, otherwise=otherwise, remembered=remembered)


def _check_clock(known: list[date], delivery: Delivery | None, today: date) -> None:
    """Files without a crawl time go by the clock, and a clock set back would put them under a night long gone."""
    if delivery and known and today < known[-1] and any(one.otherwise for one in delivery.files):
        raise InputError(
            f"{delivery.files[0].file.path}: the clock says {today}, but the night {known[-1]} is known already; "
            f"set the clock right, or name the night of the files with --night"
        )


def run(
    job: Job,
    wanted: Wanted,
    *,
    today: date,
    is_rebuild: bool = False,
    is_ahead: bool = True,
    do: Do = plainly,
    on_plan: Callable[[int], None] = lambda n_steps: None,
    on_slice: OnSlice = nobody,
    on_wait: Callable[[str], None] = untold,
) -> Summary:
    """All four steps over the planned nights. Raises DedupError with a sentence to act on.

    `is_rebuild` forgets the index first; what is published stays until the new version is whole. `is_ahead` lets the
    workers prepare and sketch the next nights while one is linked; without it the steps can be timed apart. `on_plan`
    is told how many steps come.
    """
    with (
        atomic.disk_errors(),
        locked(job.home, wait_seconds=job.settings.run.wait_for_lock, on_wait=on_wait),
        runs.recorded(job.home, job.elsewhere.ledger if job.elsewhere else None) as record,
        # Waited for last: the end of the slice map ends its work.
        lanes() if is_ahead and has_workers(job) else nullcontext() as ahead,
        slice_map(job, on_slice) as run_slices,
    ):
        to_delta = delta_step(job) if job.settings.run.delta else None
        if job.elsewhere:
            do("fetch", None, job.elsewhere.pull)
        if is_rebuild:
            job.index.forget()
        deliveries = {delivery.night: delivery for delivery in plan(job, wanted, today=today)}
        spoken = spoken_of(job)
        nights = sorted({*deliveries, *job.index.nights()})
        unsettled = list(dropwhile(lambda night: is_settled(job.index, night, deliveries.get(night), spoken), nights))
        record.nights = sorted({*deliveries, *unsettled})
        n_steps = sum(3 if night in deliveries else 2 for night in unsettled)
        on_plan(n_steps + 1 + bool(job.elsewhere) + bool(to_delta))
        Nights(job.index, deliveries, job.settings, spoken, do, run_slices, ahead).through(unsettled)
        published = publish_all(job, do)
        if job.elsewhere:
            do("upload", None, job.elsewhere.push)
        if to_delta:
            do("delta", None, to_delta)
        record.version = published.version
        return Summary(record.nights, unsettled, published, heard(spoken))


def spoken_of(job: Job) -> Spoken:
    """What persons say: the file that the settings name, which the home then remembers, or what it remembers.

    Raises InputError, and remembers nothing new, where the file is no such file or its verdicts cannot all hold.
    """
    file, remembered = job.settings.match.verdicts, verdicts.kept(job.index)
    said = remembered if file is None else verdicts.read_verdicts(file)
    spoken = Spoken(job.index, said, job.settings.index.window_nights)
    if not said.equals(remembered):
        spoken.check_all()
        verdicts.keep(job.index, said)
    return spoken


def is_settled(index: Index, night: date, delivery: Delivery | None, spoken: Spoken) -> bool:
    """Whether the first three steps have nothing to do for a night; without a delivery only the links are asked for.

    Each night rests on the one before, so the settled nights are the first ones. A home of a year has hundreds, and
    a rim would show three steps of each.
    """
    is_prepared = delivery is None or index.is_done(night, "prepare", prepare.prepare_digest(index, delivery))
    return is_prepared and index.is_done(night, "link", link.link_digest(index, night, spoken))


def has_workers(job: Job) -> bool:
    """Whether slices are done in other processes than this one."""
    return bool(job.settings.run.cluster) or memory.room(job.settings.run).workers > 0


def slice_map(job: Job, on_slice: OnSlice) -> AbstractContextManager[SliceMap]:
    """Where the slices of the first two steps are done. The home must be held: a cluster's workers look for that."""
    run = job.settings.run
    if not run.cluster:
        return worker_pool(memory.room(run).workers, on_slice)
    try:
        from dedup.cluster import cluster_map  # noqa: PLC0415  (an extra that most homes do without)
    except ImportError as error:
        raise ClusterError(f"run.cluster needs Dask here: pip install 'dedup[cluster]' ({error})") from error
    return cluster_map(run.cluster, job.home, job.settings.match.engine, on_slice)


def publish_all(job: Job, do: Do) -> Published:
    """The fourth step, over every night of the index."""
    done: list[Published] = []

    def work() -> Counts:
        done.append(publish.publish(job.index, job.versions, job.settings, metadata=fingerprint(job.settings)))
        job.index.retire_sketches(job.settings.index.window_nights)
        job.index.clear_slices()
        return {"written": done[0].n_written, "linked": done[0].n_linked}

    do("publish", None, work)
    return done[0]


def delta_step(job: Job) -> Work:
    """Bring the Delta tables to the current version. Raises StoreError where their library is not installed."""
    try:
        from dedup.delta import bring_to_current  # noqa: PLC0415  (an extra that most homes do without)
    except ImportError as error:
        raise StoreError(f"Delta tables need their extra: pip install 'dedup[delta]' ({error})") from error
    return lambda: bring_to_current(job.versions, job.delta_root, keep_days=job.settings.run.delta_days)


def versions_of(home: Path) -> Versions:
    """The published versions of a home."""
    return Versions(home / "published")


def rollback(home: Path, version: str | None, *, wait_seconds: float = 0) -> str:
    """Point readers at `version`, or at the one before the current; its name. Raises InputError, LockedError."""
    versions = versions_of(home)
    if not home.is_dir():  # the lock would make it
        raise nothing_published(home)
    with locked(home, wait_seconds=wait_seconds):
        earlier = [name for name in versions.names() if name < (versions.current_name() or "")]
        if version is None and not earlier:
            raise InputError(f"{home}: there is no version before the current one")
        name = version or earlier[-1]
        versions.switch(name)
        return name
