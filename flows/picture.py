"""The report's picture of the nights as an image that stands alone: Prefect strips inline SVG, and shows a data URL."""

import base64
import html

import polars as pl

from dedup.showing.charts import WIDTH, columns
from dedup.showing.figures import SHOWN_NIGHTS

COLOURS = {"kept": "#2f6f8f", "copies": "#a9c7d6", "quarantined": "#c8553d"}
LEGEND = 20.0  # units above the columns
DATE_WIDTH = 36.0  # units that a label takes
TEXT = 'font-family="sans-serif" font-size="11" fill="#667085"'


def nights_svg(nights: pl.DataFrame) -> str:
    """Stacked columns of the newest nights; `nights` has `dt` and the columns of `COLOURS`, one row a night."""
    shown = nights.sort("dt").tail(SHOWN_NIGHTS)
    chart = columns(
        shown["dt"].dt.strftime("%m-%d").to_list(),
        [(kind, shown[kind].to_list()) for kind in COLOURS],
        every=max(-(-shown.height * int(DATE_WIDTH) // int(WIDTH)), 1),
        has_totals=shown.height <= 10,
    )
    boxes = [
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" fill="{COLOURS[box.kind]}"/>'
        for box in chart.boxes
    ]
    words = [
        f'<text x="{word.x}" y="{word.y}" text-anchor="middle" {TEXT}>{html.escape(word.text)}</text>'
        for word in chart.words
    ]
    legend = [
        f'<rect x="{100 * place}" y="{3 - LEGEND}" width="11" height="11" fill="{colour}"/>'
        f'<text x="{100 * place + 16}" y="{13 - LEGEND}" {TEXT}>{kind}</text>'
        for place, (kind, colour) in enumerate(COLOURS.items())
    ]
    box = f"0 {-LEGEND} {chart.width} {chart.height + LEGEND}"
    size = f'width="{2 * chart.width:.0f}" height="{2 * (chart.height + LEGEND):.0f}"'
    ground = f'<rect y="{-LEGEND}" width="{chart.width}" height="{chart.height + LEGEND}" fill="#fff"/>'
    drawn = "".join([ground, *legend, *boxes, *words])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{box}">{drawn}</svg>'


def as_markdown(svg: str, name: str) -> str:
    """The picture inside the text."""
    return f"![{name}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
