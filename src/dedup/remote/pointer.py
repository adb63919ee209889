"""The one object that is ever written again: it names the version that readers see and the index it came from.

HOME/current.json                       this pointer
HOME/published/versions/000007-1f…/     the files of a version: a prefix, never written again
HOME/published/listings/000007-1f….json path → size and digest of each of them
HOME/index/states/<digest>.json         path → size and digest of what is remembered between nights
HOME/index/contents/<digest>            the bytes
"""

import json
from dataclasses import asdict, dataclass, field, replace

from dedup.errors import InputError
from dedup.remote.objects import Objects

KEY = "current.json"
FORMAT = 1


@dataclass(frozen=True)
class Pointer:
    """What `current.json` says."""

    version: str  # 000007
    prefix: str  # published/versions/000007-1f…
    index: str  # digest of a listing
    kept: dict[str, str] = field(default_factory=dict)  # version → prefix, the current one among them
    serial: int = 1  # counts the writes: no two pointers are the same bytes, so no two have the same etag
    format: int = FORMAT

    def showing(self, version: str) -> "Pointer":
        """The pointer after this one that shows another kept version. Raises InputError where it is not kept."""
        if version not in self.kept:
            raise InputError(f"no version {version}; the kept ones are: {', '.join(sorted(self.kept))}")
        return replace(self, version=version, prefix=self.kept[version], serial=self.serial + 1)


@dataclass(frozen=True)
class Seen:
    """The pointer as it was read; `etag` is what a run replaces it by. Both None before the first publishing."""

    pointer: Pointer | None = None
    etag: str | None = None


def read(objects: Objects) -> Seen:
    """The pointer as it stands. Raises InputError for one that this release cannot read."""
    found = objects.read(KEY)
    if found is None:
        return Seen()
    text, etag = found
    try:
        return Seen(Pointer(**json.loads(text)), etag)
    except (ValueError, TypeError) as error:
        raise InputError(f"{objects.url}/{KEY}: not a pointer that this release can read ({error})") from error


def write(objects: Objects, pointer: Pointer, seen: Seen) -> Seen:
    """Put `pointer` in the place of what was `seen`. Raises OvertakenError where something else is there by now."""
    text = json.dumps(asdict(pointer), indent=1, sort_keys=True).encode()
    return Seen(pointer, objects.replace(KEY, text, seen.etag))


def listing_key(prefix: str) -> str:
    """Where the listing of a version's files is."""
    return prefix.replace("/versions/", "/listings/", 1) + ".json"


def content_key(digest: str) -> str:
    """Where a content of the index is."""
    return f"index/contents/{digest}"


def state_key(digest: str) -> str:
    """Where the listing of an index is."""
    return f"index/states/{digest}.json"
