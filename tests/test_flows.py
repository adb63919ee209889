"""The flows against a Prefect server of their own, on two or three small nights."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from prefect import task
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, FlowRunFilterParentFlowRunId
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import ParameterTypeError
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Running
from prefect.testing.utilities import prefect_test_harness

from dedup import pipeline, places
from dedup.errors import InputError, InvariantError, LockedError, SettingsError
from dedup.lock import locked
from dedup.remote.objects import Objects
from dedup.settings import load
from flows import events, steps
from flows.backfill import backfill
from flows.downstream import morning
from flows.forms import How, Rules
from flows.logs import RUNS
from flows.nightly import nightly
from flows.rebuild import rebuild
from flows.recovery import crash_dead_runs
from flows.review import review
from flows.rollback import rollback
from tests.conftest import published_tree, run_all

NIGHTS = [date(2026, 11, day) for day in (20, 21, 22)]
HOSTILE = "สำนัก<script>alert(1)</script>|`ข่าว`"
STORIES = {
    "ตลาดน้ำ": "ชาวบ้านริมคลองร่วมกันเปิดตลาดน้ำแห่งใหม่ในเช้าวันเสาร์ มีร้านอาหารพื้นบ้านกว่าสี่สิบร้าน เรือพายให้นักท่องเที่ยวเช่าชมสวน",
    "ซ่อมสะพาน": "แขวงทางหลวงชนบทแจ้งปิดสะพานข้ามลำห้วยเพื่อเปลี่ยนคานที่ชำรุด ขอให้ผู้ใช้รถเลี่ยงไปใช้เส้นทางสายเก่าผ่านวัด",
    "แข่งเรือ": "ทีมเรือยาวจากตำบลท่าทรายคว้าถ้วยรางวัลชนะเลิศประเภทห้าสิบห้าฝีพาย หลังเอาชนะแชมป์เก่าเพียงครึ่งลำเรือในรอบสุดท้าย",
}
MORE = (
    "ผู้ใหญ่บ้านกล่าวว่างานนี้ใช้เวลาเตรียมการนานหลายเดือน โดยทุกครัวเรือนช่วยกันออกแรงและแบ่งหน้าที่กันอย่างพร้อมเพรียง "
    "เจ้าหน้าที่จากอำเภอลงพื้นที่ตรวจความเรียบร้อยและให้คำแนะนำเรื่องความปลอดภัยแก่ผู้มาร่วมงาน "
    "คาดว่าจะมีผู้คนจากจังหวัดใกล้เคียงเดินทางมาเพิ่มขึ้นในสัปดาห์หน้า หากอากาศเป็นใจและฝนไม่ตกหนักเหมือนเมื่อวาน"
)


def deliver(raw: Path, night: date, source: str = "khlongnews") -> None:
    folder = raw / f"crawl_date={night}"
    folder.mkdir(parents=True, exist_ok=True)
    for outlet in (source, HOSTILE):
        rows = [
            {
                "id": f"{night}-{number}-{outlet}",
                "source": outlet,
                "url": f"https://{number}.example/{night}",
                "title": f"{title} วันที่ {night.day}",
                "body": f"{text} {MORE} รายงานประจำวันที่ {night.day} โดยผู้สื่อข่าวท้องถิ่น",
                "published_at": f"{night}T08:00:00+07:00",
            }
            for number, (title, text) in enumerate(STORIES.items())
        ]
        name = "other" if outlet == HOSTILE else outlet
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivered")
    for night in NIGHTS:
        deliver(folder, night)
    return folder


@pytest.fixture(scope="session")
def reference(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the library alone publishes."""
    home = tmp_path_factory.mktemp("reference") / "home"
    run_all(raw, home)
    return published_tree(home)


@pytest.fixture(scope="session")
def server() -> Iterator[None]:
    without = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})  # a run's end waits up to 1 s for it
    with prefect_test_harness(server_startup_timeout=180), without:
        yield


@pytest.fixture
def client(server: None) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def ended(flow: Any, *args: Any, **kwargs: Any) -> State[Any]:
    if flow not in (rollback, review, morning):
        kwargs.setdefault("how", How(workers=1))
    return flow(*args, **kwargs, return_state=True)  # type: ignore[no-any-return]


def run_of(client: SyncPrefectClient, state: State[Any]) -> FlowRun:
    assert state.state_details.flow_run_id
    return client.read_flow_run(state.state_details.flow_run_id)


def artifacts_of(client: SyncPrefectClient, state: State[Any]) -> dict[str, Any]:
    """Key → data of the artifacts of one run."""
    run = str(state.state_details.flow_run_id)
    return {made.key: made.data for made in client.read_artifacts() if str(made.flow_run_id) == run and made.key}


def tasks_of(client: SyncPrefectClient, state: State[Any]) -> dict[str, int]:
    """Name → attempts of the task runs, in the order they started.

    A server hears of task runs by events, a while after they happened: it is asked until it knows that all steps, of
    which it hears last, have ended.
    """
    of_run = {"flow_runs": {"id": {"any_": [str(run_of(client, state).id)]}}}
    for _ in range(100):
        found = client.request("POST", "/task_runs/filter", json=of_run).json()
        if any(task["name"] == "all steps" and task["state_type"] in ("COMPLETED", "FAILED") for task in found):
            break
        time.sleep(0.1)
    return {task["name"]: task["run_count"] for task in sorted(found, key=lambda task: task["start_time"] or "")}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events that the flows emitted."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(events, "emit_event", lambda **event: found.append(event))
    return found


def test_nightly_publishes_the_bytes_that_the_library_alone_does(
    raw: Path, home: Path, client: SyncPrefectClient, reference: dict[str, str], told: list[dict[str, Any]]
) -> None:
    state = ended(nightly, raw, home)
    assert state.is_completed(), state.message
    assert published_tree(home) == reference
    assert run_of(client, state).name == f"nightly {steps.today()}"
    steps_done = [f"{step} {night}" for night in NIGHTS for step in ("prepare", "sketch", "link")]
    assert list(tasks_of(client, state)) == ["all steps", *steps_done, "publish"]

    made = artifacts_of(client, state)
    assert made.keys() == {"dedup-progress", "dedup-summary", "dedup-outlets"}
    assert made["dedup-progress"] == 100
    assert "New version 000001" in made["dedup-summary"]
    assert "| 2026\\-11\\-20 | 6 | 0 | 6 |" in made["dedup-summary"]
    assert "![" in made["dedup-summary"]
    assert "](data:image/svg+xml;base64," in made["dedup-summary"]
    assert [row["records"] for row in json.loads(made["dedup-outlets"])] == [9, 9]
    assert [event["event"] for event in told] == [events.PARTITION] * 3 + [events.VERSION]
    assert told[-1]["payload"]["nights"] == [str(night) for night in NIGHTS]


def test_nightly_again_changes_nothing_and_says_so(
    raw: Path, home: Path, client: SyncPrefectClient, told: list[dict[str, Any]]
) -> None:
    run_all(raw, home)
    state = ended(nightly, raw, home)
    assert state.result()["is_new"] is False
    assert "Nothing changed: still version 000001" in artifacts_of(client, state)["dedup-summary"]
    assert told == []


def test_missed_nights_are_caught_up(raw: Path, home: Path, tmp_path: Path, client: SyncPrefectClient) -> None:
    late = tmp_path / "late"
    deliver(late, NIGHTS[0])
    run_all(late, home)
    for night in NIGHTS[1:]:
        deliver(late, night)
    state = ended(nightly, late, home)
    assert [str(night) for night in NIGHTS] == state.result()["nights"]
    assert tasks_of(client, state).keys() >= {f"link {night}" for night in NIGHTS[1:]}


def test_one_night_names_the_run_and_is_the_only_one(raw: Path, home: Path, client: SyncPrefectClient) -> None:
    state = ended(nightly, raw, home, NIGHTS[1])
    assert run_of(client, state).name == "nightly 2026-11-21"
    assert state.result()["nights"] == ["2026-11-21"]


def test_refused_run_fails_with_the_sentence_to_act_on(
    home: Path, tmp_path: Path, client: SyncPrefectClient, told: list[dict[str, Any]]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    state = ended(nightly, empty, home)
    assert state.is_failed()
    assert state.message == f"{empty}: no input files; expected crawl_date=YYYY-MM-DD/<source>.jsonl and the like"
    assert run_of(client, state).state.message == state.message  # type: ignore[union-attr]
    assert tasks_of(client, state) == {"all steps": 1}
    assert [(event["event"], event["payload"]["kind"]) for event in told] == [(events.REFUSED, "InputError")]
    with pytest.raises(InputError, match="no input files"):
        nightly(empty, home)


def test_night_that_a_gate_refuses_is_a_table_to_look_at_and_one_sentence_in_the_log(
    home: Path, tmp_path: Path, client: SyncPrefectClient, caplog: pytest.LogCaptureFixture
) -> None:
    raw, file = tmp_path / "raw", tmp_path / "early.toml"
    file.write_text("[gates]\nmin_nights = 2\nmin_records = 1\n", encoding="utf-8")
    for night in NIGHTS:
        deliver(raw, night)
    (raw / f"crawl_date={NIGHTS[2]}" / "other.jsonl").unlink()

    state = ended(nightly, raw, home, settings=str(file))
    assert f"2026-11-22 silent:{HOSTILE} 0, usually 3" in (state.message or "")
    shown = artifacts_of(client, state)["dedup-refused"]
    assert "| 2026\\-11\\-22 | สำนัก" in shown
    assert "| records of an outlet that always delivers | 0 | 3 |" in shown
    assert "<script" not in shown.split("Accept gates")[0]
    said = [record.getMessage() for record in caplog.records if record.name in RUNS]
    assert [line for line in said if "silent:" in line] == [state.message]
    assert said[-2].startswith("link 2026-11-22: ")
    assert "Traceback" not in caplog.text
    assert "Finished in state" not in caplog.text

    state = ended(nightly, raw, home, settings=str(file), accept=["silent"])
    assert state.message == "New version 000001. 0 of 3 nights had something to do."


def test_wrong_values_are_refused_before_any_work(raw: Path, home: Path, server: None) -> None:
    assert (ended(nightly, Path("raw"), home).message or "").startswith("Raw folder: raw is not a whole path")
    with pytest.raises(ParameterTypeError, match=r"how\.workers: Input should be less than or equal to 256"):
        nightly(raw, home, how={"workers": 999})
    with pytest.raises(ParameterTypeError, match="night: Input should be a valid date"):
        nightly(raw, home, "23/11/2569")
    assert not home.exists()


def test_second_run_waits_until_the_home_is_free(
    raw: Path, home: Path, client: SyncPrefectClient, reference: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "WAITS", [0.5] * 40)
    is_held, is_waiting = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(home):
            is_held.set()
            is_waiting.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait()
    really = steps.patience

    def then_let_go(minutes: float, mends: steps.Mends) -> dict[str, Any]:
        patience = really(minutes, mends)

        def again(*args: Any) -> bool:
            is_waiting.set()
            return bool(patience["retry_condition_fn"](*args))

        return {**patience, "retry_condition_fn": again}

    monkeypatch.setattr(steps, "patience", then_let_go)
    state = ended(nightly, raw, home)
    holder.join()
    assert state.is_completed()
    assert tasks_of(client, state)["all steps"] > 1
    assert published_tree(home) == reference


def test_home_that_stays_held_is_named_in_the_end(
    raw: Path, home: Path, monkeypatch: pytest.MonkeyPatch, server: None
) -> None:
    monkeypatch.setattr(steps, "WAITS", [0.1, 0.1])
    with locked(home):
        state = ended(nightly, raw, home)
    assert isinstance(state.result(raise_on_failure=False), LockedError)
    assert "another run holds this home" in (state.message or "")


def children(client: SyncPrefectClient, state: State[Any]) -> list[FlowRun]:
    parent = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run_of(client, state).id]))
    return sorted(client.read_flow_runs(flow_run_filter=parent), key=lambda run: str(run.start_time))


def test_failed_backfill_goes_on_where_it_stopped(
    raw: Path, home: Path, client: SyncPrefectClient, reference: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    really = pipeline.publish.publish

    def fails_on_the_second(index: Any, *args: Any, **kwargs: Any) -> Any:
        if index.nights() == NIGHTS[:2]:
            raise InvariantError("a promise would be broken")
        return really(index, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.publish, "publish", fails_on_the_second)
        state = ended(backfill, raw, home, NIGHTS[0], NIGHTS[2])
    assert (state.is_failed(), state.message) == (True, "a promise would be broken")
    assert [run.name for run in children(client, state)] == ["nightly 2026-11-20", "nightly 2026-11-21"]
    assert pipeline.versions_of(home).current_name() == "000001"

    state = ended(backfill, raw, home, NIGHTS[0])
    assert run_of(client, state).name == "backfill 2026-11-20 to the newest"
    assert [run.name for run in children(client, state)] == [f"nightly {night}" for night in NIGHTS]
    assert state.result()["nights"] == [str(night) for night in NIGHTS]
    assert published_tree(home) == reference


def test_backfill_before_known_nights_ends_as_if_they_had_come_in_order(
    raw: Path, home: Path, client: SyncPrefectClient, reference: dict[str, str]
) -> None:
    run_all(raw, home, night=NIGHTS[2])
    state = ended(backfill, raw, home, NIGHTS[0], NIGHTS[1])
    assert state.is_completed(), state.message
    assert list(tasks_of(client, state)).count("prepare 2026-11-22") == 1
    assert published_tree(home) == reference


def test_backfill_of_nothing_is_refused(raw: Path, home: Path, server: None) -> None:
    assert "lies before" in (ended(backfill, raw, home, NIGHTS[1], NIGHTS[0]).message or "")
    assert "there are 2026-11-20 to 2026-11-22" in (ended(backfill, raw, home, date(2027, 1, 1)).message or "")


def test_rollback_shows_the_version_before(raw: Path, home: Path, client: SyncPrefectClient) -> None:
    for night in NIGHTS[:2]:
        run_all(raw, home, night=night)
    state = ended(rollback, home)
    assert state.result() == {"version": "000001"}
    assert pipeline.versions_of(home).current_name() == "000001"
    assert "`000001` **← readers see this one**" in artifacts_of(client, state)["dedup-versions"]
    assert "no version before" in (ended(rollback, home).message or "")
    assert ended(rollback, home, "000002").is_completed()


def test_rebuild_makes_the_same_bytes_anew(raw: Path, home: Path, reference: dict[str, str], server: None) -> None:
    run_all(raw, home, night=NIGHTS[1])
    state = ended(rebuild, raw, home)
    assert state.is_completed(), state.message
    assert published_tree(home) == reference


def test_rules_are_tried_in_a_home_of_their_own(
    raw: Path, home: Path, client: SyncPrefectClient, tmp_path: Path
) -> None:
    run_all(raw, home, night=NIGHTS[0])
    before = published_tree(home)
    state = ended(rebuild, raw, home, Rules(containment=0.9))
    assert isinstance(state.result(raise_on_failure=False), SettingsError)
    assert published_tree(home) == before

    state = ended(rebuild, raw, tmp_path / "trial", Rules(containment=0.9))
    assert state.is_completed(), state.message
    assert run_of(client, state).name.startswith("trial ")
    assert "containment = 0.9" in artifacts_of(client, state)["dedup-rules"]


def test_downstream_flow_asks_the_partition_and_escapes_what_it_finds(
    raw: Path, home: Path, client: SyncPrefectClient
) -> None:
    run_all(raw, home)
    state = ended(morning, home, NIGHTS[0], patience_minutes=0)
    assert state.result()["partition"].endswith("articles/dt=2026-11-20")
    shown = artifacts_of(client, state)["morning-stories"]
    assert "ตลาดน้ำ" in shown
    assert "<script" not in shown
    state = ended(morning, home, date(2027, 1, 1), patience_minutes=0)
    assert state.message == f"{home}: no articles of 2027-01-01 after 0 minutes"


def test_review_writes_pages_and_names_them(raw: Path, home: Path, client: SyncPrefectClient) -> None:
    assert "nothing is published yet" in (ended(review, home).message or "")
    run_all(raw, home, night=NIGHTS[0])
    state = ended(review, home, pairs=3)
    assert (home / "review" / "index.html").is_file()
    assert state.result()["n_stories"] > 0
    assert f"`{home}/review/index.html`" in artifacts_of(client, state)["dedup-review"]


def test_home_and_deliveries_on_object_storage(
    raw: Path, reference: dict[str, str], new_bucket: Callable[[], str], tmp_path: Path, server: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    bucket = new_bucket()
    for path in (path for path in raw.rglob("*") if path.is_file()):
        Objects(f"{bucket}/raw").upload(path, path.relative_to(raw).as_posix())
    monkeypatch.setenv("DEDUP_RUN__CACHE", str(tmp_path))
    first, last = min(NIGHTS), max(NIGHTS)
    assert ended(backfill, f"{bucket}/raw", f"{bucket}/home", first, last).is_completed()
    here = places.home_here(f"{bucket}/home", load())
    assert published_tree(here) == reference
    names, current = places.kept_versions(f"{bucket}/home")
    assert current == names[-1]
    state = ended(review, f"{bucket}/home", pairs=1)
    assert state.result()["index"] == str(here / "review" / "index.html")
    state = ended(morning, f"{bucket}/home", patience_minutes=0)
    assert state.result()["partition"].endswith(f"articles/dt={last}")
    assert "no articles of 2027-01-01" in (
        ended(morning, f"{bucket}/home", date(2027, 1, 1), patience_minutes=0).message or ""
    )
    assert ended(rollback, f"{bucket}/home").is_completed()
    assert places.kept_versions(f"{bucket}/home") == (names, names[-2])
    with pytest.raises(SettingsError, match="is in use"):
        rebuild(f"{bucket}/raw", f"{bucket}/home", Rules(jaccard=0.6))


def left_running(client: SyncPrefectClient, name: str) -> tuple[str, FlowRun]:
    """A deployment, and a run of it that a killed machine left: it is running, and so is a task of it."""
    flow_id = client.create_flow_from_name(name)
    deployment = client.create_deployment(flow_id=flow_id, name=name)
    run = client.create_flow_run_from_deployment(deployment, state=Running())
    client.create_task_run(nested, run.id, dynamic_key="0", name="prepare 2026-11-20", state=Running())
    return name, client.read_flow_run(run.id)


@task(name="prepare")
def nested() -> None:
    """Only its name is used."""


def test_run_whose_machine_died_is_marked_with_its_tasks_once_the_home_is_free(
    home: Path, client: SyncPrefectClient
) -> None:
    name, run = left_running(client, "power-cut")
    (outer,) = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id])))
    inner = client.create_flow_run(nightly, "nightly 2026-11-20", parent_task_run_id=outer.id, state=Running())
    client.create_task_run(nested, inner.id, dynamic_key="0", name="all steps", state=Running())
    with locked(home):
        assert crash_dead_runs([name], home) == []
    assert crash_dead_runs(["another"], home) == []
    assert crash_dead_runs([name], home) == [run.name]
    state = client.read_flow_run(run.id).state
    assert state and state.is_crashed()
    assert state.message == "its process is gone; finished steps are kept"
    within = client.read_flow_run(inner.id).state
    assert within and within.is_crashed()
    tasks = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id, inner.id])))
    assert [task.state.is_crashed() for task in tasks if task.state] == [True, True]
    assert crash_dead_runs([name], home) == []
