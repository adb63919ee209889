from pathlib import Path

import pytest

from dedup.errors import InputError
from dedup.versions import Versions


def publish(versions: Versions) -> str:
    name = versions.next_name()
    versions.folder(name).mkdir(parents=True)
    (versions.folder(name) / "manifest.json").write_text('{"partitions": {}}')
    versions.switch(name)
    return name


def test_pointer_follows_the_newest_version(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    assert versions.current_name() is None
    assert [publish(versions), publish(versions)] == ["000001", "000002"]
    assert versions.current_name() == "000002"
    assert (versions.current / "manifest.json").is_file()


def test_version_without_a_manifest_is_none(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    versions.folder("000001").mkdir(parents=True)
    assert versions.names() == []
    with pytest.raises(InputError, match="no version 000001"):
        versions.switch("000001")


def test_retention_keeps_the_newest_and_the_current(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    for _ in range(5):
        publish(versions)
    versions.switch("000002")
    assert versions.retain(2) == ["000001", "000003"]
    assert versions.names() == ["000002", "000004", "000005"]
    assert publish(versions) == "000006"
