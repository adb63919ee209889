"""A person overrules the matcher: what changes, what stays, and what is remembered."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.errors import InputError, InvariantError
from dedup.index import Index
from dedup.matching.overrule import contradiction
from dedup.persons.spoken import PAIR_SCHEMA, Spoken
from dedup.persons.standing import STANDING_SCHEMA, check_standing, standing_as_of
from dedup.persons.verdicts import kept, read_verdicts
from dedup.pipeline import Job, Wanted, run
from tests.conftest import SAMPLE, published_tree, run_all
from tests.test_link import NIGHTS, STORY, deliver
from tests.told import JOIN, Line, by, read, stories, verdicts


def tables(home: Path) -> dict[str, str]:
    """The published Parquet files; report and manifest speak of the whole version."""
    return {path: digest for path, digest in published_tree(home).items() if path.endswith(".parquet")}


def test_verdicts_join_two_stories_and_part_one(sample_home: Path, told_home: Path, apart: tuple[str, str]) -> None:
    before, after = stories(sample_home), stories(told_home)
    assert before[apart[0]] != before[apart[1]]
    assert after[apart[0]] == after[apart[1]] in [before[name] for name in apart]
    assert before[JOIN[0]] == before[JOIN[1]] == after[JOIN[1]]
    assert after[JOIN[0]] != after[JOIN[1]]


def test_only_rows_of_the_stories_that_were_touched_change(
    sample_home: Path, told_home: Path, apart: tuple[str, str]
) -> None:
    before, after = tables(sample_home), tables(told_home)
    assert before.keys() == after.keys()
    touched = {stories(home)[name] for home in (sample_home, told_home) for name in (*apart, *JOIN)}
    members = pl.concat([read(home, "members").select("article_id", "story_id") for home in (sample_home, told_home)])
    ids = set(members.filter(pl.col("story_id").is_in(touched))["article_id"])
    changed = [path for path in before if before[path] != after[path]]
    assert not {path.split("/")[0] for path in changed} & {"quarantine", "removed"}
    for table in ("articles", "members", "matches"):
        one, other = read(sample_home, table), read(told_home, table)
        moved = pl.concat([one.join(other, on=one.columns, how="anti", nulls_equal=True),
                           other.join(one, on=one.columns, how="anti", nulls_equal=True)])  # fmt: skip
        assert moved.height > 0
        named = [name for name in ("article_id", "left_id", "right_id") if name in moved.columns]
        assert all(set(moved[name]) <= ids for name in named)
        assert {str(night) for night in moved["dt"]} == {
            path.split("dt=")[1][:10] for path in changed if path.startswith(table)
        }


def test_pair_is_compared_exactly_and_bears_the_rule_of_a_person(sample_home: Path, told_home: Path) -> None:
    said = read(told_home, "matches").filter(rule="person").sort("verdict")
    assert said["verdict"].to_list() == ["accepted", "refused"]
    assert said["shared"].min() > 0  # type: ignore[operator]
    both = said.join(read(sample_home, "matches"), on=["left_id", "right_id"], suffix="_before")
    assert both.height == 2
    assert both["jaccard"].to_list() == both["jaccard_before"].to_list()


def test_same_file_from_the_beginning_gives_the_same_bytes(told_home: Path, tmp_path: Path) -> None:
    for night in NIGHTS:
        run_all(SAMPLE / "raw", tmp_path / "home", by(told_home.parent / "verdicts.csv"), night=night)
    assert published_tree(tmp_path / "home") == published_tree(told_home)


def test_file_taken_back_gives_the_bytes_of_before(sample_home: Path, told_home: Path, tmp_path: Path) -> None:
    shutil.copytree(told_home, tmp_path / "home", symlinks=True)
    run_all(SAMPLE / "raw", tmp_path / "home", by(verdicts(tmp_path)))
    assert published_tree(tmp_path / "home") == published_tree(sample_home)


def test_what_a_person_said_survives_the_file_and_a_rebuild(told_home: Path, tmp_path: Path) -> None:
    shutil.copytree(told_home, tmp_path / "home", symlinks=True)
    run_all(SAMPLE / "raw", tmp_path / "home")
    assert published_tree(tmp_path / "home") == published_tree(told_home)
    run(Job(SAMPLE / "raw", tmp_path / "home", by(None)), Wanted(), today=NIGHTS[-1], is_rebuild=True)
    assert published_tree(tmp_path / "home") == published_tree(told_home)


def test_story_ids_that_somebody_saved_lead_to_the_story_of_their_article(sample_home: Path, told_home: Path) -> None:
    saved = read(sample_home, "members")["story_id"].unique()
    now = read(told_home, "members")
    aliases = dict(read(told_home, "aliases").select("old_story_id", "story_id").iter_rows())
    alive = set(now["story_id"])
    gone = [name for name in saved if name not in alive]
    assert gone
    assert {aliases[name] for name in gone} <= alive
    assert {name: aliases[name] for name in gone}.items() <= dict(
        now.select("article_id", "story_id").iter_rows()
    ).items()


def test_what_the_matcher_thinks_by_itself_is_remembered(told_home: Path) -> None:
    standing = standing_as_of(Index(told_home / "index"), NIGHTS[-1]).sort("verdict")
    assert standing.select("verdict", "is_joined_by_itself").rows() == [("different", True), ("same", False)]
    assert standing["rule"].is_in(["person"]).sum() == 0
    check_standing(standing)
    with pytest.raises(InvariantError, match="1 verdicts do not hold"):
        check_standing(standing.with_columns(left_story="right_story"))


# -- small nights -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def records(at_once: Path) -> list[str]:
    return sorted(stories(at_once))


def stamps(home: Path, step: str) -> dict[str, int]:
    return {path.parts[-3]: path.stat().st_mtime_ns for path in home.glob(f"index/*/{step}/stamp.json")}


def test_only_the_nights_from_the_newer_article_on_are_linked_again(
    small_raw: Path, at_once: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(at_once, home, symlinks=True)
    of_night = {night: read(home, "members").filter(dt=night)["article_id"].to_list() for night in NIGHTS}
    links, prepared, sketched = (stamps(home, step) for step in ("link", "prepare", "sketch"))
    line = (of_night[NIGHTS[0]][0], of_night[NIGHTS[1]][0], "different")
    for lines, moved in (([line], NIGHTS[1:]), ([line, (line[0], "nobody", "same")], []), ([], NIGHTS[1:])):
        run_all(small_raw, home, by(verdicts(tmp_path, *lines)))
        now = stamps(home, "link")
        assert [name for name in sorted(links) if links[name] != now[name]] == [f"dt={night}" for night in moved]
        links = now
    assert (stamps(home, "prepare"), stamps(home, "sketch")) == (prepared, sketched)


def test_night_whose_files_are_gone_hears_of_a_verdict(small_raw: Path, tmp_path: Path) -> None:
    shutil.copytree(small_raw, tmp_path / "raw")
    run_all(tmp_path / "raw", tmp_path / "home")
    first = read(tmp_path / "home", "members").filter(dt=NIGHTS[0])["article_id"].sort()[:2].to_list()
    shutil.rmtree(tmp_path / "raw" / f"crawl_date={NIGHTS[0]}")
    file = verdicts(tmp_path, (first[0], first[1], "same"))
    run_all(tmp_path / "raw", tmp_path / "home", by(file))
    run_all(small_raw, tmp_path / "at-once", by(file))
    assert published_tree(tmp_path / "home") == published_tree(tmp_path / "at-once")


def test_contradiction_is_refused_and_nothing_of_it_remembered(small_raw: Path, at_once: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(at_once, home, symlinks=True)
    rows = read(home, "members").sort("article_id").select("article_id", "source_record_id")[:3].rows()
    (a, ra), (b, _), (c, _) = rows
    run_all(small_raw, home, by(verdicts(tmp_path, (a, b, "same"))))
    before, remembered = published_tree(home), kept(Index(home / "index"))
    with pytest.raises(InputError, match="line 4"):
        run_all(small_raw, home, by(verdicts(tmp_path, (a, b, "same"), (b, c, "same"), (c, ra, "different"))))
    assert published_tree(home) == before
    assert kept(Index(home / "index")).equals(remembered)


def test_names_that_nobody_answers_to_are_no_error(small_raw: Path, at_once: Path, tmp_path: Path) -> None:
    run_all(small_raw, tmp_path / "told", by(verdicts(tmp_path, ("nobody", "https://nowhere.example/1", "same"))))
    assert published_tree(tmp_path / "told") == published_tree(at_once)


LINES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from(["same", "different"])), min_size=1, max_size=6
)


@given(lines=LINES, later=st.integers(0, 3), window=st.sampled_from([1, 45]))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_verdicts_hold_and_come_to_the_same_whenever_they_are_heard(
    small_raw: Path, records: list[str], tmp_path_factory: pytest.TempPathFactory,
    lines: list[tuple[int, int, str]], later: int, window: int,
) -> None:  # fmt: skip
    """Night by night, the file given after some of them, equals one run with the file."""
    folder = tmp_path_factory.mktemp("heard")
    named = [(records[a % len(records)], records[b % len(records)], said) for a, b, said in lines]
    file = verdicts(folder, *{frozenset(line[:2]): line for line in named if line[0] != line[1]}.values())
    try:
        run_all(small_raw, folder / "at-once", by(file, window))
    except InputError:
        assert not (folder / "at-once" / "published").exists()
        return
    for number, night in enumerate(NIGHTS):
        run_all(small_raw, folder / "home", by(file if number >= later else None, window), night=night)
    run_all(small_raw, folder / "home", by(file, window))
    assert published_tree(folder / "home") == published_tree(folder / "at-once")
    spoken = Spoken(Index(folder / "home" / "index"), read_verdicts(file), window)
    pairs = pl.concat([pl.DataFrame(schema=PAIR_SCHEMA), *(spoken.of(night) for night in NIGHTS)])
    assert contradiction(pairs) is None
    story = dict(read(folder / "home", "members").select("article_id", "story_id").iter_rows())
    for left, right, said in pairs.select("left_id", "right_id", "verdict").iter_rows():
        assert (story[left] == story[right]) == (said == "same")
    assert standing_as_of(spoken.index, NIGHTS[-1]).schema == STANDING_SCHEMA
    assert standing_as_of(spoken.index, NIGHTS[-1]).height == pairs.height


# -- the window ---------------------------------------------------------------------------------------------------


@pytest.fixture
def aged(tmp_path: Path) -> Callable[[Line], dict[str, str]]:
    """One text by north, then by south and west, then by east; in a window of one night north is forgotten."""

    def run(line: Line) -> dict[str, str]:
        for night, outlets in zip(NIGHTS, (["north"], ["south", "west"], ["east"]), strict=True):
            for outlet in outlets:
                deliver(tmp_path / "raw", night, outlet, STORY)
        run_all(tmp_path / "raw", tmp_path / "home", by(verdicts(tmp_path, line), window=1))
        story = dict(read(tmp_path / "home", "members").select("source", "story_id").iter_rows())
        return {outlet: next(first for first in story if story[first] == story[outlet]) for outlet in story}

    return run


def test_article_that_has_left_the_window_is_kept_apart_still(aged: Callable[[Line], dict[str, str]]) -> None:
    found = aged((f"north-{NIGHTS[0]}", f"south-{NIGHTS[1]}", "different"))
    assert found["north"] != found["south"]
    assert len(set(found.values())) == 2


def test_article_that_has_left_the_window_is_joined_still(aged: Callable[[Line], dict[str, str]]) -> None:
    assert len(set(aged((f"north-{NIGHTS[0]}", f"south-{NIGHTS[1]}", "same")).values())) == 1
