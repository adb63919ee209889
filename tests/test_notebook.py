"""notebooks/stories.py: its five pictures say what the tables say, and in a browser they are drawn from here alone."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dedup.versions import scan
from tests.browser import CHROMIUM, FLAGS, free_ports, playwright_or_skip

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "stories.py"
PICTURES = ["per_night", "first_publishers", "reprints", "first_reprints", "own_stories"]


def executed(home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Everything that the notebook defines when it is run from top to bottom."""
    monkeypatch.setenv("DEDUP_HOME", str(home))
    spec = spec_from_file_location("stories", NOTEBOOK)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    _, names = module.app.run()
    return dict(names)


def drawn(picture: Any) -> pl.DataFrame:
    """The rows that a picture is drawn from."""
    (rows,) = picture.to_dict()["datasets"].values()
    return pl.DataFrame(rows)


def test_pictures_show_what_the_tables_say(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = executed(sample_home, monkeypatch)
    shown = {name: drawn(names[name]) for name in PICTURES}
    folder = sample_home / "published" / "current"
    members = scan(folder, "members").collect()
    sums = dict(shown["per_night"].group_by("of").agg(pl.col("n").sum()).iter_rows())
    assert sums == {"new stories": members["story_id"].n_unique(), "articles": members.height}
    assert shown["first_publishers"]["n_begun"].sum() == members["story_id"].n_unique()
    pairs = scan(folder, "sources").filter(pl.col("source") != pl.col("first_source")).collect()
    assert shown["reprints"]["articles"].sum() == pairs["n_articles"].sum()
    outlets = members.group_by("story_id").agg(pl.col("source").n_unique())["source"]
    assert 0 < shown["first_reprints"].height <= (outlets > 1).sum()
    assert set(shown["own_stories"]["source"]) == set(members["source"])


def test_home_without_anything_published_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not set(PICTURES) & set(executed(tmp_path, monkeypatch))


@pytest.mark.browser
def test_pictures_are_drawn_without_the_internet_and_outlets_names_stay_text(
    hostile_home: Path, tmp_path: Path
) -> None:
    playwright = playwright_or_skip("the notebook's pictures were")
    address = f"http://127.0.0.1:{free_ports()}"
    command = [sys.executable, "-m", "marimo", "run", "--headless", "--no-token", "--host", "127.0.0.1"]
    command += ["--port", address.rpartition(":")[2], str(NOTEBOOK), "--", "--home", str(hostile_home)]
    environment = {**os.environ, "MARIMO_SKIP_UPDATE_CHECK": "1", "HOME": str(tmp_path)}
    asked: list[str] = []
    said: list[str] = []
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"{address}/health")
        with playwright.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1100, "height": 2400})
            page.on(
                "request",
                lambda request: request.url.startswith((address, "data:", "blob:")) or asked.append(request.url),
            )
            page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.goto(address)
            pictures = page.locator("canvas.marks")
            pictures.nth(len(PICTURES) - 1).wait_for(timeout=90_000)
            pictures.nth(1).hover(position={"x": 220, "y": 20})
            page.locator(".vg-tooltip, #vg-tooltip-element").first.wait_for(timeout=20_000)
            page.screenshot(path=Path(os.environ.get("DEDUP_SCREENSHOTS") or tmp_path) / "notebook.png")
            assert page.evaluate("window.PWNED") is None
            browser.close()
    finally:
        server.terminate()
        server.wait(30)
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert said == []


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        else:
            return
    raise AssertionError(f"nothing answers at {address}")
