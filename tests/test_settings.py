from pathlib import Path

import pytest

from dedup.errors import SettingsError
from dedup.settings import load


def test_typo_in_a_setting_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[match]\njacard = 0.5\n")
    with pytest.raises(SettingsError, match="jacard"):
        load(file)


def test_range_is_checked() -> None:
    with pytest.raises(SettingsError, match=r"match\.jaccard"):
        load(match={"jaccard": 1.5})


def test_environment_overrides_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEDUP_INDEX__WINDOW_NIGHTS", "7")
    assert load().index.window_nights == 7


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml"):
        load(tmp_path / "missing.toml")
