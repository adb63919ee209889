"""What the line model says of each kind of line, and the title of each article: what the strip stages look at."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dedup.cleaning.distinctlines import Bools, UInt64, text_hashes
from dedup.cleaning.furniture import Reason, code, codes
from dedup.cleaning.linemodel import CERTAIN_SHARE, HEADING_SHARE, LineModel, is_headline_long
from dedup.cleaning.lines import LineTable, line_hashes, line_keys, salted_hashes
from dedup.cleaning.lookup import look_up, numbered
from dedup.settings import CleanSettings

COMMON_CHARS: Final = 60
"""A line of a small source that goes wherever it stands; formulas of a series are longer."""
CUT_TITLE_LETTERS: Final = 20
"""Letters in which a headline that ends in an ellipsis must agree with a title."""
NOBODY: Final = np.uint64(0)
"""The document whose title a line is, where it is none's …"""
SEVERAL: Final = np.uint64(1)
"""… and where it is that of several."""
MANY: Final = 2**31
"""More lines than any page has."""


KIND: Final = np.dtype(
    [
        ("chars", np.int64),
        ("letters", np.int64),
        ("line_hash", np.uint64),  # 0 is none
        ("rest_hash", np.uint64),
        ("number", np.uint32),  # of its line_hash among those of the part
        ("label", np.uint32),  # of its label_hash; 0 is none
        ("pattern", np.uint8),  # reasons and zones by their codes, or NO_REASON
        ("zone", np.uint8),
        ("titled", np.uint64),  # the document whose title it is (see NOBODY) …
        ("cut", np.uint64),  # … whose title begins so, where it ends in an ellipsis …
        ("introduced", np.uint64),  # … whose title stands behind a few words
        ("is_opener", np.bool_),  # a heading by its pattern, or by what stands below it
        ("is_never", np.bool_),
        ("is_always", np.bool_),
        ("is_common", np.bool_),  # stands in so many articles that it goes wherever it stands
        ("is_fixed", np.bool_),  # in so many that it is no headline
        ("is_certain", np.bool_),  # in so many that there is no doubt
        ("is_usual", np.bool_),
        ("is_listed", np.bool_),
        ("is_labelled", np.bool_),  # its label stands on most pages
        ("is_headline_long", np.bool_),
        ("is_stamp", np.bool_),  # a date or a counter: lists of headlines have them below each
        ("is_hashtag", np.bool_),
    ],
    align=True,
)
"""What is known of a different line of a source."""

PAGE: Final = np.dtype(
    [
        ("document", np.uint64),  # a hash of its doc_key
        ("own_hash", np.uint64),  # of its title; 0 is none
        ("own_letters", np.int64),
        ("usual_own", np.int64),  # lines with the own title that the template puts above a story
        ("is_small", np.bool_),  # of a source with few documents
        ("is_digest", np.bool_),  # its title is a digest's
    ],
    align=True,
)
"""What is known of an article."""

Records = npt.NDArray[np.void]


def kinds_of(table: LineTable, model: LineModel, settings: CleanSettings) -> Records:
    """What is known of the lines of a table: `KIND`."""
    kinds = table.kinds
    line_hash, label_hash, rest_hash = (kinds[name].to_numpy() for name in ("line_hash", "label_hash", "rest_hash"))
    numbers, _ = numbered(np.concatenate([line_hash, label_hash]))
    pattern = codes(kinds["pattern"])
    learned = _learned(kinds, model, settings)
    is_dateline = pattern == code(Reason.DATELINE)
    titles = _Titles(model.titles)
    return _records(
        KIND,
        chars=kinds["chars"].to_numpy(),
        letters=kinds["letters"].to_numpy(),
        line_hash=line_hash,
        rest_hash=rest_hash,
        number=numbers[: len(line_hash)],
        label=numbers[len(line_hash) :],
        pattern=pattern,
        zone=codes(kinds["zone"]),
        titled=titles.of(line_hash),
        cut=titles.of_cut(kinds),
        introduced=titles.of(rest_hash),
        is_opener=kinds["is_opener"].to_numpy() | learned["is_heading"].to_numpy(),
        is_never=_is_named(line_hash, settings.never_remove),
        is_always=_is_named(line_hash, settings.always_remove),
        is_common=learned["is_common"].to_numpy() & ~is_dateline,
        is_fixed=learned["is_fixed"].to_numpy(),
        is_certain=learned["is_certain"].to_numpy(),
        is_usual=learned["is_usual"].to_numpy(),
        is_listed=learned["is_listed"].to_numpy(),
        is_labelled=_is_labelled(label_hash, model),
        is_headline_long=is_headline_long(table, model),
        is_stamp=is_dateline | (pattern == code(Reason.COUNTER)),
        is_hashtag=kinds["text"].str.starts_with("#").to_numpy(),
    )


def _records(dtype: np.dtype[np.void], **columns: npt.NDArray[Any]) -> Records:
    """One record of all columns for each row."""
    records = np.empty(len(next(iter(columns.values()))), dtype)
    for name in dtype.names or ():
        records[name] = columns[name]
    return records


def _learned(kinds: pl.DataFrame, model: LineModel, settings: CleanSettings) -> pl.DataFrame:
    """What the model says of each kind of line, false where it does not know it: see `KIND`."""
    at = look_up(kinds["line_hash"].to_numpy(), model.lines["line_hash"].to_numpy())
    is_short = pl.Series(kinds["chars"] <= COMMON_CHARS)
    sources = kinds.select("source").join(model.sources, on="source", how="left", maintain_order="left")
    is_warm = (sources["size"] >= settings.cold_source).fill_null(value=False)
    known = model.lines[at.clip(0)] if model.lines.height else model.lines.clear(len(at))
    is_common = pl.col("is_frequent") | (pl.col("is_overwhelming") & is_short)
    rules = {
        "is_common": is_common,
        "is_fixed": (pl.col("share") >= HEADING_SHARE) & ~pl.col("is_listed"),
        "is_certain": (pl.col("share") >= CERTAIN_SHARE) & is_warm,
        **{name: pl.col(name) for name in ("is_usual", "is_listed", "is_heading")},
    }
    is_known = pl.Series(at >= 0)
    return known.select((rule & is_known).fill_null(value=False).alias(name) for name, rule in rules.items())


def _is_labelled(label_hash: UInt64, model: LineModel) -> Bools:
    is_label = pl.col("is_usual") | (pl.col("is_frequent") & (pl.col("share") >= HEADING_SHARE))
    return look_up(label_hash, model.lines.filter(is_label)["line_hash"].to_numpy()) >= 0


def _is_named(line_hash: UInt64, by_source: dict[str, list[str]]) -> Bools:
    """Which lines a person has named in the settings; lines are compared by key."""
    named = pl.DataFrame(
        [(source, text) for source, texts in sorted(by_source.items()) for text in texts],
        schema={"source": pl.String, "text": pl.String},
        orient="row",
    )
    if named.is_empty():
        return np.zeros(len(line_hash), np.bool_)
    return np.isin(line_hash, line_hashes(named["source"], line_keys(named["text"])).drop_nulls().to_numpy())


class _Titles(NamedTuple):
    """The titles of the model, which are asked whose they are: NOBODY's, one document's (its hash), SEVERAL's."""

    rows: pl.DataFrame

    def documents(self, rows: pl.DataFrame) -> UInt64:
        """Whose the titles of these rows are."""
        return np.where(rows["n_docs"].to_numpy() > 1, SEVERAL, document_hashes(rows["doc_key"]))

    def of(self, hashes: UInt64) -> UInt64:
        """Whose title each line is, by its hash."""
        at = look_up(hashes, self.rows["title_hash"].fill_null(0).to_numpy())
        found = np.flatnonzero(at >= 0)
        documents = np.full(len(hashes), NOBODY)
        documents[found] = self.documents(self.rows[at[found]])
        return documents

    def of_cut(self, kinds: pl.DataFrame) -> UInt64:
        """Whose titles begin like a line that ends in an ellipsis."""
        start = pl.col("key").str.head(CUT_TITLE_LETTERS)
        is_cut = pl.col("text").str.ends_with("…") | pl.col("text").str.ends_with("...")
        cut = kinds.select("source", "key", "text", "letters", at=pl.int_range(pl.len())).filter(
            is_cut & (pl.col("letters") >= CUT_TITLE_LETTERS)
        )
        titles = self.rows.select(
            "source", "title_key", "n_docs", "doc_key", start=pl.col("title_key").str.head(CUT_TITLE_LETTERS)
        )
        hits = cut.with_columns(start=start).join(titles, on=["source", "start"])
        hits = hits.filter(pl.col("title_key").str.starts_with(pl.col("key")))
        told = hits.select("at", document=pl.Series(self.documents(hits)))
        same = told.group_by("at").agg(pl.col("document").first(), n=pl.col("document").n_unique())
        documents = np.full(kinds.height, NOBODY)
        documents[same["at"].to_numpy()] = np.where(same["n"].to_numpy() > 1, SEVERAL, same["document"].to_numpy())
        return documents


def document_hashes(doc_keys: pl.Series) -> UInt64:
    """A number for each document that is neither NOBODY nor SEVERAL."""
    return np.maximum(text_hashes(doc_keys), np.uint64(2))


def pages_of(
    articles: pl.DataFrame, own_keys: pl.Series, model: LineModel, settings: CleanSettings, digests: Sequence[str]
) -> Records:
    """What is known of articles (source, doc_key), whose titles have these keys: `PAGE`. A title with one of `digests`
    is a digest's.
    """
    words = line_keys(pl.Series(digests, dtype=pl.String)).to_list()
    bounds = articles.select("source").join(model.sources, on="source", how="left", maintain_order="left")
    return _records(
        PAGE,
        document=document_hashes(articles["doc_key"]),
        own_hash=salted_hashes(own_keys, text_hashes(articles["source"])),
        own_letters=own_keys.str.len_chars().to_numpy(),
        usual_own=bounds["usual_own"].cast(pl.Int64).fill_null(MANY).to_numpy(),
        is_small=(bounds["size"].fill_null(0) < settings.small_source).to_numpy(),
        is_digest=own_keys.str.contains_any(words).to_numpy() if words else np.zeros(len(own_keys), np.bool_),
    )
