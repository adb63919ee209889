"""What the flows are made of, without a Prefect server."""

import base64
import errno
import json
import logging
import re
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import date
from multiprocessing import spawn
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import duckdb
import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from prefect.states import Failed

from dedup.errors import ClusterError, DedupError, GateError, InputError, InvariantError, LockedError, SettingsError
from dedup.parallel import Pace
from dedup.pipeline import Summary, Wanted
from dedup.publish import Published
from dedup.settings import Settings, load
from flows import reports, steps
from flows.automations import SILENCE
from flows.backfill import backfill, portions
from flows.deployments import deployments
from flows.downstream import MOST_REPRINTED, morning
from flows.events import changed_nights
from flows.forms import MOST_MINUTES, SECTIONS, How, Rules, as_toml, job_of
from flows.logs import RUNS
from flows.markdown import code, escaped, table
from flows.nightly import nightly
from flows.picture import as_markdown, nights_svg
from flows.rebuild import rebuild
from flows.review import review
from flows.rollback import rollback

ROOT = Path(__file__).parent.parent
FLOWS = [nightly, backfill, rebuild, rollback, review, morning]
HOSTILE = "</td><script>alert(1)</script>![x](javascript:alert(1)) | **b** `c` [l](http://e) \u202e\n# h"


def night(day: int) -> date:
    return date(2026, 11, day)


# -- forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_parameter_has_a_title_and_a_sentence(flow: Any) -> None:
    for name, shown in flow.parameters.properties.items():
        group = flow.parameters.definitions.get(shown.get("$ref", "").removeprefix("#/definitions/"), {})
        assert {**group, **shown}["title"][0].isupper(), name
        assert shown["description"].endswith((".", ".)")), name


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_flow_says_in_markdown_what_it_does(flow: Any) -> None:
    assert len(flow.description) > 150
    assert re.search(r"\*\*|`|\*\w", flow.description)


def test_ranges_dates_and_choices_survive_into_the_form() -> None:
    shown = nightly.parameters.properties
    how = nightly.parameters.definitions["How"]["properties"]
    assert (how["workers"]["minimum"], how["workers"]["maximum"]) == (0, 256)
    assert how["delta"]["enum"] == ["as the settings say", "yes", "no"]
    for name, field in {**how, **rebuild.parameters.definitions["Rules"]["properties"]}.items():
        assert field["title"][0].isupper(), name
        assert field["description"].endswith((".", ".)")), name
    assert shown["night"]["anyOf"][0]["format"] == "date"
    rules = rebuild.parameters.definitions["Rules"]["properties"]
    assert rules["canonical"]["enum"] == ["first_full", "earliest", "longest", "latest"]
    assert (rules["containment"]["minimum"], rules["containment"]["maximum"]) == (0, 1)


def test_rules_in_the_form_are_those_of_the_settings() -> None:
    own = Rules.model_json_schema()["properties"]
    sections = Settings.model_json_schema()["$defs"]
    names = {"clean": "CleanSettings", "match": "MatchSettings", "index": "IndexSettings"}
    facts = ("default", "minimum", "maximum", "enum", "type")
    for section, fields in SECTIONS.items():
        for field in fields:
            theirs = sections[names[section]]["properties"][field]
            assert {fact: own[field].get(fact) for fact in facts} == {fact: theirs.get(fact) for fact in facts}, field
    assert set().union(*SECTIONS.values()) == set(Rules.model_fields)


def test_trial_rules_as_toml_are_read_back_as_they_were_tried(tmp_path: Path) -> None:
    rules = Rules(containment=0.6, canonical="longest", window_nights=9, min_body_chars=7)
    file = tmp_path / "settings.toml"
    file.write_text(as_toml(rules), encoding="utf-8")
    tried = job_of(tmp_path / "raw", tmp_path / "home", rules=rules).settings
    assert load(file) == tried
    assert tried.match.containment == 0.6


def test_form_goes_before_the_settings_file_only_where_it_says_something(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        "[run]\nworkers = 3\nkeep_versions = 4\nwait_for_lock = 9\ndelta = true\n"
        '[match]\nverdicts = "/v.csv"\njaccard = 0.6\n[gates]\naccept = ["silent:a"]\n',
        encoding="utf-8",
    )
    places, how = (tmp_path / "raw", tmp_path / "home"), How(workers=2, memory_gb=1.5, cluster=" tcp://dask:8786 ")
    job = job_of(*places, settings=f" {file} ", accept=["copies:b\n dates:c \n"], how=how)
    run = job.settings.run
    assert (run.workers, run.keep_versions, run.memory_limit, run.delta) == (2, 4, 1_500_000_000, True)
    assert run.cluster == "tcp://dask:8786"
    assert job.settings.match == load(file).match
    other = job_of(*places, settings=str(file), verdicts="/w.csv", how=How(delta="no")).settings
    assert (other.run.delta, other.run.workers, other.match.verdicts) == (False, 3, Path("/w.csv"))
    assert other.match.jaccard == 0.6
    assert job.settings.gates.accept == ["silent:a", "copies:b", "dates:c"]
    assert job.settings.run.wait_for_lock == 0  # Prefect waits, and shows that it does


@pytest.mark.parametrize(
    ("raw", "home", "settings", "sentence"),
    [
        ("raw", "/h", "", "Raw folder: raw is not a whole path"),
        ("/r", "h", "", "Home: h is not a whole path"),
        ("/r", "/h", "s.toml", "Settings file: s.toml is not a whole path"),
        ("/r", "/r/home", "", "lie in one another"),
        ("/h/raw", "/h", "", "lie in one another"),
        ("/r", "/r", "", "lie in one another"),
        ("/r", "/h", "/no/such.toml", "/no/such.toml"),
    ],
)
def test_wrong_path_is_refused_with_a_sentence(raw: str, home: str, settings: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        job_of(Path(raw), Path(home), settings=settings)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"accept": ["silnt:thaiwire"]}, "silnt:thaiwire: no such gate; there are silent, records"),
        ({"verdicts": "verdicts.csv"}, "Verdicts: verdicts.csv is not a whole path"),
        ({"how": How(memory_gb=0.3)}, "Memory limit: 0.3 GB is too little; give 0.6 GB or more"),
        ({"how": How(cluster="dask:8786")}, "Dask scheduler: dask:8786 is no address like tcp://HOST:PORT"),
    ],
)
def test_value_that_the_form_cannot_judge_is_refused_with_a_sentence(form: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        job_of("/r", "/h", **form)


def test_verdicts_are_named_by_a_whole_path(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    for named, is_whole in ((tmp_path / "verdicts.csv", True), (Path("verdicts.csv"), False)):
        file.write_text(f'[match]\nverdicts = "{named}"\n', encoding="utf-8")
        if is_whole:
            assert job_of(tmp_path / "raw", tmp_path / "home", settings=str(file)).settings.match.verdicts == named
        else:
            with pytest.raises(SettingsError, match="in the settings file: verdicts"):
                job_of(tmp_path / "raw", tmp_path / "home", settings=str(file))


def test_run_says_how_many_verdicts_were_applied() -> None:
    heard = pl.DataFrame({"n_pairs": [1, 0, 3]}, schema_overrides={"n_pairs": pl.Int64})
    published = Published("000002", is_new=True, n_written=1, n_linked=0)
    night = date(2026, 11, 20)
    told, facts = steps.outcome(Summary([night], [night], published, heard))
    assert told.endswith("2 of 3 verdicts of persons were applied.")
    assert (facts["verdicts"], facts["verdicts_applied"]) == (3, 2)
    told, facts = steps.outcome(Summary([night], [night], published, heard.clear()))
    assert "verdicts" not in told
    assert "verdicts" not in facts


# -- retries ----------------------------------------------------------------------------------------------------


def tried(error: Exception, attempt: int = 1, minutes: float = 170, mends: steps.Mends = steps.can_pass) -> bool:
    again = steps.patience(minutes, mends)["retry_condition_fn"]
    return again(None, SimpleNamespace(run_count=attempt), Failed(data=error))  # type: ignore[no-any-return]


@pytest.mark.parametrize("error", [DedupError, GateError, InputError, InvariantError, SettingsError, ValueError])
def test_what_a_person_has_to_mend_is_not_tried_again(error: type[Exception]) -> None:
    assert not tried(error("x"))
    assert not tried(error("x"), mends=steps.never)


@pytest.mark.parametrize("minutes", [0, 1, 170, MOST_MINUTES])
def test_held_home_is_waited_for_as_long_as_the_form_says(minutes: int) -> None:
    waits = steps.waits(minutes)
    assert sum(waits) == 60 * minutes
    for mends in (steps.can_pass, steps.never):
        assert all(tried(LockedError("x"), attempt, minutes, mends) for attempt in range(1, len(waits) + 1))
        assert not tried(LockedError("x"), len(waits) + 1, minutes, mends)
    assert steps.patience(minutes, steps.never)["retries"] <= 50  # Prefect takes no more


def test_form_allows_no_longer_wait_than_the_flow_has_time() -> None:
    assert nightly.timeout_seconds > 60 * MOST_MINUTES  # type: ignore[operator]


@pytest.mark.parametrize("error", [OSError(errno.EIO, "x"), OSError(errno.ESTALE, "x"), ClusterError("x")])
def test_what_may_pass_is_tried_a_few_times(error: Exception) -> None:
    assert [tried(error, attempt) for attempt in (1, 2, 3, 4)] == [True, True, False, False]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.ENOENT])
def test_full_disk_and_missing_permission_are_not_tried_again(number: int) -> None:
    assert not tried(OSError(number, "x"))


# -- logs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "error", "is_news"),
    [
        ("prepare 2026-11-20: 8 files", None, True),
        ("Finished in state Completed()", None, False),
        (
            "Task run failed with exception: LockedError('x') - Retry 1/20 will start 30.0 second(s) from now",
            None,
            True,
        ),
        ("Task run failed with exception: GateError('x')", GateError("x"), False),
        ("Encountered exception during execution: KeyError('x')", KeyError("x"), True),
    ],
)
def test_log_of_a_run_has_figures_sentences_and_what_nobody_foresaw(
    said: str, error: Exception | None, is_news: bool
) -> None:
    logger = logging.getLogger(RUNS[1])
    info = (type(error), error, None) if error else None
    record = logger.makeRecord(logger.name, logging.INFO, "", 0, said, (), info)
    assert bool(logger.filter(record)) is is_news


# -- backfill ---------------------------------------------------------------------------------------------------


def test_backfill_after_the_known_nights_is_one_run_a_night() -> None:
    asked = [night(3), night(5), night(4)]
    assert portions(asked, [night(1), night(2)]) == [Wanted(night=night(day)) for day in (3, 4, 5)]


def test_backfill_before_known_nights_does_them_again_once() -> None:
    asked = [night(2), night(3), night(4)]
    assert portions(asked, [night(2), night(9)]) == [
        Wanted(night=night(2)),
        Wanted(since=night(3), until=night(4)),
    ]


days = st.sets(st.integers(1, 28).map(night), max_size=12)


@given(asked=days, known=days)
def test_backfill_goes_through_every_night_once_in_order(asked: set[date], known: set[date]) -> None:
    gone_through: list[date] = []
    for wanted in portions(asked, known):
        if wanted.night:
            gone_through.append(wanted.night)
        else:
            assert wanted.since and wanted.until
            gone_through += [day for day in sorted(asked) if wanted.since <= day <= wanted.until]
    assert gone_through == sorted(asked)


# -- what is shown ----------------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_escaped_text_is_one_line_without_markup(text: str) -> None:
    shown = escaped(text)
    assert "\n" not in shown
    assert not re.search(r"[<>]|(?<!\\)(?:\\\\)*[|`*_\[\]!]", shown)


def test_hostile_cell_stays_in_its_cell() -> None:
    lines = table(pl.DataFrame({"outlet": [HOSTILE], "articles": [1200], "share": [0.256]})).splitlines()
    assert lines[1] == "| --- | ---: | ---: |"
    assert len(lines) == 3
    assert len(re.findall(r"(?<!\\)\|", lines[2])) == 4
    assert lines[2].endswith("| 1,200 | 25.6 % |")
    assert "<script" not in lines[2]


def test_backtick_does_not_end_a_path() -> None:
    assert code("/a`b").count("`") == 2


NIGHTS = {"kept": [5, 0, 7], "copies": [3, 0, 1], "quarantined": [1, 0, 0]}


def test_picture_stacks_every_night_to_its_records() -> None:
    nights = pl.DataFrame({"dt": [night(2), night(3), night(4)], **NIGHTS})
    bars = [bar.attrib for bar in ET.fromstring(nights_svg(nights)).iter("{http://www.w3.org/2000/svg}rect")][4:]
    heights = [float(bar["height"]) for bar in bars]
    assert len(bars) == 5  # nothing is drawn for nothing
    assert sum(heights[:3]) == pytest.approx(sum(heights[3:]) * 9 / 8, rel=0.02)
    assert len({bar["x"] for bar in bars}) == 2


@pytest.mark.parametrize("n_nights", [0, 1, 400])
def test_picture_is_small_whatever_the_history(n_nights: int) -> None:
    dts = pl.date_range(date(2020, 1, 1), date(2030, 1, 1), eager=True).head(n_nights)
    nights = pl.DataFrame({"dt": dts, **{part: [1] * n_nights for part in NIGHTS}})
    drawn = as_markdown(nights_svg(nights), "n")
    assert len(drawn) < 40_000
    ET.fromstring(base64.b64decode(drawn.split("base64,")[1].rstrip(")")))


def test_changed_nights_are_those_whose_articles_are_others() -> None:
    before = {"articles/dt=2026-11-02": "a", "articles/dt=2026-11-03": "a", "members/dt=2026-11-03": "a"}
    now = {**before, "articles/dt=2026-11-03": "b", "members/dt=2026-11-02": "b", "articles/dt=2026-11-04": "a"}
    assert changed_nights(before, now) == [night(3), night(4)]


def test_reports_are_served_to_this_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (reports.URL, reports.HOME):
        monkeypatch.setenv(name, "")
    page = tmp_path / "published" / "versions" / "000001" / "report.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>here</p>", encoding="utf-8")
    assert reports.link_to(tmp_path, page) is None
    reports.serve_reports(tmp_path, 0)
    address = reports.link_to(tmp_path, page)
    assert address
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"<p>here</p>"
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "x").touch()
    port = address.split(":")[2].split("/")[0]
    foreign = urllib.request.Request(address, headers={"Host": f"evil.example:{port}"})
    above = address.replace("published", "published/%2e%2e/index")
    for asked in (foreign, f"http://127.0.0.1:{port}/index/x", f"http://127.0.0.1:{port}/", above):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(asked)


def test_how_fast_a_step_goes_is_said_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, said = [1_000.0], []
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr(steps, "get_run_logger", lambda: SimpleNamespace(info=lambda text, *of: said.append(text % of)))
    progress = steps.Progress(job_of(tmp_path / "raw", tmp_path / "home"), step="sketch 2026-11-02", said_at=1_000.0)
    pace = Pace("sketch slice", n_slices=4, started=1_000.0)
    for n_done in (1, 2, 3):
        clock[0] += 15.0
        pace.n_done, pace.records = n_done, 3_000 * n_done
        progress.on_slice(pace)
    assert said == ["sketch 2026-11-02, sketch slice: 6,000 records, 200 a second, 0:30 left"]


def test_progress_is_shown_once_a_second_and_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, shown = [1_000.0], []
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr(steps, "update_progress_artifact", lambda _, percent, said: shown.append((percent, said)))
    monkeypatch.setattr(steps.Progress, "_task", lambda self, step: lambda work: work())
    progress = steps.Progress(job_of(tmp_path / "raw", tmp_path / "home"), n_steps=4, artifact=uuid4())
    for step, seconds in {"prepare": 0.2, "sketch": 0.5, "link": 0.6, "publish": 0.1}.items():
        clock[0] += seconds
        progress.do(step, None, dict)
    assert shown == [(25, "1 of 4: prepare done"), (75, "3 of 4: link done"), (100, "4 of 4: publish done")]


# -- deployments ------------------------------------------------------------------------------------------------


def test_prefect_yaml_says_what_make_serve_serves() -> None:
    written = {item["name"]: item for item in yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]}
    served = {deployment.name: deployment for deployment in deployments("/raw", "/home")}
    assert written.keys() == served.keys()
    for name, deployment in served.items():
        assert written[name]["entrypoint"] == deployment.entrypoint
        assert written[name]["parameters"].keys() == deployment.parameters.keys()
        assert written[name]["concurrency_limit"]["limit"] == deployment.concurrency_limit
        assert written[name]["concurrency_limit"]["collision_strategy"] == "ENQUEUE"
        schedules = [(s["cron"], s["timezone"]) for s in written[name]["schedules"]]
        assert schedules == [(s.schedule.cron, s.schedule.timezone) for s in deployment.schedules or []]
        expected = [set(trigger["expect"]) for trigger in written[name].get("triggers", [])]
        assert expected == [trigger.expect for trigger in deployment.triggers]


def test_nightly_is_due_at_three_in_bangkok() -> None:
    (schedule,) = next(d for d in deployments("/raw", "/home") if d.name == "nightly").schedules or []
    assert json.loads(schedule.schedule.model_dump_json(include={"cron", "timezone"})) == {
        "cron": "0 3 * * *",
        "timezone": "Asia/Bangkok",
    }


def test_a_run_is_given_up_only_after_three_missing_signs() -> None:
    from prefect.settings import get_current_settings

    assert SILENCE.total_seconds() >= 3 * (get_current_settings().flows.heartbeat_frequency or 0)


def test_worker_processes_do_not_import_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    command = ModuleType("__main__")
    command.__file__ = "flows/nightly.py"
    monkeypatch.setitem(sys.modules, "__main__", command)
    assert [name for name in spawn.get_preparation_data("worker") if name.startswith("init_main")]
    with steps.light_workers():
        prepared = spawn.get_preparation_data("worker")
    assert not [name for name in prepared if name.startswith("init_main")]
    assert sys.modules["__main__"] is command


WITHOUT = """
import sys
sys.orig_argv += ["-m", "flows.nightly"] if {is_command} else []
import flows.nightly
from multiprocessing import forkserver
from prefect import flow
assert (forkserver._forkserver._forkserver_pid is not None) is {is_command}
assert not set(sys.modules) & {{"sqlalchemy", "scipy.linalg"}}
"""


@pytest.mark.parametrize("is_command", [True, False])
def test_workers_load_beside_the_command_alone_and_no_flow_loads_what_it_does_not_use(*, is_command: bool) -> None:
    subprocess.run([sys.executable, "-c", WITHOUT.format(is_command=is_command)], check=True)


def test_story_that_one_outlet_alone_ran_is_not_what_most_outlets_printed(tmp_path: Path) -> None:
    ran = {"title": ["แม่น้ำ", "ภูเขา"], "first_source": ["a", "b"], "n_sources": [1, 2], "n_members": [5, 2]}
    pl.DataFrame(ran).with_columns(article_id="title").write_parquet(tmp_path / "part-0.parquet")
    found = duckdb.connect().execute(MOST_REPRINTED, {"partition": f"{tmp_path}/*.parquet"}).fetchall()
    assert found == [("ภูเขา", "b", 2, 2)]
