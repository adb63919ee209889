"""A home on object storage, read as its page in the docs says."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_httpfs
import pytest

from tests.sites import NIGHTS, Site

PAGE = Path(__file__).parent.parent / "docs" / "object-storage.md"
(EXTENSION,) = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")


def documented(language: str, site: Site) -> str:
    """The page's only example in a language, over the home of a test."""
    (source,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return source.replace("s3://BUCKET/desk", site.home)


@pytest.fixture
def database(site: Site) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with the extension and the secret that the page asks for."""
    where = f"ENDPOINT '{os.environ['AWS_ENDPOINT_URL'].removeprefix('http://')}', URL_STYLE 'path', USE_SSL false"
    with duckdb.connect() as connection:
        connection.load_extension(str(EXTENSION))
        connection.execute(f"CREATE SECRET (TYPE s3, KEY_ID 'someone', SECRET 'something', {where})")
        yield connection


def test_polars_and_duckdb_read_the_tables_as_the_page_says(site: Site, database: duckdb.DuckDBPyConnection) -> None:
    site.run()
    names: dict[str, Any] = {}
    exec(documented("python", site), names)
    assert names["per_night"]["dt"].to_list() == NIGHTS
    loading, query = documented("sql", site).split("SET VARIABLE home", 1)
    assert loading.startswith("INSTALL httpfs; LOAD httpfs;\nCREATE SECRET (")
    assert database.execute(f"SET VARIABLE home{query}").fetchall() == names["per_night"].rows()


def test_duckdb_reads_how_the_runs_ended(site: Site, database: duckdb.DuckDBPyConnection) -> None:
    for night in NIGHTS[:2]:
        site.run(night=night)
    query = f"SELECT run, status, version FROM read_json('{site.home}/runs/*.json') ORDER BY run"
    assert database.execute(query).fetchall() == [(1, "finished", "000001"), (2, "finished", "000002")]
