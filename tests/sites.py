"""Homes on object storage to test with: a bucket, machines that work on it, and what a local home would hold."""

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dedup import pipeline, places
from dedup.pipeline import Summary, Wanted
from dedup.remote import pointer as pointers
from dedup.remote.objects import Found, Objects
from dedup.settings import Settings

NIGHTS = [date(2026, 11, day) for day in (20, 21, 22)]


@dataclass(frozen=True)
class Local:
    """What an undisturbed run over local folders gives: after the first night, and after all."""

    raw: Path
    first: dict[str, str]
    all: dict[str, str]


@dataclass(frozen=True)
class Site:
    """A home in a bucket, and machines that work on it: each has a cache of its own."""

    raw: str
    home: str
    caches: Path

    def run(self, machine: str = "one", do: pipeline.Do = pipeline.plainly, **wanted: date) -> Summary:
        settings = Settings(run={"workers": 1, "cache": str(self.caches / machine)})  # type: ignore[arg-type]
        job = places.job_at(self.raw, self.home, settings)
        return pipeline.run(job, Wanted(**wanted), today=date(2026, 11, 30), do=do)

    @property
    def objects(self) -> Objects:
        return Objects(self.home)

    @property
    def pointer(self) -> pointers.Pointer:
        found = pointers.read(self.objects).pointer
        assert found
        return found

    def tree(self) -> dict[str, str]:
        """Path → digest of every file of the current version, as a reader finds them: pointer first."""
        prefix, store = self.pointer.prefix, self.objects
        keys = [one.key for one in store.listed(prefix)]
        contents = {key: store.read(key) for key in keys}
        return {
            key.removeprefix(f"{prefix}/"): hashlib.sha256(content[0]).hexdigest()
            for key, content in contents.items()
            if content
        }


def leftovers(site: Site) -> list[str]:
    """Keys that neither the pointer nor what it names leads to."""
    pointer, store = site.pointer, site.objects
    state = json.loads((store.read(pointers.state_key(pointer.index)) or (b"{}", ""))[0])
    named = {pointers.KEY, pointers.state_key(pointer.index)}
    named |= {pointers.content_key(row["digest"]) for row in state.values()}
    named |= {pointers.listing_key(prefix) for prefix in pointer.kept.values()}
    kept = ("runs/", *(f"{prefix}/" for prefix in pointer.kept.values()))
    return [one.key for one in store.listed() if one.key not in named and not one.key.startswith(kept)]


def a_second_later() -> None:
    """The store's clock counts whole seconds, and only what is older than the new pointer by it is swept."""
    time.sleep(1)


def beside_runs(site: Site) -> list[Found]:
    """Every object but the record of each run."""
    return [one for one in site.objects.listed() if not one.key.startswith("runs/")]
