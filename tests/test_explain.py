import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from dedup.cli import main
from dedup.errors import InputError
from dedup.persons.names import record_id
from dedup.showing.explain import LISTED, LIVES, PAYLOAD_CHARS, Shelf, answer, explain, shelf
from dedup.showing.sentences import sentence
from dedup.versions import scan
from tests.conftest import SAMPLE

HOSTILE = "\x1b[31m\u202eข่าว\r\n"


@pytest.fixture(scope="module")
def members(sample_home: Path) -> pl.DataFrame:
    return scan(sample_home / "published" / "current", "members").collect().sort("article_id")


@pytest.fixture(scope="module")
def refused(sample_home: Path) -> pl.DataFrame:
    return scan(sample_home / "published" / "current", "quarantine").collect()


def test_every_record_is_answered_by_its_id_and_one_without_by_its_line(
    sample_home: Path, members: pl.DataFrame, refused: pl.DataFrame
) -> None:
    kept = shelf(sample_home)
    tables = Shelf(kept.index, *(table.collect().lazy() for table in (kept.members, kept.matches, kept.quarantine)))
    place = pl.concat_str("file", pl.lit(":"), "line", ignore_nulls=True).alias("place")
    rows = pl.concat([rows.select("source_record_id", "file", "line", place) for rows in (members, refused)])
    named = set(rows["source_record_id"].drop_nulls())
    assert named <= set(pl.read_parquet(SAMPLE / "truth.parquet")["id"])
    for own, file, line, where in rows.iter_rows():
        found = answer(tables, own or where)
        assert [(row["file"], row["line"]) for row in (*found["articles"], *found["quarantined"])] == [(file, line)]
        assert sentence(found)


def test_every_quarantined_record_is_told_with_its_reasons(sample_home: Path, refused: pl.DataFrame) -> None:
    places = refused.select(pl.concat_str("file", pl.lit(":") + pl.col("line").cast(pl.String), ignore_nulls=True))
    for place, reasons in zip(places.to_series(), refused["reasons"], strict=True):
        found = explain(sample_home, place)
        assert reasons.to_list() in [row["reasons"] for row in found["quarantined"]], place
        assert ", ".join(reasons) in sentence(found)


@pytest.mark.parametrize(
    ("asked", "way"),
    [
        ("lamnam/lamnam-0043", "record id"),
        ("lamnam-0043.txt", "file"),
        ("lamnam-0043", "file"),
        ("crawl_date=2026-11-22/lamnam/lamnam-0043.txt:1", "file"),
    ],
)
def test_record_without_own_id_answers_to_its_file(sample_home: Path, asked: str, way: str) -> None:
    found = explain(sample_home, asked)
    assert found["found_by"] == way
    assert [row["file"] for row in found["quarantined"]] == ["crawl_date=2026-11-22/lamnam/lamnam-0043.txt"]
    assert found["articles"] == []


def test_copy_names_the_article_kept_for_it_and_the_evidence(sample_home: Path, members: pl.DataFrame) -> None:
    copy = members.filter(~pl.col("is_canonical")).row(0, named=True)
    found = explain(sample_home, copy["article_id"])
    (life,) = found["articles"]
    assert life["kept"]["article_id"] == copy["canonical_id"]
    assert life["kept"]["is_canonical"]
    assert life["matches"][0]["other_id"] == copy["canonical_id"]
    assert life["cleaning"]["removed_share"] >= 0
    text = sentence(found)
    assert f"not kept    {copy['relation']} of {copy['canonical_id']}" in text
    assert f"Jaccard {copy['jaccard']:.3f}" in text
    assert f"{copy['file']}:{copy['line']}" in text


def test_kept_article_says_so(sample_home: Path, members: pl.DataFrame) -> None:
    kept = members.filter("is_canonical").row(0, named=True)
    assert "kept        it is the article that stands for this text" in sentence(
        explain(sample_home, kept["article_id"])
    )


def test_beginning_of_an_article_id_is_enough(sample_home: Path, members: pl.DataFrame) -> None:
    own = members["article_id"][0]
    assert [row["article_id"] for row in explain(sample_home, own[:8])["articles"]] == [own]


def test_address_answers_with_trackers_and_without(sample_home: Path, members: pl.DataFrame) -> None:
    row = members.filter(pl.col("canonical_url").is_not_null() & pl.col("url").is_unique()).row(0, named=True)
    for address in (row["url"], row["canonical_url"], row["url"] + ("&" if "?" in row["url"] else "?") + "fbclid=x"):
        found = explain(sample_home, address)
        assert found["found_by"] == "address"
        assert row["article_id"] in {life["article_id"] for life in found["articles"]}


def test_words_of_the_headline_in_any_order_answer(sample_home: Path) -> None:
    found = explain(sample_home, "โกดัง ไฟไหม้")
    assert found["found_by"] == "words of the headline"
    assert all("ไฟไหม้" in row["title"] and "โกดัง" in row["title"] for row in found["articles"])


def test_name_of_many_records_tells_a_few_and_counts_the_rest(sample_home: Path, members: pl.DataFrame) -> None:
    found = explain(sample_home, "haadsai.jsonl.zst")
    told = [*found["articles"], *found["quarantined"]]
    assert len(found["articles"]) == LIVES
    assert len(found["more"]) == min(found["n_more"], LISTED)
    named = members.filter(pl.col("file").str.ends_with("haadsai.jsonl.zst")).height
    assert len(told) + found["n_more"] >= named
    assert f"{found['n_more']} more answer to it" in sentence(found)


def test_removed_lines_are_told_with_their_rules(sample_home: Path, members: pl.DataFrame, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(sample_home, home, symlinks=True)
    row = members.row(0, named=True)
    lines = {"file": row["file"], "line": row["line"], "text_line": [9, 3], "reason": "share", "text": ["แชร์", "อ่านต่อ"]}
    night = home / "index" / f"dt={row['dt']}" / "prepare"
    pl.DataFrame(lines).write_parquet(night / "removed_lines.parquet")
    found = explain(home, row["article_id"])
    assert [line["text_line"] for line in found["articles"][0]["removed_lines"]] == [3, 9]
    assert "line 3    share: อ่านต่อ" in sentence(found)


def test_night_that_the_index_lacks_is_named(sample_home: Path, members: pl.DataFrame, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(sample_home / "published", home / "published", symlinks=True)
    found = explain(home, members["article_id"][0])
    assert found["articles"][0]["cleaning"] is None
    assert "the index does not hold this night" in sentence(found)


def test_terminal_sees_no_control_characters(sample_home: Path, refused: pl.DataFrame) -> None:
    found = explain(sample_home, "lamnam-0043")
    found["quarantined"][0] |= {"title": HOSTILE, "url": HOSTILE, "payload": HOSTILE * 1000, "detail": HOSTILE}
    text = sentence(found)
    assert not {"\x1b", "\u202e", "\r"} & set(text)
    assert max(map(len, text.splitlines())) < 400


def test_payload_of_a_refused_page_is_shortened(sample_home: Path, refused: pl.DataFrame) -> None:
    for place in refused["file"].unique():
        for row in explain(sample_home, place)["quarantined"]:
            assert row["payload"] is None or len(row["payload"]) <= PAYLOAD_CHARS


def test_unknown_name_is_refused_with_what_may_be_given(sample_home: Path) -> None:
    with pytest.raises(InputError, match="an article id, a record's own id"):
        explain(sample_home, "ไม่มีคำนี้แน่นอนxyz")
    with pytest.raises(InputError, match="nothing published answers"):
        explain(sample_home, "!!")


def test_home_without_a_version_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dedup run"):
        explain(tmp_path, "x")


def test_command_prints_text_and_json(
    sample_home: Path, members: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    name = members.select(record_id()).to_series()[0]
    assert main(["explain", name, "--home", str(sample_home)]) == 0
    assert members["article_id"][0] in capsys.readouterr().out
    assert main(["explain", name, "--home", str(sample_home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["articles"][0]["article_id"] == members["article_id"][0]
