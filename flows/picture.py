"""The picture in a run's summary: what became of every night's records, drawn as SVG without any script or font."""

import base64

import polars as pl

WIDTH, HEIGHT = 760, 240  # pixels
LEFT, TOP, FOOT = 56, 30, 24  # room for the scale, the legend and the dates
MAX_NIGHTS = 31
PARTS = {"kept": "#2f6f8f", "copies": "#a9c7d6", "quarantined": "#c8553d"}
TEXT = 'font-family="sans-serif" font-size="11" fill="#667085"'


def nights_svg(nights: pl.DataFrame) -> str:
    """Stacked bars of the newest nights; `nights` has `dt` and the columns of `PARTS`, one row a night."""
    shown = nights.sort("dt").tail(MAX_NIGHTS)
    most = max(int(shown.select(pl.sum_horizontal(*PARTS)).to_series().max() or 0), 1)  # type: ignore[arg-type]
    step = (WIDTH - LEFT) / max(shown.height, 1)
    scale = (HEIGHT - TOP - FOOT) / most
    drawn = [_legend(), *(_level(most * share, scale) for share in (0, 0.5, 1))]
    every = -(-shown.height * 44 // (WIDTH - LEFT))  # a date is about 44 px wide
    wide = min(step * 0.8, 60)
    for number, row in enumerate(shown.iter_rows(named=True)):
        middle, top = LEFT + (number + 0.5) * step, float(HEIGHT - FOOT)
        for part, colour in PARTS.items():
            tall = row[part] * scale
            top -= tall
            size = f'width="{wide:.1f}" height="{tall:.1f}"'
            drawn.append(f'<rect x="{middle - wide / 2:.1f}" y="{top:.1f}" {size} fill="{colour}"/>')
        if number % max(every, 1) == 0:
            drawn.append(
                f'<text x="{middle:.1f}" y="{HEIGHT - 8}" text-anchor="middle" {TEXT}>{row["dt"]:%m-%d}</text>'
            )
    frame = f'xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg {frame}><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{"".join(drawn)}</svg>'


def _legend() -> str:
    return "".join(
        f'<rect x="{LEFT + 110 * i}" y="8" width="11" height="11" fill="{colour}"/>'
        f'<text x="{LEFT + 110 * i + 16}" y="18" {TEXT}>{part}</text>'
        for i, (part, colour) in enumerate(PARTS.items())
    )


def _level(value: float, scale: float) -> str:
    """A line of the scale with its figure."""
    y = HEIGHT - FOOT - value * scale
    return (
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e4e7ec"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" {TEXT}>{value:,.0f}</text>'
    )


def as_markdown(svg: str, name: str) -> str:
    """The picture inside the text: Prefect shows an image from a data URL, and strips inline SVG."""
    return f"![{name}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
