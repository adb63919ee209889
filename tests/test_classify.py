import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cleaning.classify import classify
from dedup.cleaning.furniture import Reason
from dedup.cleaning.lines import line_keys
from dedup.cleaning.patterns import PATTERNS


def classified(lines: list[str]) -> pl.DataFrame:
    texts = pl.Series("text", lines, dtype=pl.String)
    return classify(line_keys(texts), texts)


def test_long_line_is_never_furniture_by_pattern() -> None:
    texts = pl.Series(["อ่านข่าวเพิ่มเติม " + "สะพานข้ามคลองเปิดใช้แล้ว " * 40, "ข่าวล่าสุด"])
    assert classify(pl.Series([None, "ข่าวล่าสุด"], dtype=pl.String), texts)["pattern"].to_list() == [None, Reason.LATEST]


@given(st.lists(st.text(alphabet="กขค าิ่้์ABab019 .:/|>-#@©\u200b", max_size=60), max_size=20))
def test_every_line_gets_one_answer(lines: list[str]) -> None:
    found = classified(lines)
    assert found.height == len(lines)
    assert found.filter(pl.col("pattern").is_null() != pl.col("zone").is_null()).is_empty()


@pytest.mark.parametrize("unit", ["ก", " ", "่", "1", "ข่าว", "<", "#", "x ", "โดย ", "วันที่", "facebook"])
def test_hostile_line_is_answered(unit: str) -> None:
    found = classified([unit * (400 // len(unit)), unit * (200_000 // len(unit))])
    assert found.height == 2


phrases = [
    "ข่าวล่าสุด",
    "อ่านข่าวเพิ่มเติม",
    "โดย ",
    "ทีมข่าว",
    "12 พ.ย. 2569",
    " | ",
    " : ",
    "แชร์",
    "facebook",
    "โทร 02-123-4567",
    "©",
]
phrases += [
    "เว็บไซต์นี้ใช้คุกกี้",
    "หน้าแรก",
    " > ",
    "การเมือง",
    "เปิดอ่าน 12 ครั้ง",
    "ความเห็นของผู้อ่าน ไม่ใช่ของกองบรรณาธิการ",
    "สะพานเปิดใช้แล้ว ",
]


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(phrases), min_size=1, max_size=12).map("".join), max_size=20))
def test_first_pattern_that_matches_the_whole_line_names_it(lines: list[str]) -> None:
    texts = pl.Series(lines, dtype=pl.String)
    found = classified(lines)
    for at, (key, text) in enumerate(zip(line_keys(texts), texts, strict=True)):
        looked_at = ((one, text if one.is_on_text else key) for one in PATTERNS)
        named = (
            one.reason
            for one, line in looked_at
            if len(line) <= one.max_chars and pl.Series([line]).str.contains(f"^(?:{one.regex})$")[0]
        )
        assert found["pattern"][at] == (next(named, None) if key else Reason.RULE)
