"""Geometry of the pages' pictures: numbers in, rectangles and ribbons out; `charts.html.j2` draws them.

Lengths are SVG units. A chart is `WIDTH` units wide and shown at 330 to 530 pixels, so its letters stay legible on a
telephone. Everything is rounded to a tenth, so that the same figures give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 420.0
GAP = 0.18
"""Share of a column's room that is left empty."""


@dataclass(frozen=True)
class Box:
    """A rectangle; `kind` is its CSS class, `says` its tooltip."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    says: str = ""


@dataclass(frozen=True)
class Word:
    """A text at a place."""

    x: float
    y: float
    text: str
    kind: str = ""


@dataclass(frozen=True)
class Chart:
    """A picture: what to draw, in this order; `rules` are upright dashed lines from top to bottom."""

    width: float
    height: float
    boxes: list[Box]
    words: list[Word]
    paths: list[tuple[str, str]]  # kind, path
    rules: list[float]


@dataclass(frozen=True)
class Spark:
    """A sparkline, 24 units high: the path of the earlier nights' columns, and that of the newest one's."""

    width: int
    then: str
    now: str


@dataclass(frozen=True)
class Row:
    """One level of a flow: its segments (kind, count) from the left, what stands above it on either side."""

    segments: list[tuple[str, int]]
    left: str
    right: str = ""


def _scaled(count: int, most: int, room: float) -> float:
    """A length; what is not nothing is at least half a unit long, to be seen."""
    return max(round(room * count / most, 1), 0.5) if count and most else 0.0


def spark(values: Sequence[float | None]) -> Spark:
    """Columns scaled to the largest, the last one apart; None leaves a gap. Fewer than twelve stand at the right."""
    most = max((value for value in values if value is not None), default=0.0) or 1.0
    slots = max(len(values), 12)
    bars = [
        "" if value is None else f"M{4 * place} 24v-{max(round(24 * value / most), 1)}h3V24z"
        for place, value in enumerate(values, slots - len(values))
    ]
    return Spark(4 * slots - 1, "".join(bars[:-1]), "".join(bars[-1:]))


def columns(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[int]]],
    *,
    room: float = 110.0,
    every: int = 1,
    has_totals: bool = False,
) -> Chart:
    """Stacked columns, the first series at the foot; a label under each `every`-th column."""
    totals = [sum(values) for values in zip(*(values for _, values in series), strict=True)]
    most = max(totals, default=0)
    step = WIDTH / max(len(labels), 1)
    boxes, words = [], []
    for place, label in enumerate(labels):
        x, foot = place * step + step * GAP / 2, room + 14
        for kind, values in series:
            height = _scaled(values[place], most, room)
            foot -= height
            if height:
                says = f"{label}: {values[place]:,} {kind}"
                boxes.append(Box(round(x, 1), round(foot, 1), round(step * (1 - GAP), 1), height, kind, says))
        middle = round(place * step + step / 2, 1)
        if has_totals and totals[place]:
            words.append(Word(middle, round(foot - 3, 1), f"{totals[place]:,}", "value"))
        if place % every == 0:
            words.append(Word(middle, room + 28, label))
    return Chart(WIDTH, room + 34, boxes, words, [], [])


def mirrored(
    edges: Sequence[float], up: tuple[str, Sequence[int]], down: Sequence[tuple[str, Sequence[int]]], *, line: float
) -> Chart:
    """Two histograms on one axis: `up` above it, `down` (stacked) below, each scaled to its own largest column.

    `edges` are the lower edges of equal bins up to 1; `line` is the place of the dashed line, in the bins' unit.
    """
    room = 80.0
    step = WIDTH / len(edges)
    kind, above = up
    below = [sum(values) for values in zip(*(values for _, values in down), strict=True)]
    boxes, words = [], []
    for place, edge in enumerate(edges):
        x, width = round(place * step + step * GAP / 2, 1), round(step * (1 - GAP), 1)
        height = _scaled(above[place], max(above), room)
        if height:
            says = f"from {edge:.2f}: {above[place]:,} {kind}"
            boxes.append(Box(x, round(room + 14 - height, 1), width, height, kind, says))
        head = room + 32
        for below_kind, values in down:
            height = _scaled(values[place], max(below), room)
            if height:
                says = f"from {edge:.2f}: {values[place]:,} {below_kind}"
                boxes.append(Box(x, round(head, 1), width, height, below_kind, says))
            head += height
    ticks = [tick / 10 for tick in range(1, 10) if abs(tick / 10 - line) > 0.06]
    words += [Word(round(tick * WIDTH, 1), room + 27, f"{tick:.1f}") for tick in ticks]
    words.append(Word(round(line * WIDTH, 1), room + 27, f"{line:.2f}", "line"))
    return Chart(WIDTH, 2 * room + 46, boxes, words, [], [round(line * WIDTH, 1)])


def flow(rows: Sequence[Row]) -> Chart:
    """Levels of bars, one below the other, a ribbon from each level's first segment to the whole of the next.

    All bars share one scale: the first level is as wide as the picture.
    """
    whole = max((sum(count for _, count in row.segments) for row in rows), default=0)
    thick, between, head = 20.0, 46.0, 18.0
    boxes, words, paths = [], [], []
    for level, row in enumerate(rows):
        y, x = head + level * (thick + between), 0.0
        words.append(Word(0, round(y - 5, 1), row.left, "left"))
        words.append(Word(WIDTH, round(y - 5, 1), row.right, "right"))
        if level:
            paths.append(("ribbon", _ribbon(rows[level - 1], row, y, between, whole)))
        for kind, count in row.segments:
            width = _scaled(count, whole, WIDTH)
            boxes.append(Box(round(x, 1), y, width, thick, kind, f"{count:,} {kind}"))
            x += width
    return Chart(WIDTH, head + len(rows) * thick + (len(rows) - 1) * between, boxes, words, paths, [])


def _ribbon(above: Row, row: Row, y: float, between: float, whole: int) -> str:
    """What comes down from the first segment of the level above."""
    start = _scaled(above.segments[0][1], whole, WIDTH) if above.segments else 0.0
    end = min(_scaled(sum(count for _, count in row.segments), whole, WIDTH), WIDTH)
    top, middle = y - between, y - between / 2
    return f"M0 {top:.1f}H{start:.1f}C{start:.1f} {middle:.1f} {end:.1f} {middle:.1f} {end:.1f} {y:.1f}H0Z"
