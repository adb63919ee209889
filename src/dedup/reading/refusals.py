"""Why the reader refuses a record, and the quarantine row that keeps it whole."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

import dataframely as dy
import polars as pl

from dedup.schemas import Quarantine
from dedup.settings import RawField, ReadSettings

HEAD_BYTES = 1_000
"""What is kept of a record over the size limit: enough to recognise it."""

LONGEST: Final[dict[RawField, str]] = {
    "source": "max_source_chars",
    "title": "max_title_chars",
    "url": "max_address_chars",
    "source_record_id": "max_address_chars",
}
"""Field → the setting that bounds its characters: what is held of all records of a night, or names tables."""


class ReadReason(StrEnum):
    """Why a line, row, page or file does not become a record."""

    # the file
    ESCAPES_FOLDER = "escapes-folder"
    UNREADABLE_FILE = "unreadable-file"
    UNKNOWN_FORMAT = "unknown-format"
    OVER_BUDGET = "over-budget"
    POISONED = "poisoned"  # a record, too: a step breaks on it, or its process dies
    TOO_SLOW = "too-slow"  # a record, too: a step does not end with it
    DAMAGED = "damaged"
    TRUNCATED = "truncated"
    # the line, row or page
    TOO_LONG = "too-long"
    NAME_TOO_LONG = "name-too-long"  # of an outlet; or a headline, an address, an id
    UNDECODABLE = "undecodable"
    NUL_BYTE = "nul-byte"
    NOT_JSON = "not-json"
    NOT_AN_OBJECT = "not-an-object"
    NOT_FINITE = "not-finite"
    DUPLICATE_KEY = "duplicate-key"
    LONE_SURROGATE = "lone-surrogate"
    TOO_DEEP = "too-deep"
    BAD_CSV = "bad-csv"
    REPEATED_HEADER = "repeated-header"
    WRONG_TYPE = "wrong-type"
    MISSING_TEXT = "missing-text"
    EMPTY_TEXT = "empty-text"
    # the page, once it is looked into
    NO_TEXT_IN_HTML = "no-text-in-html"
    HTML_OVER_BUDGET = "html-over-budget"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A named reason and one sentence for a person."""

    reason: ReadReason
    detail: str


class Refused(NamedTuple):
    """A refused record with what is known about it.

    `payload` is the record as delivered, or its first HEAD_BYTES where it is over the size limit.
    """

    refusal: Refusal
    payload: bytes | None = None
    line: int | None = None
    offset: int | None = None
    source: str | None = None
    source_record_id: str | None = None
    url: str | None = None
    title: str | None = None


@cache
def none_refused() -> dy.DataFrame[Quarantine]:
    """No rows. Made once: it takes a millisecond, and most batches have none."""
    return Quarantine.create_empty()


def quarantined(
    refused: Iterable[tuple[str, Refused]], *, night: date | None, settings: ReadSettings
) -> dy.DataFrame[Quarantine]:
    """The quarantine rows of refused records, each with the name of its file, in the order given.

    Of a name that is too long so much is kept as is allowed; the payload has it whole. An outlet's is left out.
    """
    rows = [
        {
            "night": night,
            "file": file,
            "step": "read",
            "reasons": [one.refusal.reason.value],
            "detail": one.refusal.detail,
            **_payload(one.payload),
            **{name: getattr(one, name) for name in ("line", "offset")},
            **{name: _shown(name, getattr(one, name), getattr(settings, most)) for name, most in LONGEST.items()},
        }
        for file, one in refused
    ]
    if not rows:
        return none_refused()
    return Quarantine.cast(pl.DataFrame(rows, schema=none_refused().schema))  # none can break the schema


def stands_twice(names: Iterable[str]) -> str | None:
    """The first name that has stood before; None if each stands once."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def head(raw: bytes) -> bytes:
    """The first HEAD_BYTES of `raw`, not cut inside a UTF-8 character."""
    if len(raw) <= HEAD_BYTES:
        return raw
    end = HEAD_BYTES
    while end > HEAD_BYTES - 4 and raw[end] & 0xC0 == 0x80:  # a continuation byte: its letter began before
        end -= 1
    return raw[:end]


def _payload(raw: bytes | None) -> dict[str, str | None]:
    if raw is None:
        return {"payload": None, "payload_encoding": "utf-8"}
    try:
        return {"payload": raw.decode("utf-8"), "payload_encoding": "utf-8"}
    except UnicodeDecodeError:
        return {"payload": base64.b64encode(raw).decode("ascii"), "payload_encoding": "base64"}


def _shown(field: RawField, value: str | None, most: int) -> str | None:
    r"""`value`, cut, with lone surrogates spelled out (`\ud800`): a column of strings cannot hold them."""
    if value is None or (field == "source" and len(value) > most):  # half of an outlet's name is another outlet's
        return None
    return value[:most].encode("utf-8", "backslashreplace").decode("utf-8")
