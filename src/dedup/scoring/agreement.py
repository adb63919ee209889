"""How many of a person's verdicts the matcher meets by itself, and which ones it does not."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dedup.index import Index
from dedup.matching.overrule import KEY, Opinion
from dedup.persons.heard import heard, pairs_of
from dedup.persons.spoken import SAID, Spoken
from dedup.persons.standing import standing_as_of
from dedup.versions import scan

EVIDENCE = ["jaccard", "containment_left", "containment_right", "shared"]


@dataclass(frozen=True)
class Agreement:
    """`lines`: `heard.HEARD_SCHEMA` and `is_met`, null where a line stands for no pair.

    `against`: the pairs that the matcher had otherwise: `file`, `line`, `left`, `right`, `verdict`, `by`, `on`, `note`,
    `left_id`, `right_id`, `rule` (its own) and `EVIDENCE`; the latter null where it remembers no comparison.
    """

    lines: pl.DataFrame
    against: pl.DataFrame

    @property
    def n_met(self) -> int:
        """Lines that the matcher meets."""
        return int(self.lines["is_met"].sum())

    @property
    def n_judged(self) -> int:
        """Lines that stand for any pair."""
        return self.lines["is_met"].drop_nulls().len()

    def as_json(self) -> dict[str, Any]:
        """Figures, disagreements, and the lines that stand for no pair."""
        silent = self.lines.filter(pl.col("is_met").is_null())
        return {
            "lines": self.lines.height,
            "judged": self.n_judged,
            "met": self.n_met,
            "agreement": self.n_met / self.n_judged if self.n_judged else None,
            "against": self.against.to_dicts(),
            "not_judged": silent.drop("is_met", "n_pairs").to_dicts(),
        }


def agreement(home: Path, folder: Path, verdicts: pl.DataFrame, window_nights: int) -> Agreement:
    """Compare `verdicts` (`verdicts.VERDICT_SCHEMA`) with what the matcher says.

    Where a home was told a verdict before, that is what its matcher had made of the pair in the night of its newer
    article; else whether the two stand in one story of the published version in `folder`. A line is met when all of
    its pairs are.
    """
    index = Index(home / "index")
    spoken = Spoken(index, verdicts, window_nights)
    judged = _judged(index, folder, pairs_of(spoken))
    is_met = pl.col("is_joined") == (pl.col("verdict") == Opinion.SAME)
    judged = judged.with_columns(is_met=is_met)
    met = judged.group_by(SAID).agg(pl.col("is_met").all())
    lines = heard(spoken).join(met, on=SAID, how="left", maintain_order="left")
    told = verdicts.join(judged.filter(~pl.col("is_met")), on=SAID, maintain_order="left_right")
    against = told.select(*verdicts.columns, *KEY, "rule", *EVIDENCE)
    return Agreement(lines, against)


def _judged(index: Index, folder: Path, pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with `is_joined`, `rule` and `EVIDENCE`: what the matcher says of them by itself."""
    told = standing_as_of(index, *index.nights()[-1:]).unique(KEY).select(*KEY, "is_joined_by_itself", own="rule")
    wanted = pl.concat([pairs["left_id"], pairs["right_id"]]).implode()
    members = scan(folder, "members").filter(pl.col("article_id").is_in(wanted)).select("article_id", "story_id")
    story = members.collect()
    for side in ("left", "right"):
        named = story.select(pl.col("article_id").alias(f"{side}_id"), pl.col("story_id").alias(f"{side}_story"))
        pairs = pairs.join(named, on=f"{side}_id", how="left", maintain_order="left")
    of_pairs = pl.col("left_id").is_in(wanted) & pl.col("right_id").is_in(wanted)
    known = scan(folder, "matches").filter(of_pairs).select(*KEY, "rule", *EVIDENCE).collect()
    both = pairs.join(told, on=KEY, how="left", maintain_order="left").join(
        known, on=KEY, how="left", maintain_order="left"
    )
    is_one_story = (pl.col("left_story") == pl.col("right_story")).fill_null(value=False)
    return both.with_columns(
        is_joined=pl.coalesce("is_joined_by_itself", is_one_story), rule=pl.coalesce("own", "rule")
    )
