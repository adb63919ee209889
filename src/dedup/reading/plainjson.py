"""Plain JSON lines become columns in bulk; no line of them is an object of Python.

Plain is what scrapers nearly always write: an object whose known fields are strings, whole numbers or null. Whatever
else a line is, and wherever there is a doubt, it is left to the reader of single lines (`formats`), which knows why to
refuse one. What is read here is read there to the same row: a property test says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from dedup.reading.fields import FIELDS, HTML, SOURCE, TEXT, Ranks, extra_json, plan_of
from dedup.reading.jsonmembers import KEY, NULL, OTHER, VALUE, VALUE_END, Int64, Members, UInt8, is_visible, values
from dedup.reading.refusals import Refusal
from dedup.reading.strictjson import parse_object
from dedup.settings import RawField

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Values:
    """Field × line: where the value stands, and its kind; by line, the unknown fields as JSON."""

    starts: Int64
    ends: Int64
    kinds: UInt8
    extra: dict[int, str]


def plain_records(
    block: bytes, offsets: Int64, ranks: Ranks, longest: Mapping[RawField, int]
) -> tuple[pl.DataFrame, Bools]:
    """The rows of the plain lines (`FIELDS` and `extra`; no source is null), and which lines those are.

    A line is `block[offsets[i]:offsets[i + 1]]`, with or without its newline. `longest`: how many characters a field
    may have.
    """
    buffer = np.frombuffer(block, np.uint8)
    members = Members(buffer, offsets)
    is_plain = (members.shapes >= 0) & _are_utf8(block, offsets)
    found = _by_field(members, is_plain, block, ranks)
    is_plain &= (found.kinds < OTHER).all(axis=0)
    for name, most in longest.items():
        at = FIELDS.index(name)
        is_plain &= found.ends[at] - found.starts[at] <= most  # bytes, of which there are not fewer than characters
    rows = np.flatnonzero(is_plain)
    columns: list[pl.Series] = []
    visible: dict[int, Bools] = {}
    for at, name in enumerate(FIELDS):
        kinds = found.kinds[at, rows]
        content, ends = values(buffer, found.starts[at, rows], found.ends[at, rows], kinds)
        columns.append(_strings(name, content, ends, kinds != NULL))
        visible[at] = is_visible(content, ends)
    columns.append(pl.Series("extra", [found.extra.get(row) for row in rows.tolist()], pl.String))
    is_sure = (visible[TEXT] | visible[HTML]) & (visible[SOURCE] | (found.kinds[SOURCE, rows] == NULL))
    is_plain[rows] = is_sure
    frame = pl.DataFrame(columns)
    return frame if is_sure.all() else frame.filter(pl.Series(is_sure)), is_plain


def _are_utf8(block: bytes, offsets: Int64) -> Bools:
    n_lines = len(offsets) - 1
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(block)]
    raw = pl.Series(pl.from_arrow(pa.Array.from_buffers(pa.large_binary(), n_lines, buffers)))
    try:
        raw.cast(pl.String)  # all lines at once, at 10 GB/s
    except pl.exceptions.ComputeError:
        return np.array([_is_utf8(block[start:end]) for start, end in pairwise(offsets.tolist())])
    return np.ones(n_lines, np.bool_)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _by_field(members: Members, is_plain: Bools, block: bytes, ranks: Ranks) -> _Values:
    """The values; `is_plain` is cleared where a field stands twice, or an unknown one would be refused."""
    shape = (len(FIELDS), len(is_plain))
    found = _Values(np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.uint8), {})
    for number, example in enumerate(members.examples.tolist()):
        rows = np.flatnonzero(is_plain & (members.shapes == number))
        if not len(rows):
            continue  # perhaps for want of UTF-8 in its names
        names = [block[at:end].decode() for at, end in members.places[rows[0], : members.counts[example], :2].tolist()]
        plan = plan_of(tuple(names), ranks)
        if plan.ambiguous or len(set(names)) < len(names):
            is_plain[rows] = False
            continue
        for field, of_field in enumerate(plan.of_field):
            if of_field:
                at = names.index(of_field[0])
                found.starts[field, rows] = members.places[rows, at, VALUE]
                found.ends[field, rows] = members.places[rows, at, VALUE_END]
                found.kinds[field, rows] = members.kinds[rows, at]
        unknown = [names.index(name) for name in plan.unknown]
        for row in rows[(members.kinds[rows][:, unknown] != NULL).any(axis=1)].tolist():
            text = _extra(members, row, unknown, block)
            is_plain[row] = text is not None
            found.extra[row] = text or ""
    return found


def _extra(members: Members, row: int, unknown: list[int], block: bytes) -> str | None:
    """Unknown fields of a line as they are kept; None where they would be refused. They make an object by themselves
    just if they are whole members of the line's.
    """
    pieces = []
    for at in unknown:
        start, end = members.places[row, at, KEY] - 1, members.places[row, at, VALUE_END]
        pieces.append(block[start : end + (block[end : end + 1] == b'"')])
    parsed = parse_object("{" + b",".join(pieces).decode() + "}")
    text = parsed if isinstance(parsed, Refusal) else extra_json(parsed)
    return None if isinstance(text, Refusal) else text


def _strings(name: str, content: UInt8, offsets: Int64, is_there: Bools) -> pl.Series:
    bits = np.packbits(is_there, bitorder="little")
    array = pa.LargeStringArray.from_buffers(len(is_there), *map(pa.py_buffer, (offsets, content, bits)))
    return pl.Series(name, pl.from_arrow(array), pl.String)
