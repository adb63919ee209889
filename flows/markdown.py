"""Markdown for artifacts, safe for text that somebody else wrote."""

import re

import polars as pl

SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>])")
MAX_CHARS = 200


def escaped(text: str) -> str:
    """`text` as one line that shows itself and does nothing else."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split())[:MAX_CHARS])


def table(frame: pl.DataFrame) -> str:
    """A frame of figures and names as a Markdown table."""
    head = [" | ".join(frame.columns), " | ".join("---" for _ in frame.columns)]
    rows = [" | ".join(_cell(value) for value in row) for row in frame.iter_rows()]
    return "\n".join(f"| {line} |" for line in [*head, *rows])


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else escaped(str(value))
