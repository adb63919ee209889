"""`report.html`: what a run published, for people who would rather look than read.

One self-contained file: no script, no request, every scraped text escaped. It is made from the published
tables alone and names no wall-clock time, so the same input gives the same bytes.
"""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from dedup.gates import Judgement
from dedup.settings import Gate, Settings
from dedup.showing import charts, figures
from dedup.showing.pages import lag, page, when
from dedup.showing.tiles import COMPARED_NIGHTS, tiles
from dedup.versions import nights_of, scan

MAX_OUTLETS = 30
"""Outlets in the table; with 45 nights their sparklines are 100 kB."""
MAX_HEAT = 16
MAX_FAILING = 30
CELLS = {
    "records": "records",
    "quarantine": "quarantined",
    "removed": "furniture removed",
    "copies": "copies",
    "dates": "with a date",
}
FAILING = [Judgement.FAILED, Judgement.ACCEPTED]


def render(folder: Path, settings: Settings | None = None) -> str:
    """The page for the version in `folder`: its newest night, and the `SHOWN_NIGHTS` up to it.

    `settings` are those of the run: the gates and the line of the similarity picture; by default the defaults.
    """
    settings = settings or Settings()
    published = nights_of(folder)
    nights = published[-figures.SHOWN_NIGHTS :]
    by_night = figures.totals(folder, nights)
    metrics = figures.metrics(folder, nights)
    removed = figures.top_removed(folder, nights)
    judged = scan(folder, "gates", nights[-1:]).collect().sort("source", "gate")
    outlets = _outlets(metrics, nights, judged)
    shown = {row["source"] for row in outlets}
    relations = figures.relations(folder, nights)
    similarity = figures.similarity(folder, nights)
    return page(
        "report.html.j2",
        nights=nights,
        n_nights=len(published),
        compared=min(len(nights) - 1, COMPARED_NIGHTS),
        tiles=tiles(by_night),
        flow=_flow(by_night, relations, figures.n_stories(folder, nights)),
        relations=relations,
        by_night=_by_night(by_night),
        outlets=outlets,
        n_outlets=metrics["source"].n_unique(),
        gates=_gates(judged, settings.gates.min_nights),
        taken_up=[_taken_up(row) for row in figures.taken_up(folder, nights).iter_rows(named=True)],
        similarity=_similarity(similarity, settings.match.containment),
        peaks={
            "accepted": max(similarity["accepted"]),
            "other": max(map(sum, zip(similarity["refused"], similarity["linked"], strict=True))),
        },
        line=settings.match.containment,
        story_sizes=_story_sizes(figures.story_sizes(folder, nights)),
        heat=_heat(figures.reuse(folder, nights)),
        ranking=_ranking(figures.ranking(folder, nights)),
        reasons=figures.reasons(folder, nights).to_dicts(),
        removed={
            str(source): lines.to_dicts()
            for (source,), lines in removed.group_by("source", maintain_order=True)
            if source in shown
        },
    )


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


def _outlets(metrics: pl.DataFrame, nights: list[date], judged: pl.DataFrame) -> list[dict[str, Any]]:
    """One row an outlet, those with the most records: the newest night's figures and gates, and their history."""
    sizes = metrics.group_by("source").agg(pl.col("records").sum())
    largest = sizes.sort("records", "source", descending=[True, False]).head(MAX_OUTLETS)["source"].sort()
    known = {(row["night"], row["source"]): row for row in metrics.iter_rows(named=True)}
    failing = {
        (row["source"], _metric(row["gate"])): row
        for row in judged.filter(pl.col("judgement").is_in(FAILING)).iter_rows(named=True)
    }
    rows = []
    for source in largest:
        cells = []
        for metric, name in CELLS.items():
            values = [known[night, source][metric] if (night, source) in known else None for night in nights]
            cell: dict[str, Any] = {"name": name, "value": _shown(metric, values[-1]), "spark": charts.spark(values)}
            gate = failing.get((source, metric))
            judgement, usual = (gate["judgement"], _shown(metric, gate["usual"])) if gate else (None, None)
            cells.append(cell | {"judgement": judgement, "usual": usual})
        rows.append({"source": source, "cells": cells})
    return rows


def _metric(gate: str) -> str:
    """What a gate looks at, as `METRICS` calls it."""
    return "records" if gate == Gate.SILENT else gate


def _shown(metric: str, value: float | None) -> str:
    if value is None:
        return "0" if metric == "records" else "–"
    return f"{value:,.0f}" if metric == "records" else f"{100 * value:.1f} %"


def _gates(judged: pl.DataFrame, min_nights: int) -> dict[str, Any]:
    """How the night was judged when it was published, in one state, and every gate that it did not pass."""
    failing = judged.filter(pl.col("judgement").is_in(FAILING))
    n_failed = failing.filter(judgement=Judgement.FAILED).height
    n_judged = judged.filter(pl.col("judgement") != Judgement.UNJUDGED)["source"].n_unique()
    if not n_judged:
        state = Judgement.UNJUDGED
    elif failing.is_empty():
        state = Judgement.PASSED
    else:
        state = Judgement.FAILED if n_failed else Judgement.ACCEPTED
    return {
        "state": state.value,
        "failing": [
            {
                **row,
                "name": CELLS[_metric(row["gate"])],
                "found": _shown(_metric(row["gate"]), row["found"]),
                "usual": _shown(_metric(row["gate"]), row["usual"]),
            }
            for row in failing.head(MAX_FAILING).iter_rows(named=True)
        ],
        "n_failed": n_failed,
        "n_accepted": failing.height - n_failed,
        "n_judged": n_judged,
        "n_waiting": judged["source"].n_unique() - n_judged,
        "min_nights": min_nights,
        "longest": judged["n_nights"].max() or 0,
    }


def _taken_up(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "when": when(row["published_at"]), "spread": lag(row["minutes"])}


def _ranking(rows: pl.DataFrame) -> dict[str, Any]:
    """Outlets by the stories they began, each with the length of its bar as a share of the longest."""
    most = max(rows["n_begun"].max() or 0, 1)
    shown = [
        {**row, "lag": lag(row["lag"]), "share": f"{100 * row['n_begun'] / most:.1f}"}
        for row in rows.head(MAX_HEAT).iter_rows(named=True)
    ]
    return {"rows": shown, "hidden": rows.height - len(shown)}


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
        is_own = row["first_source"] == row["source"]
        cells[row["first_source"], row["source"]] = {
            "n": row["n"],
            "lag": "" if is_own else lag(row["lag"]),
            "shade": f"{0.08 + 0.82 * share:.2f}",
            "is_dark": share > 0.6,
        }
    return {"outlets": outlets, "cells": cells, "hidden": ranked.height - len(outlets)}
