"""One delivered mapping → the fields of a RawRecord: aliases, plain strings, and `extra` for the rest."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple, get_args

from dedup.reading.rawlines import decode, undecodable
from dedup.reading.refusals import ReadReason, Refusal, Refused, head
from dedup.settings import RawField

FIELDS: tuple[RawField, ...] = get_args(RawField)

MAX_DEPTH = 64
"""Levels of nesting in a field. Python's own limit differs between versions; this one does not."""

MAX_PLANS, MAX_PLAN_NAMES = 1_000, 200
"""Sets of field names whose mapping is remembered, and names in one: a file has a few sets of ten names, a hostile
one as many as it has lines, or of any size."""

Row = tuple[str | None, ...]
"""The values of FIELDS, in that order, and then `extra`."""

TITLE, URL, RECORD_ID, SOURCE = (FIELDS.index(name) for name in ("title", "url", "source_record_id", "source"))
TEXT, HTML = FIELDS.index("text"), FIELDS.index("html")


class Mapped(NamedTuple):
    """The fields of a record, and why it is refused, if it is."""

    row: Row
    refusal: Refusal | None = None


Ranks = Mapping[str, tuple[int, int]]
"""Name in lower case → its field, by its place in FIELDS, and how good an alias it is; the least is the best."""


class Plan(NamedTuple):
    """Which of a record's own names feed which field, best first; fields with several; names of no field."""

    of_field: list[list[str]]
    ambiguous: list[int]
    unknown: list[str]


Mapper = Callable[[Mapping[str, Any]], Mapped]


class Delivered(NamedTuple):
    """One record, mapped; `original` is what it was before: its bytes, or a row of a table."""

    line: int
    row: Row
    original: bytes | Mapping[str, Any]
    n_bytes: int


Events = Iterator[Delivered | Refused]


def ranks_of(aliases: Mapping[RawField, list[str]]) -> Ranks:
    """The aliases by their names."""
    return {name.lower(): (FIELDS.index(field), i) for field in FIELDS for i, name in enumerate(aliases[field])}


def mapper(aliases: Mapping[RawField, list[str]], source: str | None) -> Mapper:
    """A function from a delivered mapping to its fields.

    Of several aliases the best one that is not blank counts; the others go to `extra` with the unknown
    fields, nulls left out. A record without source gets `source`, that of its file.
    """
    ranks = ranks_of(aliases)
    plans: dict[tuple[str, ...], Plan] = {}

    def map_record(record: Mapping[str, Any]) -> Mapped:
        names = tuple(record)
        plan = plans.get(names)
        if plan is None:
            plan = plan_of(names, ranks)
            if len(plans) < MAX_PLANS and len(names) <= MAX_PLAN_NAMES:
                plans[names] = plan
        return _mapped(record, plan, source)

    return map_record


def canonical_json(value: object) -> str:
    """`value` as JSON with sorted keys, no spaces, letters as they are.

    Raises ValueError where a number is not finite, RecursionError where the nesting is too deep.
    """
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_scalar_text
    )


def event(mapped: Mapped, line: int, original: bytes | Mapping[str, Any], n_bytes: int) -> Delivered | Refused:
    """What became of one record."""
    if mapped.refusal:
        return refuse(mapped.refusal, line, mapped.row, original)
    return Delivered(line, mapped.row, original, n_bytes)


def refuse(refusal: Refusal, line: int, row: Row, original: bytes | Mapping[str, Any]) -> Refused:
    """A record refused after it was mapped, so that what names it is known."""
    payload = original if isinstance(original, bytes) else _row_json(original)
    return Refused(
        refusal,
        head(payload) if refusal.reason is ReadReason.TOO_LONG else payload,
        line,
        source=row[SOURCE],
        source_record_id=row[RECORD_ID],
        url=row[URL],
        title=row[TITLE],
    )


def plan_of(names: tuple[str, ...], ranks: Ranks) -> Plan:
    """What the names of a record mean."""
    of_field: list[list[str]] = [[] for _ in FIELDS]
    for name in sorted((n for n in names if n.strip().lower() in ranks), key=lambda n: ranks[n.strip().lower()]):
        of_field[ranks[name.strip().lower()][0]].append(name)
    ambiguous = [i for i, candidates in enumerate(of_field) if len(candidates) > 1]
    return Plan(of_field, ambiguous, [name for name in names if name.strip().lower() not in ranks])


def _mapped(record: Mapping[str, Any], plan: Plan, source: str | None) -> Mapped:
    extra = {name: record[name] for name in plan.unknown}
    row = [record[names[0]] if names else None for names in plan.of_field]
    refusal: Refusal | None = None
    for i in plan.ambiguous:
        names = plan.of_field[i]
        chosen = next((name for name in names if not _is_blank(record[name])), names[0])
        row[i] = record[chosen]
        extra.update({name: record[name] for name in names if name != chosen})
    for i, value in enumerate(row):
        if value is not None and type(value) is not str:
            row[i], fault = _parted(_field_text(value, FIELDS[i]))
            refusal = refusal or fault
    if _is_blank(row[SOURCE]):
        row[SOURCE] = source
    kept, fault = _parted(extra_json(extra))
    return Mapped((*row, kept), refusal or fault or _textless(row, plan))


def _parted(text: str | Refusal | None) -> tuple[str | None, Refusal | None]:
    return (None, text) if isinstance(text, Refusal) else (text, None)


def _textless(row: list[str | None], plan: Plan) -> Refusal | None:
    if not (_is_blank(row[TEXT]) and _is_blank(row[HTML])):
        return None
    if plan.of_field[TEXT] or plan.of_field[HTML]:
        return Refusal(ReadReason.EMPTY_TEXT, "the record's text is null or blank")
    return Refusal(ReadReason.MISSING_TEXT, "the record has no field for text or HTML; see read.aliases")


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def _field_text(value: Any, field: RawField) -> str | Refusal | None:
    """A value that is no string as one: scalars plainly, lists of scalars joined, anything else as JSON."""
    if not isinstance(value, list | tuple | dict):
        return _guarded(_scalar_text, value)
    if not isinstance(value, dict) and not any(isinstance(one, list | tuple | dict) for one in value):
        texts = [one if type(one) is str else _guarded(_scalar_text, one) for one in value if one is not None]
        refusal = next((text for text in texts if isinstance(text, Refusal)), None)
        return refusal or ("\n" if field == "text" else ", ").join(text for text in texts if isinstance(text, str))
    if field in {"text", "html"}:
        return Refusal(ReadReason.WRONG_TYPE, f"{field} is a nested value, not a text")
    return (
        Refusal(ReadReason.TOO_DEEP, f"{field} is nested too deep")
        if _is_deep(value)
        else _guarded(canonical_json, value)
    )


def extra_json(fields: Mapping[str, Any]) -> str | Refusal | None:
    """Fields that no alias knows as canonical JSON, nulls left out; None where nothing is left."""
    extra = {name: value for name, value in fields.items() if value is not None}
    if any(isinstance(value, list | tuple | dict) and _is_deep(value) for value in extra.values()):
        return Refusal(ReadReason.TOO_DEEP, f"an unknown field is nested more than {MAX_DEPTH} levels deep")
    return _guarded(canonical_json, extra) if extra else None


def _guarded(convert: Callable[[Any], str | None], value: Any) -> str | Refusal | None:
    try:
        return convert(value)
    except UnicodeDecodeError:
        return undecodable()
    except (ValueError, OverflowError, RecursionError) as error:
        return Refusal(ReadReason.NOT_FINITE, f"a number that cannot be kept: {error}")


def _is_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, list | tuple | dict)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, list | tuple | dict)
        ]
        if not level:
            return False
    return True


def _scalar_text(value: Any) -> str | None:
    """Digits without exponent, dates in ISO 8601, bytes decoded; NaN, which data frames use for null, as None.

    Raises UnicodeDecodeError for bytes in an unknown encoding.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case float() if math.isnan(value):
            return None
        case float() | Decimal():
            exact = Decimal(repr(value)) if isinstance(value, float) else value
            is_whole = exact.is_finite() and exact == exact.to_integral_value()
            return format(exact.to_integral_value() if is_whole else exact, "f")
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            text = decode(value)
            return value.decode("utf-8") if text is None else text
        case _:
            return str(value)


def _row_json(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
