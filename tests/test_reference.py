from pathlib import Path

import pytest

from dedup.reference import reference, unit
from dedup.settings import Section, Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
FIELDS = {
    f"{name}.{key}": field
    for name, section in Settings.model_fields.items()
    if isinstance(section.annotation, type) and issubclass(section.annotation, Section)
    for key, field in section.annotation.model_fields.items()
}


def test_page_in_the_docs_is_that_of_the_settings() -> None:
    made = PAGE.read_text(encoding="utf-8").split("<!-- settings -->\n")[1]
    assert made == reference(), "make the page anew: the command stands above its mark"


@pytest.mark.parametrize("name", FIELDS)
def test_setting_is_on_the_page_with_what_it_means(name: str) -> None:
    field, key = FIELDS[name], name.split(".")[1]
    assert field.description
    assert f"| `{key}` |" in reference()


def test_every_number_has_a_unit() -> None:
    bare = [name for name, field in FIELDS.items() if field.annotation in {int, float}]
    assert [name for name in bare if unit(name.split(".")[1], FIELDS[name]) == "–"] == ["match.seed"]


def test_rows_are_whole() -> None:
    for line in reference().splitlines():
        assert not line.startswith("|") or line.replace("\\|", "").count("|") == 7, line
