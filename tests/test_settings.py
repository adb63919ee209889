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


@pytest.mark.parametrize("name", ["DEDUP_RUN_WORKERS", "DEDUP_RUNS__WORKERS", "dedup_RUN_WORKERS"])
def test_environment_variable_that_would_be_passed_over_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEDUP_HOME", "/srv/home")  # of the notebook, and no setting
    assert load().run.workers == 0
    monkeypatch.setenv(name, "3")
    with pytest.raises(SettingsError, match=name):
        load()


def test_accepted_gate_that_is_none_is_refused() -> None:
    assert load(gates={"accept": ["silent", "copies:thaiwire"]}).gates.accept == ["silent", "copies:thaiwire"]
    with pytest.raises(SettingsError, match="slient:thaiwire: no such gate; there are silent, records, quarantine"):
        load(gates={"accept": ["slient:thaiwire"]})


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml"):
        load(tmp_path / "missing.toml")


def test_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[index]\nwindow_nights = 9\n[match]\nseed = 3\n")
    assert load(file).index.window_nights == 9
    monkeypatch.setenv("DEDUP_INDEX__WINDOW_NIGHTS", "7")
    assert (load(file).index.window_nights, load(file).match.seed) == (7, 3)


def test_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[match")
    with pytest.raises(SettingsError, match=r"settings\.toml"):
        load(file)
