"""`report.html`: what a run published, for people who would rather look than read.

One self-contained file: no script, no request, every scraped text escaped. It is made from the published
tables alone and names no wall-clock time, so the same input gives the same bytes.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any

import jinja2
import polars as pl
from markupsafe import Markup

from dedup.gates import Gate, Judgement
from dedup.settings import Settings
from dedup.showing import charts, figures
from dedup.showing.figures import by_source, scan, totals

__all__ = ["by_source", "page", "render", "scan", "totals"]

COMPARED_NIGHTS = 7
MAX_OUTLETS = 30
"""Outlets in the table; with 45 nights their sparklines are 100 kB."""
MAX_HEAT = 16
CELLS = {
    "records": "records",
    "quarantine": "quarantined",
    "removed": "furniture removed",
    "copies": "copies",
    "dates": "with a date",
}


def cut(text: str) -> str:
    """A scraped text of any length, as much of it as a table has room for."""
    return text if len(text) <= figures.SHOWN_CHARS else text[: figures.SHOWN_CHARS] + "…"


CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that a page would obey without showing them: among them those that turn the writing round."""


def visible(value: object) -> object:
    """A text with its control characters written out, `\\u202e`; anything else as it is."""
    if isinstance(value, str) and CONTROLS.search(value):
        shown = CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
        return Markup(shown) if isinstance(value, Markup) else shown
    return value


@cache
def _environment() -> jinja2.Environment:
    fonts = files("dedup") / "fonts"
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dedup"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cut"] = cut
    environment.globals["fonts"] = {
        weight: b64encode((fonts / f"NotoSansThai-{name}.woff2").read_bytes()).decode()
        for weight, name in (("400", "Regular"), ("700", "Bold"))
    }
    return environment


def page(template: str, **shown: object) -> str:
    """A whole page; every text in `shown` is escaped."""
    return _environment().get_template(template).render(**shown)


def render(folder: Path, settings: Settings | None = None) -> str:
    """The page for the version in `folder`: its newest night, and the `SHOWN_NIGHTS` up to it.

    `settings` are those of the run: the gates and the line of the similarity picture; by default the defaults.
    """
    settings = settings or Settings()
    published = figures.nights_of(folder)
    nights = published[-figures.SHOWN_NIGHTS :]
    by_night = totals(folder, nights)
    metrics = figures.metrics(folder, nights)
    removed = figures.top_removed(folder, nights)
    outlets = _outlets(metrics, nights, figures.began(folder, nights))
    shown = {row["source"] for row in outlets}
    relations = figures.relations(folder, nights)
    similarity = figures.similarity(folder, nights)
    return page(
        "report.html.j2",
        nights=nights,
        n_nights=len(published),
        compared=min(len(nights) - 1, COMPARED_NIGHTS),
        tiles=_tiles(by_night),
        flow=_flow(by_night, relations, figures.n_stories(folder, nights)),
        relations=relations,
        by_night=_by_night(by_night),
        outlets=outlets,
        n_outlets=metrics["source"].n_unique(),
        gates=_gates(folder, nights[-1], settings.gates.min_nights),
        similarity=_similarity(similarity, settings.match.containment),
        peaks={
            "accepted": max(similarity["accepted"]),
            "other": max(map(sum, zip(similarity["refused"], similarity["linked"], strict=True))),
        },
        line=settings.match.containment,
        story_sizes=_story_sizes(figures.story_sizes(folder, nights)),
        largest=figures.largest_stories(folder, nights).filter(pl.col("n") > 1).to_dicts(),
        heat=_heat(figures.reuse(folder, nights)),
        reasons=figures.reasons(folder, nights).to_dicts(),
        removed={
            str(source): lines.to_dicts()
            for (source,), lines in removed.group_by("source", maintain_order=True)
            if source in shown
        },
    )


def _tiles(by_night: pl.DataFrame) -> list[dict[str, Any]]:
    """The newest night's figures with the change against the median of the nights before."""
    articles, records = pl.col("articles").clip(1), pl.col("records").clip(1)
    shares = by_night.with_columns(
        copies=1 - pl.col("kept") / articles, quarantine=pl.col("quarantined") / records
    ).with_columns(copies=pl.when(pl.col("articles") > 0).then("copies"))
    tiles: list[tuple[str, str, Callable[[list[float | None]], tuple[str, str]]]] = [
        ("records read", "records", _count_change),
        ("quarantined", "quarantine", _share_change),
        ("articles accepted", "articles", _count_change),
        ("copies", "copies", _share_change),
        ("texts kept", "kept", _count_change),
        ("stories", "stories", _count_change),
    ]
    made = []
    for name, column, describe in tiles:
        values = shares[column].to_list()
        value, change = describe(values)
        made.append({"name": name, "value": value, "change": change, "spark": charts.spark(values)})
    return made


def _usual(values: list[float | None]) -> float | None:
    """The median of the nights before the newest."""
    before = [value for value in values[:-1][-COMPARED_NIGHTS:] if value is not None]
    return median(before) if before else None


def _count_change(values: list[float | None]) -> tuple[str, str]:
    now, usual = values[-1] or 0, _usual(values)
    if usual is None:
        return f"{now:,.0f}", "the first night"
    change = f"{100 * (now - usual) / usual:+.0f} % on " if usual else "more than " if now else "as many as "
    return f"{now:,.0f}", f"{change}the usual {usual:,.0f}"


def _share_change(values: list[float | None]) -> tuple[str, str]:
    now, usual = values[-1], _usual(values)
    if now is None:
        return "–", "nothing to count"
    if usual is None:
        return f"{100 * now:.1f} %", "the first night"
    return f"{100 * now:.1f} %", f"{100 * (now - usual):+.1f} points on the usual {100 * usual:.1f} %"


def _flow(by_night: pl.DataFrame, relations: dict[str, int], stories: int) -> charts.Chart:
    """Records → articles → texts → stories, all nights together."""
    total = by_night.drop("dt").sum().to_dicts()[0]
    refused, copies = total["quarantined"], sum(relations.values())
    return charts.flow(
        [
            charts.Row([("records", total["records"])], f"{total['records']:,} records"),
            charts.Row(
                [("articles", total["articles"]), ("quarantined", refused)],
                f"{total['articles']:,} articles",
                f"{refused:,} quarantined",
            ),
            charts.Row(
                [("kept", total["kept"]), ("copies", copies)], f"{total['kept']:,} texts kept", f"{copies:,} copies"
            ),
            charts.Row([("stories", stories)], f"{stories:,} stories"),
        ]
    )


def _by_night(by_night: pl.DataFrame) -> charts.Chart:
    copies = (by_night["articles"] - by_night["kept"]).to_list()
    series = [("kept", by_night["kept"].to_list()), ("copies", copies)]
    series.append(("quarantined", by_night["quarantined"].to_list()))
    labels = [f"{night:%m-%d}" for night in by_night["dt"]]
    return charts.columns(labels, series, every=-(-len(labels) // 8))


def _similarity(pairs: dict[str, list[int]], line: float) -> charts.Chart:
    edges = [step / figures.BINS for step in range(figures.BINS)]
    below = [("refused", pairs["refused"]), ("linked", pairs["linked"])]
    return charts.mirrored(edges, ("joined", pairs["accepted"]), below, line=line)


def _story_sizes(sizes: list[int]) -> charts.Chart:
    labels = [*map(str, range(1, len(sizes))), f"{len(sizes)}+"]
    return charts.columns(labels, [("stories", sizes)], has_totals=True)


def _outlets(metrics: pl.DataFrame, nights: list[date], began: dict[str, int]) -> list[dict[str, Any]]:
    """One row an outlet, those with the most records: its figures of the newest night, and their history."""
    sizes = metrics.group_by("source").agg(pl.col("records").sum())
    largest = sizes.sort("records", "source", descending=[True, False]).head(MAX_OUTLETS)["source"].sort()
    known = {(row["night"], row["source"]): row for row in metrics.iter_rows(named=True)}
    rows = []
    for source in largest:
        cells = []
        for metric, name in CELLS.items():
            values = [known[night, source][metric] if (night, source) in known else None for night in nights]
            cells.append({"name": name, "value": _shown(metric, values[-1]), "spark": charts.spark(values)})
        rows.append({"source": source, "cells": cells, "began": began.get(source, 0)})
    return rows


def _shown(metric: str, value: float | None) -> str:
    if value is None:
        return "0" if metric == "records" else "–"
    return f"{value:,.0f}" if metric == "records" else f"{100 * value:.1f} %"


def _gates(folder: Path, night: date, min_nights: int) -> dict[str, Any]:
    """How the night was judged when it was published; every outlet with a gate that it did not pass."""
    rows = scan(folder, "gates", [night]).collect().sort("source", "gate")
    is_failing = pl.col("judgement").is_in([Judgement.FAILED, Judgement.ACCEPTED])
    judged = rows.filter(pl.col("judgement") != Judgement.UNJUDGED)["source"].n_unique()
    failing = [
        {**row, "found": _judged_value(row["gate"], row["found"]), "usual": _judged_value(row["gate"], row["usual"])}
        for row in rows.filter(is_failing).iter_rows(named=True)
    ]
    return {
        "failing": failing,
        "judged": judged,
        "waiting": rows["source"].n_unique() - judged,
        "min_nights": min_nights,
        "longest": rows["n_nights"].max() or 0,
    }


def _judged_value(gate: str, value: float | None) -> str:
    return _shown("records" if gate in {Gate.SILENT, Gate.RECORDS} else gate, value)


def _heat(pairs: pl.DataFrame) -> dict[str, Any]:
    """Outlet × outlet, those with the most articles of stories that others began, or that others took up."""
    foreign = pairs.filter(pl.col("first_source") != pl.col("source"))
    sides = [foreign.select(pl.col(side).alias("source"), "n") for side in ("first_source", "source")]
    ranked = pl.concat(sides).group_by("source").agg(pl.col("n").sum())
    outlets = ranked.sort("n", "source", descending=[True, False]).head(MAX_HEAT)["source"].sort().to_list()
    most = foreign.filter(pl.col("source").is_in(outlets) & pl.col("first_source").is_in(outlets))["n"].max()
    cells = {}
    for row in pairs.iter_rows(named=True):
        share = row["n"] / most if isinstance(most, int) and most else 0.0
        dark = share > 0.6
        cells[row["first_source"], row["source"]] = {
            "n": row["n"], "lag": lag(row["lag"]), "shade": f"{0.08 + 0.82 * share:.2f}", "is_dark": dark,
        }  # fmt: skip
    return {"outlets": outlets, "cells": cells, "hidden": ranked.height - len(outlets)}


def lag(minutes: float | None) -> str:
    """A stretch of time in words: minutes below two hours, hours below two days, then days."""
    if minutes is None:
        return ""
    size = abs(minutes)
    if size < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if size < 48 * 60 else f"{minutes / 1440:.1f} d"
