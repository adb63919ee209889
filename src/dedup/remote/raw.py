"""What scrapers deliver to object storage, mirrored in a folder of this machine, where the steps read it."""

import json
from pathlib import Path, PurePosixPath

from dedup import atomic
from dedup.errors import InputError
from dedup.remote.contents import delete_files
from dedup.remote.objects import Found, Objects, each


def mirror(url: str, folder: Path) -> int:
    """Make `folder` hold what is delivered below `url`; the files fetched.

    A file is fetched when it is new or its etag changed; one that is gone there is deleted here. Raises InputError for
    a name that can be no file here.
    """
    objects = Objects(url)
    kept = folder.with_name(f"{folder.name}.json")
    have: dict[str, str] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    delivered = {one.key: one for one in objects.listed() if not one.key.endswith("/")}
    _check_names(url, delivered)
    folder.mkdir(parents=True, exist_ok=True)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    delete_files(folder, there - delivered.keys())
    new = [one for one in delivered.values() if not _is_here(one, have, folder)]
    each(lambda one: objects.download(one.key, folder / one.key), new)
    atomic.write_text(kept, json.dumps({name: one.etag for name, one in delivered.items()}))
    return len(new)


def _is_here(one: Found, have: dict[str, str], folder: Path) -> bool:
    path = folder / one.key
    return have.get(one.key) == one.etag and path.is_file() and path.stat().st_size == one.size


def _check_names(url: str, delivered: dict[str, Found]) -> None:
    """Refuse names that lead out of the folder, or that are a file and a folder at once."""
    for name in delivered:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name:
            raise InputError(f"{url}/{name}: a name that leads elsewhere; delete it there")
        folders = {str(parent) for parent in path.parents} & delivered.keys()
        if folders:
            raise InputError(f"{url}/{name}: {folders.pop()} is a file there too; delete one of them")
