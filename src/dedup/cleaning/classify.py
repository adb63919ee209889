"""Which pattern of page furniture a line matches."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from dedup.cleaning.furniture import REASON, ZONE, LinePattern, Reason, Zone
from dedup.cleaning.patterns import PATTERNS

_LOOK_UP: Final = pl.DataFrame(
    {
        "number": pl.Series(range(len(PATTERNS)), dtype=pl.UInt8),
        "pattern": pl.Series([pattern.reason.value for pattern in PATTERNS], dtype=REASON),
        "zone": pl.Series([pattern.zone.value for pattern in PATTERNS], dtype=ZONE),
        "is_opener": [pattern.is_opener for pattern in PATTERNS],
    }
)
_BY_LENGTH: Final[dict[tuple[bool, int], list[int]]] = {}
"""The patterns' numbers by what they look at and how long that may be."""
for _number, _pattern in enumerate(PATTERNS):
    _BY_LENGTH.setdefault((_pattern.is_on_text, _pattern.max_chars), []).append(_number)


def classify(keys: pl.Series, texts: pl.Series) -> pl.DataFrame:
    """What pattern each line matches.

    `keys` and `texts` are aligned strings; a key is null for a line too long to be furniture.
    Returns columns pattern (Reason or null), zone (Zone or null) and is_opener.
    """
    lines = pl.DataFrame({"key": keys, "text": texts}).with_row_index("at")
    is_rule = (pl.col("key") == "") & (pl.col("text") != "")
    return (
        lines.join(_first_hits(lines), on="at", how="left", maintain_order="left")
        .join(_LOOK_UP, on="number", how="left", maintain_order="left")
        .select(
            pattern=pl.when(is_rule).then(pl.lit(Reason.RULE.value, REASON)).otherwise("pattern"),
            zone=pl.when(is_rule).then(pl.lit(Zone.ANYWHERE.value, ZONE)).otherwise("zone"),
            is_opener=pl.col("is_opener").fill_null(value=False),
        )
    )


def _first_hits(lines: pl.DataFrame) -> pl.DataFrame:
    """`at` and number (in PATTERNS) of the first pattern that matches the whole line, for lines that match one.

    A pattern sees only the lines that are short enough for it: most lines are sentences, and longer.
    """
    hits = [
        _hits(lines, "text" if is_on_text else "key", max_chars, [PATTERNS[number] for number in numbers])
        for (is_on_text, max_chars), numbers in _BY_LENGTH.items()
    ]
    return pl.concat(hits).group_by("at").agg(pl.col("number").min())


def _hits(lines: pl.DataFrame, column: str, max_chars: int, patterns: Sequence[LinePattern]) -> pl.DataFrame:
    is_short = (pl.col(column).str.len_chars() <= max_chars) & pl.col("key").is_not_null()
    number = pl.coalesce(
        pl.when(pl.col(column).str.contains(f"^(?:{pattern.regex})$")).then(pl.lit(PATTERNS.index(pattern), pl.UInt8))
        for pattern in patterns
    )
    return lines.filter(is_short).select("at", number=number).drop_nulls("number")
