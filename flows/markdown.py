"""Markdown for artifacts, safe for text that somebody else wrote."""

import html
import re
from collections.abc import Iterable

import polars as pl

SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:])")
INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
MAX_CHARS = 200


def escaped(text: str) -> str:
    """`text` as one line that shows itself and does nothing else."""
    line = INVISIBLE.sub("", " ".join(text.split()))[:MAX_CHARS]
    return html.escape(SPECIAL.sub(r"\\\1", line), quote=False)


def code(text: str) -> str:
    """A path or a name as inline code; a backtick in it cannot end it."""
    return "`" + INVISIBLE.sub("", text).replace("`", "ˋ") + "`"


def fenced(lines: Iterable[str]) -> str:
    """Names to be copied as they are, one a line; none begins with a backtick, so none can end the block."""
    return "\n".join(["```", *(INVISIBLE.sub("", line) for line in lines), "```"])


def table(frame: pl.DataFrame) -> str:
    """A frame of figures and names as a Markdown table; figures stand to the right, floats are shares in percent."""
    rules = ["---:" if dtype.is_numeric() else "---" for dtype in frame.dtypes]
    lines = [[escaped(name) for name in frame.columns], rules]
    lines += [[_cell(value) for value in row] for row in frame.iter_rows()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{100 * value:.1f} %"
    return f"{value:,}" if isinstance(value, int) else escaped(str(value))
