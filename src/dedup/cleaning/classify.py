"""Which pattern of page furniture a line matches."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from dedup.cleaning.furniture import REASON, ZONE, LinePattern, Reason, Zone
from dedup.cleaning.patterns import PATTERNS

_SHORT: Final = 100
"""Characters above which most patterns need not be tried: most lines of a list are longer."""
_LOOK_UP: Final = pl.DataFrame(
    {
        "number": pl.Series(range(len(PATTERNS)), dtype=pl.UInt8),
        "pattern": pl.Series([pattern.reason.value for pattern in PATTERNS], dtype=REASON),
        "zone": pl.Series([pattern.zone.value for pattern in PATTERNS], dtype=ZONE),
        "is_opener": [pattern.is_opener for pattern in PATTERNS],
    }
)


def classify(keys: pl.Series, texts: pl.Series) -> pl.DataFrame:
    """What pattern each line matches.

    `keys` and `texts` are aligned strings; a key is null for a line too long to be furniture.
    Returns columns pattern (Reason or null), zone (Zone or null) and is_opener.
    """
    lines = pl.DataFrame({"key": keys, "text": texts}).with_row_index("at")
    is_long = pl.col("text").str.len_chars() > _SHORT
    numbers = pl.concat(
        [
            _first_hits(lines.filter(~is_long), PATTERNS),
            _first_hits(lines.filter(is_long), [pattern for pattern in PATTERNS if pattern.max_chars > _SHORT]),
        ]
    ).sort("at")
    is_rule = (pl.col("key") == "") & (pl.col("text") != "")
    return (
        lines.join(numbers, on="at", maintain_order="left")
        .join(_LOOK_UP, on="number", how="left", maintain_order="left")
        .select(
            pattern=pl.when(is_rule).then(pl.lit(Reason.RULE.value, REASON)).otherwise("pattern"),
            zone=pl.when(is_rule).then(pl.lit(Zone.ANYWHERE.value, ZONE)).otherwise("zone"),
            is_opener=pl.col("is_opener").fill_null(value=False),
        )
    )


def _first_hits(lines: pl.DataFrame, patterns: Sequence[LinePattern]) -> pl.DataFrame:
    """`at` and number (in PATTERNS) of the first pattern that matches the whole line."""
    hits = [pl.when(_hit(pattern)).then(pl.lit(PATTERNS.index(pattern), pl.UInt8)) for pattern in patterns]
    return lines.select("at", number=pl.coalesce(hits))


def _hit(pattern: LinePattern) -> pl.Expr:
    line = pl.col("text" if pattern.is_on_text else "key")
    is_short = (line.str.len_chars() <= pattern.max_chars) & pl.col("key").is_not_null()
    return is_short & line.str.contains(f"^(?:{pattern.regex})$")
