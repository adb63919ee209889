"""Gates before publishing: a night that is far from its outlets' own history is not shown to readers unasked."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum

import polars as pl

from dedup.errors import Finding, GateError
from dedup.exact import mean_share
from dedup.index import Index
from dedup.settings import Gate, GateSettings


class Judgement(StrEnum):
    """How a gate judged an outlet's night."""

    PASSED = "passed"
    FAILED = "failed"
    ACCEPTED = "accepted"  # failed, and a person has looked at it
    UNJUDGED = "unjudged"  # too little history, too few records, or gates are off


METRICS = ["records", "quarantine", "removed", "copies", "dates"]


def night_metrics(index: Index, night: date) -> pl.DataFrame:
    """One row an outlet: records (count), and the shares quarantine, removed, copies and dates."""
    articles = index.read([night], "prepare", "articles", ["article_id", "source", "removed_share", "published_at"])
    members = index.read([night], "link", "members", ["article_id", "is_canonical"])
    refused = index.read([night], "prepare", "quarantine", ["source"]).drop_nulls()
    accepted = (
        articles.join(members, on="article_id")
        .group_by("source")
        .agg(
            articles=pl.len(),
            removed=mean_share("removed_share"),
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
    """Every gate of every outlet: `source`, `gate`, `judgement`, `found`, `usual` (median of the history), `n_nights`.

    Both frames as `night_metrics` makes them. An outlet is judged once it has delivered on `min_nights` nights, and
    shares only on nights with `min_records` records. `settings.accept` names gates (`silent:thaiwire`, or `silent` for
    every outlet) that a person has looked at.
    """
    medians = [pl.col(metric).median().alias(f"{metric}_usual") for metric in METRICS]
    known = history.group_by("source").agg(pl.len().cast(pl.UInt32).alias("n_nights"), *medians)
    both = known.join(tonight, on="source", how="full", coalesce=True).with_columns(
        pl.col("records", "n_nights").fill_null(0)
    )
    is_known = pl.lit(settings.is_on) & (pl.col("n_nights") >= settings.min_nights)
    has_records = is_known & (pl.col("records") >= settings.min_records)
    is_usual_size = is_known & (pl.col("records_usual") >= settings.min_records)

    def moved(metric: str, by: float) -> pl.Expr:
        return (pl.col(metric) - pl.col(f"{metric}_usual")).abs() > by

    few = pl.col("records") < settings.fewest_records * pl.col("records_usual")
    many = pl.col("records") > settings.most_records * pl.col("records_usual")
    too_many_refused = pl.max_horizontal(pl.lit(settings.max_quarantine), 3 * pl.col("quarantine_usual"))
    gates = {
        Gate.SILENT: ("records", is_usual_size, pl.col("records") == 0),
        Gate.RECORDS: ("records", is_usual_size & (pl.col("records") > 0), few | many),
        Gate.QUARANTINE: ("quarantine", has_records, pl.col("quarantine") > too_many_refused),
        Gate.REMOVED: ("removed", has_records, moved("removed", settings.removed_shift)),
        Gate.COPIES: ("copies", has_records, moved("copies", settings.copies_shift)),
        Gate.DATES: ("dates", has_records, pl.col("dates") < pl.col("dates_usual") - settings.dates_drop),
    }
    judged = [
        both.select(
            "source",
            gate=pl.lit(gate.value),
            judgement=_judgement(gate, is_judged, is_failing, settings.accept),
            found=pl.col(metric).cast(pl.Float64),
            usual=pl.col(f"{metric}_usual").cast(pl.Float64),
            n_nights="n_nights",
        )
        for gate, (metric, is_judged, is_failing) in gates.items()
    ]
    return pl.concat(judged).sort("source", "gate")


def _judgement(gate: Gate, is_judged: pl.Expr, is_failing: pl.Expr, accept: list[str]) -> pl.Expr:
    named = [name.removeprefix(f"{gate}:") for name in accept if name.startswith(f"{gate}:")]
    is_accepted = pl.col("source").is_in(named) | (gate.value in accept)
    return (
        pl.when(~is_judged.fill_null(value=False))
        .then(pl.lit(Judgement.UNJUDGED.value))
        .when(~is_failing.fill_null(value=False))
        .then(pl.lit(Judgement.PASSED.value))
        .when(is_accepted)
        .then(pl.lit(Judgement.ACCEPTED.value))
        .otherwise(pl.lit(Judgement.FAILED.value))
    )


Metrics = Callable[[date], pl.DataFrame]
"""`night_metrics` of one index, remembered: the histories of neighbouring nights are mostly the same nights."""


def judgements(index: Index, night: date, settings: GateSettings, metrics: Metrics) -> pl.DataFrame:
    """A night judged against the nights before it, as `judge_night` tells it."""
    before = [known for known in index.nights() if known < night][-settings.history_nights :]
    tonight = metrics(night)
    return judge_night(tonight, pl.concat([tonight.clear(), *map(metrics, before)]), settings)


def check_gates(index: Index, nights: list[date], settings: GateSettings, metrics: Metrics) -> None:
    """Judge each of `nights`. Raises GateError with every failing gate that nobody has accepted, and its figures."""
    failed = pl.col("judgement") == Judgement.FAILED
    findings = [
        Finding(night, row["source"], row["gate"], row["found"], row["usual"])
        for night in nights
        for row in judgements(index, night, settings, metrics).filter(failed).iter_rows(named=True)
    ]
    if findings:
        raise GateError(
            f"not published, readers keep the version before: {'; '.join(map(str, findings))}. Look at these outlets; "
            f"if the night is right as it is, run again and accept each GATE:OUTLET (--accept, or gates.accept)",
            findings,
        )
