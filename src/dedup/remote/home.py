"""A home on object storage: the steps work on a folder of this machine, which is made equal to it before a run.

Nothing that readers or another run can see is ever written again, but the pointer, which is written last and only in
the place of the one that this run began from. So of two runs that publish at once, the second is refused, and whatever
a killed or refused run left has no name in the pointer; the next run that publishes deletes it.
"""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

from dedup import atomic
from dedup.errors import InputError, OvertakenError, StoreError
from dedup.index import Counts, file_digest
from dedup.remote import pointer as pointers
from dedup.remote.contents import Digests, Listing, as_json, from_json, listing_digest, make_equal
from dedup.remote.ledger import RemoteLedger
from dedup.remote.objects import Objects, each
from dedup.remote.pointer import Pointer, Seen, content_key, listing_key, state_key
from dedup.versions import MANIFEST, Versions

SWEPT = ("index", "published/versions", "published/listings")
"""Where whatever the pointer does not name is a leftover. The rest of the prefix is not ours to delete."""

_log = logging.getLogger(__name__)


class RemoteHome:
    """The home at `url`, worked on in `folder`, which belongs to it alone."""

    def __init__(self, url: str, folder: Path) -> None:
        """Nothing is read yet."""
        self.objects = Objects(url)
        self.folder = folder
        self.local = folder / "home"
        self.ledger = RemoteLedger(self.objects, self.local / "runs")
        self._base = folder / "base.json"
        self._seen = Seen()
        self._digests = Digests(folder / "digests.json")

    @property
    def _versions(self) -> Versions:
        return Versions(self.local / "published")

    def manifests(self) -> dict[str, dict[str, Any]]:
        """What each kept version was made from, oldest first. Raises OvertakenError where one is dropped meanwhile."""
        pointer = pointers.read(self.objects).pointer
        kept = sorted(pointer.kept.items()) if pointer else []
        found = each(lambda one: self._read(f"{one[1]}/{MANIFEST}"), kept)
        return {name: json.loads(text) for (name, _), text in zip(kept, found, strict=True)}

    # -- before a run -----------------------------------------------------------------------------------------------

    def pull(self) -> Counts:
        """Make the folder what the pointer names; the counts: fetched.

        A folder that began from that pointer keeps the steps that a killed run finished in it, but not a version that
        no reader has seen. Raises OvertakenError when the home changes meanwhile.
        """
        self._seen = pointers.read(self.objects)
        if self._is_based_on(self._seen):
            self._drop_unseen(self._seen.pointer)
            return {}
        if self._seen.pointer is None:
            self.objects.check_conditional()
        self._base.unlink(missing_ok=True)
        atomic.sweep(self.local)
        self._drop_unseen(self._seen.pointer)
        fetched = self._make_local(self._seen.pointer)
        self._rest_on(self._seen)
        return {"fetched": fetched}

    def _is_based_on(self, seen: Seen) -> bool:
        return self._base.is_file() and json.loads(self._base.read_text("utf-8")) == {"etag": seen.etag}

    def _rest_on(self, seen: Seen) -> None:
        self._digests.keep()
        atomic.write_text(self._base, json.dumps({"etag": seen.etag}))

    def _make_local(self, pointer: Pointer | None) -> int:
        """Index and versions as the pointer names them: of the current version all, of others the manifest."""
        index, published = self.local / "index", self.local / "published"
        if pointer is None:
            shutil.rmtree(index, ignore_errors=True)
            return 0
        have = {content.digest: self.local / path for path, content in self._digests.listing(self.local).items()}
        state = self._listing(state_key(pointer.index))

        def fetch_content(digest: str, path: Path) -> None:
            self._fetch(content_key(digest), digest, path)

        fetched = make_equal(index, state, have, self._digests, fetch_content)
        wanted: Listing = {}
        keys: dict[str, str] = {}
        for name, prefix in pointer.kept.items():
            for path, content in self._listing(listing_key(prefix)).items():
                if name == pointer.version or path == MANIFEST:
                    wanted[f"{name}/{path}"] = content
                    keys[content.digest] = f"{prefix}/{path}"

        def fetch_version(digest: str, path: Path) -> None:
            self._fetch(keys[digest], digest, path)

        fetched += make_equal(published / "versions", wanted, have, self._digests, fetch_version)
        atomic.point(published / "current", f"versions/{pointer.version}")
        return fetched

    def _drop_unseen(self, pointer: Pointer | None) -> None:
        """Delete versions that a run made here and could not publish."""
        for name in self._versions.names():
            if pointer is None or name not in pointer.kept:
                shutil.rmtree(self._versions.folder(name))
        current = self._versions.current
        if pointer is None:
            current.unlink(missing_ok=True)
        elif current.is_symlink():
            atomic.point(current, f"versions/{pointer.version}")

    def _listing(self, key: str) -> Listing:
        return from_json(self._read(key))

    def _read(self, key: str) -> bytes:
        found = self.objects.read(key)
        if found is None:
            raise OvertakenError(
                f"{self.objects.url}/{key}: another run published while this one was reading; run again"
            )
        return found[0]

    def _fetch(self, key: str, digest: str, path: Path) -> None:
        self.objects.download(key, path)
        if file_digest(path) != digest:
            path.unlink()
            raise StoreError(f"{self.objects.url}/{key}: its bytes are not what was written there")

    # -- after a run ------------------------------------------------------------------------------------------------

    def push(self) -> Counts:
        """Make the home what the folder is, the pointer last; the counts: uploaded, copied, swept.

        Raises OvertakenError, with nothing visible, when another run published since this one began.
        """
        before = self._seen.pointer
        name = self._versions.current_name()
        if name is None:
            raise InputError(f"{self.local}: nothing is published there; run again")
        state, files = (self._digests.listing(folder) for folder in (self.local / "index", self._versions.folder(name)))
        prefix = f"published/versions/{name}-{listing_digest(files)[:12]}"
        pointer = Pointer(
            version=name,
            prefix=prefix,
            index=listing_digest(state),
            kept={known: before.kept[known] for known in self._versions.names() if before and known in before.kept}
            | {name: prefix},
            serial=before.serial + 1 if before else 1,
        )
        if before and (before.prefix, before.index, before.kept) == (prefix, pointer.index, pointer.kept):
            return {}
        try:
            uploaded = self._push_index(state, before)
            changed, copied = self._push_version(files, prefix, before)
            self._seen = pointers.write(self.objects, pointer, self._seen)
        except (StoreError, OvertakenError) as error:
            # Refused at the pointer, or earlier: what it rested on may be swept already.
            if pointers.read(self.objects).etag == self._seen.etag:
                raise
            raise OvertakenError(
                f"{self.objects.url}: another run published since this one began; nothing of this one is visible. "
                "Run again: it goes on from what the other published"
            ) from error
        self._rest_on(self._seen)
        return {"uploaded": uploaded + changed, "copied": copied, "swept": self._sweep(pointer, state)}

    def _push_index(self, state: Listing, before: Pointer | None) -> int:
        """The contents that the index did not have before, and its listing; the contents written.

        One that a killed run left is written again: a sweep that runs now may have set its eye on it.
        """
        old = self._listing(state_key(before.index)) if before else {}
        known = {content.digest for content in old.values()}
        new = {content.digest: path for path, content in state.items() if content.digest not in known}
        each(lambda one: self.objects.upload(self.local / "index" / one[1], content_key(one[0])), new.items())
        self.objects.put(state_key(listing_digest(state)), as_json(state))
        return len(new)

    def _push_version(self, files: Listing, prefix: str, before: Pointer | None) -> tuple[int, int]:
        """Every file of the new version under its prefix; how many were uploaded, and how many copied there."""
        old = self._listing(listing_key(before.prefix)) if before else {}
        unchanged = sorted(path for path, content in files.items() if old.get(path) == content)
        changed = sorted(files.keys() - set(unchanged))
        folder = self._versions.folder(str(self._versions.current_name()))
        if before:
            each(lambda path: self.objects.copy(f"{before.prefix}/{path}", f"{prefix}/{path}"), unchanged)
        each(lambda path: self.objects.upload(folder / path, f"{prefix}/{path}"), changed)
        self.objects.put(listing_key(prefix), as_json(files))
        return len(changed), len(unchanged)

    def _sweep(self, pointer: Pointer, state: Listing) -> int:
        """Delete what neither the pointer nor a kept version names; how many objects.

        Only what was written before the pointer: its writer is dead, or will be refused because the pointer moved. A
        run that began from this pointer writes later than it, and writes what it needs anew.
        """
        named = {state_key(pointer.index), *(content_key(content.digest) for content in state.values())}
        named |= {listing_key(prefix) for prefix in pointer.kept.values()}
        kept = tuple(f"{prefix}/" for prefix in pointer.kept.values())
        try:
            since = self.objects.written(pointers.KEY)
            found = [one for part in SWEPT for one in self.objects.listed(part) if one.written < since]
            left = [one.key for one in found if one.key not in named and not one.key.startswith(kept)]
            self.objects.delete(left)
        except StoreError as error:  # published all the same; the next run tries again
            _log.warning("what killed runs left is not deleted: %s", error)
            return 0
        return len(left)


def versions(url: str) -> tuple[list[str], str | None]:
    """The kept versions of a home, oldest first, and the current one."""
    found = pointers.read(Objects(url)).pointer
    return (sorted(found.kept), found.version) if found else ([], None)


def rollback(url: str, version: str | None) -> str:
    """Point readers at `version`, or at the one before the current; its name. Raises InputError, OvertakenError."""
    objects = Objects(url)
    seen = pointers.read(objects)
    earlier = [name for name in sorted(seen.pointer.kept) if name < seen.pointer.version] if seen.pointer else []
    if seen.pointer is None or (version is None and not earlier):
        raise InputError(f"{url}: there is no version before the current one")
    shown = seen.pointer.showing(version or earlier[-1])
    pointers.write(objects, shown, seen)
    return shown.version
