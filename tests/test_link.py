"""What a night changes in the stories of the nights before it."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from dedup.index import Index
from dedup.link import latest_members
from dedup.settings import Settings
from tests.conftest import run_all

NIGHTS = [date(2026, 11, day) for day in (20, 21, 22)]
STORY = (
    "ชาวบ้านริมคลองบางน้ำใสช่วยกันเก็บผักตบชวาที่ลอยมาติดประตูระบายน้ำตั้งแต่เช้ามืด หลังฝนตกหนักติดต่อกันสองคืนทำให้น้ำไหลช้าจนถนนหน้าตลาดท่วม"
    " นายสมปอง ใจเย็น ผู้ใหญ่บ้านเล่าว่าทุกปีต้องรอเครื่องจักรจากอำเภอ แต่คราวนี้ร้านค้าลงขันเช่าเรือสี่ลำมาลากวัชพืชขึ้นฝั่งเอง"
    " แม่ค้าขายขนมครกบอกว่าน้ำลดลงประมาณหนึ่งคืบภายในสามชั่วโมง และจะขอให้เทศบาลติดตะแกรงถาวรก่อนถึงฤดูฝนหน้า"
    " ส่วนเด็กนักเรียนที่หยุดเรียนมาช่วยกันขนกระสอบทราย ได้ไอศกรีมฟรีจากร้านปากซอยเป็นค่าแรง"
)  # fmt: skip
OTHER = "สโมสรหมากรุกไทยประจำจังหวัดเปิดรับสมัครผู้สูงอายุเข้าแข่งขันประเภททีม ชิงถ้วยไม้สักแกะสลัก " * 3


def deliver(raw: Path, night: date, outlet: str, text: str) -> None:
    folder = raw / f"crawl_date={night}"
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "id": f"{outlet}-{night}",
        "url": f"https://{outlet}.example/{night}",
        "title": f"น้ำลด {outlet}",
        "text": text,
    }
    record |= {"published": f"{night}T08:00:00+07:00", "crawled_at": f"{night}T20:00:00+07:00"}
    with (folder / f"{outlet}.jsonl").open("w", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")


def members(home: Path) -> pl.DataFrame:
    return pl.read_parquet(home / "published" / "current" / "members" / "**" / "*.parquet").sort("source_record_id")


def test_later_reprint_changes_the_row_of_the_kept_article_and_no_other(tmp_path: Path) -> None:
    deliver(tmp_path / "raw", NIGHTS[0], "north", STORY)
    deliver(tmp_path / "raw", NIGHTS[0], "west", OTHER)
    deliver(tmp_path / "raw", NIGHTS[1], "south", STORY)
    run_all(tmp_path / "raw", tmp_path / "home")
    index = Index(tmp_path / "home" / "index")
    second = index.read([NIGHTS[1]], "link", "members")
    assert sorted(second["night"].to_list()) == NIGHTS[:2]
    kept = latest_members(index, NIGHTS[:2], pl.col("is_canonical")).sort("n_members")
    assert kept["n_members"].to_list() == [1, 2]


@pytest.mark.parametrize("window", [1, 45])
def test_member_stays_with_its_kept_article_when_that_leaves_the_window(tmp_path: Path, window: int) -> None:
    for night, outlet in zip(NIGHTS, ("north", "south", "east"), strict=True):
        deliver(tmp_path / "raw", night, outlet, STORY)
    run_all(tmp_path / "raw", tmp_path / "home", Settings(index={"window_nights": window}, run={"workers": 1}))  # type: ignore[arg-type]
    east, north, south = members(tmp_path / "home").iter_rows(named=True)
    assert south["canonical_id"] == north["article_id"]
    assert east["story_id"] == south["story_id"] == north["article_id"]
    # east could be compared with the kept article only while that was in the window
    assert east["canonical_id"] == (east if window == 1 else north)["article_id"]


def test_merged_stories_leave_an_alias(tmp_path: Path) -> None:
    half = len(STORY) // 2
    first, second = STORY[: half + 40], STORY[half - 40 :]
    deliver(tmp_path / "raw", NIGHTS[0], "north", first)
    deliver(tmp_path / "raw", NIGHTS[0], "south", second)
    run_all(tmp_path / "raw", tmp_path / "home")
    assert members(tmp_path / "home")["story_id"].n_unique() == 2
    deliver(tmp_path / "raw", NIGHTS[1], "east", STORY)
    run_all(tmp_path / "raw", tmp_path / "home")
    found = members(tmp_path / "home")
    aliases = pl.read_parquet(tmp_path / "home" / "published" / "current" / "aliases" / "**" / "*.parquet")
    assert found["story_id"].n_unique() == 1
    assert aliases["story_id"].to_list() == found["story_id"].unique().to_list()
    assert aliases.height == 1
    assert found["is_canonical"].sum() == 2  # the halves are no copies of each other: both texts are kept


def test_alias_of_a_story_that_ends_in_its_turn_is_led_on(tmp_path: Path) -> None:
    """Two stories become one, and that one part of an older story: a person says so, night after night."""
    nights = [*NIGHTS, date(2026, 11, 23)]
    names = {"o": nights[0], "p": nights[1], "q": nights[1], "r": nights[2], "s": nights[3]}
    for place, (outlet, night) in enumerate(names.items()):
        deliver(tmp_path / "raw", night, outlet, STORY[60 * place :][:220])
    told = ["rp", "rq", "so", "sp"]
    lines = [f"{a}-{names[a]},{b}-{names[b]},same\n" for a, b in told]
    (tmp_path / "v.csv").write_text("left,right,verdict\n" + "".join(lines), encoding="utf-8")
    settings = Settings(match={"verdicts": tmp_path / "v.csv"}, run={"workers": 1})  # type: ignore[arg-type]
    run_all(tmp_path / "raw", tmp_path / "home", settings)
    found = members(tmp_path / "home")
    aliases = pl.read_parquet(tmp_path / "home/published/current/aliases/**/*.parquet", hive_partitioning=True)
    newest = dict(aliases.sort("dt").select("old_story_id", "story_id").iter_rows())
    assert found["story_id"].n_unique() == 1
    assert set(newest) == set(found["article_id"]) - set(found["story_id"])
    assert set(newest.values()) == set(found["story_id"])
