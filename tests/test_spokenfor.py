import json
from pathlib import Path

import pytest

from dedup.cli import main
from dedup.index import Index
from dedup.persons.verdicts import keep, read_verdicts
from dedup.showing.explain import explain
from dedup.showing.sentences import sentence
from tests.told import JOIN, read, verdicts


def test_article_tells_what_a_person_said_and_what_the_matcher_thought(told_home: Path, apart: tuple[str, str]) -> None:
    (joined,) = explain(told_home, apart[0])["articles"][0]["verdicts"]
    assert (joined["verdict"], joined["line"], joined["is_applied"], joined["is_joined_by_itself"]) == (
        "same", 2, True, False,
    )  # fmt: skip
    found = explain(told_home, JOIN[0])
    (parted,) = found["articles"][0]["verdicts"]
    assert parted["other_id"] == explain(told_home, JOIN[1])["articles"][0]["article_id"]
    text = sentence(found)
    assert f"a person    {JOIN[0]}, {JOIN[1]}: different (verdicts.csv line 3)" in text
    assert f"{parted['other_id']}; the matcher by itself: joined, {parted['own_rule']}" in text
    assert "refused     person with" in text
    assert sum(line.startswith("  a person") for line in text.splitlines()) == 1


def test_verdict_that_was_not_applied_says_so(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = read(sample_home, "quarantine").drop_nulls("source_record_id")["source_record_id"].sort()[0]
    article = read(sample_home, "members").sort("article_id").row(0, named=True)
    file = verdicts(tmp_path, (refused, article["url"] + "#top", "same"))
    file.write_text("left,right,verdict,by,on,note\n" + file.read_text().splitlines()[1] + ",ก,2026-11-24,\x1b[31mz\n")
    keep(Index(tmp_path / "index"), read_verdicts(file))
    (tmp_path / "published").symlink_to(sample_home / "published")
    for name in (refused, article["article_id"]):
        text = sentence(explain(tmp_path, name))
        assert "same by ก on 2026-11-24 (verdicts.csv line 2): " in text
        assert "not applied here" in text
        assert "\x1b" not in text


def test_command_has_the_verdicts_in_its_json(told_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", JOIN[0], "--home", str(told_home), "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)["articles"][0]["verdicts"]
    assert (said["left"], said["right"], said["verdict"]) == (*JOIN, "different")


def test_home_that_nobody_told_anything_has_none(sample_home: Path) -> None:
    assert explain(sample_home, JOIN[0])["articles"][0]["verdicts"] == []
