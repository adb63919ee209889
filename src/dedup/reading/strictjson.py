"""One JSON object out of a line, strictly."""

import json
import math
from typing import Any

from dedup.reading.refusals import ReadReason, Refusal, stands_twice


def parse_object(text: str) -> dict[str, Any] | Refusal:
    """The object in `text`: no key twice, only finite numbers, nothing after it.

    Raw tabs inside strings are legal here: they are the scraper's fault, and the text is whole.
    """
    try:
        parsed = _DECODER.decode(text)
    except _RefusedJsonError as error:
        return error.refusal
    except RecursionError:
        return Refusal(ReadReason.TOO_DEEP, "nested too deep to be read")
    except ValueError as error:
        return _fault(error, text)
    if isinstance(parsed, dict):
        return parsed
    return Refusal(ReadReason.NOT_AN_OBJECT, f"a JSON {type(parsed).__name__}, not an object")


class _RefusedJsonError(Exception):
    """Carries a refusal out of the JSON decoder's hooks."""

    def __init__(self, reason: ReadReason, detail: str) -> None:
        self.refusal = Refusal(reason, detail)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = stands_twice(name for name, _ in pairs)
        raise _RefusedJsonError(ReadReason.DUPLICATE_KEY, f"the key {twice!a} stands twice in one object")
    return found


def _constant(name: str) -> float:
    raise _RefusedJsonError(ReadReason.NOT_FINITE, f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _RefusedJsonError(ReadReason.NOT_FINITE, f"{digits[:40]} is too large a number")
    return number


def _fault(error: ValueError, text: str) -> Refusal:
    if not isinstance(error, json.JSONDecodeError):  # a whole number of more digits than Python converts
        return Refusal(ReadReason.NOT_FINITE, f"a number that cannot be kept: {error}")
    if "\0" in text:
        return Refusal(ReadReason.NUL_BYTE, "NUL bytes outside the record's values")
    return Refusal(ReadReason.NOT_JSON, f"not valid JSON: {error.msg} at character {error.pos}")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite, strict=False)
