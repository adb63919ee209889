"""Who is meant by a name, and to which night a pair belongs."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from dedup.errors import InputError
from dedup.index import Index
from dedup.persons.spoken import MOST_CRAWLS, Spoken
from dedup.persons.verdicts import VERDICT_SCHEMA

NIGHTS = [date(2026, 11, day) for day in (1, 2, 3)]
PAGE = "https://north.example/news/"


def article(
    name: str, night: date = NIGHTS[0], record: str | None = None, page: str | None = None
) -> dict[str, object]:
    return {
        "article_id": name,
        "night": night,
        "source": "north",
        "source_record_id": record,
        "file": f"crawl_date={night}/north/{name}.txt",
        "url": f"{PAGE}{page or name}?utm_source=x",
        "canonical_url": f"{PAGE}{page or name}",
    }


def spoken(folder: Path, articles: list[dict[str, object]], *lines: tuple[str, str, str], window: int = 45) -> Spoken:
    for night in NIGHTS:
        there = folder / f"dt={night}" / "prepare"
        there.mkdir(parents=True)
        rows = [row for row in articles if row["night"] == night]
        pl.DataFrame(rows or articles, schema_overrides={"source_record_id": pl.String}).filter(
            pl.col("night") == night
        ).write_parquet(there / "articles.parquet")
        (there / "stamp.json").write_text('{"digest": "x", "counts": {}}')
    told = [("v.csv", number + 2, *line, "", "", "") for number, line in enumerate(lines)]
    return Spoken(Index(folder), pl.DataFrame(told, schema=VERDICT_SCHEMA, orient="row"), window)


def ids(found: Spoken, night: date) -> list[tuple[str, str]]:
    return found.of(night).select("left_id", "right_id").rows()


@pytest.mark.parametrize("name", ["b", "rec-b", f"{PAGE}b?utm_source=x", f"{PAGE}b/amp", f"{PAGE}b"])
def test_article_is_named_by_id_record_or_address(tmp_path: Path, name: str) -> None:
    found = spoken(tmp_path, [article("a"), article("b", NIGHTS[1], "rec-b")], (name, "a", "same"))
    assert ids(found, NIGHTS[1]) == [("a", "b")]
    assert ids(found, NIGHTS[0]) == []


def test_record_without_an_id_is_named_by_its_file(tmp_path: Path) -> None:
    found = spoken(tmp_path, [article("a"), article("b")], ("north/b", "north/a", "different"))
    assert ids(found, NIGHTS[0]) == [("a", "b")]


def test_pair_belongs_to_the_night_of_the_newer_one_and_may_be_given_either_way(tmp_path: Path) -> None:
    found = spoken(tmp_path, [article("z"), article("b", NIGHTS[2])], ("b", "z", "same"), ("z", "b", "same"))
    assert ids(found, NIGHTS[2]) == [("z", "b"), ("z", "b")]
    assert found.of(NIGHTS[2])["left"].to_list() == ["b", "z"]


def test_address_means_every_crawl_of_its_page(tmp_path: Path) -> None:
    crawls = [article("a", page="p"), article("b", NIGHTS[1], page="p")]
    found = spoken(tmp_path, [*crawls, article("c", NIGHTS[1])], (f"{PAGE}p", "c", "same"))
    assert ids(found, NIGHTS[1]) == [("a", "c"), ("b", "c")]


def test_name_of_several_pages_means_none_of_them(tmp_path: Path) -> None:
    articles = [article("a", record="7"), article("b"), article("c", NIGHTS[1], "7"), article("d", NIGHTS[1])]
    found = spoken(tmp_path, articles, ("7", "b", "same"), ("7", "d", "same"))
    assert ids(found, NIGHTS[0]) == [("a", "b")]  # as of that night the number named one page
    assert ids(found, NIGHTS[1]) == []


def test_page_of_too_many_crawls_is_not_applied(tmp_path: Path) -> None:
    crawls = [article(f"a{number}", page="p") for number in range(MOST_CRAWLS + 1)]
    found = spoken(tmp_path, [*crawls, article("c")], (f"{PAGE}p", "c", "same"))
    assert ids(found, NIGHTS[0]) == []


def test_pair_wider_apart_than_the_window_is_not_applied(tmp_path: Path) -> None:
    found = spoken(tmp_path, [article("a"), article("b", NIGHTS[2])], ("a", "b", "same"), window=1)
    assert ids(found, NIGHTS[2]) == []


def test_one_article_cannot_differ_from_itself(tmp_path: Path) -> None:
    found = spoken(tmp_path, [article("a", record="r")], ("a", "r", "different"))
    with pytest.raises(InputError, match=r"v.csv line 2 \(a, r: different\): both are article a"):
        found.of(NIGHTS[0])


def test_contradiction_names_its_lines(tmp_path: Path) -> None:
    lines = (("a", "b", "same"), ("rec-b", "c", "same"), ("c", "a", "different"))
    found = spoken(tmp_path, [article("a"), article("b", record="rec-b"), article("c", NIGHTS[1])], *lines)
    with pytest.raises(InputError, match="cannot all hold") as told:
        found.check_all()
    assert all(f"line {number}" in str(told.value) for number in (2, 3, 4))
