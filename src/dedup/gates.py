"""Gates before publishing: a night that is far from its outlets' own history is not shown to readers unasked."""

from datetime import date
from enum import StrEnum

import polars as pl

from dedup.errors import GateError
from dedup.index import Index
from dedup.settings import GateSettings


class Gate(StrEnum):
    """What can be wrong with an outlet's night."""

    SILENT = "silent"  # an outlet that always delivers has no records
    RECORDS = "records"  # far fewer or far more records than usual
    QUARANTINE = "quarantine"  # too many records were refused
    REMOVED = "removed"  # another share of the text was furniture: the page template changed
    COPIES = "copies"  # another share of the articles were copies
    DATES = "dates"  # fewer articles have a publication date


METRICS = ["records", "quarantine", "removed", "copies", "dates"]


def night_metrics(index: Index, night: date) -> pl.DataFrame:
    """One row an outlet: records (count), and the shares quarantine, removed, copies and dates."""
    articles = index.read([night], "prepare", "articles", ["article_id", "source", "removed_share", "published_at"])
    members = index.read([night], "link", "members", ["article_id", "is_canonical"])
    refused = index.read([night], "prepare", "quarantine", ["source"]).drop_nulls()
    accepted = (
        articles.join(members, on="article_id")
        .sort("article_id")
        .group_by("source", maintain_order=True)
        .agg(
            articles=pl.len(),
            removed=pl.col("removed_share").mean(),
            copies=(~pl.col("is_canonical")).mean(),
            dates=pl.col("published_at").is_not_null().mean(),
        )
    )
    counted = accepted.join(refused.group_by("source").agg(refused=pl.len()), on="source", how="full", coalesce=True)
    return (
        counted.with_columns(pl.col("articles", "refused").fill_null(0).cast(pl.Int64))
        .with_columns(records=pl.col("articles") + pl.col("refused"), night=pl.lit(night))
        .with_columns(quarantine=pl.col("refused") / pl.col("records"))
        .select("night", "source", *METRICS)
        .sort("source")
    )


def judge_night(tonight: pl.DataFrame, history: pl.DataFrame, settings: GateSettings) -> pl.DataFrame:
    """The gates that a night does not pass: `source`, `gate`, `found`, `usual` (the median of the history).

    Both frames as `night_metrics` makes them. An outlet is judged once it has delivered on `min_nights` nights, and
    shares only on nights with `min_records` records.
    """
    medians = [pl.col(metric).median().alias(f"{metric}_usual") for metric in METRICS]
    known = history.group_by("source").agg(pl.len().alias("nights"), *medians)
    known = known.filter(pl.col("nights") >= settings.min_nights)
    both = known.join(tonight, on="source", how="left").with_columns(pl.col("records").fill_null(0))
    has_records = pl.col("records") >= settings.min_records
    is_usual_size = pl.col("records_usual") >= settings.min_records

    def moved(metric: str, by: float) -> pl.Expr:
        return has_records & ((pl.col(metric) - pl.col(f"{metric}_usual")).abs() > by)

    few = pl.col("records") < settings.fewest_records * pl.col("records_usual")
    many = pl.col("records") > settings.most_records * pl.col("records_usual")
    too_many_refused = pl.max_horizontal(pl.lit(settings.max_quarantine), 3 * pl.col("quarantine_usual"))
    fails = {
        Gate.SILENT: ("records", is_usual_size & (pl.col("records") == 0)),
        Gate.RECORDS: ("records", is_usual_size & (pl.col("records") > 0) & (few | many)),
        Gate.QUARANTINE: ("quarantine", has_records & (pl.col("quarantine") > too_many_refused)),
        Gate.REMOVED: ("removed", moved("removed", settings.removed_shift)),
        Gate.COPIES: ("copies", moved("copies", settings.copies_shift)),
        Gate.DATES: ("dates", has_records & (pl.col("dates") < pl.col("dates_usual") - settings.dates_drop)),
    }
    found = [
        both.filter(is_failing).select(
            "source",
            pl.lit(gate.value).alias("gate"),
            pl.col(metric).cast(pl.Float64).alias("found"),
            pl.col(f"{metric}_usual").cast(pl.Float64).alias("usual"),
        )
        for gate, (metric, is_failing) in fails.items()
    ]
    return pl.concat(found).sort("source", "gate")


def check_gates(index: Index, nights: list[date], settings: GateSettings) -> None:
    """Judge each of `nights` against the nights before it. Raises GateError with every failing gate and its figures.

    `settings.accept` names gates (`silent:thaiwire`, or `silent` for every outlet) that a person has looked at.
    """
    if not settings.is_on:
        return
    refused: list[str] = []
    for night in nights:
        before = [known for known in index.nights() if known < night][-settings.history_nights :]
        if len(before) < settings.min_nights:
            continue
        history = pl.concat([night_metrics(index, known) for known in before])
        for row in judge_night(night_metrics(index, night), history, settings).iter_rows(named=True):
            if row["gate"] not in settings.accept and f"{row['gate']}:{row['source']}" not in settings.accept:
                refused.append(f"{night} {row['gate']}:{row['source']} {row['found']:.4g}, usually {row['usual']:.4g}")
    if refused:
        raise GateError(
            f"not published, readers keep the version before: {'; '.join(refused)}. Look at these outlets; if the "
            f"night is right as it is, run again with --accept GATE:OUTLET for each"
        )
