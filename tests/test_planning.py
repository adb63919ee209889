import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import cli
from dedup.planning import Asked, Plan, measured, plan
from dedup.settings import Settings

FIGURES: dict[str, Any] = {
    "input": "a test", "machine": "none", "characters_per_article": 1_000,
    "growth": {"link": 1.0}, "growth_between": "two sizes",
    "cpu_seconds_per_article": {
        "read": 1.0, "clean": 2.0, "sketch": 3.0, "link": 4.0, "publish": 5.0, "link_per_window_article": 0.5,
    },
    "process_bytes": dict.fromkeys(("read", "clean", "sketch", "link", "publish"), 1_000),
    "window_bytes_per_article": 7,
    "bytes_per_article": {"index": 10, "sketch": 20, "published": 30},
}  # fmt: skip
"""Round figures, so that a plan can be reckoned by hand."""


def of(articles: int, nights: int, cores: int) -> Plan:
    return plan(Asked(articles, nights, cores), Settings(index={"window_nights": 10}), FIGURES)  # type: ignore[arg-type]


def test_plan_of_a_small_archive_is_what_one_reckons_by_hand() -> None:
    made = {step.step: step for step in of(200_000, 20, 2).steps}
    assert (made["read"].cpu_seconds, made["read"].seconds, made["read"].slices) == (200_000, 100_000, 40)
    assert made["clean"].night_seconds == 10_000
    # A night of 10,000 against ten nights before it; over the archive against 7.75 on the average.
    assert made["link"].night_seconds == 4 * 10_000 + 0.5 * 100_000
    assert made["link"].cpu_seconds == pytest.approx(20 * (4 * 10_000 + 0.5 * 77_500))
    assert made["publish"].memory_bytes == 1_000 + 7 * 100_000
    assert made["publish"].night_seconds == 5 * 110_000
    assert of(200_000, 20, 2).disk == {
        "index: articles and links": 2_000_000,
        "index: words and keys of the window": 2_000_000,
        "published, the current version": 6_000_000,
        "published, versions kept": 30 * 110_000 * 6,
    }


@given(st.integers(1, 10**9), st.integers(1, 3_000), st.integers(1, 64))
def test_more_articles_never_take_less_and_more_cores_never_take_longer(articles: int, nights: int, cores: int) -> None:
    small, large, wide = of(articles, nights, cores), of(2 * articles, nights, cores), of(articles, nights, 2 * cores)
    for one, twice, spread in zip(small.steps, large.steps, wide.steps, strict=True):
        assert one.cpu_seconds <= twice.cpu_seconds
        assert one.memory_bytes <= twice.memory_bytes
        assert spread.seconds <= one.seconds <= one.cpu_seconds + 1e-6
    assert sum(small.disk.values()) <= sum(large.disk.values())


def test_committed_figures_plan_a_hundred_million(capsys: pytest.CaptureFixture[str]) -> None:
    known = measured()
    assert known["cpu_seconds_per_article"].keys() == FIGURES["cpu_seconds_per_article"].keys()
    assert cli.main(["plan", "--articles", "100_000_000", "--nights", "730", "--cores", "16", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [step["step"] for step in made["steps"]] == ["read", "clean", "sketch", "link", "publish"]
    assert made["assumptions"]


def test_plan_says_what_it_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plan", "--articles", "1000000"]) == 0
    said = capsys.readouterr().out
    assert "1,000,000 articles in 50 nights" in said
    assert "Measured on" in said
    assert cli.main(["plan", "--articles", "0"]) == 1
