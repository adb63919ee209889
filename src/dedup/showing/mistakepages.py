"""The worst mistakes of a result as pages: the two texts of each side by side, and what the matcher had said."""

from pathlib import Path
from typing import Any

import polars as pl

from dedup.index import Index
from dedup.scoring.mistakes import Mistake
from dedup.showing.pairpages import pages_aside, write_page, write_pairs
from dedup.showing.sentences import counted

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
    """The folder `out` with a page for each of the mistakes, and one that lists them; the latter.

    Pages of an earlier call go. Raises InputError when `out` holds anything else.
    """
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
    intro = "Where what is published and the truth part: the joins that cost most, and the misses that share most."
    with pages_aside(out) as aside:
        entries = write_pairs(folder, Index(home / "index"), aside, rows)
        by_side = {title: [row for row in entries if row["side"] == side] for side, title in SIDES.items()}
        shown = {"heading": "Mistakes", "intro": intro, "sides": by_side, "stories": []}
        write_page(aside / "index.html", "review_index.html.j2", **shown)
    return out / "index.html"


def _remark(side: str, n_pairs: int) -> str:
    return f"{SIDES[side]}: {counted(n_pairs, 'pair')} of records."
