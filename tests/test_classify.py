import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cleaning.classify import classify
from dedup.cleaning.furniture import Reason
from dedup.cleaning.lines import line_keys


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
