"""A plain line read in bulk is the row that it is by itself; what is not plain is left alone."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.reading.fields import FIELDS, mapper, ranks_of
from dedup.reading.plainjson import plain_records
from dedup.reading.rawlines import decode
from dedup.reading.refusals import Refusal
from dedup.reading.strictjson import parse_object
from dedup.settings import RawField, ReadSettings

ALIASES = ReadSettings().aliases
LONGEST: dict[RawField, int] = {"source": 200, "title": 1_000}
Row = tuple[str | None, ...]


def in_bulk(lines: list[bytes]) -> list[Row | None]:
    offsets = np.cumsum([0, *map(len, lines)])
    frame, is_plain = plain_records(b"".join(lines), offsets, ranks_of(ALIASES), LONGEST)
    assert frame.columns == [*FIELDS, "extra"]
    rows = iter(frame.rows())
    found = [next(rows) if is_one else None for is_one in is_plain.tolist()]
    assert next(rows, None) is None
    return found


def alone(line: bytes) -> Row | None:
    """The row of a line, None where it is refused or none."""
    text = decode(line)
    parsed = parse_object(text) if text else None
    if parsed is None or isinstance(parsed, Refusal):
        return None
    mapped = mapper(ALIASES, None)(parsed)
    return None if mapped.refusal else mapped.row


NAMES = st.sampled_from(["id", "text", "TEXT ", "body", "title", "url", "source", "html", "views", "แท็ก", "text\u00a0"])
CHARS = st.text(st.sampled_from([*'กที่ a"\\/\n\t\r\x00\x1f\x7f\x85\u200b\ud800\udc00é🔥{}[],:']), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | CHARS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=6)


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """A record as some scraper writes it, perhaps damaged somewhere."""
    layout: dict[str, Any] = draw(
        st.sampled_from([{}, {"separators": (",", ":")}, {"separators": (" ,\t", "  : ")}, {"ensure_ascii": False}])
    )
    line = json.dumps(draw(OBJECTS), **layout).encode("utf-8", "surrogatepass")
    at = draw(st.integers(0, len(line)))
    return line[:at] + draw(st.sampled_from([b"", b"", b"", b"", *DAMAGE])) + line[at:]


DAMAGE = [*(bytes([one]) for one in b'"\\{}[],: 0-1eu\r\t\0\xe0\xff'), b"\\u", b"\\u0e01", b"\\uD83D\\uDD25", b"\\x"]
DAMAGE.append(b"\xef\xbb\xbf")
LINES = st.one_of(
    written(),
    st.binary(max_size=12),
    st.sampled_from([b"", b" ", b"{}", b"null", b'{"text": "\\ud800\\udc00"}', "{text: 'ก'}".encode()]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(LINES.map(lambda line: line.replace(b"\n", b" ")), max_size=8))
def test_plain_line_is_the_row_that_it_is_alone(lines: list[bytes]) -> None:
    rows = in_bulk(lines)
    for line, row in zip(lines, rows, strict=True):
        assert row is None or row == alone(line)
    assert in_bulk([line + b"\n" for line in lines]) == rows


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "7", "title": "ข่าว", "text": "ฝน \\"ตก\\"\\n\\tหนัก \\\\ ๒๕๖๙ \\/"}',
        '{"id":7,"url":null,"text":"\\u0e1d\\u0e19 \\ud83d\\udd25 \\u00e9"}\r',
        ' { "Headline" : "ก" ,"body" : "ข" } ',
        '{"text": "ข", "views": 12.5, "tags": ["ฝน", {"a": "}"}], "author": null, "desk": "กีฬา"}',
        '{"html": "<p>ข</p>", "text": "", "views": null}',
    ],
)
def test_what_scrapers_write_is_plain(line: str) -> None:
    """Else the oracle above would prove nothing."""
    assert in_bulk([line.encode()]) == [alone(line.encode())] != [None]


@pytest.mark.parametrize(
    "line",
    [
        b'{"text": "a", "text": "b"}',
        b'{"text": "a", "body": "b"}',
        b'{"text": "a", "te\\u0078t": "b"}',
        b'{"text": "a", "views": {"b": 1, "b": 1}}',
        b'{"text": "a", "views": NaN}',
        b'{"text": "a", "views": [1}}',
        b'{"text": "a"}{"text": "b"}',
        b'{"text": "a",}',
        b'{"text": "a", "id": 01}',
        b'{"text": "a", "id": -0}',
        b'{"text": "a", "id": 1.0}',
        b'{"text": ["a"]}',
        b'{"text": "\xc2\xa0", "title": "a"}',
        b'{"text": "a", "source": " "}',
        b'{"text": "\xff"}',
        b'{"text": "a", "title": "%s"}' % (b"a" * 1_001),
        b"{%s}" % b",".join(b'"%d": "a"' % number for number in range(33)),
    ],
)
def test_what_may_be_refused_or_means_more_than_its_text_is_left(line: bytes) -> None:
    fine = b'{"text": "x"}'
    assert [row is None for row in in_bulk([fine, line, fine])] == [False, True, False]


def test_characters_are_not_put_together_across_lines() -> None:
    halves = ['{"text": "ก'.encode()[:-1], b'\x81"}']
    assert in_bulk(halves) == [None, None]


def test_many_lists_of_names_are_too_many() -> None:
    lines = [b'{"text": "x", "a%d": null}' % number for number in range(40)]
    found = in_bulk(lines)
    assert found.count(None) == 24 and found[0] == alone(lines[0])
