"""Which pattern of page furniture a line matches.

Polars keeps 32 compiled regexes in each thread; for each pattern by itself it would compile all of them for every few
hundred lines. Here the patterns of lines of about one length are alternatives of one regex, each with an empty group
that tells which of them matched: the engine takes the first that can match the whole line. These few have a thread of
their own, where no other regex takes their place: to compile them took 15 ms for every night.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from operator import or_
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from dedup.cleaning.furniture import REASON, ZONE, Reason, Zone
from dedup.cleaning.patterns import PATTERNS

_LOOK_UP: Final = pl.DataFrame(
    {
        "pattern": pl.Series([*(pattern.reason.value for pattern in PATTERNS), Reason.RULE.value, None], dtype=REASON),
        "zone": pl.Series([*(pattern.zone.value for pattern in PATTERNS), Zone.ANYWHERE.value, None], dtype=ZONE),
        "is_opener": [*(pattern.is_opener for pattern in PATTERNS), False, False],
    }
)
_RULE, _NONE = len(PATTERNS), len(PATTERNS) + 1
_MOST_CHARS: Final = np.array([pattern.max_chars for pattern in PATTERNS])
_BOUNDS: Final = (60, 120, 160, 250, 400)


@dataclass(frozen=True)
class _Group:
    """Patterns that look at the key, or the text, of lines of about one length; `numbers` in PATTERNS."""

    is_on_text: bool
    most_chars: int
    needs: tuple[str, ...]
    numbers: Sequence[int]

    @cached_property
    def regex(self) -> str:
        """All patterns, each behind an empty group."""
        return f"^(?:{'|'.join(f'()(?:{PATTERNS[number].regex})' for number in self.numbers)})$"

    @cached_property
    def first_matched(self) -> pl.Expr:
        """The first pattern of which the group, one of the columns in order, is there."""
        groups = enumerate(self.numbers)
        return pl.coalesce(pl.when(pl.nth(at).is_not_null()).then(pl.lit(number, pl.UInt8)) for at, number in groups)


def _groups() -> list[_Group]:
    grouped: dict[tuple[bool, int, tuple[str, ...]], list[int]] = {}
    for number, pattern in enumerate(PATTERNS):
        bound = next(bound for bound in _BOUNDS if pattern.max_chars <= bound)
        grouped.setdefault((pattern.is_on_text, bound, pattern.needs), []).append(number)
    return [_Group(*kind, numbers) for kind, numbers in grouped.items()]


_GROUPS: Final = _groups()


def classify(keys: pl.Series, texts: pl.Series) -> pl.DataFrame:
    """What pattern each line matches.

    `keys` and `texts` are aligned strings; a key is null for a line too long to be furniture.
    Returns columns pattern (Reason or null), zone (Zone or null) and is_opener.
    """
    numbers = _thread().submit(_first_hits, keys, texts).result()
    numbers[((keys == "") & (texts != "")).fill_null(value=False).to_numpy()] = _RULE
    return _LOOK_UP[numbers]


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "classify")


os.register_at_fork(after_in_child=_thread.cache_clear)


def _first_hits(keys: pl.Series, texts: pl.Series) -> npt.NDArray[np.uint8]:
    """The number in PATTERNS of the first pattern that matches each whole line, or _NONE.

    A pattern sees only the lines that are short enough for it: most lines are sentences, and longer.
    """
    first = np.full(len(keys), _NONE, np.uint8)
    no_key = keys.is_null().to_numpy()
    for is_on_text in (False, True):
        column = texts if is_on_text else keys
        chars = column.str.len_chars().fill_null(0).to_numpy()
        for group in _GROUPS:
            if group.is_on_text is is_on_text:
                short = np.flatnonzero((chars <= group.most_chars) & ~no_key)
                hits, numbers = _hits(column.gather(short), chars[short], group)
                first[short[hits]] = np.minimum(first[short[hits]], numbers)
    return first


def _hits(
    lines: pl.Series, chars: npt.NDArray[np.uint32], group: _Group
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Which lines match a pattern of the group, and the first of these patterns."""
    if group.needs:
        may = reduce(or_, (lines.str.contains(need, literal=True) for need in group.needs)).arg_true()
        hits = may.filter(lines.gather(may).str.contains(group.regex))
    else:
        hits = lines.str.contains(group.regex).arg_true()
    places = hits.to_numpy()
    if not len(places):
        return places, np.empty(0, np.uint8)
    groups = lines.gather(hits).str.extract_groups(group.regex).struct.unnest()
    numbers = groups.select(group.first_matched).to_series().to_numpy().copy()
    for at in np.flatnonzero(chars[places] > _MOST_CHARS[numbers]):  # too long for this one: perhaps another fits
        numbers[at] = _alone(lines[int(places[at])], chars[places[at]], group)
    return places, numbers


def _alone(line: str, chars: int, group: _Group) -> int:
    """The first pattern of the group that matches a line, each looked at by itself; or _NONE."""
    fitting = (number for number in group.numbers if chars <= PATTERNS[number].max_chars)
    one = pl.Series([line])
    return next((number for number in fitting if one.str.contains(f"^(?:{PATTERNS[number].regex})$")[0]), _NONE)
