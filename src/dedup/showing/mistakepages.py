"""The worst mistakes of a result as pages: the two texts of each side by side, and what the matcher had said."""

from pathlib import Path
from typing import Any

import polars as pl

from dedup import atomic
from dedup.index import Index
from dedup.mistakes import Mistake
from dedup.showing.explain import counted
from dedup.showing.pairpages import write_pairs
from dedup.showing.report import page

SAID = {
    Mistake.JOINED: "joined as {rule}",
    Mistake.CHAINED: "in one story through others; {verdict} as {rule}",
    Mistake.REFUSED: "refused as {rule}",
    Mistake.LINKED: "linked as {rule}",
    Mistake.PARTED: "accepted as {rule}, yet kept in two stories",
    Mistake.UNSEEN: "never a candidate; would be {verdict} as {rule}",
    Mistake.BELOW: "not remembered: too little is shared",
}
"""What the matcher had said of the pair, in words."""

SIDES = {
    "false-join": "One published story, two of the truth",
    "miss": "One story of the truth, two published ones",
}


def said(row: dict[str, Any]) -> str:
    """The same for one row of `mistakes.false_joins` or `mistakes.misses`."""
    return SAID[Mistake(row["mistake"])].format(**row)


def mistake_pages(home: Path, folder: Path, out: Path, false_joins: pl.DataFrame, misses: pl.DataFrame) -> Path:
    """Write a page for each of the mistakes into `out`, and one that lists them; the latter."""
    rows = [
        {
            **row,
            "side": side,
            "heading": said(row).capitalize(),
            "remark": _remark(side, row["n_pairs"]),
            "said": said(row),
        }
        for side, mistakes in zip(SIDES, (false_joins, misses), strict=True)
        for row in mistakes.iter_rows(named=True)
    ]
    out.mkdir(parents=True, exist_ok=True)
    entries = write_pairs(folder, Index(home / "index"), out, rows)
    by_side = {title: [row for row in entries if row["side"] == side] for side, title in SIDES.items()}
    intro = "Where what is published and the truth part: the joins that cost most, and the misses that share most."
    text = page("review_index.html.j2", heading="Mistakes", intro=intro, sides=by_side, stories=[])
    atomic.write_text(out / "index.html", text)
    return out / "index.html"


def _remark(side: str, n_pairs: int) -> str:
    return f"{SIDES[side]}: {counted(n_pairs, 'pair')} of records."
