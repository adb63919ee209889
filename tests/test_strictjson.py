import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.reading.refusals import ReadReason, Refusal
from dedup.reading.strictjson import parse_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_every_json_object_is_read_as_it_was_written(record: dict[str, object]) -> None:
    assert parse_object(json.dumps(record, ensure_ascii=False)) == record


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"text": "ข่าว', ReadReason.NOT_JSON),
        ('{"a": 1}{"a": 2}', ReadReason.NOT_JSON),
        ('{"a": 1},', ReadReason.NOT_JSON),
        ("id,title,text", ReadReason.NOT_JSON),
        ("[1, 2]", ReadReason.NOT_AN_OBJECT),
        ('"ข่าว"', ReadReason.NOT_AN_OBJECT),
        ("null", ReadReason.NOT_AN_OBJECT),
        ('{"a": NaN}', ReadReason.NOT_FINITE),
        ('{"a": [-Infinity]}', ReadReason.NOT_FINITE),
        ('{"a": 1e999}', ReadReason.NOT_FINITE),
        ('{"a": ' + "9" * 5_000 + "}", ReadReason.NOT_FINITE),
        ('{"a": 1, "a": 2}', ReadReason.DUPLICATE_KEY),
        ('{"a": {"b": 1, "b": 1}}', ReadReason.DUPLICATE_KEY),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", ReadReason.TOO_DEEP),
        ('{"a": ' * 100_000, ReadReason.TOO_DEEP),
        ("\0" * 100, ReadReason.NUL_BYTE),
    ],
)
def test_what_is_no_record_has_a_named_reason(text: str, reason: ReadReason) -> None:
    parsed = parse_object(text)
    assert isinstance(parsed, Refusal) and parsed.reason is reason


def test_raw_tab_and_line_break_in_a_string_are_kept() -> None:
    assert parse_object('{"text": "หนึ่ง\tสอง\rสาม"}') == {"text": "หนึ่ง\tสอง\rสาม"}
