"""Titles without what a page adds to them."""

import re
from typing import Final

import polars as pl

_OUTLETS: Final = """
ไทยรัฐ|ไทยรัฐออนไลน์|ไทยรัฐทีวี|เดลินิวส์|เดลินิวส์ออนไลน์|มติชน|มติชนออนไลน์|มติชนสุดสัปดาห์|ข่าวสด|ข่าวสดออนไลน์|คมชัดลึก
|คมชัดลึกออนไลน์|ผู้จัดการออนไลน์|mgr online|ไทยโพสต์|กรุงเทพธุรกิจ|ประชาชาติธุรกิจ|ฐานเศรษฐกิจ|สยามรัฐ|แนวหน้า|บ้านเมือง
|โพสต์ทูเดย์|สำนักข่าวไทย|สำนักข่าวไทย อสมท|ไทยพีบีเอส|thai pbs|thai pbs news|เนชั่นทีวี|nation tv|สปริงนิวส์|spring news
|pptv hd 36|pptvhd36|workpoint today|workpointtoday|the standard|the matter|ประชาไท|อมรินทร์ทีวี|amarin tv|ช่อง 7hd|ข่าวช่อง 3
|ข่าวช่อง 8|tnn|tnn online|one31|inn news|สำนักข่าวอิศรา|thairath|thairath online|daily news|matichon|khaosod|sanook|kapook
"""
_KNOWN: Final = re.sub(r"\s", "", _OUTLETS).split("|")
_SIGN: Final = r"[|–—-]|::"
"""What stands between a headline and anything else."""
_TAIL: Final = r"^(.*\S)(?:\s*(?:\||::)\s*|\s+[-–—]\s+)(\S.{0,59})$"
_HEAD: Final = r"^(\S[^|:–—-]{1,59}(?:\||::|[-–—]))\s*(\S.*)$"
_MIN_TITLES, _MIN_SHARE, _MIN_HEAD_SHARE = 5, 0.2, 0.5


def headlines(titles: pl.Series, sources: pl.Series) -> pl.Series:
    """Page titles without what the page adds: the outlet's name at the end or the start; as long as `titles`.

    A tail after `|`, `::` or a dash with blanks goes if it is a known outlet, or if it ends at least 5 different
    titles of its source and 20 % of them; a head before such a sign if it begins at least 5 and half of them.
    Learned from the batch alone: give it a source's whole night. A title is never emptied; null titles stay null,
    and a null source teaches nothing.
    """
    titles, sources = titles.cast(pl.String), sources.cast(pl.String)
    for _ in range(2):  # `headline | ข่าวการเมือง | เดลินิวส์`: the section shows when the outlet is gone
        before = titles
        for strip in (_without_tails, _without_heads):
            signed = titles.str.contains(_SIGN).fill_null(value=False).arg_true()
            if len(signed):
                titles = titles.clone().scatter(signed, strip(titles, sources, signed))
        if titles.equals(before):
            break
    return titles


def _without_heads(titles: pl.Series, sources: pl.Series, signed: pl.Series) -> pl.Series:
    """The titles at `signed` without what begins many titles of their source."""
    frame = _split(titles, sources, signed, _HEAD, ["head", "rest"])
    n_same = pl.col("title").n_unique().over("source", "head")
    is_learned = (
        (n_same >= _MIN_TITLES) & (n_same >= _MIN_HEAD_SHARE * pl.col("n_titles")) & pl.col("head").is_not_null()
    )
    is_head = is_learned & pl.col("source").is_not_null() & pl.col("rest").str.contains(r"[\pL\pN]")
    return frame.select(pl.when(is_head).then("rest").otherwise("title")).to_series()


def _without_tails(titles: pl.Series, sources: pl.Series, signed: pl.Series) -> pl.Series:
    """The titles at `signed` without an outlet's name at their end, or what ends many titles of their source."""
    plain = pl.col("head", "tail").str.to_lowercase().str.replace_all(r"\s+", "").name.suffix("_key")
    frame = _split(titles, sources, signed, _TAIL, ["head", "tail"]).with_columns(plain)
    n_same = pl.col("title").n_unique().over("source", "tail_key")
    # `ฟ้องไทยรัฐ - เดลินิวส์` names two papers; a page title names one.
    is_known = pl.col("tail_key").is_in(_KNOWN) & ~pl.col("head_key").str.contains(f"(?:{'|'.join(_KNOWN)})$")
    is_learned = (n_same >= _MIN_TITLES) & (n_same >= _MIN_SHARE * pl.col("n_titles"))
    is_suffix = is_known | (is_learned & pl.col("source").is_not_null())
    keeps_words = pl.col("head").str.contains(r"[\pL\pN]")
    return frame.select(pl.when(is_suffix & keeps_words).then("head").otherwise("title")).to_series()


def _split(titles: pl.Series, sources: pl.Series, signed: pl.Series, regex: str, names: list[str]) -> pl.DataFrame:
    """The titles at `signed`: title, source, the two groups of the regex, n_titles (different ones of the source)."""
    every = pl.DataFrame({"title": titles, "source": sources})
    n_titles = every.group_by("source").agg(n_titles=pl.col("title").n_unique())
    groups = titles.gather(signed).str.extract_groups(regex).struct.rename_fields(names).struct.unnest()
    return every[signed].hstack(groups).join(n_titles, on="source", how="left", nulls_equal=True, maintain_order="left")
