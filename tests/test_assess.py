import json
from pathlib import Path

import polars as pl
import pytest

from dedup.cli import main
from dedup.errors import InputError
from dedup.matching.verify import SCORE_SCHEMA
from dedup.scoring.assess import Assessment, as_json, assess, compared, read_truth, texts_of
from dedup.settings import MatchSettings
from dedup.showing.mistakepages import SAID, mistake_pages, said
from dedup.versions import scan
from tests.conftest import SAMPLE
from tests.test_report import PAYLOADS, Page
from tests.test_review import poisoned

SETTINGS = MatchSettings()
TRUTH = SAMPLE / "truth.parquet"


def assessed(home: Path, truth: pl.DataFrame) -> Assessment:
    return assess(home, home / "published" / "current", truth, SETTINGS, with_text=False)


@pytest.fixture(scope="module")
def wrong_truth() -> pl.DataFrame:
    """The sample's truth with every second story of its own merged into the one before: joins and misses to look at."""
    truth = read_truth(TRUTH)
    stories = truth["story_id"].unique().sort()
    shifted = dict(zip(stories, stories.shift(1).fill_null("first"), strict=True))
    is_other = pl.int_range(pl.len()) % 3 == 0
    other = pl.col("story_id").replace_strict(shifted)
    return truth.with_columns(story_id=pl.when(is_other).then(other).otherwise("story_id"))


@pytest.fixture(scope="module")
def found(sample_home: Path, wrong_truth: pl.DataFrame) -> Assessment:
    return assessed(sample_home, wrong_truth)


def test_pairs_are_compared_now_as_the_run_compared_them(sample_home: Path) -> None:
    matches = scan(sample_home / "published" / "current", "matches").collect().sort("left_id", "right_id")
    shown = ["left_id", "right_id", "jaccard", "containment_left", "containment_right", "shared", "rule", "verdict"]
    again = compared(sample_home, matches.select("left_id", "right_id"), SETTINGS)
    assert set(SCORE_SCHEMA) <= set(again.columns)
    assert again.sort("left_id", "right_id").select(shown).equals(matches.select(shown))


def test_every_mistake_is_listed_with_its_cost(found: Assessment) -> None:
    scores = found.scores
    true, joined = (
        sum(n * (n - 1) // 2 for n in found.labels.group_by(by).len()["len"]) for by in ("story_id", "cluster")
    )
    assert found.false_joins["n_pairs"].sum() == joined - round(joined * scores["precision"])
    assert found.misses["n_pairs"].sum() == true - round(true * scores["recall"])


def test_truth_without_texts_or_with_numbers_for_ids_is_enough(sample_home: Path, tmp_path: Path) -> None:
    truth = pl.read_parquet(TRUTH).drop("clean_text", "source", "published", "crawl_date")
    truth.write_parquet(tmp_path / "truth.parquet")
    assert assessed(sample_home, read_truth(tmp_path / "truth.parquet")).scores["missing"] == 0
    with pytest.raises(InputError, match="clean_text"):
        assess(sample_home, sample_home / "published" / "current", truth, SETTINGS, with_text=True)
    truth.with_columns(id=pl.int_range(pl.len())).write_parquet(tmp_path / "truth.parquet")
    scores = assessed(sample_home, read_truth(tmp_path / "truth.parquet")).scores
    assert scores["missing"] == scores["records"] > 0


def test_records_without_an_id_of_their_own_are_listed_by_their_file(sample_home: Path) -> None:
    truth = read_truth(TRUTH)
    apart = truth.filter(pl.col("id").str.contains("/")).with_columns(story_id="id")
    listed = texts_of(sample_home, assessed(sample_home, apart))
    assert listed
    assert all("/" in row["record"] and row["body"] for row in listed.values())


@pytest.mark.parametrize("fault", ["lacks", "twice", "none"])
def test_truth_that_cannot_be_one_is_refused(fault: str, tmp_path: Path) -> None:
    truth, path = pl.read_parquet(TRUTH), tmp_path / "truth.parquet"
    {"lacks": truth.drop("edit"), "twice": pl.concat([truth, truth]), "none": truth}[fault].write_parquet(path)
    if fault == "none":
        path.write_text("no parquet")
    with pytest.raises(InputError, match={"lacks": "edit", "twice": "twice", "none": "cannot be read"}[fault]):
        read_truth(path)


def test_json_holds_the_texts_of_the_worst(sample_home: Path, found: Assessment) -> None:
    worst = found.worst(3)
    printed = json.loads(json.dumps(as_json(worst, texts_of(sample_home, worst))))
    assert [len(printed[name]) for name in ("false_joins", "misses")] == [3, 3]
    assert all(row[side]["body"] and row[side]["record"] for row in printed["misses"] for side in ("left", "right"))
    assert {row["by"] for row in printed["calibration"]} == {"containment", "jaccard", "rule"}


def test_pages_show_both_texts_of_every_mistake(sample_home: Path, found: Assessment, tmp_path: Path) -> None:
    worst = found.worst(2)
    index = mistake_pages(sample_home, sample_home / "published" / "current", tmp_path, worst.false_joins, worst.misses)
    page = Page(index.read_text(encoding="utf-8"))
    assert len(page.addresses) == 4
    shown = "".join((tmp_path / address).read_text(encoding="utf-8") for address in page.addresses)
    for row in [*worst.false_joins.to_dicts(), *worst.misses.to_dicts()]:
        assert row["left_id"] in shown
        assert row["right_id"] in shown
        assert said(row).capitalize() in shown


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payload_in_every_scraped_text_changes_no_page(
    sample_home: Path, found: Assessment, tmp_path: Path, payload: str
) -> None:
    def pages(home: Path, out: Path) -> Page:
        worst = found.worst(2)
        mistake_pages(home, home / "published" / "current", out, worst.false_joins, worst.misses)
        return Page("".join(path.read_text(encoding="utf-8") for path in sorted(out.iterdir())))

    harmless = pages(sample_home, tmp_path / "harmless")
    hostile = pages(poisoned(sample_home, tmp_path / "home", payload), tmp_path / "hostile")
    assert hostile.tags <= harmless.tags | {"del", "ins"}
    assert "script" not in hostile.tags
    assert hostile.attributes <= harmless.attributes


def test_everything_a_mistake_can_be_is_said() -> None:
    row = {"rule": "near", "verdict": "accepted"}
    assert all(said({**row, "mistake": mistake.value}) for mistake in SAID)
    assert set(SAID) == set(type(next(iter(SAID))))


def test_command_prints_tables_or_json_and_writes_pages(
    sample_home: Path, wrong_truth: pl.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong_truth.write_parquet(tmp_path / "truth.parquet")
    asked = ["evaluate", "--home", str(sample_home), "--errors", str(tmp_path / "out"), "--truth"]
    assert main([*asked, str(tmp_path / "truth.parquet"), "--text"]) == 0
    told = capsys.readouterr().out
    assert all(words in told for words in ("B-cubed", "jaccard", "kept apart", "lamnam", str(tmp_path / "out")))
    assert main([*asked, str(tmp_path / "truth.parquet"), "--json", "--worst", "1"]) == 0
    assert len(json.loads(capsys.readouterr().out)["misses"]) == 1
    assert main([*asked, str(TRUTH)]) == 0
    assert "kept apart, and the truth has one story: none" in capsys.readouterr().out
    assert main(["evaluate", "--home", str(tmp_path), "--truth", str(TRUTH)]) == 1
