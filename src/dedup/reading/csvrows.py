"""Rows out of the lines of a CSV file (RFC 4180), recovering after a bad quote.

Python's csv module is not used: its field limit (131,072 characters) is one for the whole process.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dedup.reading.decompress import too_long
from dedup.reading.rawlines import BOM, RawLine
from dedup.reading.refusals import ReadReason, Refusal, head
from dedup.settings import ReadSettings

DELIMITERS = b",;\t"
"""Of these, the one that stands most often in the header line; a comma if none does."""

MAX_ROW_LINES = 50_000
"""In one row: a line held in memory costs 200 bytes besides its text, and an open quote can swallow empty ones."""

_QUOTED = re.compile(rb'[^"]*+(?:""[^"]*+)*+')


class CsvRow(NamedTuple):
    """The fields of one row as bytes; if `refusal` is set, the lines that make no row."""

    line: int
    offset: int
    raw: bytes
    fields: list[bytes]
    refusal: Refusal | None = None


@dataclass
class _Block:
    """The lines of the row that is being read; bytes in it, bytes of the rows before it, bytes read again."""

    lines: list[RawLine]
    n_bytes: int = 0
    n_settled: int = 0
    n_reread: int = 0
    is_open: bool = False


def csv_rows(lines: Iterable[RawLine], *, settings: ReadSettings) -> Iterator[CsvRow]:
    """Every row, the header included; empty lines are skipped.

    After a bad quote the line that opened it is refused and reading goes on with the next one. Where the file
    ends inside a quote, all that the quote swallowed is refused as one, unless every line of it is a row by
    itself. No more bytes are read again than were read, which keeps this linear.
    """
    ahead: deque[RawLine] = deque()
    source = iter(lines)
    block = _Block([])
    delimiter, n_columns = b"", 0
    while True:
        line = ahead.popleft() if ahead else next(source, None)
        if line is None or line.refusal:
            if block.lines:
                ahead.extendleft([line] if line else [])
                yield _gave_up(block, ahead, _cut(block.lines, delimiter, n_columns))
                continue
            if line is None:
                return
            yield CsvRow(line.number, line.offset, line.raw, [], line.refusal)
            continue
        if not block.lines and not line.raw.strip():
            continue
        if not delimiter:
            line = line._replace(raw=line.raw.removeprefix(BOM))
            delimiter = _delimiter(line.raw)
        block.lines.append(line)
        block.n_bytes += len(line.raw) + 1
        still_open = _scan(line.raw.removesuffix(b"\r"), delimiter, is_open=block.is_open)
        if still_open is None:
            yield _gave_up(block, ahead, Refusal(ReadReason.BAD_CSV, "text follows a closing quote"))
        elif block.n_bytes > settings.max_record_bytes or len(block.lines) > MAX_ROW_LINES:
            yield _refused(block, too_long(settings))
        elif still_open:
            block.is_open = True
        else:
            row = _row(block, delimiter)
            n_columns = n_columns or len(row.fields)
            yield row


def _cut(lines: list[RawLine], delimiter: bytes, n_columns: int) -> Refusal:
    """Whether the file ends in the middle of a row, or a stray quote swallowed whole ones."""
    rest = [line.raw for line in lines[1:] if line.raw.strip()]
    if rest and all(len(_split(raw, delimiter)) == n_columns for raw in rest):
        return Refusal(ReadReason.BAD_CSV, "a quote is not closed")
    return Refusal(ReadReason.TRUNCATED, "the file ends inside a quoted field")


def _gave_up(block: _Block, ahead: deque[RawLine], refusal: Refusal) -> CsvRow:
    """Refuse the first line of the block and put the others back; all of it where it was cut or costs too much."""
    rest = block.lines[1:]
    n_again = sum(len(line.raw) + 1 for line in rest)
    is_cheap = block.n_reread + n_again <= block.n_settled + block.n_bytes
    if refusal.reason is ReadReason.BAD_CSV and is_cheap:
        block.n_reread += n_again
        block.n_bytes -= n_again
        ahead.extendleft(reversed(rest))
        block.lines = block.lines[:1]
    return _refused(block, refusal)


def _row(block: _Block, delimiter: bytes) -> CsvRow:
    first, raw = block.lines[0], _joined(block.lines)
    _start_over(block)
    return CsvRow(first.number, first.offset, raw, _split(raw.removesuffix(b"\r"), delimiter))


def _refused(block: _Block, refusal: Refusal) -> CsvRow:
    first, raw = block.lines[0], _joined(block.lines)
    _start_over(block)
    payload = head(raw) if refusal.reason is ReadReason.TOO_LONG else raw
    return CsvRow(first.number, first.offset, payload, [], refusal)


def _start_over(block: _Block) -> None:
    block.n_settled += block.n_bytes
    block.lines, block.n_bytes, block.is_open = [], 0, False


def _joined(lines: list[RawLine]) -> bytes:
    return b"\n".join(line.raw for line in lines)


def _delimiter(header: bytes) -> bytes:
    return max((bytes([one]) for one in DELIMITERS), key=header.count)


def _scan(raw: bytes, delimiter: bytes, *, is_open: bool) -> bool | None:
    """Whether a quoted field is still open at the end of the line; None if a closing quote stands wrong."""
    at = 0
    while True:
        if is_open:
            at = _quoted_end(raw, at)
            if at == len(raw):
                return True
            at += 1
            if at == len(raw):
                return False
            if raw[at : at + 1] != delimiter:
                return None
            at += 1
        is_open = raw[at : at + 1] == b'"'
        if is_open:
            at += 1
            continue
        at = raw.find(delimiter, at) + 1
        if not at:
            return False


def _split(raw: bytes, delimiter: bytes) -> list[bytes]:
    """The fields of a whole row that `_scan` found closed."""
    fields: list[bytes] = []
    at = 0
    while at <= len(raw):
        if raw[at : at + 1] == b'"':
            end = _quoted_end(raw, at + 1)
            fields.append(raw[at + 1 : end].replace(b'""', b'"'))
            at = end + 2
        else:
            end = raw.find(delimiter, at)
            end = len(raw) if end < 0 else end
            fields.append(raw[at:end])
            at = end + 1
    return fields


def _quoted_end(raw: bytes, at: int) -> int:
    """Where the quote stands that closes the field which began before `at`; the length of `raw` if none does."""
    found = _QUOTED.match(raw, at)
    return found.end() if found else len(raw)
