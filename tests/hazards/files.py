"""Hostile files: every kind is a file that a broken scraper, a full disk or a grudge leaves behind."""

import gzip
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import polars as pl
import zstandard

from tests.hazards.records import Record, line

Content = Callable[[Random, list[Record]], bytes]
NAMES = [
    "ข่าว เช้า",
    "new\nline",
    "-rf",
    "a'b\"c",
    "x" * 120,
    "%2e%2e",
    "$(id)",
    "a;b",
    "🧨",
    "ก\u0e49\u0e49\u0e49",
    "A.B.C",
    "CON",
]
SUFFIXES = [".jsonl", ".jsonl.gz", ".jsonl.zst", ".csv", ".parquet", ".txt", ".html", ".json", ".docx", ""]


def lines(random: Random, good: list[Record]) -> bytes:
    """A few good records."""
    return b"".join(line(record) + b"\n" for record in random.sample(good, 3))


def table(random: Random, good: list[Record]) -> bytes:
    """A few good records as Parquet."""
    stream = io.BytesIO()
    pl.DataFrame([{key: str(value) for key, value in one.items()} for one in random.sample(good, 3)]).write_parquet(
        stream
    )
    return stream.getvalue()


def sheet(random: Random, good: list[Record]) -> bytes:
    """A few good records as CSV."""
    rows = [{key: str(value) for key, value in one.items()} for one in random.sample(good, 3)]
    return pl.DataFrame(rows).write_csv().encode()


def _cut(make: Content) -> Content:
    def made(random: Random, good: list[Record]) -> bytes:
        whole = make(random, good)
        return whole[: random.randrange(1, len(whole))]

    return made


def _bitten(make: Content) -> Content:
    def made(random: Random, good: list[Record]) -> bytes:
        raw = bytearray(make(random, good))
        for _ in range(random.randint(1, 12)):
            raw[random.randrange(len(raw))] = random.randrange(256)
        return bytes(raw)

    return made


def _zipped(random: Random, good: list[Record]) -> bytes:
    return gzip.compress(lines(random, good))


def _zstd(random: Random, good: list[Record]) -> bytes:
    return zstandard.compress(lines(random, good))


def _wide_window(random: Random, good: list[Record]) -> bytes:
    made = zstandard.ZstdCompressor(compression_params=zstandard.ZstdCompressionParameters(window_log=31))
    stream = made.compressobj()
    return stream.compress(lines(random, good)) + stream.flush()


def _sheet_of(text: str) -> Content:
    return lambda random, good: text.encode()


def _frame(**columns: pl.Series) -> Content:
    def made(random: Random, good: list[Record]) -> bytes:
        stream = io.BytesIO()
        pl.DataFrame(columns).write_parquet(stream)
        return stream.getvalue()

    return made


def _page(unit: str, times: int) -> Content:
    return lambda random, good: (unit * times).encode()


KINDS: dict[str, tuple[str, Content]] = {
    "lines-cut": (".jsonl", _cut(lines)),
    "lines-bitten": (".jsonl", _bitten(lines)),
    "gzip-cut": (".jsonl.gz", _cut(_zipped)),
    "gzip-bitten": (".jsonl.gz", _bitten(_zipped)),
    "gzip-tail": (".jsonl.gz", lambda random, good: _zipped(random, good) + random.randbytes(500)),
    "gzip-twice": (".jsonl.gz", lambda random, good: gzip.compress(_zipped(random, good))),
    "gzip-bomb": (".jsonl.gz", lambda random, good: gzip.compress(b'{"text": "' + b"0" * 40_000_000 + b'"}')),
    "zstd-cut": (".jsonl.zst", _cut(_zstd)),
    "zstd-bitten": (".jsonl.zst", _bitten(_zstd)),
    "zstd-window": (".jsonl.zst", _wide_window),
    "zstd-bomb": (".jsonl.zst", lambda random, good: zstandard.compress(b"0" * 40_000_000)),
    "parquet-cut": (".parquet", _cut(table)),
    "parquet-bitten": (".parquet", _bitten(table)),
    "parquet-types": (
        ".parquet", _frame(text=pl.Series([1, 2]), title=pl.Series([[1], [2]]), url=pl.Series([b"\xff", b""])),
    ),
    "parquet-no-rows": (".parquet", _frame(text=pl.Series([], dtype=pl.String))),
    "parquet-no-text": (".parquet", _frame(x=pl.Series([1]))),
    "parquet-wide": (".parquet", _frame(**{f"c{i}": pl.Series(["x"]) for i in range(3_000)})),
    "csv-cut": (".csv", _cut(sheet)),
    "csv-bitten": (".csv", _bitten(sheet)),
    "csv-open-quote": (".csv", lambda random, good: sheet(random, good) + b'"' + sheet(random, good)),
    "csv-second-header": (".csv", lambda random, good: sheet(random, good) * 2),
    "csv-one-column": (".csv", _sheet_of("text\n" + "ก,ข\n" * 30)),
    "csv-many-columns": (".csv", _sheet_of(",".join(f"c{i}" for i in range(20_000)) + "\n" + "," * 19_999)),
    "utf-16": (".jsonl", lambda random, good: lines(random, good).decode().encode("utf-16")),
    "cp874": (".txt", lambda random, good: random.choice(good)["text"].encode("cp874", "replace")),
    "bom": (".csv", lambda random, good: b"\xef\xbb\xbf" + sheet(random, good)),
    "noise": ("", lambda random, good: random.randbytes(random.randint(0, 4_000))),
    "empty": ("", lambda random, good: b""),
    "one-line-without-end": (".jsonl", lambda random, good: b'{"text": "' + b"x" * 6_000_000),
    "carriage-returns": (".jsonl", lambda random, good: lines(random, good).replace(b"\n", b"\r")),
    "page-deep": (".html", _page("<div>", 9_000)),
    "page-wide": (".html", _page("<p>ข่าว</p>", 30_000)),
    "page-attributes": (".html", lambda random, good: b"<p " + b"a=1 " * 100_000),
    "page-entities": (".html", _page("&lt;&#x41;&nbsp", 50_000)),
    "page-bitten": (".html", _bitten(_page("<html><body><h1>ข่าว</h1><p>ฝนตกหนักทั่วภาคเหนือ</p></body></html>", 40))),
    "swapped": ("", lambda random, good: random.choice([table, sheet, lines, _zipped, _zstd])(random, good)),
}  # fmt: skip
"""Kind → suffix (none: any of `SUFFIXES`) and content."""


def _linked_out(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def _linked_nowhere(path: Path) -> None:
    path.symlink_to(path.parent / "gone")


def _linked_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


ODD: dict[str, Callable[[Path], None]] = {
    "link-out": _linked_out,
    "link-to-nothing": _linked_nowhere,
    "link-to-itself": _linked_to_itself,
    "link-to-a-device": _device,
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
}
"""What has the name of a file and is none."""


def write_hostile(folder: Path, good: list[Record], n: int, seed: int) -> Iterator[tuple[str, Path]]:
    """`n` files in `folder`, each with its kind; a folder with the name of a file is none."""
    random = Random(seed)
    kinds = [*sorted(KINDS), *sorted(ODD)]
    for number in range(n):
        kind = kinds[number % len(kinds)]
        suffix = KINDS[kind][0] if kind in KINDS else ".jsonl"
        path = folder / f"{random.choice(NAMES)}-{number}{suffix or random.choice(SUFFIXES)}"
        if kind in KINDS:
            path.write_bytes(KINDS[kind][1](random, good))
        else:
            ODD[kind](path)
        if kind != "folder":
            yield kind, path
