"""Every question of docs/analytics.md, asked of the published sample in DuckDB, Polars, pandas and Spark."""

import ast
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import polars as pl
import pytest

DOCS = Path(__file__).parent.parent / "docs" / "analytics.md"
BLOCK = re.compile(r"^```(?:sql|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
WANTED = {
    "Stories per day", "Top reprinters", "Exclusive share of an outlet", "Time to first reprint",
    "Every version of a story, with its text",
}  # fmt: skip


class Answer(NamedTuple):
    """A table as plain Python values."""

    columns: list[str]
    rows: list[tuple[object, ...]]


def sections() -> Iterator[tuple[str, list[str]]]:
    for section in re.split(r"^## ", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE):
        yield section.splitlines()[0], BLOCK.findall(section)


(_, (DUCKDB, SPARK, POLARS, PANDAS)), *QUESTIONS = sections()


def plain(value: Any) -> object:
    """What engines write in different ways: missing values, days, whole numbers."""
    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, (str, date)):
        return value
    number = float(value)
    return int(number) if isinstance(value, Decimal) or number.is_integer() else round(number, 9)


def answer(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Answer:
    return Answer(list(columns), [tuple(plain(value) for value in row) for row in rows])


def shown(source: str) -> Any:
    """The value of the last expression, as a notebook shows it."""
    tree = ast.parse(source)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    names: dict[str, object] = {}
    exec(compile(tree, DOCS.name, "exec"), names)
    return eval(compile(ast.Expression(last.value), DOCS.name, "eval"), names)


def in_duckdb(blocks: list[str]) -> Answer:
    with duckdb.connect() as database:
        database.execute(DUCKDB)
        rows = database.execute(blocks[0]).fetchall()
        return answer([name for name, *_ in database.description or []], rows)


def in_polars(blocks: list[str]) -> Answer:
    found = shown(POLARS + blocks[1]).collect()
    return answer(found.columns, found.rows())


def in_pandas(blocks: list[str]) -> Answer:
    found = shown(PANDAS + blocks[2])
    return answer(found.columns, list(found.itertuples(index=False)))


@pytest.fixture(scope="module")
def spark(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[list[str]], Answer]]:
    """One small session with the views of the docs."""
    if find_spec("pyspark") is None or not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("Spark was not asked: no Java (apt-get install default-jre-headless), or no pyspark (make develop)")
    builder = import_module("pyspark.sql").SparkSession.builder.master("local[1]")
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # no time to compile much
        "spark.driver.memory": "512m",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(sample_home)
        names: dict[str, object] = {}
        exec(compile(SPARK.replace("published/current", f"{sample_home}/published/current"), DOCS.name, "exec"), names)

    def ask(blocks: list[str]) -> Answer:
        found = session.sql(blocks[0])
        return answer(found.columns, found.collect())

    yield ask
    session.stop()


@pytest.fixture(scope="module", params=[pytest.param(blocks, id=name) for name, blocks in QUESTIONS])
def question(request: pytest.FixtureRequest) -> list[str]:
    """SQL, Polars and pandas of a question."""
    blocks: list[str] = request.param
    return blocks


def test_polars_and_pandas_answer_as_duckdb_does(
    question: list[str], sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sample_home)
    expected = in_duckdb(question)
    assert expected.rows
    assert in_polars(question) == expected
    assert in_pandas(question) == expected


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_spark_answers_as_duckdb_does(
    question: list[str],
    sample_home: Path,
    spark: Callable[[list[str]], Answer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(sample_home)
    assert spark(question) == in_duckdb(question)


def test_questions_of_the_analyst_are_all_there() -> None:
    assert {name for name, _ in QUESTIONS} >= WANTED
    assert all(
        [block.split()[:2] for block in blocks[1:]] == [["#", "Polars"], ["#", "pandas"]] for _, blocks in QUESTIONS
    )


def test_stories_per_day_add_up(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sample_home)
    members = pl.read_parquet("published/current/members/**/*.parquet")
    _, rows = in_duckdb(dict(QUESTIONS)["Stories per day"])
    assert sum(row[1] for row in rows) == members["story_id"].n_unique()  # type: ignore[misc]
    assert sum(row[2] for row in rows) == members.height  # type: ignore[misc]
    nights = pl.read_parquet("published/current/nights/**/*.parquet", hive_partitioning=True).sort("dt")
    assert [row[1] for row in rows] == nights["n_new_stories"].to_list()
