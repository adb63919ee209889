"""The pages as their readers meet them, in a real browser: at a desk, on a telephone, on paper, and under attack.

`DEDUP_SCREENSHOTS=FOLDER` keeps the pictures. Left out, with a word on why, where there is no Chromium or playwright.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dedup.showing.review import review
from tests.browser import CHROMIUM, FLAGS, playwright_or_skip
from tests.hostile import MARK
from tests.test_review import LINKS

playwright = playwright_or_skip("the pages were")
pytestmark = pytest.mark.browser

DESK, PHONE, PAPER = 1280, 360, 688  # CSS pixels; A4 less its margins
MOST_BYTES = 500_000
PARTS = {
    "html", "head", "meta", "title", "style", "body", "header", "nav", "section", "article", "h1", "h2", "h3", "p",
    "div", "span", "b", "i", "small", "code", "a", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead",
    "tbody", "tr", "th", "td", "details", "summary", "aside", "pre", "del", "ins", "svg", "path", "rect", "text", "br",
}  # fmt: skip
"""Elements that the templates know. A payload that makes one of these is seen by its attributes."""

LOOK = """() => {
  const all = [...document.querySelectorAll('*')];
  return {
    parts: [...new Set(all.map(e => e.localName === 'title' && e.namespaceURI.endsWith('svg') ? 'text' : e.localName))],
    scripted: all.filter(e => [...e.attributes].some(a => a.name.startsWith('on') || a.name === 'autofocus')).length,
    addresses: all.flatMap(e => ['href', 'src', 'action', 'xlink:href'].map(n => e.getAttribute(n))).filter(Boolean),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    high: document.documentElement.scrollHeight,
    shown: document.body.innerText,
    styles: document.styleSheets.length,
    pwned: window.PWNED !== undefined,
    background: getComputedStyle(document.body).backgroundImage,
  };
}"""


UNSEEN = "() => [...document.querySelectorAll('p.body')].filter(text => !text.checkVisibility()).length"


@dataclass
class Visit:
    """A page that is open, and what it did while it opened."""

    page: Any
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def look(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(LOOK)
        return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("DEDUP_SCREENSHOTS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Visit]]:
    """Opens a page; `is_unguarded` switches its content security policy off, so that only escaping protects it."""
    contexts: dict[tuple[int, bool], Any] = {}

    def opened(path: Path, width: int, *, is_unguarded: bool = False) -> Visit:
        if (width, is_unguarded) not in contexts:
            size = {"width": width, "height": 900}
            contexts[width, is_unguarded] = chromium.new_context(viewport=size, bypass_csp=is_unguarded)
        seen, own = Visit(contexts[width, is_unguarded].new_page()), path.resolve().as_uri()

        def answer(route: Any) -> None:
            if route.request.url == own:
                route.continue_()
            else:
                seen.asked.append(route.request.url)
                route.abort()

        seen.page.on("console", lambda message: seen.said.append(f"{message.type}: {message.text}"))
        seen.page.on("pageerror", lambda error: seen.said.append(f"error: {error}"))
        seen.page.on("dialog", lambda dialog: (seen.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        seen.page.route("**/*", answer)
        seen.page.goto(own, wait_until="load")
        return seen

    yield opened
    for context in contexts.values():
        context.close()


def written(home: Path, out: Path) -> list[Path]:
    """The report and every review page of a home."""
    review(home, out, borderline=2)
    return [home / "published" / "current" / "report.html", *sorted(out.iterdir())]


@pytest.fixture(scope="module")
def pages(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return written(sample_home, tmp_path_factory.mktemp("review"))


@pytest.fixture(scope="module")
def hostile_pages(hostile_home: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return written(hostile_home, tmp_path_factory.mktemp("hostile-review"))


def kinds(pages: list[Path]) -> dict[str, Path]:
    """One page of each kind, the story page with the most to show."""
    stories = sorted((path for path in pages if path.name.startswith("story-")), key=lambda path: path.stat().st_size)
    named = {path.stem: path for path in pages}
    wanted = {"report": "report", "review": "index", "pair": "pair-accepted-001", "refused": "pair-refused-001"}
    return {kind: named[stem] for kind, stem in wanted.items()} | {"story": stories[-1]}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_page_asks_for_nothing_says_nothing_and_fits(
    visit: Callable[..., Visit], pages: list[Path], shots: Path, width: int
) -> None:
    for kind, path in kinds(pages).items():
        seen = visit(path, width)
        found = seen.look()
        assert (seen.asked, seen.said) == ([], []), kind
        assert found["wide"] <= 0, kind
        assert set(found["parts"]) <= PARTS, kind
        seen.page.screenshot(path=shots / f"{kind}-{width}.png", full_page=True)
        seen.page.close()


def test_pages_are_light(pages: list[Path], hostile_pages: list[Path]) -> None:
    assert {
        path.name: path.stat().st_size for path in [*pages, *hostile_pages] if path.stat().st_size > MOST_BYTES
    } == {}


def test_thai_is_set_in_the_letters_that_the_page_brings(visit: Callable[..., Visit], pages: list[Path]) -> None:
    for kind, path in kinds(pages).items():
        seen = visit(path, DESK)
        session = seen.page.context.new_cdp_session(seen.page)
        session.send("DOM.enable")
        session.send("CSS.enable")
        root = session.send("DOM.getDocument")["root"]["nodeId"]
        found = session.send("DOM.querySelectorAll", {"nodeId": root, "selector": ".text"})["nodeIds"]
        fonts = [
            font
            for node in found[:60]
            for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
            if "Thai" in font["familyName"]
        ]
        assert sum(font["glyphCount"] for font in fonts) > 100, kind
        assert all(font["isCustomFont"] for font in fonts), kind
        seen.page.close()


def test_link_to_a_copy_opens_its_comparison(visit: Callable[..., Visit], pages: list[Path]) -> None:
    seen = visit(kinds(pages)["story"], PHONE)
    link = seen.page.locator("a[href^='#']").last
    compared = seen.page.locator(f"[id='{link.get_attribute('href')[1:]}']")
    assert not compared.is_visible()
    link.click()
    compared.wait_for()
    seen.page.close()


def test_pages_fit_on_paper(visit: Callable[..., Visit], pages: list[Path], shots: Path) -> None:
    for kind, path in kinds(pages).items():
        seen = visit(path, PAPER)
        seen.page.emulate_media(media="print")
        found = seen.look()
        assert found["wide"] <= 0, kind
        assert found["shown"], kind
        assert seen.page.evaluate(UNSEEN) == 0, kind
        seen.page.pdf(path=shots / f"{kind}.pdf", format="A4", print_background=True, prefer_css_page_size=True)
        seen.page.close()


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_no_payload_in_any_field_of_the_raw_records_changes_a_page(
    visit: Callable[..., Visit], hostile_pages: list[Path], shots: Path, width: int
) -> None:
    shown = set(kinds(hostile_pages).values())
    for path in hostile_pages:
        seen = visit(path, width, is_unguarded=True)
        found = seen.look()
        assert (seen.asked, seen.said, found["pwned"]) == ([], [], False), path.name
        assert set(found["parts"]) <= PARTS, path.name
        assert (found["scripted"], found["styles"], found["background"]) == (0, 1, "none"), path.name
        assert all(address.startswith(LINKS) for address in found["addresses"]), path.name
        assert found["wide"] <= 0, path.name
        assert found["shown"].count(MARK) > 3, path.name
        if path in shown:
            seen.page.screenshot(path=shots / f"hostile-{path.stem[:16]}-{width}.png", full_page=True)
        seen.page.close()


def test_guard_of_the_page_itself_stops_what_escaping_might_let_through(
    visit: Callable[..., Visit], tmp_path: Path, pages: list[Path]
) -> None:
    text = pages[0].read_text(encoding="utf-8")
    leaky = text.replace("</body>", f"<script>window.{MARK}=1</script><img src=https://evil.example/x></body>")
    path = tmp_path / "leaky.html"
    path.write_text(leaky, encoding="utf-8")
    seen = visit(path, DESK)
    assert not seen.look()["pwned"]
    assert seen.asked == []
    assert all("Content Security Policy" in said for said in seen.said)
    assert len(seen.said) == 2
    seen.page.close()
