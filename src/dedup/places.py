"""Where a raw folder and a home are: on this machine's disk, or on object storage under an address like s3://bucket/x.

The steps only ever see folders here. What is elsewhere is fetched into a cache folder before a run and pushed after it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from dedup import pipeline, runs
from dedup.drift import drift
from dedup.errors import SettingsError, StoreError
from dedup.index import Counts, Index, digest
from dedup.lock import locked
from dedup.pipeline import Job
from dedup.settings import Settings

if TYPE_CHECKING:
    from dedup.remote.home import RemoteHome

SCHEMES = ("s3", "gs", "az", "abfs", "abfss")

PATTERN_SIGNS = frozenset("*?[")
"""A path with one of them is read as a pattern of paths."""


def is_address(place: str) -> bool:
    """Whether a place is on object storage."""
    scheme, separator, _ = place.partition("://")
    return bool(separator) and scheme in SCHEMES


def whole(place: str) -> str:
    """A place that means the same from any folder."""
    return place if is_address(place) else str(Path(place).resolve())


def cache_of(address: str, settings: Settings) -> Path:
    """The folder that an address has to itself in the cache."""
    users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    root = Path(settings.run.cache) if settings.run.cache else users / "dedup"
    return root.absolute() / "places" / digest(address.rstrip("/"))


@dataclass(frozen=True)
class Away:
    """What of a job is on object storage."""

    raw: tuple[str, Path] | None
    home: "RemoteHome | None"

    @property
    def home_address(self) -> str | None:
        """Where the home is, when it is not here."""
        return self.home.objects.url if self.home else None

    @property
    def ledger(self) -> runs.Ledger | None:
        """Where the home's runs are recorded for other machines."""
        return self.home.ledger if self.home else None

    def pull(self) -> Counts:
        """Fetch what is not here; the counts: delivered (files), fetched (of the home)."""
        counts: Counts = {}
        if self.raw:
            with _extra():
                from dedup.remote.raw import mirror  # noqa: PLC0415
            counts["delivered"] = mirror(*self.raw)
        if self.home:
            counts.update(self.home.pull())
        return counts

    def push(self) -> Counts:
        """Bring a home what the run made; nothing where the home is here."""
        return self.home.push() if self.home else {}


def job_at(raw: str, home: str, settings: Settings) -> Job:
    """The job for two places; nothing is fetched yet.

    Raises SettingsError for places that a run cannot have, StoreError for an address that cannot be opened.
    """
    _check(raw, home)
    if not is_address(raw) and not is_address(home):
        return Job(Path(raw).absolute(), Path(home).absolute(), settings)
    remote = _remote_home(home, settings) if is_address(home) else None
    delivered = cache_of(raw, settings) / "raw" if is_address(raw) else Path(raw).absolute()
    elsewhere = Away((raw, delivered) if is_address(raw) else None, remote)
    return Job(delivered, remote.local if remote else Path(home).absolute(), settings, elsewhere)


def _check(raw: str, home: str) -> None:
    if not raw.strip() or not home.strip():
        raise SettingsError("the raw folder and the home must both be named: one of them is empty")
    inner, outer = whole(home), whole(raw)
    if f"{inner}/".startswith(f"{outer}/") or f"{outer}/".startswith(f"{inner}/"):
        raise SettingsError(
            f"home {home} and raw folder {raw} lie in one another; what is published would be read again"
        )
    if PATTERN_SIGNS & set(str(Path(home).absolute())):
        raise SettingsError(
            f"home {home}: Polars and DuckDB take a path with {' or '.join(sorted(PATTERN_SIGNS))} for a pattern of "
            "file names; name a folder without them"
        )


def folder_of(home: str, settings: Settings) -> Path:
    """The folder of this machine that a home is worked on in; nothing is fetched. Raises StoreError."""
    return _remote_home(home, settings).local if is_address(home) else Path(home)


def home_here(home: str, settings: Settings) -> Path:
    """A folder with what is published at a home now, to look at. Raises StoreError, LockedError while a run is on."""
    if not is_address(home):
        return Path(home)
    found = _remote_home(home, settings)
    with locked(found.local):
        found.pull()
        found.ledger.fetch()
    return found.local


def bring_delta(home: str, settings: Settings) -> Counts:
    """Commit to the Delta tables what readers see now, after a rollback for instance; the counts: replaced."""
    folder = home_here(home, settings)
    elsewhere = Away(None, _remote_home(home, settings)) if is_address(home) else None
    with locked(folder):
        return pipeline.delta_step(Job(folder, folder, settings, elsewhere))()


def kept_versions(home: str) -> tuple[list[str], str | None]:
    """The kept versions, oldest first, and the current one."""
    if is_address(home):
        with _extra():
            from dedup.remote.home import versions as kept  # noqa: PLC0415
        return kept(home)
    versions = pipeline.versions_of(Path(home))
    return versions.names(), versions.current_name()


@dataclass(frozen=True)
class History:
    """What a home tells of its past: the manifest of every kept version, oldest first, and every run (`runs.table`)."""

    current: str | None
    manifests: dict[str, dict[str, Any]]
    runs: pl.DataFrame


def history(home: str, settings: Settings) -> History:
    """The history of a home; of one elsewhere no more than that is fetched. Raises StoreError, OvertakenError."""
    if not is_address(home):
        versions = pipeline.versions_of(Path(home))
        manifests = {name: versions.manifest(name) for name in versions.names()}
        return History(versions.current_name(), manifests, runs.table(Path(home)))
    found = _remote_home(home, settings)
    found.ledger.fetch()
    return History(kept_versions(home)[1], found.manifests(), runs.table(found.local))


def rollback(home: str, version: str | None, *, wait_seconds: float = 0) -> str:
    """Point readers at `version`, or at the one before the current; its name. Raises InputError."""
    if is_address(home):
        with _extra():
            from dedup.remote.home import rollback as switched  # noqa: PLC0415
        return switched(home, version)
    return pipeline.rollback(Path(home), version, wait_seconds=wait_seconds)


def consequence(home: str, version: str) -> str:
    """What the next run will do to readers of a version, in a sentence."""
    if not is_address(home):
        folder = Path(home)
        gone_on = drift(pipeline.versions_of(folder).manifest(version), Index(folder / "index"))
        if gone_on is not None:
            return str(gone_on)
    return "The next run publishes on from the index, whatever readers see now."


@contextmanager
def _extra() -> Iterator[None]:
    """Around the imports of object storage's own modules: an extra that most homes do without."""
    try:
        yield
    except ImportError as error:
        raise StoreError(f"object storage needs its extra here: pip install 'dedup[objects]' ({error})") from error


def _remote_home(home: str, settings: Settings) -> "RemoteHome":
    with _extra():
        from dedup.remote.home import RemoteHome  # noqa: PLC0415
    return RemoteHome(home, cache_of(home, settings))
