import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from markupsafe import escape

from dedup import contract
from dedup.settings import Settings
from dedup.showing import figures
from dedup.showing.pages import lag
from dedup.showing.report import render
from dedup.versions import nights_of, scan

FIRST = date(2026, 9, 1)
SCRIPT = "</script><script>document.title='PWNED'</script>"
PAYLOADS = [
    SCRIPT,
    "<img src=x onerror=alert(1)>",
    "'\" onload=alert(1) x=",
    "[ข่าว](javascript:alert(1))",
    "{{ 7 * 7 }}",
]
LONG = "ก" * 100_000


class Page(HTMLParser):
    """Every tag and attribute of a page: what a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]


def write(folder: Path, table: str, night: date, rows: list[dict[str, object]]) -> None:
    schema = contract.TABLES[table]
    empty = dict.fromkeys(schema.column_names())
    frame = pl.DataFrame([{**empty, **row} for row in rows], schema=schema.create_empty().schema)
    path = folder / table / f"dt={night}"
    path.mkdir(parents=True)
    contract.conform(frame, table).write_parquet(path / "part-0.parquet")


def publish_night(
    folder: Path,
    number: int,
    outlets: list[str],
    articles: int = 3,
    text: str = "ข่าว",
    gates: Sequence[dict[str, object]] = (),
) -> None:
    """A night in which every outlet has `articles` texts and a copy of another outlet's first one."""
    night = FIRST + timedelta(days=number)
    when = datetime(night.year, night.month, night.day, 3, tzinfo=UTC)
    kept: list[dict[str, object]] = []
    members: list[dict[str, object]] = []
    sources: list[dict[str, object]] = []
    for place, outlet in enumerate(outlets):
        names = [f"{number:04x}{place:04x}{i:024x}" for i in range(articles)]
        shown = {
            "source": outlet,
            "title": text,
            "published_at": when,
            "flags": [],
            "removed_share": 0.2,
            "file": text,
            "line": 1,
            "url": text,
        }
        whole = {"body": text, "n_members": 1, "n_sources": 1, "first_source": outlet}
        kept += [{**shown, **whole, "article_id": name, "story_id": name} for name in names]
        alone = {"is_canonical": True, "relation": "canonical", "lag_minutes": 0}
        members += [{**shown, **alone, "article_id": name, "story_id": name, "canonical_id": name} for name in names]
        first = f"{number:04x}{0:04x}{0:024x}"
        copy = {"is_canonical": False, "relation": text, "jaccard": 0.8, "containment": 0.9, "novel_share": 0.1}
        own = {"article_id": f"{number:04x}{place:04x}{'f' * 24}", "story_id": first, "canonical_id": first}
        members.append({**shown, **copy, **own, "lag_minutes": 90})
        reuse = {"source": outlet, "first_source": outlets[0], "n_articles": 1, "median_lag_minutes": 90.0}
        sources.append({**reuse, "mean_containment": 0.9})
    pair = {"left_id": "a", "right_id": "b", "shared": 9, "rule_version": "1", "containment_left": 0.5}
    matches = [
        {**pair, "rule": rule, "verdict": verdict, "jaccard": 0.4, "containment_right": share}
        for rule, verdict, share in (("near", "accepted", 0.9), ("formula", "refused", 0.4), ("series", "linked", 0.6))
    ]
    refused = [
        {"file": text, "line": 7, "source": outlets[0], "title": text, "step": "screen", "reasons": [text, "too-short"],
         "detail": text, "payload": text, "payload_encoding": "utf-8", "url": text}
    ]  # fmt: skip
    removed = [
        {"source": outlet, "text": f"{text} {i}", "reason": "share", "n_lines": 9 + i}
        for outlet in outlets
        for i in range(9)
    ]
    tables = {"articles": kept, "members": members, "sources": sources, "matches": matches, "quarantine": refused}
    firsts = [
        {"source": outlet, "first_rank": place + 1, "n_articles": articles + 1, "n_kept": articles, "n_begun": articles,
         "n_stories": articles, "n_reprints": int(place > 0), "n_reprinted": 0 if place else len(outlets) - 1,
         "median_reprinted_minutes": None if place else 90.0}
        for place, outlet in enumerate(outlets)
    ]  # fmt: skip
    counts = {"n_records": len(members) + 1, "n_quarantined": 1, "n_articles": len(members), "n_kept": len(kept)}
    counts |= {"n_stories": len(kept), "n_new_stories": len(kept)}
    tables |= {"removed": removed, "aliases": [], "gates": list(gates), "outlets": firsts, "nights": [counts]}
    for table, rows in tables.items():
        write(folder, table, night, rows)


def test_report_of_the_sample_needs_nothing_from_outside(sample_home: Path) -> None:
    page = Page(render(sample_home / "published" / "current"))
    assert not page.tags & {"script", "img", "iframe", "link", "object", "form", "base"}
    assert page.addresses == []
    assert not {name for name in page.attributes if name.startswith("on")}


def test_report_of_the_same_tables_is_the_same_bytes(sample_home: Path) -> None:
    published = sample_home / "published" / "current"
    assert render(published) == render(published) == (published / "report.html").read_text(encoding="utf-8")


def test_report_of_the_sample_is_light(sample_home: Path) -> None:
    assert (sample_home / "published" / "current" / "report.html").stat().st_size < 120_000


def test_report_carries_its_thai_letters(sample_home: Path) -> None:
    text = render(sample_home / "published" / "current")
    assert text.count("url(data:font/woff2;base64,d09GMg") == 2


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payload_in_every_text_field_is_shown_as_text(tmp_path: Path, payload: str) -> None:
    plain, hostile = tmp_path / "plain", tmp_path / "hostile"
    publish_night(plain, 0, ["a", "b"])
    publish_night(hostile, 0, [payload, "b"], text=payload)
    page, harmless = Page(render(hostile)), Page(render(plain))
    assert (page.tags, page.attributes, page.addresses) == (harmless.tags, harmless.attributes, [])
    assert str(escape(payload)) in render(hostile)


def test_controls_that_turn_the_writing_round_are_written_out(tmp_path: Path) -> None:
    publish_night(tmp_path, 0, ["a"], text="ก\u202eข\u2066ค\u200b")
    text = render(tmp_path)
    assert r"ก\u202eข\u2066ค" + "\u200b" in text
    assert "\u202e" not in text


def test_hundred_kilobyte_texts_are_cut(tmp_path: Path) -> None:
    publish_night(tmp_path, 0, ["a", "b"], text=LONG)
    assert len(render(tmp_path).encode()) < 500_000


def test_long_history_and_many_outlets_stay_below_half_a_megabyte(tmp_path: Path) -> None:
    outlets = [f"outlet-{number:02d}" for number in range(60)]
    for number in range(figures.SHOWN_NIGHTS + 3):
        publish_night(tmp_path, number, outlets, articles=1, text="ข่าวที่เกี่ยวข้อง " * 12)
    text = render(tmp_path)
    assert len(text.encode()) < 500_000
    assert str(FIRST + timedelta(days=3)) in text
    assert str(FIRST + timedelta(days=2)) not in text
    assert "(48 are published)" in text


def tile(text: str, name: str) -> str:
    found = re.search(rf'<div class="tile">{name}<b>(.*?)</b><span class="soft">(.*?)</span>', text)
    assert found is not None
    return " | ".join(found.groups())


def test_tiles_compare_the_newest_night_with_the_usual(tmp_path: Path) -> None:
    for number, articles in enumerate([9, 9, 19]):
        publish_night(tmp_path, number, ["a", "b"], articles=articles)
    text = render(tmp_path)
    assert tile(text, "articles accepted") == "40 | +100 % on the usual 20"
    assert tile(text, "copies") == "5.0 % | −5.0 points on the usual 10.0 %"


def test_first_night_is_compared_with_nothing(tmp_path: Path) -> None:
    publish_night(tmp_path, 0, ["a"])
    assert tile(render(tmp_path), "records read") == "5 | the first night"


def judged(gate: str, judgement: str, n_nights: int = 20) -> dict[str, object]:
    figures = {"found": 0.0, "usual": 30.0} if gate == "silent" else {"found": 0.9, "usual": 0.1}
    return {"source": "gone", "gate": gate, "judgement": judgement, **figures, "n_nights": n_nights}


def test_gates_are_shown_as_they_were_judged(tmp_path: Path) -> None:
    gates = [judged("silent", "failed"), judged("copies", "accepted"), judged("dates", "passed")]
    publish_night(tmp_path, 0, ["gone"], gates=gates)
    text = render(tmp_path)
    assert "2 gates not passed: 1 accepted by a person, 1 published without being asked about." in text
    assert re.search(r'<li><b>gone</b> records <b class="failed">0</b>, usually 30 .*silent, failed', text)
    assert re.search(r'<li><b>gone</b> copies <b class="accepted">90.0 %</b>, usually 10.0 %', text)
    assert re.search(r'data-name="records"><b class="failed">\d+</b> <span class="soft">usually 30<', text)
    assert "dates, passed" not in text


def test_gates_that_all_pass_are_one_sentence(tmp_path: Path) -> None:
    publish_night(tmp_path, 0, ["a"], gates=[judged("silent", "passed")])
    assert "1 outlet judged against its own history: every gate passed." in render(tmp_path)


def test_gates_wait_for_enough_nights(tmp_path: Path) -> None:
    publish_night(tmp_path, 0, ["a"], gates=[judged("silent", "unjudged", 5)])
    assert "Not judged: an outlet is judged after 14 nights of its own (the longest history here is 5)" in render(
        tmp_path
    )


def test_stories_that_most_outlets_ran_come_with_their_first(tmp_path: Path) -> None:
    for number in range(2):
        publish_night(tmp_path, number, ["a", "b", "c"])
    (story,) = figures.taken_up(tmp_path, nights_of(tmp_path)).to_dicts()
    assert (story["story_id"], story["source"]) == (f"{1:04x}{0:028x}", "a")
    assert (story["outlets"], story["n"], story["minutes"]) == (3, 4, 90)
    assert f"{story['published_at']:%H:%M}" == "03:00"
    assert ">2026-09-02 10:00<" in render(tmp_path)  # Bangkok


def test_first_publishers_are_ranked_over_all_nights(tmp_path: Path) -> None:
    for number in range(3):
        publish_night(tmp_path, number, ["b", "a"])
    found = figures.ranking(tmp_path, nights_of(tmp_path))
    assert found.rows() == [("b", 9, 3, 0, 90.0), ("a", 9, 0, 3, None)]


def test_line_of_the_similarity_picture_is_the_setting(tmp_path: Path) -> None:
    publish_night(tmp_path, 0, ["a"])
    text = render(tmp_path, Settings(match={"containment": 0.5}))  # type: ignore[arg-type]
    assert '<path class="rule" d="M210.0 0V' in text


def test_figures_of_the_sample_add_up(sample_home: Path) -> None:
    folder = sample_home / "published" / "current"
    nights = nights_of(folder)
    by_night = figures.totals(folder, nights)
    members = scan(folder, "members").collect()
    assert by_night["articles"].sum() == members.height
    assert by_night["kept"].sum() == scan(folder, "articles").collect().height
    assert (
        by_night["stories"].to_list()
        == members.group_by("dt").agg(pl.col("story_id").n_unique()).sort("dt")["story_id"].to_list()
    )
    assert by_night["quarantined"].sum() == scan(folder, "quarantine").collect().height
    assert by_night["records"].equals(by_night["articles"] + by_night["quarantined"])
    metrics = figures.metrics(folder, nights)
    named = scan(folder, "quarantine").filter(pl.col("source").is_not_null()).collect().height
    assert metrics["records"].sum() == members.height + named
    assert sum(figures.relations(folder, nights).values()) == int((~members["is_canonical"]).sum())
    sizes = figures.story_sizes(folder, nights)
    assert sum(sizes) == members["story_id"].n_unique() == figures.n_stories(folder, nights)
    assert figures.ranking(folder, nights)["n_begun"].sum() == members["story_id"].n_unique()


@pytest.mark.parametrize(
    ("minutes", "said"), [(None, ""), (0.0, "0 min"), (119.0, "119 min"), (150.0, "2.5 h"), (4320.0, "3.0 d")]
)
def test_lag_is_said_in_the_unit_people_use(minutes: float | None, said: str) -> None:
    assert lag(minutes) == said
