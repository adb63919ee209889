"""What a person says of two articles: a CSV that they keep, and the home's own copy of it.

    left,right,verdict,by,on,note
    5f0c…,9a41…,different,somsri,2026-11-24,same wording, other accident

`left` and `right` are an article id, a record's own id or an address; `verdict` is `same` or `different`; the rest is
for people. The copy is in the index, `KEPT`, and stays when a rebuild forgets the nights: it cannot be made anew.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from dedup import atomic
from dedup.errors import InputError
from dedup.index import KEPT, Index
from dedup.matching.overrule import Opinion

NEEDED = ["left", "right", "verdict"]
VERDICT_SCHEMA = {
    "file": pl.String,  # its name, when it was read
    "line": pl.Int64,  # in that file, from 1
    "left": pl.String,
    "right": pl.String,
    "verdict": pl.String,
    "by": pl.String,
    "on": pl.String,
    "note": pl.String,
}
MOST_LINES = 100_000
NAMED_FAULTS = 5
"""So many faults are told at once; a file of another kind has one in every line."""


def read_verdicts(path: Path) -> pl.DataFrame:
    """The verdicts of a CSV file, `VERDICT_SCHEMA`. Columns that are not known here are left alone.

    Raises InputError naming the lines: no file, no such columns, a verdict that is none, an article against itself, or
    two lines that contradict each other word for word.
    """
    rows, faults = [], []
    for line, fields in _lines(path):
        told = {name: fields.get(name, "") for name in ("left", "right", "verdict", "by", "on", "note")}
        told["verdict"] = told["verdict"].lower()
        rows.append({"file": path.name, "line": line, **told})
        if not told["left"] or not told["right"]:
            faults.append(f"line {line}: left and right must both be given")
        elif told["left"] == told["right"]:
            faults.append(f"line {line}: left and right are the same")
        if told["verdict"] not in list(Opinion):
            faults.append(f"line {line}: verdict {told['verdict']!r} is neither same nor different")
    verdicts = pl.DataFrame(rows, schema=VERDICT_SCHEMA)
    faults += _against_each_other(verdicts)
    if faults:
        more = f" and {len(faults) - NAMED_FAULTS} more" if len(faults) > NAMED_FAULTS else ""
        raise InputError(f"{path}: {'; '.join(faults[:NAMED_FAULTS])}{more}. Mend these lines, then run again")
    return verdicts


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Every line below the header that says anything, with its number and its fields by column name."""
    try:
        # A spreadsheet may put a byte order mark before the header.
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            header = [name.strip().lower() for name in next(rows, [])]
            if missing := [name for name in NEEDED if name not in header]:
                raise InputError(f"{path}: no column {', '.join(missing)}; the first line must be left,right,verdict,…")
            line = rows.line_num + 1
            for number, fields in enumerate(rows):
                if number >= MOST_LINES:
                    raise InputError(f"{path}: more than {MOST_LINES:,} lines")
                if any(field.strip() for field in fields):
                    yield line, dict(zip(header, (field.strip() for field in fields), strict=False))
                line = rows.line_num + 1
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as a CSV file of verdicts in UTF-8: {error}") from error


def _against_each_other(verdicts: pl.DataFrame) -> Iterator[str]:
    """One sentence for each two names that are said to be both."""
    names = {"one": pl.min_horizontal("left", "right"), "other": pl.max_horizontal("left", "right")}
    pairs = verdicts.group_by(**names, maintain_order=True).agg(
        pl.col("line").filter(verdict=opinion.value).first().alias(opinion.value) for opinion in Opinion
    )
    for same, different in pairs.drop_nulls().select(list(Opinion)).iter_rows():
        yield f"lines {same} and {different}: the same two are said to be one story and two"


def keep(index: Index, verdicts: pl.DataFrame) -> None:
    """Remember the verdicts, in place of those before."""
    index.root.mkdir(parents=True, exist_ok=True)
    aside = index.root / f"{atomic.ASIDE}{KEPT}"
    verdicts.write_parquet(aside)
    atomic.sync(aside)
    aside.replace(index.root / KEPT)
    atomic.sync(index.root)


def kept(index: Index) -> pl.DataFrame:
    """The verdicts that are remembered; none where nobody ever gave any."""
    path = index.root / KEPT
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=VERDICT_SCHEMA)
