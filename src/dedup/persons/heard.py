"""What became of each line that a person wrote: the pairs that it stands for, or why it stands for none."""

from datetime import timedelta

import polars as pl

from dedup.index import Index
from dedup.persons.names import record_id
from dedup.persons.spoken import ANSWER_SCHEMA, MOST_CRAWLS, PAIR_SCHEMA, SAID, Spoken
from dedup.persons.verdicts import VERDICT_SCHEMA

HEARD_SCHEMA = {
    **VERDICT_SCHEMA,
    "n_pairs": pl.Int64,  # of articles that the line speaks of
    "reason": pl.String,  # why there are none; null where there are
}


def pairs_of(spoken: Spoken) -> pl.DataFrame:
    """Every pair that the verdicts stand for, of all nights: `spoken.PAIR_SCHEMA`."""
    return pl.concat([pl.DataFrame(schema=PAIR_SCHEMA), *(spoken.of(night) for night in spoken.index.nights())])


def heard(spoken: Spoken) -> pl.DataFrame:
    """`HEARD_SCHEMA`, a row a line, in their order."""
    counted = pairs_of(spoken).group_by(SAID).agg(n_pairs=pl.len().cast(pl.Int64))
    lines = spoken.verdicts.join(counted, on=SAID, how="left", maintain_order="left")
    lines = lines.with_columns(pl.col("n_pairs").fill_null(0))
    silent = lines.filter(n_pairs=0)
    if silent.is_empty():
        return lines.with_columns(reason=pl.lit(None, pl.String)).select(*HEARD_SCHEMA)
    answers = pl.concat([pl.DataFrame(schema=ANSWER_SCHEMA), *map(spoken.answers, spoken.index.nights())])
    by_name = {str(name): rows for (name,), rows in answers.group_by("name")}
    refused = _refused(spoken.index, silent)
    reasons = [
        next((why for name in (left, right) if (why := _no_page(name, by_name.get(name), refused))), None)
        or _no_pair(by_name[left], by_name[right], spoken.window_nights)
        for left, right in silent.select("left", "right").iter_rows()
    ]
    told = silent.select(*SAID, reason=pl.Series(reasons, dtype=pl.String)).unique(SAID)
    return lines.join(told, on=SAID, how="left", maintain_order="left").select(*HEARD_SCHEMA)


def _no_page(name: str, answers: pl.DataFrame | None, refused: frozenset[str]) -> str | None:
    """Why a name means no article; None where it means one."""
    if answers is None:
        return f"{name} was quarantined" if name in refused else f"nothing answers to {name}"
    pages = answers["page"].n_unique()
    if pages > 1:
        return f"{pages} pages answer to {name}; name the article by its id"
    return f"over {MOST_CRAWLS} articles answer to {name}" if answers.height > MOST_CRAWLS else None


def _no_pair(left: pl.DataFrame, right: pl.DataFrame, window_nights: int) -> str:
    """Why two names that mean a page each make no pair."""
    both = left.join(right, how="cross").filter(pl.col("article_id") != pl.col("article_id_right"))
    if both.is_empty():
        return "both are one article"
    apart = both.select((pl.col("night") - pl.col("night_right")).abs().min()).item() // timedelta(days=1)
    return f"{apart} nights lie between the two, and the window has {window_nights}"


def _refused(index: Index, lines: pl.DataFrame) -> frozenset[str]:
    """Those of the names that are records in quarantine."""
    names = pl.concat([lines["left"], lines["right"]]).unique().implode()
    found: set[str] = set()
    for night in index.nights():
        records = pl.scan_parquet(index.folder(night, "prepare") / "quarantine.parquet")
        for key in (record_id(), pl.col("url")):
            found.update(records.select(key.alias("name")).filter(pl.col("name").is_in(names)).collect()["name"])
    return frozenset(found)
