"""Hostile records: every kind spoils one line of JSON in its own way."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Record = dict[str, Any]
Hazard = Callable[[Random, Record], bytes]

LETTERS = 200_000  # of a text without end
HEAVY_ONE_IN = 250
"""Lines of hundreds of kilobytes come so seldom: 100,000 of them would be a test of the disk."""


def line(record: Record, **changed: Any) -> bytes:
    """A record as a scraper writes it."""
    return json.dumps({**record, **changed}, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _with(**changed: Any) -> Hazard:
    return lambda random, record: line(record, **changed)


def _one_of(name: str, values: list[Any]) -> Hazard:
    return lambda random, record: line(record, **{name: random.choice(values)})


def _nested(random: Random, record: Record) -> bytes:
    depth = random.choice([50, 500, 5_000, 100_000])
    return b'{"text": ' + b"[" * depth + b"]" * depth + b"}"


def _bitten(random: Random, record: Record) -> bytes:
    """Bytes changed, lost and added at random: most of what is left is no JSON, some is."""
    raw = bytearray(line(record))
    for _ in range(random.randint(1, 20)):
        at = random.randrange(len(raw))
        kind = random.randrange(3)
        if kind == 0:
            raw[at] = random.randrange(256)
        elif kind == 1:
            del raw[at : at + random.randint(1, 40)]
            raw = raw or bytearray(b"{")
        else:
            raw[at:at] = random.randbytes(random.randint(1, 8))
    return bytes(raw)


def _cut(random: Random, record: Record) -> bytes:
    raw = line(record)
    return raw[: random.randint(1, len(raw) - 1)]


def _thrice(random: Random, record: Record) -> bytes:
    """UTF-8 read as a Latin code page and written again, up to three times."""
    text = record["text"]
    for _ in range(random.randint(1, 3)):
        text = text.encode().decode(random.choice(["latin-1", "cp1252"]), "replace")
    return line(record, text=text, title=text[:80])


def _runs(random: Random, record: Record) -> bytes:
    """One thing without end: what makes a text function quadratic."""
    unit = random.choice(
        ["ก", "กา", "่", "ก่้", "เ", "1", " ", "\n", "\u200b", "ๆ", "ฯ", "A", ".", "http://", "<", "&#x", "ํา"]
    )
    return line(record, text=unit * (LETTERS // len(unit)))


def _page(random: Random, record: Record) -> bytes:
    unit = random.choice(
        ["<div>", "<p>ก", "<a b='", "<!--", "<table><tr><td>", "&amp;", "<script>", "<p " + "a=1 " * 50]
    )
    return line(
        {key: value for key, value in record.items() if key != "text"}, html=unit * random.choice([100, 20_000])
    )


ODD = [None, 0, -1, 1e308, True, [], {}, ["ก"], {"ก": "ข"}, "", " ", "\u0000", "\ud800", "\ufeff", "\u202e", "🧨" * 50]
DATES = [
    "31/02/2568", "00/00/0000", "2568-13-45", "9" * 400, "-1", "1e999", "๓๑ กุมภาพันธ์ ๒๕๖๘", "วันนี้ " * 999,
    "29 ก.พ. 2568", "99:99 น.", "1970-01-01T00:00:00+99:99", "0543-01-01", "10000-01-01", "3 ล้านปีที่แล้ว",
    "\u200f20 พ.ย. 69", "20/11/69/69",
]  # fmt: skip
URLS = [
    "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "file:///etc/passwd", "//", "http://",
    "http://[::1",
    "https://" + "a." * 5_000 + "example", "https://user:pw@x.example:99999/", "https://x.example/" + "%zz" * 99,
    "\\\\host\\share",
    "https://x.example/?" + "a=1&" * 9_999, "https://x.example/\u0e01\u0000", "https://xn--\u0e01.example", "ftp://x.example/n/1",
]  # fmt: skip
SOURCES = [
    "../../../etc", "/", ".", "..", "a/b", "con", "ข่าว" * 300, "x\ny", "=cmd|' /C calc'!A0", "dt=2026-01-01", "a%2Fb",
    "*", "",
    "' or 1=1 --", "<script>", "\u202egnp.exe", "-rf", "~root", "${HOME}", "x" * 5_000,
]  # fmt: skip
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x.example")', "=cmd|' /C calc'!A0"]

LIGHT: dict[str, Hazard] = {
    "bitten": _bitten,
    "cut": _cut,
    "nested": _nested,
    "mojibake": _thrice,
    "odd-title": _one_of("title", ODD),
    "odd-text": _one_of("text", ODD),
    "odd-id": _one_of("id", ODD),
    "odd-published": _one_of("published", ODD),
    "odd-category": _one_of("category", ODD),
    "date": _one_of("published", DATES),
    "crawl-time": _one_of("crawled_at", DATES),
    "url": _one_of("url", URLS),
    "source": _one_of("source", SOURCES),
    "formula": _one_of("title", FORMULAS),
    "same-id": _with(id="the-same"),
    "extra-keys": lambda random, record: line(record, **{f"k{i}": i for i in range(2_000)}),
    "no-text": lambda random, record: line({key: record[key] for key in ("id", "title")}),
    "html": _page,
    "not-an-object": lambda random, record: random.choice([b"[]", b"1", b'"x"', b"null", b"true", b"[1,2", b"NaN"]),
    "not-finite": lambda random, record: b'{"id": NaN, "text": Infinity}',
    "duplicate-key": lambda random, record: b'{"text": "a", "text": "b"}',
    "huge-number": lambda random, record: b'{"text": "a", "id": ' + b"9" * 20_000 + b"}",
    "lone-surrogate": lambda random, record: b'{"text": "\\ud800 \\udfff", "title": "x"}',
    "nul": lambda random, record: line(record).replace(b"e", b"\0", 3),
    "bom-inside": lambda random, record: b"\xef\xbb\xbf" + line(record),
    "utf-16": lambda random, record: line(record).decode("utf-8", "replace").encode("utf-16").replace(b"\n", b" "),
    "cp874": lambda random, record: json.dumps(record, ensure_ascii=False).encode("cp874", "replace"),
    "noise": lambda random, record: random.randbytes(random.randint(1, 3_000)),
}
HEAVY: dict[str, Hazard] = {
    "endless-text": _runs,
    "endless-title": lambda random, record: line(record, title="ข่าว" * (4 * 2**20 // 13)),
    "over-the-limit": lambda random, record: line(record, text="ข่าว" * (6 * 2**20 // 12)),
    "many-lines": lambda random, record: line(record, text="\n".join(f"บรรทัด {i}" for i in range(20_000))),
}
REFUSED = [
    "cut", "duplicate-key", "endless-text", "endless-title", "html", "huge-number", "lone-surrogate", "many-lines",
    "nested", "no-text", "noise", "not-an-object", "not-finite", "odd-text", "over-the-limit", "utf-16",
]  # fmt: skip
"""Kinds that no setting lets in, refused by the reader or by the screen: what they do to their neighbours must be
nothing."""


def hostile(good: list[Record], n: int, seed: int, kinds: list[str] | None = None) -> Iterator[tuple[str, bytes]]:
    """`n` lines, each with its kind; none holds a line break, none is blank."""
    random = Random(seed)
    light = kinds or sorted(LIGHT)
    for number in range(n):
        is_heavy = kinds is None and number % HEAVY_ONE_IN == 0
        kind = random.choice(sorted(HEAVY) if is_heavy else light)
        record = {**random.choice(good), "id": f"{kind}-{number}"}
        raw = {**LIGHT, **HEAVY}[kind](random, record).replace(b"\n", b" ").replace(b"\r", b" ")
        yield kind, raw if raw.strip() else b"{"
