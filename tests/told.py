"""What a person said of the sample, and how to look at what came of it."""

from pathlib import Path

import polars as pl

from dedup.persons.names import record_id
from dedup.settings import Settings

JOIN = ("khuankhan-0059", "rungarun-0039")
Line = tuple[str, str, str]


def by(file: Path | None, window: int = 45) -> Settings:
    return Settings(match={"verdicts": file}, index={"window_nights": window}, run={"workers": 1})  # type: ignore[arg-type]


def verdicts(folder: Path, *lines: Line) -> Path:
    file = folder / "verdicts.csv"
    file.write_text("left,right,verdict\n" + "".join(f"{','.join(line)}\n" for line in lines), encoding="utf-8")
    return file


def read(home: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(home / "published" / "current" / table / "**/*.parquet", hive_partitioning=True)


def stories(home: Path) -> dict[str, str]:
    return dict(read(home, "members").select(record_id(), "story_id").iter_rows())
