import re
from pathlib import Path

import duckdb
import yaml

from dedup import contract
from dedup.matching.relations import Relation
from dedup.odcs import data_contract

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
