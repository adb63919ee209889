"""A home judged against a labelled corpus: what `evaluate`, `calibration` and `mistakes` need is read here."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import polars as pl

from dedup.errors import InputError
from dedup.index import Index
from dedup.matching.verify import judge, score_pairs
from dedup.scoring import evaluate
from dedup.scoring.calibration import calibration, labelled_pairs
from dedup.scoring.mistakes import false_joins, misses
from dedup.settings import MatchSettings
from dedup.sketch import words_of
from dedup.versions import scan
from dedup.words.tokens import comparison_text, tokenize

SHOWN = ["source", "title", "body"]
NEEDED = ["id", "story_id", "relation", "edit", "expect"]


@dataclass(frozen=True)
class Assessment:
    """The scores, how far verdicts can be trusted, and every mistake, the worst first."""

    scores: dict[str, Any]
    calibration: pl.DataFrame
    false_joins: pl.DataFrame
    misses: pl.DataFrame
    labels: pl.DataFrame  # as `evaluate.labelled` returns them

    def worst(self, n: int) -> Self:
        """The same, with `n` mistakes of either kind at most."""
        return replace(self, false_joins=self.false_joins.head(n), misses=self.misses.head(n))


def read_truth(path: Path) -> pl.DataFrame:
    """The labels of a corpus. Raises InputError where the file is none, or lacks a column."""
    try:
        truth = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{path}: cannot be read as a Parquet truth file: {error}") from error
    lacking = [name for name in NEEDED if name not in truth.columns]
    if lacking:
        raise InputError(f"{path}: the truth has no column {', '.join(lacking)}; it needs {', '.join(NEEDED)}")
    if truth["id"].is_duplicated().any():
        twice = truth.filter(truth["id"].is_duplicated())["id"].cast(pl.String).min()
        raise InputError(f"{path}: the truth has {twice!r} twice; it has one row a record, by id")
    return truth.with_columns(pl.col(NEEDED).cast(pl.String))


def assess(home: Path, folder: Path, truth: pl.DataFrame, settings: MatchSettings, *, with_text: bool) -> Assessment:
    """Judge the published version in `folder`. Pairs that no run remembers are compared now, with these `settings`.

    `with_text` asks for the scores of the cleaned text too. Raises InputError when the truth has no `clean_text` then.
    """
    if with_text and "clean_text" not in truth.columns:
        raise InputError("the truth has no column clean_text to score texts by: leave --text out")
    members, matches = scan(folder, "members").collect(), scan(folder, "matches").collect()
    found = evaluate.labelled(truth, members)
    scores = evaluate.clustering(truth, members)
    scores["screening"] = evaluate.screening(truth, scan(folder, "quarantine").collect())
    if with_text:
        scores["text"] = evaluate.cleaning(truth, texts(home))

    def compare(pairs: pl.DataFrame) -> pl.DataFrame:
        return compared(home, pairs, settings)

    return Assessment(
        scores,
        calibration(labelled_pairs(found, matches)),
        false_joins(found, matches, compare),
        misses(found, matches, compare, settings),
        found,
    )


def texts_of(home: Path, found: Assessment) -> dict[str, dict[str, Any]]:
    """Article id → `record` (the truth's id), `source`, `title` and `body`, of every article in a mistake."""
    mistakes = pl.concat([found.false_joins, found.misses])
    articles = _articles(home, pl.concat([mistakes["left_id"], mistakes["right_id"]]))
    rows = articles.join(found.labels, on="article_id").sort("article_id")
    return {row["article_id"]: row for row in rows.select("article_id", *SHOWN, record="id").iter_rows(named=True)}


def as_json(found: Assessment, articles: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Everything; of each mistake the two `articles` as `texts_of` returns them."""
    mistakes = {
        name: [
            {**row, "left": articles[row["left_id"]], "right": articles[row["right_id"]]}
            for row in rows.iter_rows(named=True)
        ]
        for name, rows in (("false_joins", found.false_joins), ("misses", found.misses))
    }
    return {**found.scores, "calibration": found.calibration.to_dicts(), **mistakes}


def texts(home: Path) -> pl.DataFrame:
    """`source_record_id`, `file`, `source` and `body` of every accepted article."""
    index = Index(home / "index")
    return index.read(index.nights(), "prepare", "articles", ["source_record_id", "file", "source", "body"])


def compared(home: Path, pairs: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """The pairs `left_id`, `right_id` as `judge` returns them, from the texts: sketches of old nights are gone."""
    articles = _articles(home, pl.concat([pairs["left_id"], pairs["right_id"]]))
    bodies = tokenize(comparison_text(articles["body"]), engine=settings.engine)
    words = words_of(articles, bodies, settings)
    return judge(score_pairs(pairs, words, settings), articles, settings)


def _articles(home: Path, wanted: pl.Series) -> pl.DataFrame:
    """The accepted articles of these ids, with what judging and showing need of them."""
    index = Index(home / "index")
    paths = [index.folder(night, "prepare") / "articles.parquet" for night in index.nights()]
    columns = ["article_id", "night", "canonical_url", "published_at", *SHOWN]
    return pl.scan_parquet(paths).select(columns).filter(pl.col("article_id").is_in(wanted.implode())).collect()
