"""The promises of the whole job, on the sample and on small nights made from it."""

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.errors import FingerprintError, InputError
from dedup.index import Counts, Index
from dedup.nights import Work
from dedup.persons.names import record_id
from dedup.pipeline import Job, Wanted, run
from dedup.settings import Settings
from tests.conftest import ONE_WORKER, SAMPLE, published_tree, run_all

NIGHTS = [date(2026, 11, day) for day in (20, 21, 22)]


def deliver(raw: Path, target: Path, nights: list[date]) -> None:
    for night in nights:
        shutil.copytree(raw / f"crawl_date={night}", target / f"crawl_date={night}", dirs_exist_ok=True)


def read(home: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(home / "published" / "current" / table / "**/*.parquet", hive_partitioning=True)


def test_nothing_is_lost(sample_home: Path) -> None:
    members, quarantine, articles = (read(sample_home, table) for table in ("members", "quarantine", "articles"))
    index = Index(sample_home / "index")
    n_read = index.read(index.nights(), "prepare", "files")["n_read"].sum()
    assert n_read == members.height + quarantine.height > 300
    assert articles.height == members["is_canonical"].sum()
    assert articles["n_members"].sum() == members.height


def test_date_that_stands_only_above_the_text_is_the_article_s_and_flagged(sample_home: Path) -> None:
    written = pl.col("published").str.to_datetime("%+", time_zone="UTC")
    truth = pl.read_parquet(SAMPLE / "truth.parquet").select("id", written=written)
    texts = read(sample_home, "members").filter(source="lamnam").with_columns(id=record_id()).join(truth, on="id")
    assert texts.height > 20
    assert texts["published_at"].equals(texts["written"].cast(pl.Datetime("us", "UTC")))
    assert all("date-from-text" in flags for flags in texts["flags"])


def test_every_labelled_record_is_published_or_quarantined_once(sample_home: Path) -> None:
    truth = pl.read_parquet(SAMPLE / "truth.parquet")
    found = pl.concat(
        [read(sample_home, table).select("file", "source_record_id") for table in ("members", "quarantine")]
    )
    own = found["source_record_id"].drop_nulls()
    assert own.is_duplicated().sum() == 0
    assert set(own) <= set(truth["id"])


def test_every_drop_has_evidence_against_the_article_that_was_kept(sample_home: Path) -> None:
    members = read(sample_home, "members")
    dropped = members.filter(~pl.col("is_canonical"))
    assert dropped.height > 50
    assert dropped.select(pl.col("jaccard", "containment", "novel_share").null_count().sum()).row(0) == (0, 0, 0)
    pairs = read(sample_home, "matches").filter(pl.col("verdict") == "accepted")
    either = pl.concat(
        [
            pairs.select("left_id", "right_id", "jaccard"),
            pairs.select(left_id="right_id", right_id="left_id", jaccard="jaccard"),
        ]
    )
    known = dropped.join(either, left_on=["article_id", "canonical_id"], right_on=["left_id", "right_id"])
    assert known.height > 0.5 * dropped.height  # the others were compared when the kept one was chosen
    assert (known["jaccard"] == known["jaccard_right"]).all()


def test_quarantine_keeps_the_record_whole(sample_home: Path) -> None:
    refused = read(sample_home, "quarantine")
    assert refused.filter(pl.col("reasons").list.len() == 0).is_empty()
    broken = refused.filter(pl.col("reasons").list.contains("not-json"))
    raw = (SAMPLE / "raw" / broken["file"][0]).read_bytes().splitlines()
    assert raw[broken["line"][0] - 1].decode() == broken["payload"][0]


def test_screened_record_is_kept_as_it_was_delivered_whether_it_was_repaired_or_not(tmp_path: Path) -> None:
    delivered = [" ".join([one] * 9) for one in ("Rice &amp; rubber rose today.", "Nothing to repair in this report.")]
    night = tmp_path / "raw" / "crawl_date=2026-11-20"
    night.mkdir(parents=True)
    lines = [json.dumps({"url": f"https://khao.example/{at}", "text": text}) for at, text in enumerate(delivered)]
    (night / "khao.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run_all(tmp_path / "raw", tmp_path / "home")
    refused = read(tmp_path / "home", "quarantine").sort("line")
    assert refused["step"].to_list() == ["screen", "screen"]
    assert [json.loads(payload)["text"] for payload in refused["payload"]] == delivered


def test_run_again_changes_nothing(small_raw: Path, tmp_path: Path) -> None:
    run_all(small_raw, tmp_path)
    before = published_tree(tmp_path)
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "index").rglob("stamp.json")}
    run_all(small_raw, tmp_path)
    assert published_tree(tmp_path) == before
    assert stamps == {path: path.stat().st_mtime_ns for path in (tmp_path / "index").rglob("stamp.json")}
    assert [path.name for path in (tmp_path / "published" / "versions").iterdir()] == ["000001"]


def test_only_nights_with_something_to_do_are_steps(small_raw: Path, tmp_path: Path) -> None:
    raw, home = tmp_path / "raw", tmp_path / "home"
    steps: list[tuple[str, date | None]] = []
    planned: list[int] = []

    def seen(step: str, night: date | None, work: Work) -> Counts:
        steps.append((step, night))
        return work()

    def again() -> list[tuple[str, date | None]]:
        steps.clear()
        job = Job(raw, home, ONE_WORKER)
        summary = run(job, Wanted(), today=NIGHTS[-1], do=seen, on_plan=planned.append)
        assert summary.nights == job.index.nights()
        assert planned[-1] == len(steps)
        return steps

    def all_three(nights: list[date]) -> list[tuple[str, date | None]]:
        return [(step, night) for night in nights for step in ("prepare", "sketch", "link")]

    deliver(small_raw, raw, NIGHTS[:2])
    assert again() == [*all_three(NIGHTS[:2]), ("publish", None)]
    assert again() == [("publish", None)]
    deliver(small_raw, raw, NIGHTS[2:])
    assert again() == [*all_three(NIGHTS[2:]), ("publish", None)]
    shutil.rmtree(Index(home / "index").folder(NIGHTS[1], "link"))  # as if killed before it was linked
    assert ("link", NIGHTS[1]) in again()


def test_workers_change_nothing(small_raw: Path, tmp_path: Path) -> None:
    deliver(small_raw, tmp_path / "raw", NIGHTS)
    for night in NIGHTS:  # a second file a night, so that there is something to share out
        copy = tmp_path / "raw" / f"crawl_date={night}"
        lines = (copy / "rungarun.jsonl").read_bytes().splitlines(keepends=True)
        (copy / "rungarun.jsonl").write_bytes(b"".join(lines[:7]))
        (copy / "rungarun-2.jsonl").write_bytes(b"".join(lines[7:]))
    run_all(tmp_path / "raw", tmp_path / "a")
    run_all(tmp_path / "raw", tmp_path / "b", Settings(run={"workers": 2}))  # type: ignore[arg-type]
    assert published_tree(tmp_path / "a") == published_tree(tmp_path / "b")


def test_hash_seed_changes_nothing(small_raw: Path, at_once: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dedup.cli", "run", "--raw", str(small_raw), "--home", str(tmp_path / "there")]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([*command, "--all", "--workers", "1"], check=True, capture_output=True, env=environment)
    assert published_tree(tmp_path / "there") == published_tree(at_once)


def test_order_of_the_lines_changes_nothing_but_their_numbers(small_raw: Path, at_once: Path, tmp_path: Path) -> None:
    deliver(small_raw, tmp_path / "raw", NIGHTS)
    for path in (tmp_path / "raw").rglob("*.jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        random.Random(5).shuffle(lines)
        path.write_bytes(b"".join(lines))
    run_all(tmp_path / "raw", tmp_path / "home")
    for table in ("articles", "members", "matches"):
        a, b = (read(home, table).drop("line", strict=False) for home in (at_once, tmp_path / "home"))
        assert a.sort(a.columns[:2]).equals(b.sort(b.columns[:2]))


@given(schedule=st.lists(st.sampled_from(NIGHTS), min_size=1, max_size=4), window=st.sampled_from([1, 45]))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nights_in_any_order_equal_all_at_once(
    schedule: list[date],
    window: int,
    small_raw: Path,
    small_home: Callable[[int], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Late and re-delivered nights included: whatever came before, the last run catches up."""
    folder = tmp_path_factory.mktemp("schedule")
    by = Settings(index={"window_nights": window}, run={"workers": 1})  # type: ignore[arg-type]
    for night in schedule:
        deliver(small_raw, folder / "raw", [night])
        run_all(folder / "raw", folder / "home", by, night=night)
    deliver(small_raw, folder / "raw", NIGHTS)
    run_all(folder / "raw", folder / "home", by)
    assert published_tree(folder / "home") == published_tree(small_home(window))


def test_redelivered_night_replaces_its_records(small_raw: Path, at_once: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    deliver(small_raw, raw, NIGHTS)
    file = raw / f"crawl_date={NIGHTS[0]}" / "rungarun.jsonl"
    whole = file.read_bytes()
    file.write_bytes(b"".join(whole.splitlines(keepends=True)[:5]))
    run_all(raw, tmp_path / "home")
    file.write_bytes(whole)
    run_all(raw, tmp_path / "home", night=NIGHTS[0])
    assert published_tree(tmp_path / "home") == published_tree(at_once)


def test_flat_folder_goes_by_crawl_time(small_raw: Path, tmp_path: Path) -> None:
    lines = [line for path in sorted(small_raw.rglob("*.jsonl")) for line in path.read_bytes().splitlines() if line]
    records = [json.loads(line) for line in lines[:1] + lines[20:21]]
    flat = tmp_path / "flat"
    flat.mkdir()
    with gzip.open(flat / "export.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in [*records, {"text": None}])
    run_all(flat, tmp_path / "home")
    found = pl.concat([read(tmp_path / "home", table).select("dt") for table in ("members", "quarantine")])
    assert found["dt"].n_unique() == 2
    assert found.height == 3


def test_other_settings_are_refused_with_the_way_out(small_raw: Path, tmp_path: Path) -> None:
    run_all(small_raw, tmp_path, night=NIGHTS[0])
    other = Settings(match={"shingle_words": 4}, run={"workers": 1})  # type: ignore[arg-type]
    with pytest.raises(FingerprintError, match="dedup rebuild"):
        run_all(small_raw, tmp_path, other)


def test_night_that_was_not_delivered_is_an_error_that_names_what_is_there(small_raw: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2026-11-20 to 2026-11-22"):
        run_all(small_raw, tmp_path, night=date(2026, 1, 1))
    assert not (tmp_path / "published").exists()
