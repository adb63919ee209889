import os
import random
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from dedup import contract
from dedup.errors import GateError, InvariantError
from dedup.index import Index
from dedup.publish import publish
from dedup.schemas import Article, Quarantine
from dedup.settings import Settings
from dedup.versions import Versions
from tests.conftest import published_tree

NIGHTS = [date(2026, 11, 20), date(2026, 11, 21)]
PAYLOAD = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


def article(name: str, night: date, **other: object) -> dict[str, object]:
    empty = dict.fromkeys(Article.column_names())
    known = {"article_id": name, "night": night, "source": "ก่อน", "file": "a.jsonl", "line": 1, "title": "หัวข้อ " + name}
    known |= {
        "body": "เนื้อข่าว " + name,
        "n_chars": 10,
        "flags": [],
        "removed_share": 0.1,
        "source_record_id": "r-" + name,
    }
    known |= {"crawled_at": datetime(2026, 11, night.day, tzinfo=UTC)}
    return {**empty, **known, **other}


def member(name: str, night: date, **other: object) -> dict[str, object]:
    alone = {"story_id": name, "canonical_id": name, "is_canonical": True, "is_origin": True, "relation": "canonical"}
    facts = {"n_members": 1, "n_sources": 1, "first_source": "ก่อน", "lag_minutes": 0}
    return {"article_id": name, "night": night, **alone, **facts, **other}


ROWS = [article("a", NIGHTS[0]), article("b", NIGHTS[1]), article("c", NIGHTS[1], title=PAYLOAD, body=PAYLOAD)]
COPY = {
    "story_id": "a", "canonical_id": "a", "is_canonical": False, "is_origin": False, "relation": "near", "jaccard": 0.6,
    "containment": 0.7, "novel_share": 0.3, "n_members": None, "n_sources": None,
}  # fmt: skip
MEMBERS = [
    [member("a", NIGHTS[0])],
    [member("a", NIGHTS[0], n_members=2), member("b", NIGHTS[1], **COPY), member("c", NIGHTS[1])],
]  # what each night's links changed


MEMBER_SCHEMA = {
    "article_id": pl.String, "night": pl.Date, "story_id": pl.String, "canonical_id": pl.String,
    "is_canonical": pl.Boolean, "is_origin": pl.Boolean, "relation": pl.String,
    "jaccard": pl.Float64, "containment": pl.Float64,
    "novel_share": pl.Float64, "lag_minutes": pl.Int64, "n_members": pl.UInt32, "n_sources": pl.UInt32,
    "first_source": pl.String, "first_published_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


def members(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=MEMBER_SCHEMA)


def write_night(
    index: Index,
    night: date,
    made_from: str,
    n_read: int | None = None,
    rows: list[dict[str, object]] | None = None,
    texts: list[dict[str, object]] | None = None,
) -> None:
    texts = texts or [row for row in ROWS if row["night"] == night]
    articles = Article.validate(pl.DataFrame(texts, infer_schema_length=None), cast=True)
    with index.checkpoint(night, "prepare", made_from, {}) as folder:
        articles.write_parquet(folder / "articles.parquet")
        Quarantine.create_empty().write_parquet(folder / "quarantine.parquet")
        contract.RemovedLine.create_empty().write_parquet(folder / "removed.parquet")
        counts = {"file": ["a.jsonl"], "n_read": [n_read or articles.height]}
        files = pl.DataFrame({**counts, "n_articles": [articles.height], "n_quarantined": [0]})
        files.write_parquet(folder / "files.parquet")
    with index.checkpoint(night, "link", made_from, {}) as folder:
        contract.PublishedMatch.create_empty().write_parquet(folder / "matches.parquet")
        contract.StoryAlias.create_empty().write_parquet(folder / "aliases.parquet")
        members(rows or MEMBERS[NIGHTS.index(night)]).write_parquet(folder / "members.parquet")


@pytest.fixture
def home(tmp_path: Path) -> tuple[Index, Versions]:
    index, versions = Index(tmp_path / "index"), Versions(tmp_path / "published")
    for night in NIGHTS:
        write_night(index, night, str(night))
    return index, versions


def test_published_tables_are_the_contract(home: tuple[Index, Versions]) -> None:
    index, versions = home
    published = publish(index, versions, Settings(), metadata={"tokenizer": "t"})
    assert published.is_new
    kept = pl.read_parquet(versions.current / "articles/**/*.parquet", hive_partitioning=True)
    assert kept.sort("article_id")["n_members"].to_list() == [2, 1]
    assert pl.read_parquet(versions.current / "members/**/*.parquet").height == 3
    for table in contract.TABLES:
        for path in (versions.current / table).rglob("*.parquet"):
            assert pq.read_schema(path).remove_metadata().equals(contract.arrow_schema(table).remove_metadata())
            assert pl.read_parquet_metadata(path)["tokenizer"] == "t"
            for field in pq.read_schema(path):
                assert field.metadata[b"description"]


def test_member_with_much_of_its_own_keeps_its_text(home: tuple[Index, Versions]) -> None:
    index, versions = home
    publish(index, versions, Settings(), metadata={})
    found = pl.read_parquet(versions.current / "members/**/*.parquet").sort("article_id")
    assert found["body"].to_list() == [None, "เนื้อข่าว b", None]


def test_same_index_publishes_nothing_new(home: tuple[Index, Versions]) -> None:
    index, versions = home
    first = publish(index, versions, Settings(), metadata={})
    second = publish(index, versions, Settings(), metadata={})
    assert (second.is_new, second.version) == (False, first.version)


def test_number_of_threads_changes_nothing(tmp_path: Path) -> None:
    """Sums of shares, above all: Polars gives each of its threads some of the rows."""
    index, shares = Index(tmp_path / "index"), random.Random(1)
    rows = [
        article(f"{at:04}", NIGHTS[0], source=shares.choice(["เหนือ", "ใต้"]), removed_share=shares.random() ** 3)
        for at in range(2_000)
    ]
    copies = [
        member("0000", NIGHTS[0], n_members=2_000),
        *(member(f"{at:04}", NIGHTS[0], **{**COPY, "story_id": "0000", "canonical_id": "0000", "is_origin": False,
                 "containment": shares.random()}) for at in range(1, 2_000)),
    ]  # fmt: skip
    write_night(index, NIGHTS[0], "many", rows=copies, texts=rows)
    trees = [published_by(tmp_path, n_threads) for n_threads in (1, 2, 3)]
    assert trees[1] == trees[0] == trees[2]


def published_by(root: Path, n_threads: int) -> dict[str, str]:
    """What a process with so many Polars threads makes of the index."""
    home = root / str(n_threads)
    home.mkdir()
    (home / "index").symlink_to(root / "index")
    code = (
        "import sys; from pathlib import Path; from dedup.index import Index; from dedup.publish import publish\n"
        "from dedup.settings import Settings; from dedup.versions import Versions\n"
        "home = Path(sys.argv[1])\n"
        "publish(Index(home / 'index'), Versions(home / 'published'), Settings(), metadata={})"
    )
    environment = {**os.environ, "POLARS_MAX_THREADS": str(n_threads)}
    subprocess.run([sys.executable, "-c", code, str(home)], check=True, env=environment)
    return published_tree(home)


def test_unchanged_partition_is_the_same_file(home: tuple[Index, Versions]) -> None:
    index, versions = home
    publish(index, versions, Settings(), metadata={})
    write_night(index, NIGHTS[1], "redelivered")
    publish(index, versions, Settings(), metadata={})
    old, new = (versions.folder(name) / "quarantine" for name in versions.names())

    def inode(folder: Path, night: date) -> int:
        return (folder / f"dt={night}" / "part-0.parquet").stat().st_ino

    assert inode(old, NIGHTS[0]) == inode(new, NIGHTS[0])
    assert inode(old, NIGHTS[1]) != inode(new, NIGHTS[1])


def test_lost_record_stops_before_the_swap(home: tuple[Index, Versions]) -> None:
    index, versions = home
    publish(index, versions, Settings(), metadata={})
    write_night(index, NIGHTS[1], "other", n_read=7)
    with pytest.raises(InvariantError, match="7 records read"):
        publish(index, versions, Settings(), metadata={})
    assert versions.names() == [versions.current_name()] == ["000001"]


def test_row_that_breaks_the_contract_stops_before_the_swap(home: tuple[Index, Versions]) -> None:
    index, versions = home
    write_night(index, NIGHTS[1], "other", rows=[*MEMBERS[1][:2], member("c", NIGHTS[1], relation=None)])
    with pytest.raises(Exception, match="relation"):
        publish(index, versions, Settings(), metadata={})
    assert versions.current_name() is None
    assert list(versions.root.glob("versions/*")) == []


def test_report_shows_scraped_markup_as_text(home: tuple[Index, Versions], tmp_path: Path) -> None:
    index, versions = home
    refused = Quarantine.create_empty().to_dicts()
    row = {**dict.fromkeys(Quarantine.column_names()), "file": "a.jsonl", "step": "read", "title": PAYLOAD}
    refused.append({**row, "reasons": [PAYLOAD], "payload_encoding": "utf-8", "source": PAYLOAD})
    path = index.folder(NIGHTS[0], "prepare") / "quarantine.parquet"
    Quarantine.validate(pl.DataFrame(refused, infer_schema_length=None), cast=True).write_parquet(path)
    files = index.folder(NIGHTS[0], "prepare") / "files.parquet"
    pl.read_parquet(files).with_columns(n_read=pl.lit(2, pl.Int64), n_quarantined=pl.lit(1, pl.Int64)).write_parquet(
        files
    )
    publish(index, versions, Settings(), metadata={})
    page = (versions.current / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_night_stays_judged_as_it_was_when_it_was_published(home: tuple[Index, Versions]) -> None:
    index, versions = home
    strict = Settings(gates={"min_nights": 2, "min_records": 1})  # type: ignore[arg-type]
    publish(index, versions, strict, metadata={})
    odd, later = date(2026, 11, 22), date(2026, 11, 23)
    write_night(index, odd, "odd", rows=[member("d", odd)], texts=[article("d", odd, removed_share=0.9)])
    with pytest.raises(GateError, match=r"2026-11-22 removed:ก่อน 0\.9, usually 0\.1"):
        publish(index, versions, strict, metadata={})
    looked_at = Settings(gates={**strict.gates.model_dump(), "accept": ["removed:ก่อน"]})  # type: ignore[arg-type]
    publish(index, versions, looked_at, metadata={})
    write_night(index, later, "later", rows=[member("e", later)], texts=[article("e", later)])
    publish(index, versions, strict, metadata={})

    def judged(folder: Path, night: date) -> dict[str, str]:
        return dict(pl.read_parquet(folder / f"gates/dt={night}/*.parquet").select("gate", "judgement").iter_rows())

    before, now = (versions.folder(name) for name in versions.names()[-2:])
    assert judged(before, odd) == judged(now, odd)
    assert judged(now, odd)["removed"] == "accepted"
    assert judged(now, later)["removed"] == "passed"
    assert judged(now, NIGHTS[1])["removed"] == "unjudged"
    assert "accepted by a person" in (before / "report.html").read_text(encoding="utf-8")
    assert "accepted by a person" not in (now / "report.html").read_text(encoding="utf-8")


def test_dictionary_names_every_column() -> None:
    text = contract.dictionary()
    for schema in contract.TABLES.values():
        for column in schema.column_names():
            assert f"| `{column}` |" in text
