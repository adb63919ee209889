import ast
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml
from polars.testing import assert_frame_equal

from dedup import contract
from dedup.matching.relations import Relation
from dedup.odcs import data_contract

DOCS = Path(__file__).parent.parent / "docs"
BLOCK = re.compile(r"^```(sql|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def queries() -> Iterator[tuple[str, str, str]]:
    """Heading, SQL and Python of every question; the views first."""
    text = (DOCS / "analytics.md").read_text(encoding="utf-8")
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        found = dict(BLOCK.findall(section))
        yield section.splitlines()[0], found["sql"], found["python"]


VIEWS, *QUESTIONS = queries()


def in_polars(source: str) -> pl.DataFrame:
    """The value of the last expression, as a notebook shows it."""
    tree = ast.parse(VIEWS[2] + source)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    names: dict[str, object] = {}
    exec(compile(tree, "analytics.md", "exec"), names)
    frame = eval(compile(ast.Expression(last.value), "analytics.md", "eval"), names)
    assert isinstance(frame, pl.LazyFrame)
    return frame.collect()


@pytest.mark.parametrize(("sql", "python"), [pytest.param(*both, id=name) for name, *both in QUESTIONS])
def test_duckdb_and_polars_give_the_same_answer(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch, sql: str, python: str
) -> None:
    monkeypatch.chdir(sample_home)
    with duckdb.connect() as database:
        database.execute(VIEWS[1])
        rows = database.execute(sql).fetchall()
        columns = [name for name, *_ in database.description or []]
    by_polars = in_polars(python)
    assert columns == by_polars.columns
    assert len(rows) > 0
    assert_frame_equal(pl.DataFrame(rows, by_polars.schema, orient="row", strict=False), by_polars)


def test_questions_of_the_analyst_are_all_there() -> None:
    wanted = ["Stories per day", "Top reprinters", "Exclusive share of an outlet", "Time to first reprint"]
    assert {*wanted, "Every version of a story, with its text"} <= {name for name, _, _ in QUESTIONS}


def test_stories_per_day_add_up(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sample_home)
    members = pl.read_parquet("published/current/members/**/*.parquet")
    answer = in_polars(QUESTIONS[0][2])
    assert answer["stories"].sum() == members["story_id"].n_unique()
    assert answer["articles"].sum() == members.height


def test_dictionary_in_the_docs_is_that_of_the_contract() -> None:
    text = (DOCS / "data.md").read_text(encoding="utf-8")
    assert text.split("<!-- dictionary -->\n")[1] == contract.dictionary()


def test_docs_name_every_relation_and_table() -> None:
    text = (DOCS / "data.md").read_text(encoding="utf-8").split("<!-- dictionary -->")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == {kind.value for kind in Relation}
    assert all(f"  {table}/dt=" in text for table in contract.TABLES)


def test_data_contract_has_every_column_of_every_table() -> None:
    document = yaml.safe_load(data_contract())
    assert [table["name"] for table in document["schema"]] == list(contract.TABLES)
    for table in document["schema"]:
        columns = contract.TABLES[table["name"]].columns()
        night, *properties = table["properties"]
        assert (night["name"], night["partitioned"]) == ("dt", True)
        assert [found["name"] for found in properties] == list(columns)
        for found, column in zip(properties, columns.values(), strict=True):
            assert found["required"] is not column.nullable
            assert found["description"] == (column.metadata or {})["description"]


def test_data_contract_names_the_types_that_readers_see(sample_home: Path) -> None:
    for table in yaml.safe_load(data_contract())["schema"]:
        files = sample_home / "published" / "current" / table["name"] / "*" / "*.parquet"
        with duckdb.connect() as database:
            query = f"DESCRIBE SELECT * FROM read_parquet('{files}', hive_partitioning = true)"
            seen = {name: kind for name, kind, *_ in database.execute(query).fetchall()}
        assert {found["name"]: found["physicalType"] for found in table["properties"]} == seen
