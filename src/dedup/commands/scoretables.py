"""An assessment as a person reads it on a terminal."""

from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from dedup.matching.verify import Verdict
from dedup.scoring.agreement import Agreement
from dedup.scoring.assess import Assessment
from dedup.showing.mistakepages import said
from dedup.showing.sentences import counted, plain

WIDE = 1_000
"""Columns that a table may have where its cells are to be copied, whatever the terminal has."""

TRAPS = [
    "series_same_day_joined", "series_other_day_joined", "shared_background_joined", "roundups_swallowed",
    "clusters_mixing_stories", "worst_cluster_stories", "largest_cluster",
]  # fmt: skip


def show(found: Assessment, articles: dict[str, dict[str, Any]], console: Console) -> None:
    """Print every table. `articles` are those of the listed mistakes, as `assess.texts_of` returns them."""
    tables = [_stories(found.scores), _recall(found.scores), _traps(found.scores), _screening(found.scores)]
    tables += [_text(found.scores)] if "text" in found.scores else []
    tables += [_calibration(found.calibration, by) for by in ("containment", "jaccard", "rule")]
    for table in tables:
        console.print(table)
    mistakes = [
        _mistakes(found.false_joins, articles, "joined, and the truth has two stories"),
        _mistakes(found.misses, articles, "kept apart, and the truth has one story"),
    ]
    for listed in mistakes:
        console.print(listed, soft_wrap=True)


def _stories(scores: dict[str, Any]) -> Table:
    table = Table("", "precision", "recall", "F1", "ARI", title=f"stories of {scores['records']:,} records")
    b_cubed = scores["b_cubed"]
    table.add_row("pairs of records", *(f"{scores[name]:.4f}" for name in ("precision", "recall", "f1", "ari")))
    table.add_row("B-cubed", *(f"{b_cubed[name]:.4f}" for name in ("precision", "recall", "f1")), "")
    return table


def _recall(scores: dict[str, Any]) -> Table:
    table = Table("copies", "found with their original")
    for name, share in scores["recall_by"].items():
        table.add_row(Text(name), f"{share:.4f}")
    return table


def _traps(scores: dict[str, Any]) -> Table:
    table = Table("look-alikes and stories", "")
    for name in ["missing", *TRAPS]:
        value = scores[name]
        table.add_row(name.replace("_", " "), f"{value:.4f}" if isinstance(value, float) else f"{value:,}")
    return table


def _screening(scores: dict[str, Any]) -> Table:
    table = Table("expected", "records", "refused", "reasons")
    for name, row in scores["screening"].items():
        reasons = ", ".join(f"{reason} {n}" for reason, n in row["reasons"].items())
        table.add_row(Text(name), f"{row['records']:,}", f"{row['refused']:,}", Text(reasons))
    return table


def _text(scores: dict[str, Any]) -> Table:
    table = Table("cleaned text of", "precision", "recall")
    for name, row in scores["text"].items():
        table.add_row(Text(plain(name)), f"{row['precision']:.4f}", f"{row['recall']:.4f}")
    return table


def _calibration(rows: pl.DataFrame, by: str) -> Table:
    """One line a band or rule, one column a verdict."""
    table = Table(by, title="pairs, and of them one story by the truth")
    for verdict in Verdict:
        table.add_column(verdict.value, justify="right")
    cells = {(row["at"], row["verdict"]): row for row in rows.filter(by=by).iter_rows(named=True)}
    for at in sorted({at for at, _ in cells}):
        found = [cells.get((at, verdict.value)) for verdict in Verdict]
        table.add_row(at, *(f"{row['pairs']:,}  {100 * row['same_share']:5.1f} %" if row else "" for row in found))
    return table


def _mistakes(rows: pl.DataFrame, articles: dict[str, dict[str, Any]], title: str) -> Text:
    """What was said of each pair, and its two headlines."""
    lines = [f"{title}: {rows.height or 'none'}"]
    for row in rows.iter_rows(named=True):
        shared = f"{100 * row['contained']:.1f} % of the shorter text shared, Jaccard {row['jaccard']:.3f}"
        lines.append(f"  {said(row)}; {shared}; {counted(row['n_pairs'], 'pair')}")
        ends = [articles[row[side]] for side in ("left_id", "right_id")]
        lines += [f"      {plain(end['record'])}  {plain(end['title'])}" for end in ends]
    return Text("\n".join(lines))


def show_agreement(found: Agreement, console: Console) -> None:
    """Print how many of a person's verdicts the matcher meets by itself, and those that it does not."""
    share = f", {100 * found.n_met / found.n_judged:.1f} %" if found.n_judged else ""
    console.print(f"verdicts met by the matcher itself: {found.n_met} of {found.n_judged}{share}", highlight=False)
    if found.against.height:
        columns = ("line", "left", "right", "person", "matcher's rule", "Jaccard")
        table = Table(*(Column(name, no_wrap=True) for name in columns), title="not met")
        for row in found.against.iter_rows(named=True):
            names = (Text(plain(row[name])) for name in ("left", "right", "verdict"))
            jaccard = "–" if row["jaccard"] is None else f"{row['jaccard']:.3f}"
            table.add_row(str(row["line"]), *names, row["rule"] or "never compared", jaccard)
        console.width = max(
            console.width, console.measure(table, options=console.options.update(max_width=WIDE)).maximum
        )
        console.print(table)
    for row in found.lines.filter(pl.col("is_met").is_null()).iter_rows(named=True):
        console.print(plain(f"line {row['line']}: {row['reason']}"), highlight=False, markup=False, soft_wrap=True)
