"""The tiles of the report: the newest night's figures, and how they differ from the nights before."""

from collections.abc import Callable
from statistics import median
from typing import Any

import polars as pl

from dedup.showing import charts

COMPARED_NIGHTS = 7


def tiles(by_night: pl.DataFrame) -> list[dict[str, Any]]:
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
    change = f"{_signed(100 * (now - usual) / usual, 0)} % on " if usual else "more than " if now else "as many as "
    return f"{now:,.0f}", f"{change}the usual {usual:,.0f}"


def _share_change(values: list[float | None]) -> tuple[str, str]:
    now, usual = values[-1], _usual(values)
    if now is None:
        return "–", "nothing to count"
    if usual is None:
        return f"{100 * now:.1f} %", "the first night"
    return f"{100 * now:.1f} %", f"{_signed(100 * (now - usual), 1)} points on the usual {100 * usual:.1f} %"


def _signed(value: float, digits: int) -> str:
    """With a sign as long as a plus; a change too small to show has none."""
    shown = f"{abs(value):.{digits}f}"
    return shown if float(shown) == 0 else f"{'+' if value > 0 else '−'}{shown}"
