"""The job as its users meet it: `make serve`'s server, its forms and its artifacts, in a real browser.

Left out, with a word on why, where there is no Chromium or no playwright.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from dedup.lock import locked
from tests.browser import CHROMIUM, FLAGS, free_ports, playwright_or_skip
from tests.conftest import published_tree, run_all
from tests.test_flows import HOSTILE, NIGHTS, deliver

ROOT = Path(__file__).parent.parent
BANGKOK = ZoneInfo("Asia/Bangkok")
playwright = playwright_or_skip("the Prefect UI was")
pytestmark = pytest.mark.browser

Found = TypeVar("Found")


def until(found: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """What `found` gives as soon as it gives something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (value := found()) is not None:
            return value
        time.sleep(0.5)
    raise AssertionError(f"no {what} within {seconds} s")


class Served:
    """A running `python -m flows.serve`, asked over its API."""

    def __init__(self, port: int, raw: Path, home: Path) -> None:
        self.address, self.raw, self.home = f"http://127.0.0.1:{port}", raw, home
        self.soon = datetime.now(BANGKOK)  # when the near schedule is due

    def ask(self, path: str, body: object | None = None) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api{path}", sent, {"Content-Type": "application/json"})
        for _ in range(20):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != HTTPStatus.SERVICE_UNAVAILABLE:  # SQLite is busy; Prefect's own client asks again too
                    raise
                time.sleep(1)
        raise AssertionError(f"the server stays unavailable: {path}")

    def deployment(self, name: str) -> dict[str, Any] | None:
        try:
            found = self.ask("/deployments/filter", {})
        except (urllib.error.URLError, OSError):
            return None
        return next((made for made in found if made["name"] == name and made["status"] == "READY"), None)

    def runs(self, name: str, *, is_scheduled: bool) -> list[dict[str, Any]]:
        runs = self.ask("/flow_runs/filter", {"deployments": {"name": {"any_": [name]}}, "sort": "START_TIME_ASC"})
        return [run for run in runs if run["auto_scheduled"] == is_scheduled]

    def start(self, name: str, **parameters: str) -> str:
        """The id of a new run, started as the form does it."""
        deployment = self.deployment(name)
        assert deployment
        run: str = self.ask(f"/deployments/{deployment['id']}/create_flow_run", {"parameters": parameters})["id"]
        return run

    def ended(self, run: str, seconds: float = 300) -> dict[str, Any]:
        def final() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask(f"/flow_runs/{run}")
            return found if found["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None

        return until(final, seconds, "end of the run")


def schedule_soon(server: Served) -> None:
    """Schedule `rollback` for today, in 20 seconds; it is refused, for nothing was published."""
    deployment = server.deployment("rollback")
    assert deployment
    server.soon = datetime.now(BANGKOK).replace(microsecond=0) + timedelta(seconds=20)
    cron = f"{server.soon.minute} {server.soon.hour} * * * {server.soon.second}"  # the sixth field is the second
    schedule = {"schedule": {"cron": cron, "timezone": "Asia/Bangkok"}, "active": True}
    server.ask(f"/deployments/{deployment['id']}/schedules", [schedule])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    for night in NIGHTS[:2]:
        deliver(folder / "raw", night)
    port, log = free_ports(), folder / "log"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
    environment |= {"PREFECT_HOME": str(folder / "prefect"), "DEDUP_RUN__WORKERS": "1"}
    environment |= {"PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "3", "PREFECT_RUNNER_POLL_FREQUENCY": "2"}
    environment |= {"PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "2"}
    command = [sys.executable, "-m", "flows.serve", "--port", str(port)]
    command += ["--raw", str(folder / "raw"), "--home", str(folder / "home")]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    server = Served(port, folder / "raw", folder / "home")
    try:
        until(lambda: server.deployment("morning"), 180, f"deployments; see {log}")
        schedule_soon(server)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    with pytest.raises(urllib.error.URLError):  # the server went with it
        urllib.request.urlopen(f"{server.address}/api/health", timeout=5)


@pytest.fixture(scope="module")
def page(served: Served) -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1300, "height": 1400}, timezone_id="Asia/Bangkok")
        page.set_default_timeout(20_000)
        page.dialogs = []
        page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
        yield page
        browser.close()


def open_form(page: Any, served: Served, name: str) -> Any:
    deployment = served.deployment(name)
    assert deployment
    page.goto(f"{served.address}/v2/deployments/deployment/{deployment['id']}/run")
    submit = page.get_by_role("button", name="Submit")
    submit.wait_for()
    return submit


def start(page: Any) -> None:
    """Submit the form; again where the server's SQLite file was busy, as its user would."""
    said = page.get_by_text(re.compile("scheduled to start now|Unknown error while creating flow run")).last
    for _ in range(5):
        page.get_by_role("button", name="Submit").click()
        said.wait_for()
        if "scheduled" in said.inner_text():
            return
        said.wait_for(state="hidden")
    raise AssertionError("the form was refused five times")


def test_schedule_makes_runs_for_three_in_the_morning_in_bangkok(served: Served) -> None:
    due = until(lambda: served.runs("nightly", is_scheduled=True) or None, 75, "scheduled run")
    times = [datetime.fromisoformat(run["expected_start_time"]).astimezone(BANGKOK) for run in due]
    assert {(time.hour, time.minute) for time in times} == {(3, 0)}
    assert len({time.date() for time in times}) == len(times)


def test_wrong_value_is_refused_in_the_form(served: Served, page: Any) -> None:
    submit = open_form(page, served, "nightly")
    workers = page.get_by_label("Worker processes")
    workers.fill("999")
    assert page.get_by_text("0 to 256; 0: as the settings say").is_visible()
    submit.click()
    assert workers.evaluate("box => box.validationMessage") == "Value must be less than or equal to 256."
    assert served.runs("nightly", is_scheduled=False) == []


def test_run_from_the_form_is_named_watched_and_leaves_its_artifacts(served: Served, page: Any) -> None:
    open_form(page, served, "nightly")
    page.get_by_role("tab", name="date").click()
    page.get_by_role("button", name="Pick a date").click()
    page.get_by_placeholder("yyyy-MM-dd").fill("2026-11-20")
    page.keyboard.press("Escape")
    start(page)
    (run,) = until(lambda: served.runs("nightly", is_scheduled=False) or None, 20, "run")
    run = served.ended(run["id"])
    assert (run["name"], run["state_name"]) == ("nightly 2026-11-20", "Completed")
    assert run["parameters"]["night"] == "2026-11-20"

    page.goto(f"{served.address}/v2/runs/flow-run/{run['id']}")
    page.get_by_role("tab", name="Artifacts").click()
    for key in ("dedup-progress", "dedup-summary", "dedup-outlets", "dedup-report"):
        page.get_by_text(key, exact=True).first.wait_for()
    page.get_by_role("link").filter(has_text="dedup-summary").click()
    page.locator("a[href*='/artifacts/artifact/']").first.click()
    page.get_by_role("heading", name="New version 000001").wait_for()
    picture = page.get_by_role("img", name="records by night: kept, copies, quarantined")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 840
    assert page.get_by_role("cell", name="2026-11-20").is_visible()


def test_scraped_markup_is_shown_as_text_and_the_report_opens(served: Served, page: Any) -> None:
    latest = {made["key"]: made for made in served.ask("/artifacts/latest/filter", {})}
    page.goto(f"{served.address}/v2/artifacts/artifact/{latest['dedup-outlets']['latest_id']}")
    page.get_by_text(HOSTILE, exact=True).first.wait_for()
    page.goto(f"{served.address}/v2/artifacts/artifact/{latest['dedup-report']['latest_id']}")
    answer = page.goto(page.get_by_role("link", name="report of version 000001").get_attribute("href"))
    assert answer.status == HTTPStatus.OK
    page.get_by_role("heading").first.wait_for()
    assert page.dialogs == []


def test_what_was_published_starts_the_downstream_flow(served: Served, page: Any) -> None:
    run = until(lambda: next(iter(served.runs("morning", is_scheduled=False)), None), 60, "run of the downstream flow")
    assert run["parameters"]["home"] == str(served.home)
    assert served.ended(run["id"])["state_name"] == "Completed"


def test_near_schedule_fired_once_and_its_refusal_is_the_sentence_to_act_on(served: Served) -> None:
    def started() -> list[dict[str, Any]] | None:
        return [run for run in served.runs("rollback", is_scheduled=True) if run["start_time"]] or None

    (run,) = until(started, 75, "run at its time")
    assert datetime.fromisoformat(run["expected_start_time"]) == served.soon.astimezone(UTC)
    run = served.ended(run["id"])
    assert run["state_name"] == "Failed"
    assert run["state"]["message"] == f"{served.home}: there is no version before the current one"


def test_cancelled_run_leaves_the_home_free_and_as_it_was(served: Served, page: Any) -> None:
    before = published_tree(served.home)
    with locked(served.home):  # so that the run is surely there to be cancelled: it waits
        open_form(page, served, "nightly")
        start(page)
        run = until(lambda: next(iter(served.runs("nightly", is_scheduled=False)[1:]), None), 20, "second run")
        page.goto(f"{served.address}/v2/runs/flow-run/{run['id']}")
        page.get_by_text("another run holds this home").first.wait_for(timeout=60_000)
        page.get_by_role("button", name="Open menu").click()
        page.get_by_role("menuitem", name="Cancel").click()
        page.get_by_role("button", name="Cancel Flow Run").click()
        assert served.ended(run["id"])["state_name"] == "Cancelled"
    assert published_tree(served.home) == before
    with locked(served.home):
        pass


@pytest.fixture(scope="module")
def undisturbed(served: Served) -> dict[str, str]:
    """What the library alone publishes from the same files."""
    run_all(served.raw, served.raw.parent / "undisturbed")
    return published_tree(served.raw.parent / "undisturbed")


def test_killed_run_is_marked_and_the_next_one_publishes_what_an_undisturbed_one_does(
    served: Served, undisturbed: dict[str, str]
) -> None:
    home = served.raw.parent / "killed"
    run = served.start("nightly", raw=str(served.raw), home=str(home))
    until(lambda: next(home.glob("index/dt=2026-11-20/prepare"), None), 90, "finished step")
    os.kill(json.loads((home / "lock").read_text("utf-8"))["pid"], signal.SIGKILL)
    assert served.ended(run)["state_name"] == "Crashed"

    def open_tasks() -> list[str]:
        tasks = served.ask("/task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
        return [task["name"] for task in tasks if task["state_type"] == "RUNNING"]

    until(lambda: None if open_tasks() else True, 60, "end of the killed run's tasks")
    assert not (home / "published" / "current").exists()
    following = served.ended(served.start("nightly", raw=str(served.raw), home=str(home)))
    assert following["state_name"] == "Completed"
    assert published_tree(home) == undisturbed


def test_of_two_runs_started_together_one_waits_and_finds_nothing_to_do(
    served: Served, undisturbed: dict[str, str]
) -> None:
    home = served.raw.parent / "together"
    both = [served.start("nightly", raw=str(served.raw), home=str(home)) for _ in range(2)]
    ended = [served.ended(run) for run in both]
    assert [run["state_name"] for run in ended] == ["Completed", "Completed"]
    assert sorted(run["state"]["message"] for run in ended) == [
        "New version 000001. 2 of 2 nights had something to do.",
        "Nothing changed: still version 000001. 0 of 2 nights had something to do.",
    ]
    assert published_tree(home) == undisturbed
