"""The third step: a night's articles are compared with each other and with the window of nights before.

Only what was compared is kept (`matches`); stories are made from all matches when they are published.
"""

from datetime import date, timedelta

import polars as pl

from dedup.candidates import candidate_pairs
from dedup.index import Counts, Index, digest
from dedup.settings import Settings
from dedup.stories import build_stories
from dedup.verify import Verdict, for_review, judge, score_pairs

MEMBER_FACTS = [
    "article_id", "night", "source", "source_record_id", "url", "canonical_url", "title", "published_at", "crawled_at",
    "flags", "file", "line",
]  # fmt: skip


def link(index: Index, night: date, settings: Settings) -> Counts:
    """Make the checkpoint `link` of one night: `matches`, one row a judged pair whose newer article is of the night.

    The counts: candidates, accepted, linked, refused, pairs_cut (by the bound on crowded buckets).
    """
    nights = index.nights()
    window = [known for known in nights if night - timedelta(days=settings.index.window_nights) <= known < night]
    before = [known for known in nights if known < night][-1:]
    made_from = digest("link", _digest(index, night, "sketch"), [_digest(index, known, "link") for known in before])
    stamp = index.stamp(night, "link")
    if stamp is not None and stamp.digest == made_from:
        return stamp.counts
    counts: Counts = {}
    with index.checkpoint(night, "link", made_from, counts) as folder:
        tonight = index.read([night], "sketch", "keys")
        earlier = index.read(window, "sketch", "keys") if window else tonight.clear()
        found = candidate_pairs(tonight, earlier, settings.match)
        judged = judged_pairs(index, [*window, night], found.pairs, settings)
        for_review(judged, settings.match).sort("right_id", "left_id").write_parquet(folder / "matches.parquet")
        verdicts = dict(judged.group_by("verdict").len().iter_rows())
        counts.update({verdict.value: int(verdicts.get(verdict.value, 0)) for verdict in Verdict})
        counts.update(candidates=found.pairs.height, pairs_cut=int(found.cuts["pairs_cut"].sum()))
    return counts


def _digest(index: Index, night: date, step: str) -> str:
    stamp = index.stamp(night, step)  # type: ignore[arg-type]
    return stamp.digest if stamp else ""


def judged_pairs(index: Index, nights: list[date], pairs: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The pairs `left_id`, `right_id` (articles of `nights`), compared exactly and judged."""
    wanted = pl.concat([pairs["left_id"], pairs["right_id"]]).unique().implode()
    of_pairs = pl.col("article_id").is_in(wanted)

    def rows(step: str, name: str, columns: list[str]) -> pl.DataFrame:
        paths = [index.folder(night, step) / f"{name}.parquet" for night in nights]  # type: ignore[arg-type]
        return pl.scan_parquet(paths).select(columns).filter(of_pairs).collect()

    words = rows("sketch", "words", ["article_id", "words"])
    articles = rows("prepare", "articles", ["article_id", "night", "title", "published_at"])
    return judge(score_pairs(pairs, words, settings.match), articles, settings.match)


def members(index: Index, settings: Settings) -> pl.DataFrame:
    """One row an accepted article of every night: its story, what is kept for it and why, and who it is."""
    nights = index.nights()
    size = pl.col("body").str.len_chars().alias("n_chars")
    paths = [index.folder(night, "prepare") / "articles.parquet" for night in nights]
    articles = pl.scan_parquet(paths).select(*MEMBER_FACTS, size).collect()
    stories = build_stories(
        articles,
        index.read(nights, "link", "matches"),
        compare=lambda pairs: judged_pairs(index, nights, pairs, settings),
        settings=settings.match,
    )
    facts = articles.drop("n_chars")
    return stories.members.join(facts, on="article_id", how="left", maintain_order="left")
