"""Texts that lost their lines: what is furniture at the end of one gets its line back.

Scrapers that join paragraphs with blanks deliver a story, its related headlines and its credits as one line. Only such
texts are looked at, and only at their end.
"""

from typing import Final

import polars as pl

MIN_CHARS: Final = 400
"""A shorter text of one line may have had no other."""

_SIGN: Final = ":：–—-"
_ENDS: Final = (
    (rf"(?:อ่าน)?(?:ข่าว|เรื่อง|คลิป)ที่เกี่ยวข้อง(?:\s*(?:\.{{2,}}|[…>»|{_SIGN}])|\s*[\"'“‘]).*", 400),
    (
        rf"(?:ขอ)?ขอบคุณ(?:ภาพ|คลิป)\S*?(?:จาก|\s*[{_SIGN}]).*|(?:เครดิต)?(?:ภาพ|คลิป)(?:ประกอบ)?\s*[{_SIGN}]\s.*",
        120,
    ),
)
"""How the end of a text reads where it is furniture, and its characters at most."""


def with_line_ends(texts: pl.Series) -> pl.Series:
    """Texts of one line, with a break before related headlines or credits at their end; all others as they are.

    >>> story = "ชาวบ้านช่วยกันซ่อมสะพานไม้จนเสร็จก่อนฝนมา " * 12
    >>> with_line_ends(pl.Series([story + "ขอบคุณภาพจาก : ครูบุญส่ง"]))[0].split("\\n")[1:]
    ['ขอบคุณภาพจาก : ครูบุญส่ง']
    """
    flat = (~texts.str.contains("\n", literal=True)).arg_true()
    flat = flat.filter(texts.gather(flat).str.len_chars() >= MIN_CHARS)
    for regex, most_chars in _ENDS:
        ends = texts.gather(flat).str.tail(most_chars + 1).str.extract(rf"[\s.”\"'’)]({regex})$")
        found = flat.filter(ends.is_not_null())
        rows = pl.DataFrame({"text": texts.gather(found), "end": ends.drop_nulls()})
        story = pl.col("text").str.strip_suffix(pl.col("end")).str.strip_chars_end()
        texts = texts.clone().scatter(found, rows.select(pl.concat_str(story, "end", separator="\n")).to_series())
        flat = flat.filter(ends.is_null())
    return texts
