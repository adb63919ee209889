"""Lines of a file as bytes, numbered, bounded in memory, and their decoding."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dedup.reading.decompress import chunks, too_long
from dedup.reading.refusals import HEAD_BYTES, ReadReason, Refusal, head
from dedup.settings import ReadSettings

BOM = b"\xef\xbb\xbf"

MIN_RUN_SHARE = 0.9
"""Of the bytes that are not ASCII, in runs of three and more, for a text to be Thai in code page 874: Thai has
words of nothing else, Western letters with accents stand alone among ASCII ones."""

MAX_UTF8_SHARE = 0.5
"""Of the bytes that are not ASCII, in pairs that begin a Thai letter in UTF-8 (0xE0 0xB8, 0xE0 0xB9), three bytes
each. Damaged UTF-8 has nearly 1; in code page 874 the pairs are เธ and เน, which stay under 0.2 of any text."""

_FOREIGN = bytes(range(0x80, 0x100))
_THAI_RUN = re.compile(rb"[\x80-\xfb]{3,}+")


class RawLine(NamedTuple):
    """One line without its newline; if `refusal` is set, what is left of a line that cannot be read."""

    number: int
    offset: int
    raw: bytes
    is_ended: bool
    refusal: Refusal | None = None


def raw_lines(path: Path, compression: str | None, *, settings: ReadSettings) -> Iterator[RawLine]:
    """Every line of the file, numbered from 1, with its byte offset in the unpacked file.

    A line over `max_record_bytes` is refused and never held in memory. Where the file is cut or damaged the
    last line is what stood before the fault, refused for the fault's reason.
    """
    number, offset, pending, n_pending = 1, 0, b"", 0
    fault: Refusal | None = None
    cap = settings.max_record_bytes
    for chunk in chunks(path, compression, settings=settings):
        if isinstance(chunk, Refusal):
            fault = chunk
            break
        first, *others = chunk.split(b"\n")
        pending, n_pending = _joined(pending, n_pending, first, cap)
        for piece in others:
            yield _ended(number, offset, pending, n_pending, settings)
            number, offset = number + 1, offset + n_pending + 1
            pending, n_pending = _joined(b"", 0, piece, cap)
    if fault:
        yield RawLine(number, offset, pending, is_ended=False, refusal=fault)
    elif n_pending:
        yield _ended(number, offset, pending, n_pending, settings)._replace(is_ended=False)


def decode(raw: bytes) -> str | None:
    """`raw` as text without byte order mark: UTF-8, else code page 874 if that is clearly Thai, else None."""
    if raw.startswith(BOM):
        raw = raw[len(BOM) :]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_cp874(raw)


def undecodable() -> Refusal:
    """The refusal of bytes in an unknown encoding."""
    return Refusal(ReadReason.UNDECODABLE, "the bytes are neither UTF-8 nor Thai in code page 874")


def _joined(pending: bytes, n_pending: int, piece: bytes, cap: int) -> tuple[bytes, int]:
    """The line so far and its true length; past `cap` only the head is kept."""
    n_bytes = n_pending + len(piece)
    if n_bytes > cap:
        return (pending if n_pending > HEAD_BYTES else pending + piece)[: HEAD_BYTES + 1], n_bytes
    return pending + piece if pending else piece, n_bytes


def _ended(number: int, offset: int, raw: bytes, n_bytes: int, settings: ReadSettings) -> RawLine:
    if n_bytes > settings.max_record_bytes:
        return RawLine(number, offset, head(raw), is_ended=True, refusal=too_long(settings))
    return RawLine(number, offset, raw, is_ended=True)


def _decode_cp874(raw: bytes) -> str | None:
    try:
        text = raw.decode("cp874")
    except UnicodeDecodeError:
        return None
    n_foreign = len(raw) - len(raw.translate(None, _FOREIGN))
    n_in_runs = sum(map(len, _THAI_RUN.findall(raw)))
    n_utf8 = 3 * (raw.count(b"\xe0\xb8") + raw.count(b"\xe0\xb9"))
    is_thai = n_in_runs >= MIN_RUN_SHARE * n_foreign and n_utf8 <= MAX_UTF8_SHARE * n_foreign
    return text if is_thai else None
