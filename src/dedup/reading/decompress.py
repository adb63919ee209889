"""Bytes out of a plain, gzip or zstd file, within a budget.

A file that is cut, damaged or a bomb gives what could be read before the fault, and then the fault.
"""

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from dedup.reading.refusals import ReadReason, Refusal, head
from dedup.settings import ReadSettings

PLAIN_BYTES = 2**20
"""Read at a time from a plain file; also the most that gzip puts out at a time."""

GZIP_BYTES = 2**14
"""Fed to gzip at a time. What is left over is copied at the end of every member: small, so that a file of
thousands of tiny members stays cheap."""

ZSTD_BYTES = 2**10
"""Fed to zstd at a time. Its output cannot be capped by call; 1 kB in is at most 256 blocks of 128 kB out."""

ZSTD_WINDOW_BYTES = 2**27
"""The largest zstd window accepted: what `zstd` itself accepts without `--long`."""

Chunks = Iterator[bytes | Refusal]
"""Bytes in order; a Refusal is the last item, and says why the rest is missing."""


def chunks(path: Path, compression: str | None, *, settings: ReadSettings) -> Chunks:
    """The bytes of `path`, whose `compression` is None, "gz" or "zst", in pieces of bounded size."""
    unpack: Callable[[BinaryIO], Chunks] = {None: _plain, "gz": _gunzip, "zst": _unzstd}[compression]
    n_out = 0
    try:
        n_in = path.stat().st_size
        with path.open("rb") as stream:
            for chunk in unpack(stream):
                n_out += 0 if isinstance(chunk, Refusal) else len(chunk)
                fault = over_budget(n_out, n_in, settings)
                yield fault or chunk
                if fault:
                    return
    except OSError as error:
        yield Refusal(ReadReason.UNREADABLE_FILE, f"the file cannot be read: {error.strerror or error}")


def over_budget(n_out: int, n_in: int, settings: ReadSettings) -> Refusal | None:
    """Why no more may be read, when `n_in` bytes on disk have become `n_out` bytes in memory.

    The ratio is judged only above `ratio_floor_bytes`, so that small files of equal lines pass.
    """
    if n_out > settings.max_file_bytes:
        return Refusal(
            ReadReason.OVER_BUDGET,
            f"the file holds more than read.max_file_bytes = {settings.max_file_bytes} bytes; the rest was not read",
        )
    if n_out > settings.ratio_floor_bytes and n_out > settings.max_ratio * n_in:
        return Refusal(
            ReadReason.OVER_BUDGET,
            f"{n_in} bytes unpack to more than read.max_ratio = {settings.max_ratio} times as many; "
            f"the rest was not read",
        )
    return None


def whole(path: Path, compression: str | None, *, settings: ReadSettings) -> tuple[bytes, Refusal | None]:
    """All bytes of a file of one record, and what is wrong with them.

    A file over `max_record_bytes` gives its head.
    """
    pieces: list[bytes] = []
    n_bytes = 0
    for chunk in chunks(path, compression, settings=settings):
        if isinstance(chunk, Refusal):
            return b"".join(pieces), chunk
        pieces.append(chunk)
        n_bytes += len(chunk)
        if n_bytes > settings.max_record_bytes:
            return head(b"".join(pieces)), too_long(settings)
    return b"".join(pieces), None


def too_long(settings: ReadSettings) -> Refusal:
    """The refusal of a record over the size limit."""
    return Refusal(
        ReadReason.TOO_LONG,
        f"longer than read.max_record_bytes = {settings.max_record_bytes} bytes; its beginning is kept",
    )


def _plain(stream: BinaryIO) -> Chunks:
    while chunk := stream.read(PLAIN_BYTES):
        yield chunk


def _gunzip(stream: BinaryIO) -> Chunks:
    """Every member in turn; zero padding between members is legal."""
    is_inside = True  # an empty file is a cut one
    decoder = zlib.decompressobj(wbits=31)
    packed = b""
    while packed or (packed := stream.read(GZIP_BYTES)):
        if not is_inside:
            packed = packed.lstrip(b"\0")
            if not packed:
                continue
            decoder, is_inside = zlib.decompressobj(wbits=31), True
        try:
            unpacked = decoder.decompress(packed, PLAIN_BYTES)
        except zlib.error as error:
            yield Refusal(ReadReason.DAMAGED, f"the gzip data are damaged: {error}")
            return
        if unpacked:
            yield unpacked
        packed = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
        is_inside = not decoder.eof
    if is_inside:
        if rest := decoder.flush():
            yield rest
        if not decoder.eof:
            yield _cut("gzip")


def _unzstd(stream: BinaryIO) -> Chunks:
    """Every frame in turn."""
    is_inside = True
    factory = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
    decoder = factory.decompressobj()
    packed = b""
    while packed or (packed := stream.read(ZSTD_BYTES)):
        if not is_inside:
            decoder, is_inside = factory.decompressobj(), True
        try:
            unpacked = decoder.decompress(packed)
        except zstandard.ZstdError as error:
            reason = ReadReason.OVER_BUDGET if "too much memory" in str(error) else ReadReason.DAMAGED
            yield Refusal(reason, f"the zstd data cannot be unpacked: {error}")
            return
        if unpacked:
            yield unpacked
        packed = decoder.unused_data if decoder.eof else b""
        is_inside = not decoder.eof
    if is_inside:
        yield _cut("zstd")


def _cut(what: str) -> Refusal:
    return Refusal(ReadReason.TRUNCATED, f"the {what} data end too early, as a killed scraper leaves them")
