"""A page title ends in the outlet's name; the headline does not."""

import polars as pl
import pytest

from dedup.cleaning.titles import headlines


def test_known_outlet_goes_from_a_single_title() -> None:
    titles = pl.Series("title", ["ฝนตกหนัก | เดลินิวส์", "น้ำลด - ไทยรัฐออนไลน์", "ราคาทองขึ้น – ข่าวสด", "หุ้นตก :: MGR Online"])
    stripped = headlines(titles, pl.Series(["a", "b", "c", "d"]))
    assert stripped.to_list() == ["ฝนตกหนัก", "น้ำลด", "ราคาทองขึ้น", "หุ้นตก"]
    assert stripped.name == "title"


def test_tail_of_five_titles_in_a_source_is_its_name() -> None:
    titles = [f"ข่าวที่ {number} ของวัน | เสียงเมืองเหนือ" for number in range(5)] + ["ไม่มีท้าย", None]
    stripped = headlines(pl.Series(titles), pl.Series(["north"] * 7))
    assert stripped.to_list() == [*(f"ข่าวที่ {number} ของวัน" for number in range(5)), "ไม่มีท้าย", None]


def test_section_before_the_outlet_goes_too() -> None:
    titles = [f"ข่าวที่ {number} | การเมือง | เดลินิวส์" for number in range(6)]
    stripped = headlines(pl.Series(titles), pl.Series(["daily"] * 6))
    assert stripped.to_list() == [f"ข่าวที่ {number}" for number in range(6)]


@pytest.mark.parametrize(
    ("titles", "sources"),
    [
        ([f"ข่าวที่ {number} | เสียงเมืองเหนือ" for number in range(4)], ["north"] * 4),  # too few
        (["ข่าวเดิม | เสียงเมืองเหนือ"] * 9, ["north"] * 9),  # one title, crawled nine times
        ([f"ข่าวที่ {number} | เสียงเมืองเหนือ" for number in range(6)], list("abcdef")),  # another source each
        ([f"ข่าวที่ {number} | เสียงเมืองเหนือ" for number in range(6)], [None] * 6),  # no source at all
        ([f"{number} ข่าว" for number in range(40)] + [f"ข่าว {number} - ภูเก็ต" for number in range(5)], ["a"] * 45),
        (["ฟ้องหมิ่น ไทยรัฐ - เดลินิวส์", "| เดลินิวส์", "เดลินิวส์"], ["a"] * 3),
        (["รถไฟ กรุงเทพ-เชียงใหม่", "พบผู้ป่วย 20-30 ราย"], ["a"] * 2),
    ],
)
def test_tail_without_proof_stays(titles: list[str], sources: list[str | None]) -> None:
    assert headlines(pl.Series(titles), pl.Series(sources, dtype=pl.String)).to_list() == titles


def test_suffixes_do_not_depend_on_the_order_of_rows() -> None:
    titles = pl.Series([f"ข่าวที่ {number} | เสียงเมืองเหนือ" for number in range(7)] + ["น้ำลด | ข่าวสด"] * 2)
    sources = pl.Series(["north"] * 7 + ["x"] * 2)
    backwards = headlines(titles.reverse(), sources.reverse()).reverse()
    assert headlines(titles, sources).equals(backwards)


def test_name_that_begins_most_titles_of_a_source_goes() -> None:
    titles = [f"เทศบาลริมน้ำ-ข่าวประชาสัมพันธ์-เรื่องที่ {number}" for number in range(6)] + ["ประกาศวันหยุด"]
    stripped = headlines(pl.Series(titles), pl.Series(["town"] * 7))
    assert stripped.to_list() == [*(f"เรื่องที่ {number}" for number in range(6)), "ประกาศวันหยุด"]


def test_dash_in_a_few_headlines_is_no_name() -> None:
    titles = [f"กรุงเทพฯ-เชียงใหม่ วันที่ {number}" for number in range(4)] + [f"เรื่องอื่นที่ {number}" for number in range(9)]
    assert headlines(pl.Series(titles), pl.Series(["north"] * 13)).to_list() == titles
