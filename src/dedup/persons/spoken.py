"""A person's verdicts as pairs of articles, as of each night.

A verdict names its two sides as a person knows them. A pair of articles belongs to the night of the newer one, and is
made of what stood in that night and its window then. So the same verdicts give the same pairs, one night a run or all
in one, and a changed verdict concerns the nights of its own articles and those that rest on them.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from dedup.cleaning.urls import canonical_url
from dedup.errors import InputError
from dedup.index import Index
from dedup.matching.overrule import contradiction
from dedup.persons.names import record_id

PAIR_SCHEMA = {
    "left": pl.String,  # the verdict as it was given
    "right": pl.String,
    "verdict": pl.String,
    "left_id": pl.String,  # the older article of the two, whichever side named it
    "right_id": pl.String,
    "left_night": pl.Date,
    "right_night": pl.Date,
}
ANSWER_SCHEMA = {"name": pl.String, "article_id": pl.String, "night": pl.Date, "page": pl.String}
SAID = ["left", "right", "verdict"]
MOST_CRAWLS = 100
"""Articles of one page in a window; a name of more is not applied, or two names would make their product of pairs."""


@dataclass(frozen=True)
class Spoken:
    """The verdicts of a home (`verdicts.VERDICT_SCHEMA`), and the articles that they name in each night."""

    index: Index
    verdicts: pl.DataFrame
    window_nights: int
    found: dict[tuple[date, str], pl.DataFrame] = field(default_factory=dict)

    def of(self, night: date) -> pl.DataFrame:
        """The pairs whose newer article is of the night: `PAIR_SCHEMA`, in a total order.

        A name may be answered by several articles when they are one page: an address that was crawled again. One that
        is answered by several pages means none of them. Raises InputError where both sides of a verdict mean one
        article and it says that they differ.
        """
        if self.verdicts.is_empty():
            return pl.DataFrame(schema=PAIR_SCHEMA)
        oldest = night - timedelta(days=self.window_nights)
        window = [known for known in self.index.nights() if oldest <= known <= night]
        answers = unambiguous(pl.concat([self.answers(known) for known in window]))
        pairs = answered(self.verdicts, answers)
        self._check_two(pairs)
        is_tonight = pl.max_horizontal("left_night", "right_night") == night
        return _older_first(pairs.filter(is_tonight & (pl.col("left_id") != pl.col("right_id"))))

    def answers(self, night: date) -> pl.DataFrame:
        """The articles of a night that any verdict names: `ANSWER_SCHEMA`."""
        stamp = self.index.stamp(night, "prepare")
        key = (night, stamp.digest if stamp else "")
        if key not in self.found:
            self.found[key] = _named(self.index, night, _names(self.verdicts))
        return self.found[key]

    def check(self, pairs: pl.DataFrame) -> None:
        """Raises InputError, naming lines, where `pairs` cannot all hold."""
        against = contradiction(pairs)
        if against is not None:
            told = ", ".join(self._line(row) for row in against.unique(SAID, maintain_order=True).to_dicts())
            raise InputError(f"verdicts that cannot all hold: {told}. Take one of them back, then run again")

    def check_all(self) -> None:
        """The same for all pairs of the nights that are known."""
        self.check(pl.concat([pl.DataFrame(schema=PAIR_SCHEMA), *(self.of(night) for night in self.index.nights())]))

    def _check_two(self, pairs: pl.DataFrame) -> None:
        one = pairs.filter((pl.col("left_id") == pl.col("right_id")) & (pl.col("verdict") == "different"))
        if one.height:
            raise InputError(f"{self._line(one.to_dicts()[0])}: both are article {one['left_id'][0]}")

    def _line(self, row: dict[str, str]) -> str:
        """Where a verdict was given, and its words."""
        lines = self.verdicts.filter(*(pl.col(name) == row[name] for name in SAID))
        where = f"{lines['file'][0]} line {lines['line'][0]}" if lines.height else "an earlier verdict"
        return f"{where} ({row['left']}, {row['right']}: {row['verdict']})"


def unambiguous(answers: pl.DataFrame) -> pl.DataFrame:
    """The answers to names that mean one page, and not too many crawls of it."""
    of_name = pl.len().over("name") <= MOST_CRAWLS, pl.col("page").n_unique().over("name") == 1
    return answers.filter(*of_name)


def answered(verdicts: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Every two articles that answer to the two sides of a verdict, `PAIR_SCHEMA`; the sides as they were given."""
    sides = [
        answers.select(
            pl.col("name").alias(side), pl.col("article_id").alias(f"{side}_id"), pl.col("night").alias(f"{side}_night")
        )
        for side in ("left", "right")
    ]
    return verdicts.select(SAID).unique().join(sides[0], on="left").join(sides[1], on="right").select(*PAIR_SCHEMA)


def _older_first(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with the older article (by night and id) on the left."""
    is_turned = (pl.col("left_night") > pl.col("right_night")) | (
        (pl.col("left_night") == pl.col("right_night")) & (pl.col("left_id") > pl.col("right_id"))
    )
    turned = {
        f"{side}_{of}": pl.when(is_turned).then(f"{other}_{of}").otherwise(f"{side}_{of}")
        for side, other in (("left", "right"), ("right", "left"))
        for of in ("id", "night")
    }
    return pairs.with_columns(**turned).sort("right_id", "left_id", *SAID)


def _names(verdicts: pl.DataFrame) -> pl.DataFrame:
    """`name`, `key`: what an article may be called that is meant by a name. An address is known in any of its forms."""
    names = pl.concat([verdicts["left"], verdicts["right"]]).unique().sort()
    forms = [(name, canonical_url(name)) for name in names if "/" in name]
    other = pl.DataFrame(forms, schema={"name": pl.String, "key": pl.String}, orient="row").drop_nulls()
    return pl.concat([pl.DataFrame({"name": names, "key": names}), other]).unique(maintain_order=True)


def _named(index: Index, night: date, names: pl.DataFrame) -> pl.DataFrame:
    """The answers of one night, by article id, record id and address."""
    articles = pl.scan_parquet(index.folder(night, "prepare") / "articles.parquet")
    page = pl.concat_str("source", pl.coalesce("canonical_url", "article_id"), separator=" ")
    ways = [pl.col("article_id"), record_id(), pl.col("url"), pl.col("canonical_url")]
    rows = [articles.select("article_id", "night", page.alias("page"), way.alias("key")) for way in ways]
    asked = names["key"].unique().implode()
    found = pl.concat(rows).filter(pl.col("key").is_in(asked)).collect().join(names, on="key")
    return found.select(*ANSWER_SCHEMA).unique().sort("name", "article_id")
