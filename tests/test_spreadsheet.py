import csv
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from dedup.cli import main
from dedup.contract import TABLES
from dedup.errors import InputError
from dedup.showing.spreadsheet import MOST_CHARS, export, readable
from dedup.versions import scan

FORMULAS = [
    '=HYPERLINK("https://evil.example","ข่าว")', "+66 2 000 0000", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1",
    " =1+1", "\u00a0=1+1", "＝1+1", "\x00=1",
]  # fmt: skip
TEXTS = ["ข่าว", "a=b", "'=1", "", "5 %", "๕๐", "“-” ในประโยค"]


def written(rows: pl.DataFrame) -> list[str]:
    return readable(rows.lazy()).collect()["cell"].to_list()


@pytest.mark.parametrize("cell", FORMULAS)
def test_formula_becomes_text(cell: str) -> None:
    assert written(pl.DataFrame({"cell": [cell]})) == [f"'{cell}"]
    assert written(pl.DataFrame({"cell": [[cell, "b"]]})) == [f"'{cell}; b"]


def test_other_text_stays() -> None:
    assert written(pl.DataFrame({"cell": TEXTS})) == TEXTS
    assert written(pl.DataFrame({"cell": [None]}, schema={"cell": pl.String})) == [None]


def test_numbers_and_times_stay() -> None:
    rows = pl.DataFrame({"n": [-1.5], "when": [datetime(2026, 11, 20, tzinfo=UTC)]})
    assert readable(rows.lazy()).collect().rows() == rows.rows()


def test_cell_is_no_longer_than_a_spreadsheet_takes() -> None:
    (cell,) = written(pl.DataFrame({"cell": ["=" + "ก" * 100_000]}))
    assert len(cell) == MOST_CHARS + 2


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_read_back_whole(sample_home: Path, tmp_path: Path, table: str) -> None:
    folder, out = sample_home / "published" / "current", tmp_path / "made" / "table.csv"
    n_rows = export(folder, table, out)
    assert out.read_bytes().startswith(b"\xef\xbb\xbfdt,")
    with out.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["dt", *TABLES[table].column_names()]
    assert len(rows) == n_rows == scan(folder, table).collect().height
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for row in rows for cell in row)
    assert [path.name for path in out.parent.iterdir()] == ["table.csv"]


def test_only_the_nights_asked_for(sample_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "articles.csv"
    asked = ["--from", "2026-11-21", "--until", "2026-11-21", "--csv", str(out)]
    assert main(["export", "--home", str(sample_home), *asked]) == 0
    kept = scan(sample_home / "published" / "current", "articles", [date(2026, 11, 21)]).collect()
    assert capsys.readouterr().out.startswith(f"{kept.height} rows: ")
    rows = list(csv.DictReader(out.open(encoding="utf-8-sig", newline="")))
    assert {row["dt"] for row in rows} == {"2026-11-21"}
    assert sorted(row["body"] for row in rows) == sorted(kept["body"])


def test_range_without_a_night_and_unknown_table_are_refused(sample_home: Path, tmp_path: Path) -> None:
    folder = sample_home / "published" / "current"
    with pytest.raises(InputError, match="no night from 2027-01-01 to the last"):
        export(folder, "articles", tmp_path / "out.csv", since=date(2027, 1, 1))
    with pytest.raises(InputError, match="no table 'stories'"):
        export(folder, "stories", tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []
