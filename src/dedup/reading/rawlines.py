"""Lines of a file as bytes, numbered, bounded in memory, and their decoding."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.reading.decompress import chunks, too_long
from dedup.reading.refusals import HEAD_BYTES, ReadReason, Refusal, head
from dedup.settings import ReadSettings

Int64 = npt.NDArray[np.int64]

BATCH_BYTES = 2**20
"""Held at once where nobody asks for more …"""

ROW_BYTES = 500
"""… of which a line counts for so many besides its own, so that batches of tiny ones are bounded too."""

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


class Lines(NamedTuple):
    """Lines that stand one after the other: `block[offsets[i]:offsets[i + 1]]`, each with its newline.

    `number` and `offset` are those of the first. Only the last may be without a newline (`is_ended`) or refused.
    """

    block: bytes
    offsets: Int64
    number: int
    offset: int
    is_ended: bool = True
    refusal: Refusal | None = None

    def line(self, i: int) -> RawLine:
        """One of them."""
        is_last = i == len(self.offsets) - 2
        is_ended = self.is_ended or not is_last
        start, end = self.offsets[i : i + 2].tolist()
        raw = self.block[start : end - is_ended]
        return RawLine(self.number + i, self.offset + start, raw, is_ended, self.refusal if is_last else None)


def raw_lines(path: Path, compression: str | None, *, settings: ReadSettings) -> Iterator[RawLine]:
    """Every line of the file, numbered from 1, with its byte offset in the unpacked file.

    A line over `max_record_bytes` is refused and never held in memory. Where the file is cut or damaged the
    last line is what stood before the fault, refused for the fault's reason.
    """
    for lines in line_batches(path, compression, settings=settings):
        yield from map(lines.line, range(len(lines.offsets) - 1))


def line_batches(
    path: Path, compression: str | None, *, settings: ReadSettings, batch_bytes: int = BATCH_BYTES
) -> Iterator[Lines]:
    """The lines of `raw_lines` in batches of about so many bytes. No line is an object of Python."""
    number, offset, n_lost = 1, 0, 0  # of the first line in hand, which may have lost bytes: it is too long
    pieces: list[bytes] = []
    n_bytes, enough = 0, batch_bytes
    for chunk in chain(chunks(path, compression, settings=settings), [None]):
        if isinstance(chunk, bytes):
            pieces.append(chunk)
            n_bytes += len(chunk)
            if n_bytes < enough:
                continue
        is_end = not isinstance(chunk, bytes)
        block = b"".join(pieces)
        offsets = line_offsets(block)
        is_open = is_end and (chunk is not None or offsets[-1] < len(block))
        if is_open:
            offsets = np.append(offsets, len(block))
        sizes = np.diff(offsets) - 1
        sizes[:1] += n_lost
        sizes[-1:] += is_open
        done = 0
        for first, stop in _cuts(sizes, batch_bytes, settings.max_record_bytes, is_end=is_end):
            start = int(offsets[first])
            raw, within = block[start : int(offsets[stop])], offsets[first : stop + 1] - start
            is_ended = not (is_open and stop == len(sizes))
            fault = chunk if isinstance(chunk, Refusal) and not is_ended else None
            if sizes[first] > settings.max_record_bytes:
                raw, fault = head(raw) + b"\n" * is_ended, fault or too_long(settings)
                within = np.array([0, len(raw)])
            yield Lines(raw, within, number + first, offset + start + n_lost * (first > 0), is_ended, fault)
            done = stop
        if done:
            number, offset, n_lost = number + done, offset + n_lost + int(offsets[done]), 0
        rest, n_begun = block[int(offsets[done]) :], len(block) - int(offsets[-1])
        if n_begun == len(rest) and n_lost + n_begun > settings.max_record_bytes:
            rest = rest[: HEAD_BYTES + 1]
            n_lost, n_begun = n_lost + n_begun - len(rest), len(rest)
        pieces, n_bytes = [rest], len(rest)
        enough = max(batch_bytes, n_bytes + n_begun)  # a line that does not end is not looked through at each chunk


def _cuts(sizes: Int64, most: int, longest: int, *, is_end: bool) -> Iterator[tuple[int, int]]:
    """First line and end of batches that hold `most` bytes, and, at the end, of the last. A long line is one alone."""
    costs = np.cumsum(sizes + ROW_BYTES)
    n_lines, first = len(sizes), 0
    alone = np.append(np.flatnonzero(sizes > longest), n_lines)
    while first < n_lines:
        next_alone = int(alone[np.searchsorted(alone, first)])
        full = int(np.searchsorted(costs, (costs[first - 1] if first else 0) + most)) + 1
        stop = first + 1 if next_alone == first else min(full, next_alone, n_lines)
        if full > n_lines and next_alone == n_lines and not is_end:
            return
        yield first, stop
        first = stop


def line_offsets(block: bytes) -> Int64:
    """Where each line begins, and last where what comes after them does."""
    buffer = np.frombuffer(block, np.uint8)
    return np.append(0, np.flatnonzero(buffer == 0x0A) + 1)


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
