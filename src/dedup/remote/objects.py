"""The seam to object storage: bytes under keys, and a put that fails when somebody was there first.

There is no rename here and no link. What makes a write safe is that keys are written once, whole, and that the one key
which is written again, the pointer, is only ever replaced as it was read.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotSupportedError, PreconditionError
from obstore.store import from_url

from dedup import atomic
from dedup.errors import OvertakenError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import ObjectStore

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_ONCE = 16
"""Requests in flight. Most of a request is waiting: one at a time, a night's two hundred files take 10 s."""

BLOCK = 8 * 2**20


def each(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """`function` over `items`, many at once, for what waits on the network; results in order."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(function, items))


@dataclass(frozen=True)
class Found:
    """An object as a listing tells of it. `etag` changes whenever its bytes do."""

    key: str
    size: int
    etag: str
    written: datetime


class Objects:
    """Everything below one address, such as s3://bucket/prefix; keys are relative to it.

    Credentials, region and endpoint come from the environment (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL and the
    like) or from the machine's role. Every method raises StoreError with a sentence when the store refuses or is away.
    """

    def __init__(self, url: str) -> None:
        """Open nothing yet; raises StoreError for an address that means no store."""
        self.url = url.rstrip("/")
        with self._told("open"):
            self._store: ObjectStore = from_url(self.url)

    @contextmanager
    def _told(self, verb: str, key: str = "") -> "Iterator[None]":
        """The store's own errors as sentences."""
        try:
            yield
        except (AlreadyExistsError, PreconditionError) as error:
            raise OvertakenError(f"{self.url}/{key}: another run wrote this first") from error
        except FileNotFoundError as error:
            raise StoreError(f"{self.url}/{key}: no such object, or no such bucket") from error
        except NotSupportedError as error:
            raise StoreError(f"{self.url}: this store knows no conditional write, which a home rests on") from error
        except (BaseError, OSError) as error:
            what = str(error).split("\n", 1)[0]
            raise StoreError(f"{self.url}: cannot {verb} {key or 'it'}: {what}") from error

    def read(self, key: str) -> tuple[bytes, str] | None:
        """The bytes and the etag; None where there is no such object."""
        with self._told("read", key):
            try:
                found = obstore.get(self._store, key)
                return bytes(found.bytes()), found.meta["e_tag"] or ""
            except FileNotFoundError:
                return None

    def put(self, key: str, content: bytes) -> None:
        """Write small bytes."""
        with self._told("write", key):
            obstore.put(self._store, key, content)

    def replace(self, key: str, content: bytes, etag: str | None) -> str:
        """Write bytes in the place of what had this etag, or where there was nothing (None); the new etag.

        Raises OvertakenError, and changes nothing, when something else is there.
        """
        with self._told("write", key):
            made = obstore.put(self._store, key, content, mode={"e_tag": etag} if etag else "create")
            return made["e_tag"] or ""

    def upload(self, path: Path, key: str) -> None:
        """Write a file, in parts where it is large; it is there whole or not at all."""
        with self._told("write", key):
            obstore.put(self._store, key, path)

    def download(self, key: str, path: Path) -> None:
        """Fetch an object into a file, which is there whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{atomic.ASIDE}{path.name}")
        with self._told("read", key), aside.open("wb") as stream:
            for block in obstore.get(self._store, key).stream(min_chunk_size=BLOCK):
                stream.write(block)
        atomic.sync(aside)
        aside.replace(path)

    def copy(self, key: str, to: str) -> None:
        """Copy within the store; no byte comes here."""
        with self._told("copy", key):
            obstore.copy(self._store, key, to)

    def listed(self, prefix: str | None = None) -> list[Found]:
        """Every object below `prefix` (whole segments of a key), in the order of their keys."""
        with self._told("list", prefix or ""):
            listed = [meta for part in obstore.list(self._store, prefix) for meta in part]
        found = [Found(meta["path"], meta["size"], meta["e_tag"] or "", meta["last_modified"]) for meta in listed]
        return sorted(found, key=lambda one: one.key)

    def written(self, key: str) -> datetime:
        """When an object was written, by the store's own clock."""
        with self._told("read", key):
            return obstore.head(self._store, key)["last_modified"]

    def delete(self, keys: list[str]) -> None:
        """Delete objects; those that are not there are none."""
        with self._told("delete"):
            if keys:
                obstore.delete(self._store, keys)

    def check_conditional(self) -> None:
        """Raise StoreError for a store that takes a conditional write and then ignores the condition."""
        key = f"conditional-write-{uuid4().hex}"
        etag = self.replace(key, b"1", None)
        try:
            for expected in (None, '"another"'):
                try:
                    self.replace(key, b"2", expected)
                except OvertakenError:
                    continue
                raise StoreError(f"{self.url}: this store ignores conditional writes (If-Match), which a home rests on")
            self.replace(key, b"3", etag)
        finally:
            self.delete([key])
