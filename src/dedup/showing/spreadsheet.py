"""A published table as CSV for people with a spreadsheet, which obeys what a cell begins with.

Text that would be a formula gets an apostrophe in front (the list of characters is OWASP's, "CSV Injection"); the
Parquet tables stay as they are. Excel knows the file as UTF-8, and Thai as Thai, by the mark at its beginning.
"""

from datetime import date
from pathlib import Path

import polars as pl

from dedup import atomic
from dedup.contract import TABLES
from dedup.errors import InputError
from dedup.versions import nights_of, scan

MOST_CHARS = 32_000
"""Excel takes 32,767 characters in a cell and spills the rest over the rows below."""
FORMULA = r"^[\s\x00]*[=+\-@＝＋－＠\t\r\n]"


def export(folder: Path, table: str, out: Path, *, since: date | None = None, until: date | None = None) -> int:
    """Write the table's nights from `since` to `until`, both included, to `out`; the number of rows.

    `dt` is the first column; instants are UTC, lists are joined by semicolons, longer texts cut to `MOST_CHARS`.
    Raises InputError for an unknown table, a folder as `out`, or where no night is published in the range.
    """
    if out.is_dir():
        raise InputError(f"{out} is a folder; name the file to write")
    if table not in TABLES:
        raise InputError(f"no table {table!r}; there are {', '.join(TABLES)}")
    nights = [night for night in nights_of(folder) if (since or night) <= night <= (until or night)]
    if not nights:
        raise InputError(f"no night from {since or 'the first'} to {until or 'the last'} is published in {folder}")
    rows = scan(folder, table, nights).select("dt", *TABLES[table].column_names())
    aside = out.with_name(f"{atomic.ASIDE}{out.name}")
    readable(rows).sink_csv(
        aside, include_bom=True, line_terminator="\r\n", datetime_format="%Y-%m-%d %H:%M:%S", mkdir=True
    )
    aside.replace(out)
    return int(rows.select(pl.len()).collect().item())


def readable(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Every list as one text, every text short enough and no formula."""
    texts = [
        _harmless(pl.col(name) if kind == pl.String else pl.col(name).list.join("; ")).alias(name)
        for name, kind in rows.collect_schema().items()
        if kind in {pl.String, pl.List(pl.String)}
    ]
    return rows.with_columns(texts)


def _harmless(text: pl.Expr) -> pl.Expr:
    cut = pl.when(text.str.len_chars() > MOST_CHARS).then(text.str.slice(0, MOST_CHARS) + "…").otherwise(text)
    return pl.when(cut.str.contains(FORMULA)).then(pl.lit("'") + cut).otherwise(cut)
