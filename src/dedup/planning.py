"""What a number of articles will take, by step, from what was measured on some: figures in, figures out.

The measured figures are `measured.json` beside this file (`python -m tests.benches.plan_figures` makes it anew).
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from dedup.settings import Settings

SLICED = ("read", "clean", "sketch")
"""Steps whose slices spread over cores and machines; the others run in the one process that holds the job."""

SLICE_ARTICLES = 5_000


@dataclass(frozen=True)
class Asked:
    """What is to be planned: all articles of an archive, over how many nights, on how many cores."""

    articles: int
    nights: int
    cores: int

    @property
    def per_night(self) -> float:
        """Articles of one night."""
        return self.articles / self.nights


@dataclass(frozen=True)
class StepPlan:
    """One step over the whole archive, and in one more night when the archive stands.

    `slices` are of the whole archive, 1 a night where a step is not cut. Seconds are of the clock on the cores asked
    for; `memory_bytes` is of one process.
    """

    step: str
    slices: int
    cpu_seconds: float
    seconds: float
    night_seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Plan:
    """The steps, and what lies on the disk at the end."""

    steps: list[StepPlan]
    disk: dict[str, int]
    assumptions: list[str]


def measured() -> dict[str, Any]:
    """The committed figures: per article by step, and what they were measured on."""
    found: dict[str, Any] = json.loads(files("dedup").joinpath("measured.json").read_text(encoding="utf-8"))
    return found


def plan(asked: Asked, settings: Settings, known: dict[str, Any]) -> Plan:
    """The plan for `asked` from the figures `known`."""
    window_nights = min(settings.index.window_nights, asked.nights)
    window = asked.per_night * window_nights
    cpu, memory = known["cpu_seconds_per_article"], known["process_bytes"]
    steps = []
    for step in SLICED:
        whole = cpu[step] * asked.articles
        slices = max(asked.nights, -(-asked.articles // SLICE_ARTICLES))
        at_once = min(asked.cores, max(1, round(asked.per_night / SLICE_ARTICLES)))
        night = cpu[step] * asked.per_night / at_once
        steps.append(StepPlan(step, slices, whole, night * asked.nights, night, memory[step]))
    # Nights at the beginning have less before them: the average window is smaller than the last one.
    average = window * (1 - (window_nights - 1) / (2 * asked.nights)) if asked.nights > 1 else 0.0
    link = [cpu["link"] * asked.per_night + cpu["link_per_window_article"] * seen for seen in (average, window)]
    steps.append(
        StepPlan("link", asked.nights, link[0] * asked.nights, link[0] * asked.nights, link[1], memory["link"])
    )
    written, night_written = cpu["publish"] * asked.articles, cpu["publish"] * (asked.per_night + window)
    held = memory["publish"] + int(known["window_bytes_per_article"] * window)  # the members that are checked
    steps.append(StepPlan("publish", 1, written, written, night_written, held))
    return Plan(steps, _disk(asked, window, settings, known), _assumptions(asked, window, settings, known))


def _disk(asked: Asked, window: float, settings: Settings, known: dict[str, Any]) -> dict[str, int]:
    """Bytes by what they are for."""
    each = known["bytes_per_article"]
    changed = min(asked.articles, asked.per_night + window)
    return {
        "index: articles and links": int(each["index"] * asked.articles),
        "index: words and keys of the window": int(each["sketch"] * window),
        "published, the current version": int(each["published"] * asked.articles),
        "published, versions kept": int(each["published"] * changed * (settings.run.keep_versions - 1)),
    }


def _assumptions(asked: Asked, window: float, settings: Settings, known: dict[str, Any]) -> list[str]:
    growth = ", ".join(f"{step} {exponent:.2f}" for step, exponent in known["growth"].items())
    return [
        f"Measured on {known['input']}, {known['characters_per_article']:,} characters an article: {known['machine']}.",
        f"Linear from there. Measured growth exponents of CPU between {known['growth_between']}: {growth}.",
        f"Reading, cleaning and sketching spread over {asked.cores} cores, in slices of {SLICE_ARTICLES:,} articles; "
        "linking and publishing run in one process, and count as one core.",
        f"A night of {asked.per_night:,.0f} articles is compared with the {window:,.0f} of the "
        f"{min(settings.index.window_nights, asked.nights)} nights before it; scanning them costs as measured.",
        "The archive is published once, at its end; a night later publishes itself and, at most, every night of its "
        "window again, whose rows may have changed.",
        "Kept versions share unchanged nights by hard links; at the most a window differs between two of them.",
        "Not in it: the disk of what was delivered, and reading it for its digest in every run; starting up, "
        "half a minute; Prefect, object storage and the network. Storage is as fast as a local disk.",
    ]
