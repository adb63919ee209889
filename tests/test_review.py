import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from dedup.cli import main
from dedup.errors import InputError
from dedup.index import Index
from dedup.matching.verify import MatchRule
from dedup.persons.heard import heard
from dedup.persons.spoken import Spoken
from dedup.persons.verdicts import read_verdicts
from dedup.showing.pairpages import MEANINGS
from dedup.showing.report import render
from dedup.showing.review import SIDES, borderline_pairs, review
from dedup.versions import scan
from tests.test_report import LONG, PAYLOADS, Page

SCRAPED = [
    "title", "body", "url", "canonical_url", "source", "first_source", "source_record_id", "file", "detail", "text",
    "payload",
]  # fmt: skip


LINKS = ("https://", "http://", "#", "pair-", "story-", "index.html")


@pytest.fixture(scope="module")
def folder(sample_home: Path) -> Path:
    return sample_home / "published" / "current"


def pages(home: Path, out: Path) -> dict[str, str]:
    review(home, out, borderline=2)
    found = {path.name: path.read_text(encoding="utf-8") for path in sorted(out.iterdir())}
    return {**found, "report.html": render(home / "published" / "current")}


@pytest.fixture(scope="module")
def harmless(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    found = pages(sample_home, tmp_path_factory.mktemp("harmless"))
    return {name: Page(text) for name, text in found.items()}


def poisoned(home: Path, to: Path, payload: str, columns: list[str] = SCRAPED) -> Path:
    """A home in which every scraped text ends in the payload."""
    shutil.copytree(home, to, symlinks=True)
    tables = [*(to / "published" / "versions").rglob("*.parquet"), *(to / "index").glob("*/prepare/articles.parquet")]
    for path in tables:
        rows = pl.read_parquet(path, hive_partitioning=False)
        scraped = [name for name in columns if name in rows.columns]
        rows.with_columns(
            pl.concat_str(pl.col(name).fill_null(""), pl.lit(payload)).alias(name) for name in scraped
        ).write_parquet(path)
    return to


def test_pairs_nearest_to_the_line_come_first(folder: Path) -> None:
    pairs = borderline_pairs(folder, 5)
    assert pairs["verdict"].unique(maintain_order=True).to_list() == [verdict.value for verdict in SIDES]
    for verdict in SIDES:
        shared = pairs.filter(verdict=verdict.value)["contained"].to_list()
        assert shared == sorted(shared, reverse=verdict.value != "accepted")
    least = (
        scan(folder, "matches")
        .filter(verdict="accepted")
        .select(pl.max_horizontal("containment_left", "containment_right").min())
    )
    assert pairs.filter(verdict="accepted")["contained"][0] == least.collect().item()


def test_pair_that_a_person_has_judged_is_not_asked_again(told_home: Path) -> None:
    pairs = borderline_pairs(told_home / "published" / "current", 400)
    assert scan(told_home / "published" / "current", "matches").filter(rule="person").collect().height == 2
    assert "person" not in pairs["rule"]


def test_two_stories_are_shown_once(folder: Path) -> None:
    pairs = borderline_pairs(folder, 20)
    stories = dict(scan(folder, "members").select("article_id", "story_id").collect().iter_rows())
    for verdict in SIDES:
        rows = pairs.filter(verdict=verdict.value).select("left_id", "right_id").iter_rows()
        of_stories = [tuple(sorted((stories[left], stories[right]))) for left, right in rows]
        assert len(set(of_stories)) == len(of_stories) > 3
        assert verdict.value == "accepted" or all(first != second for first, second in of_stories)


def test_every_pair_has_a_page_with_both_texts_and_scores(sample_home: Path, folder: Path, tmp_path: Path) -> None:
    written = review(sample_home, tmp_path, borderline=3)
    assert (written.n_pairs, written.n_stories) == (9, 5)
    index = written.index.read_text(encoding="utf-8")
    for number, row in enumerate(borderline_pairs(folder, 3).to_dicts()):
        name = f"pair-{row['verdict']}-{number % 3 + 1:03d}.html"
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert f'href="{name}"' in index
        for shown in (row["left_id"], row["right_id"], f"{row['jaccard']:.3f}", row["rule"]):
            assert str(shown) in text
        assert "<del>" in text or "<ins>" in text


def test_pages_have_verdict_lines_that_a_run_understands(sample_home: Path, tmp_path: Path) -> None:
    review(sample_home, tmp_path / "out", borderline=2)
    lines = {
        path.name: re.findall(r'<pre class="copy">(.*?)</pre>', path.read_text(encoding="utf-8"))
        for path in (tmp_path / "out").iterdir()
    }
    (header,) = lines.pop("index.html")
    verdicts = {"pair": ["same", "different"], "story": ["different"]}
    for name, found in lines.items():
        (tmp_path / "v.csv").write_text("\n".join([header, *found[::2]]), encoding="utf-8")
        told = read_verdicts(tmp_path / "v.csv")
        assert set(told["verdict"]) <= set(verdicts[name.split("-")[0]])
        assert told["left"].str.len_chars().to_list() == [32] * len(found[::2])
        assert len(found) == 2 if name.startswith("pair") else len(found) > 3
        assert heard(Spoken(Index(sample_home / "index"), told, 45))["reason"].drop_nulls().is_empty()


def test_links_between_pages_lead_somewhere(sample_home: Path, tmp_path: Path) -> None:
    review(sample_home, tmp_path, borderline=2)
    for path in tmp_path.iterdir():
        for address in Page(path.read_text(encoding="utf-8")).addresses:
            assert address.startswith(("https://", "http://", "#")) or (tmp_path / address).is_file(), address


def test_story_page_has_every_member(sample_home: Path, folder: Path, tmp_path: Path) -> None:
    members = scan(folder, "members").collect()
    story = members.group_by("story_id").len().sort("len", "story_id")["story_id"][-1]
    written = review(sample_home, tmp_path, story=story)
    assert (written.n_pairs, written.n_stories) == (0, 1)
    text = (tmp_path / f"story-{story}.html").read_text(encoding="utf-8")
    for row in members.filter(story_id=story).iter_rows(named=True):
        assert row["title"][:40] in text
        assert row["is_canonical"] or f'id="{row["article_id"]}"' in text


def test_story_is_found_by_an_old_id_and_by_a_member(sample_home: Path, folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(sample_home, home, symlinks=True)
    member = scan(folder, "members").filter(~pl.col("is_canonical")).collect().sort("article_id").row(0, named=True)
    alias = home / "published" / "current" / "aliases" / f"dt={member['dt']}" / "part-0.parquet"
    pl.DataFrame({"old_story_id": ["0" * 32], "story_id": [member["story_id"]]}).write_parquet(alias)
    for name in ("0" * 32, member["article_id"], member["story_id"]):
        review(home, tmp_path / name, story=name)
        assert (tmp_path / name / f"story-{member['story_id']}.html").is_file()


def test_same_home_gives_the_same_pages(sample_home: Path, tmp_path: Path) -> None:
    assert pages(sample_home, tmp_path / "one") == pages(sample_home, tmp_path / "two")


@pytest.mark.parametrize("payload", [*PAYLOADS, "javascript:alert(1)//"])
def test_payload_in_every_scraped_text_changes_no_page(
    sample_home: Path, harmless: dict[str, Page], tmp_path: Path, payload: str
) -> None:
    home = poisoned(sample_home, tmp_path / "home", payload)
    for name, text in pages(home, tmp_path / "hostile").items():
        page, known = Page(text), harmless[name]
        assert page.tags <= known.tags | {"del", "ins"}, name
        assert page.attributes <= known.attributes, name
        assert all(address.startswith(LINKS) for address in page.addresses)


def test_address_that_is_no_web_address_is_no_link(sample_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(sample_home, home, symlinks=True)
    for path in (home / "index").glob("*/prepare/articles.parquet"):
        pl.read_parquet(path).with_columns(url=pl.lit("javascript:alert(1)")).write_parquet(path)
    for text in pages(home, tmp_path / "out").values():
        assert not any("javascript" in address for address in Page(text).addresses)
    assert "javascript:alert(1)" in (tmp_path / "out" / "pair-accepted-001.html").read_text(encoding="utf-8")


def test_links_tell_nobody_where_they_stand(sample_home: Path, tmp_path: Path) -> None:
    review(sample_home, tmp_path, borderline=2)
    text = (tmp_path / "pair-accepted-001.html").read_text(encoding="utf-8")
    assert text.count('href="https://') == text.count('rel="noreferrer noopener nofollow"') == 2


def test_hundred_kilobyte_headlines_and_addresses_are_cut(sample_home: Path, tmp_path: Path) -> None:
    home = poisoned(sample_home, tmp_path / "home", LONG, ["title", "url"])
    for name, text in pages(home, tmp_path / "out").items():
        assert len(text.encode()) < 500_000, name


def test_pages_of_an_earlier_call_do_not_stay(sample_home: Path, folder: Path, tmp_path: Path) -> None:
    review(sample_home, tmp_path / "out", borderline=3)
    story = scan(folder, "members").select("story_id").first().collect().item()
    review(sample_home, tmp_path / "out", story=story)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"index.html", f"story-{story}.html"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("kept", ["notes.txt", "index.html/notes.txt"])
def test_folder_with_other_files_is_not_replaced(sample_home: Path, tmp_path: Path, kept: str) -> None:
    other = tmp_path / kept
    other.parent.mkdir(exist_ok=True)
    other.write_text("mine")
    for out in (tmp_path, other):
        with pytest.raises(InputError, match="a folder of their own"):
            review(sample_home, out, borderline=1)
    assert other.read_text() == "mine"


def test_every_rule_is_explained() -> None:
    assert set(MEANINGS) == set(MatchRule)


def test_unknown_story_and_empty_home_are_refused(sample_home: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no story"):
        review(sample_home, tmp_path / "out", story="nope")
    with pytest.raises(InputError, match="dedup run"):
        review(tmp_path, tmp_path / "out")


def test_command_says_where_the_pages_are(
    sample_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", "--home", str(sample_home), "--borderline", "1", "--out", str(tmp_path / "out")]) == 0
    assert f"3 pairs, 5 stories: {tmp_path / 'out' / 'index.html'}" in capsys.readouterr().out
