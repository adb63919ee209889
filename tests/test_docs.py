import argparse
import re
import shlex
import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from dedup import contract
from dedup.cli import main, parser
from dedup.matching.relations import Relation
from dedup.odcs import data_contract
from dedup.versions import scan
from tests.conftest import SAMPLE

DOCS = Path(__file__).parent.parent / "docs"


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


def commands() -> list[str]:
    """Every `dedup …` that the README and the docs show, as a line of its own or between backticks."""
    pages = [DOCS.parent / "README.md", *sorted(DOCS.glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    lines = re.findall(r"^ {4}(?:\S*[/=]\S* )*(?:\S*/)?dedup ([^#\n]+)", text, re.MULTILINE)
    found = [*lines, *re.findall(r"`dedup ([^`]+ [^`]+)`", text)]
    return sorted({line.replace("[", "").replace("]", "").strip() for line in found})


ELSEWHERE = ("s3://", "tcp://", "rollback", "rebuild", "delta")
"""What needs a bucket, a cluster, another package or another home has tests of its own."""


def test_every_command_is_in_the_docs() -> None:
    (kinds,) = (action.choices for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    assert {command.split()[0] for command in commands()} == set(kinds)


@pytest.mark.parametrize("command", [command for command in commands() if any(word in command for word in ELSEWHERE)])
def test_command_in_the_docs_is_one(command: str) -> None:
    assert parser().parse_args(shlex.split(command)).command == shlex.split(command)[0]


@pytest.fixture(scope="module")
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published sample, to be worked on."""
    copy = tmp_path_factory.mktemp("docs") / "home"
    shutil.copytree(sample_home, copy, symlinks=True)
    return copy


@pytest.mark.parametrize("command", [c for c in commands() if not any(word in c for word in ELSEWHERE)])
def test_command_in_the_docs_does_what_it_says(
    command: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = scan(home / "published" / "current", "articles").select("article_id").collect()
    meant = {
        "HOME": str(home), "RAW": str(SAMPLE / "raw"), "TRUTH.parquet": str(SAMPLE / "truth.parquet"),
        "ID": articles["article_id"].min(), "RECORD-OR-URL": articles["article_id"].max(), "FILE": "made",
        "FOLDER": "pages", "data/home": str(home), "data/sample/truth.parquet": str(SAMPLE / "truth.parquet"),
    }  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("verdicts.csv").write_text("left,right,verdict\n", encoding="utf-8")
    assert main([str(meant.get(word, word)) for word in shlex.split(command)]) == 0
