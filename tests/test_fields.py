import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from dedup.errors import SettingsError
from dedup.reading.fields import FIELDS, Mapped, canonical_json, mapper
from dedup.reading.refusals import ReadReason
from dedup.settings import ReadSettings, load

SETTINGS = ReadSettings()


def mapped(record: dict[str, Any], source: str | None = None) -> Mapped:
    return mapper(SETTINGS.aliases, source)(record)


def row(record: dict[str, Any], source: str | None = None) -> dict[str, str | None]:
    result = mapped({"text": "ข่าว"} | record, source)
    assert result.refusal is None
    return dict(zip((*FIELDS, "extra"), result.row, strict=True))


@pytest.mark.parametrize("field", FIELDS)
def test_every_alias_feeds_its_field_in_any_case(field: str) -> None:
    for alias in dict(SETTINGS.aliases)[field]:
        for name in (alias, alias.upper(), f" {alias.title()} "):
            record = {name: "ค่า"} if field == "text" else {name: "ค่า", "text": "ข่าว"}
            found = mapper(SETTINGS.aliases, None)(record).row
            assert found[FIELDS.index(field)] == "ค่า"


def test_best_alias_that_is_not_blank_wins_and_the_others_are_kept() -> None:
    found = row({"text": " ", "body": "เนื้อข่าว", "content": "อื่น", "title": None})
    assert found["text"] == "เนื้อข่าว"
    assert json.loads(found["extra"] or "") == {"text": " ", "content": "อื่น"}


def test_unknown_fields_are_kept_as_canonical_json() -> None:
    found = row({"ผู้เขียน": "สมชาย", "b": [1, {"d": None, "c": 1.5}], "a": None})
    assert found["extra"] == '{"b":[1,{"c":1.5,"d":null}],"ผู้เขียน":"สมชาย"}'
    assert row({})["extra"] is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12345, "12345"),
        (10**30, "1" + "0" * 30),
        (1762041600, "1762041600"),
        (1762041600.0, "1762041600"),
        (1762041600.25, "1762041600.25"),
        (1e22, "1" + "0" * 22),
        (1.5e-7, "0.00000015"),
        (0.1, "0.1"),
        (True, "true"),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+3"), "1000"),
        (datetime(2026, 11, 2, 8, 30), "2026-11-02T08:30:00"),
        (datetime(2026, 11, 2, 8, 30, tzinfo=timezone(timedelta(hours=7))), "2026-11-02T08:30:00+07:00"),
        (date(2026, 11, 2), "2026-11-02"),
        ("ก".encode(), "ก"),
        ("กรุงเทพ".encode("cp874"), "กรุงเทพ"),
        (float("nan"), None),
        (["สังคม", None, "ภูมิภาค", 3], "สังคม, ภูมิภาค, 3"),
        ({"name": "สังคม", "id": 3}, '{"id":3,"name":"สังคม"}'),
        ([{"b": 1, "a": 2}], '[{"a":2,"b":1}]'),
    ],
)
def test_value_that_is_no_string_becomes_a_plain_one(value: object, text: str | None) -> None:
    assert row({"category": value})["category"] == text


def test_list_of_paragraphs_is_a_text_with_lines() -> None:
    assert row({"text": ["ย่อหน้าแรก", "ย่อหน้าที่สอง"]})["text"] == "ย่อหน้าแรก\nย่อหน้าที่สอง"


@pytest.mark.parametrize("blank", [None, "", " \u00a0"])
def test_blank_source_is_filled_from_the_file(blank: str | None) -> None:
    assert row({"source": blank}, "lanna")["source"] == "lanna"
    assert row({"source": "isaan"}, "lanna")["source"] == "isaan"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"title": "ข่าว"}, ReadReason.MISSING_TEXT),
        ({}, ReadReason.MISSING_TEXT),
        ({"text": None}, ReadReason.EMPTY_TEXT),
        ({"text": " \n\u00a0", "html": ""}, ReadReason.EMPTY_TEXT),
        ({"text": {"th": "ข่าว"}}, ReadReason.WRONG_TYPE),
        ({"text": [["ข่าว"]]}, ReadReason.WRONG_TYPE),
        ({"text": b"\xff\xfe"}, ReadReason.UNDECODABLE),
        ({"text": "ข่าว", "x": float("inf")}, ReadReason.NOT_FINITE),
    ],
)
def test_record_without_readable_text_has_a_named_reason(record: dict[str, Any], reason: ReadReason) -> None:
    refusal = mapped(record).refusal
    assert refusal and refusal.reason is reason


def test_page_without_text_is_a_record() -> None:
    assert row({"text": None, "html": "<p>ข่าว"})["html"] == "<p>ข่าว"


@pytest.mark.parametrize("name", ["category", "unknown"])
def test_nesting_is_bounded_at_the_same_depth_everywhere(name: str) -> None:
    nested: object = []
    for _ in range(62):
        nested = [nested]
    assert mapped({"text": "ข่าว", name: nested}).refusal is None
    refusal = mapped({"text": "ข่าว", name: [[nested]]}).refusal
    assert refusal and refusal.reason is ReadReason.TOO_DEEP


def test_refused_record_keeps_what_names_it() -> None:
    result = mapped({"id": 7, "url": "https://a.example/7", "title": "ข่าว", "text": ""})
    assert dict(zip(FIELDS, result.row, strict=False))["source_record_id"] == "7"


def test_mapping_does_not_depend_on_the_records_before() -> None:
    map_record = mapper(SETTINGS.aliases, None)
    for i in range(1_200):
        map_record({f"field{i}": 1, "text": "ข่าว"})
    assert map_record({"BODY": "ข่าว", "field1": 1}) == mapped({"BODY": "ข่าว", "field1": 1})


def test_canonical_json_has_one_form() -> None:
    assert canonical_json({"b": "ก", "a": [1]}) == canonical_json({"a": [1], "b": "ก"}) == '{"a":[1],"b":"ก"}'


def test_alias_of_two_fields_is_refused() -> None:
    with pytest.raises(SettingsError, match="'title' is an alias of both"):
        load(read={"aliases": {"text": ["title"]}})


def test_aliases_of_one_field_leave_the_others_as_they_are() -> None:
    aliases = load(read={"aliases": {"text": ["story"]}}).read.aliases
    assert aliases["text"] == ["story"] and aliases["title"] == SETTINGS.aliases["title"]
