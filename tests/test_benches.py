"""The measuring itself: the same inputs every time, and tables that say what was measured."""

import json
import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.benches import multiples, results, synthetic

RECORDS = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = tmp_path_factory.mktemp("synthetic") / "raw"
    synthetic.write(raw, RECORDS, nights=2)
    return raw


def tree(raw: Path) -> dict[str, bytes]:
    return {str(path.relative_to(raw)): path.read_bytes() for path in sorted(raw.rglob("*.*"))}


def texts(raw: Path) -> list[str]:
    return [record["text"] for path in sorted(raw.rglob("*.jsonl*")) for record in multiples.records(path)]


def test_made_up_articles_are_the_same_every_time(made: Path, tmp_path: Path) -> None:
    synthetic.write(tmp_path, RECORDS, nights=2)
    assert tree(tmp_path) == tree(made)
    assert len(texts(made)) == RECORDS


def test_multiples_keep_copies_and_furniture_and_share_no_story(made: Path, tmp_path: Path) -> None:
    assert multiples.write(made, 3, tmp_path) == 3 * RECORDS
    found = [record for path in sorted(tmp_path.rglob("*.gz")) for record in multiples.records(path)]
    assert len({record["id"] for record in found}) == len({record["url"] for record in found}) == 3 * RECORDS
    once, thrice = texts(made), [record["text"] for record in found]
    assert len(set(thrice)) == 3 * len(set(once))
    cookies = "เราใช้คุกกี้เพื่อวิเคราะห์การเข้าชม"
    largest = [record["text"] for record in found if record["source"] == "haadsai01"]
    assert len(largest) > 30
    assert all(cookies in text for text in largest)


def run(records: int, seconds: float) -> dict[str, Any]:
    facts = {"wall": seconds, "cpu": seconds, "largest": 10**9, "together": 2 * 10**9}
    parts = {"start": facts, "prepare: deliver": facts, "prepare: clean": facts, "prepare": facts, "publish": facts}
    return {
        **facts, "family": "f", "name": f"f {records}", "records": records, "characters": 10**6, "parts": parts,
        "tokenizer_seconds": 1.0, "index_bytes": 1, "published_bytes": 1, "load_before": 0.0,
    }  # fmt: skip


def test_growth_is_the_slope_between_two_sizes() -> None:
    small, large = run(100, 2.0), run(1_000, 20.0)
    assert math.isclose(results.exponent(small, large, "read") or 0, 1.0)
    assert results.exponent(small, run(1_000, 200.0), "clean") == pytest.approx(2.0)
    assert results.exponent(small, large, "link") is None


def test_page_and_plot_hold_every_run() -> None:
    machine = {"cpu": "c", "cores": 2, "memory": 1, "python": "3"} | dict.fromkeys(
        ("polars", "numba", "numpy", "pythainlp", "datasketch"), "1"
    )
    known = json.loads(json.dumps({"machine": machine, "runs": [run(100, 2.0), run(1_000, 20.0)]}))
    assert "| f 100 | 100 | 50 |" in results.page(known, "p.svg")
    assert "100 → 1,000" in results.printed(known)
    assert len(ET.fromstring(results.plot(known)).findall("{*}g")) == 2
