import json
from pathlib import Path

import pytest

from dedup.cli import main
from dedup.persons.names import record_id
from dedup.persons.verdicts import read_verdicts
from dedup.scoring.agreement import Agreement, agreement
from dedup.versions import scan
from tests.conftest import SAMPLE, run_all
from tests.told import by, stories, verdicts


@pytest.fixture(scope="module")
def pairs(sample_home: Path) -> list[tuple[str, str, str]]:
    """One verdict that the matcher meets and one that it does not, of either kind."""
    story = stories(sample_home)
    names = sorted(name for name in story if "/" not in name)
    joined = next((a, b) for a in names for b in names if a < b and story[a] == story[b])
    apart = next((a, b) for a in names for b in names if a < b and story[a] != story[b])
    used = {story[name] for name in (*joined, *apart)}
    rest = [name for name in names if story[name] not in used]
    other = next((a, b) for a in rest for b in rest if a < b and story[a] != story[b])
    return [(*joined, "same"), (*apart, "different"), (*other, "same")]


def found(home: Path, file: Path) -> Agreement:
    return agreement(home, home / "published" / "current", read_verdicts(file), 45)


def test_verdicts_are_met_where_the_stories_are_so(
    sample_home: Path, pairs: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    agreed = found(sample_home, verdicts(tmp_path, *pairs, ("nobody", pairs[0][0], "same")))
    assert agreed.lines["is_met"].to_list() == [True, True, False, None]
    assert (agreed.n_met, agreed.n_judged) == (2, 3)
    (against,) = agreed.against.to_dicts()
    assert (against["line"], against["left"], against["right"]) == (4, *pairs[2][:2])
    assert agreed.as_json()["not_judged"][0]["reason"] == "nothing answers to nobody"


def test_home_that_was_told_still_says_what_its_matcher_thought(
    sample_home: Path, pairs: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    file = verdicts(tmp_path, *pairs)
    run_all(SAMPLE / "raw", tmp_path / "home", by(file))
    now = stories(tmp_path / "home")
    assert now[pairs[2][0]] == now[pairs[2][1]]
    assert found(tmp_path / "home", file).lines.equals(found(sample_home, file).lines)
    assert "person" not in found(tmp_path / "home", file).against["rule"]


def test_lines_that_mean_no_pair_are_told_why(
    sample_home: Path, pairs: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    folder = sample_home / "published" / "current"
    refused = scan(folder, "quarantine").select(record_id()).drop_nulls().collect().to_series()[0]
    own = scan(folder, "members").filter(record_id() == pairs[0][0]).select("article_id").collect().item()
    lines = verdicts(tmp_path, (refused, pairs[0][0], "same"), (own, pairs[0][0], "same"))
    reasons = found(sample_home, lines).lines["reason"].to_list()
    assert reasons == [f"{refused} was quarantined", "both are one article"]


def test_pair_wider_apart_than_the_window_says_so(sample_home: Path, tmp_path: Path) -> None:
    nights = scan(sample_home / "published" / "current", "members").select("article_id", "dt").sort("dt").collect()
    line = (nights["article_id"][0], nights["article_id"][-1], "same")
    told = agreement(
        sample_home, sample_home / "published" / "current", read_verdicts(verdicts(tmp_path, line)), window_nights=1
    )
    assert told.lines["reason"].to_list() == ["2 nights lie between the two, and the window has 1"]


def test_command_scores_verdicts_with_a_truth_and_without(
    sample_home: Path, pairs: list[tuple[str, str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", "--home", str(sample_home), "--verdicts", str(verdicts(tmp_path, *pairs))]
    assert main(command) == 0
    text = capsys.readouterr().out
    assert "met by the matcher itself: 2 of 3, 66.7 %" in text
    assert any(all(cell in line for cell in pairs[2]) for line in text.splitlines())  # whole, to be copied
    assert main([*command, "--truth", str(SAMPLE / "truth.parquet"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["f1"] > 0.9
    assert told["verdicts"]["agreement"] == pytest.approx(2 / 3, abs=1e-4)
    assert main(command[:3]) == 1
    assert "--verdicts FILE" in capsys.readouterr().err


def test_run_says_which_verdicts_were_applied(
    sample_home: Path, pairs: list[tuple[str, str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = verdicts(tmp_path, *pairs, ("nobody", pairs[0][0], "same"))
    command = ["run", "--raw", str(SAMPLE / "raw"), "--home", str(tmp_path / "home"), "--all", "--workers", "1"]
    assert main([*command, "--verdicts", str(file)]) == 0
    text = capsys.readouterr().out
    assert "verdicts: 3 of 4 applied" in text
    assert "verdicts.csv line 5" in text
    assert "nothing answers to nobody" in text
    assert main([*command, "--json"]) == 0
    assert [row["n_pairs"] for row in json.loads(capsys.readouterr().out)["verdicts"]] == [1, 1, 1, 0]
