from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as examined
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dedup.matching.verify import SCORE_SCHEMA, VERDICTS, MatchRule, Verdict, for_review, judge, score_pairs
from dedup.settings import MatchSettings
from dedup.sketch import packed_words
from dedup.words.tokens import comparison_text, tokenize

SETTINGS = MatchSettings()
NIGHT = date(2026, 11, 2)

MARKET = """เทศบาลตำบลบ้านสวนเปิดตลาดนัดชุมชนริมคลองเป็นครั้งแรกในรอบหลายปี หลังปรับปรุงทางเดินและสะพานไม้จนแล้วเสร็จ
นายกเทศมนตรีกล่าวว่า ตลาดแห่งนี้จะเปิดทุกวันเสาร์และวันอาทิตย์ ตั้งแต่เช้าจนถึงค่ำ โดยมีร้านค้าของชาวบ้านมาขายผักปลอดสาร
ขนมโบราณ และงานจักสานมากกว่าแปดสิบร้าน ผู้ค้าทุกคนเป็นคนในพื้นที่และไม่ต้องเสียค่าเช่าในปีแรก
ด้านประธานชมรมผู้สูงอายุเล่าว่า เด็กในหมู่บ้านได้ช่วยกันวาดภาพประวัติของคลองไว้บนกำแพงวัด
นักท่องเที่ยวสามารถนั่งเรือพายชมสวนส้มและแวะกินข้าวกลางวันกับเจ้าของบ้านได้ด้วย"""
SCHOOL = """โรงเรียนวัดหนองบัวได้รับคอมพิวเตอร์บริจาคจากศิษย์เก่าที่ทำงานในโรงงานอิเล็กทรอนิกส์
ครูใหญ่บอกว่าเดิมนักเรียนต้องแบ่งเครื่องกันใช้สี่คนต่อหนึ่งเครื่อง ตอนนี้ทุกห้องเรียนมีอุปกรณ์เพียงพอสำหรับวิชาเขียนโปรแกรม
และจะเปิดห้องสมุดดิจิทัลให้ผู้ปกครองเข้ามาค้นคว้าในวันหยุดด้วย"""


def gold(day: str, first: int, change: int) -> str:
    return f"""ราคาทองคำประจำวันที่ {day} ปรับขึ้น {change} บาท จากช่วงปิดตลาดเมื่อวานนี้
ทองคำแท่งรับซื้อบาทละ {first:,} บาท ขายออกบาทละ {first + 100:,} บาท ทองรูปพรรณรับซื้อบาทละ {first - 900:,} บาท
ขายออกบาทละ {first + 900:,} บาท นักลงทุนยังคงติดตามทิศทางดอกเบี้ยและค่าเงินบาทอย่างใกล้ชิด
ผู้สนใจควรตรวจสอบราคากับร้านทองก่อนทำรายการทุกครั้งเพราะราคาอาจเปลี่ยนแปลงระหว่างวัน"""


def ids_of(texts: list[str]) -> pl.Series:
    tokens = tokenize(comparison_text(pl.Series(texts, dtype=pl.String)), engine="newmm-compiled")
    return packed_words("", tokens)


def judged(
    left: str,
    right: str,
    *,
    titles: tuple[str, str] = ("", ""),
    days: int = 0,
    outlets: str = "ab",
    settings: MatchSettings = SETTINGS,
) -> str:
    """The rule for two bodies, the right one published `days` after the left one."""
    texts = pl.DataFrame({"article_id": ["l", "r"], "words": ids_of([left, right]), "headline": ids_of(list(titles))})
    published = datetime(2026, 11, 1, 9, tzinfo=UTC)
    articles = pl.DataFrame(
        {
            "article_id": ["l", "r"],
            "night": [NIGHT, NIGHT + timedelta(days=days)],
            "title": titles,
            "published_at": [published, published + timedelta(days=days)],
            "source": list(outlets),
            "canonical_url": [f"https://{outlet}.example/{i}" for i, outlet in enumerate(outlets)],
        }
    )
    pairs = pl.DataFrame({"left_id": ["l"], "right_id": ["r"]})
    row = judge(score_pairs(pairs, texts, settings), articles, settings).row(0, named=True)
    assert row["verdict"] == VERDICTS[MatchRule(row["rule"])]
    return str(row["rule"])


def test_the_same_words_are_exact_whatever_the_typography() -> None:
    assert judged(MARKET, MARKET.replace(" ", "\u00a0").replace("\n", " ")) == "exact"


def test_a_reprint_with_a_few_words_changed_is_near() -> None:
    edited = MARKET.replace("กล่าวว่า", "ระบุว่า").replace("ช่วยกัน", "ร่วมกัน").replace("ด้วย", "")
    assert judged(MARKET, edited) == "near"


def test_an_excerpt_is_contained() -> None:
    assert judged(MARKET, "\n".join(MARKET.split("\n")[:2])) == "contained"


def test_an_extended_version_is_contained() -> None:
    assert judged(SCHOOL, f"{SCHOOL}\n{MARKET}") == "contained"


def test_the_same_sentences_with_other_figures_are_a_series() -> None:
    assert judged(gold("3 พฤศจิกายน", 60_900, 50), gold("4 พฤศจิกายน", 61_350, 450)) == "series"


def test_the_same_day_s_prices_from_two_outlets_are_no_series() -> None:
    today = gold("3 พฤศจิกายน", 60_900, 50)
    assert judged(today, today.replace("นักลงทุน", "ผู้ลงทุน").replace("ทุกครั้ง", "")) == "near"


def test_one_other_figure_under_another_date_is_a_series() -> None:
    left = f"วันที่ 3 พฤศจิกายน ประชุมครั้งที่ 4 {MARKET}"
    assert judged(left, left.replace("3 พ", "9 พ").replace("ครั้งที่ 4", "ครั้งที่ 5")) == "series"


def test_a_figure_left_out_by_the_editor_is_no_series() -> None:
    left = f"{MARKET} มีผู้ร่วมงาน 250 คน จาก 12 หมู่บ้าน ใช้เงิน 48,000 บาท"
    assert judged(left, f"{MARKET} มีผู้ร่วมงานจากหลายหมู่บ้าน") == "near"


def storm(day: int, houses: int, people: int, *, place: str = "คลองหอย") -> str:
    return f"""น้ำหลากเข้าท่วมบ้าน{place}เมื่อเวลา 04.20 น. วันที่ {day} พฤศจิกายน 2569 หลังฝนตกต่อเนื่อง 11 ชั่วโมง
วัดน้ำฝนได้ 187 มิลลิเมตร
บ้านเรือนจมน้ำ {houses} หลัง ใน 4 หมู่บ้าน ชาวบ้าน {people} คนย้ายไปอยู่ศาลาวัดซึ่งตั้งโรงครัวแจกข้าว 3 มื้อ
ถนนสายหลักขาด 2 จุด รถโดยสารต้องอ้อมไปอีก 35 กิโลเมตร กำนันบอกว่าน้ำจะลดภายใน 5 วันหากไม่มีฝนเพิ่ม"""


LATER = "\nถึงค่ำวันเดียวกันจำนวนบ้านที่เสียหายเพิ่มขึ้น เพราะน้ำไหลไปถึงท้ายคลอง และมีเรือของทหารเข้ามาช่วยขนของ"


def test_the_same_text_with_later_counts_is_an_update() -> None:
    assert judged(storm(7, 64, 180), storm(7, 91, 255) + LATER) == "update"
    assert judged(storm(7, 64, 180), storm(7, 91, 255) + LATER, days=1, outlets="aa") == "update"


def test_the_next_day_s_counts_are_a_series() -> None:
    assert judged(storm(7, 64, 180), storm(8, 91, 255)) == "series"
    assert judged(storm(7, 64, 180), storm(7, 91, 255) + LATER, days=4) == "series"


def test_the_same_counts_of_another_place_are_no_update() -> None:
    assert judged(storm(7, 64, 180), storm(7, 91, 255, place="ท่าหิน")) == "revised"


def test_all_figures_of_a_day_exchanged_are_a_series() -> None:
    assert judged(gold("3 พฤศจิกายน", 60_900, 50), gold("3 พฤศจิกายน", 61_350, 450)) == "series"


def test_one_outlet_s_text_with_other_names_days_later_is_a_series() -> None:
    other = MARKET.replace("บ้านสวน", "หนองบัว").replace("ริมคลอง", "ริมบึง").replace("สวนส้ม", "สวนเงาะ")
    assert judged(MARKET, other, days=7, outlets="aa") == "series"
    assert judged(MARKET, other, days=7, outlets="ab") == "near"
    assert judged(MARKET, other, days=0, outlets="aa") == "near"


def test_a_digest_by_its_title_is_linked_to_its_stories() -> None:
    assert judged(SCHOOL, f"{MARKET}\n{SCHOOL}", titles=("", "สรุปข่าวเด่นประจำวัน")) == "roundup"


def test_no_title_need_be_a_digest_s() -> None:
    none = MatchSettings(digest_titles=[])
    assert judged(SCHOOL, f"{MARKET}\n{SCHOOL}", titles=("", "สรุปข่าวเด่นประจำวัน"), settings=none) == "contained"


def test_a_container_that_prints_the_story_s_headline_is_linked_whatever_its_title() -> None:
    headline = "ศิษย์เก่ามอบคอมพิวเตอร์ให้โรงเรียนวัดหนองบัว"
    container = f"ชาวบ้านเปิดตลาดนัดริมคลอง\n{MARKET}\n{headline}\n{SCHOOL}"
    assert judged(SCHOOL, container, titles=(headline, "เช้านี้ที่ควรรู้ก่อนออกจากบ้าน")) == "roundup"


def test_two_digests_are_judged_like_any_two_texts() -> None:
    assert judged(MARKET, MARKET, titles=("สรุปข่าววันนี้", "สรุปข่าววันนี้")) == "exact"


def test_a_shared_paragraph_in_different_stories_is_background() -> None:
    paragraph = SCHOOL.split("\n")[1]
    rain = "กรมอุตุนิยมวิทยาเตือนฝนตกหนักในภาคใต้ฝั่งตะวันออก ชาวเรือควรระวังคลื่นสูงและงดออกจากฝั่งในช่วงนี้ไปก่อน"
    band = "วงดนตรีไทยของเยาวชนชนะการประกวดระดับประเทศด้วยเพลงพื้นบ้านที่เรียบเรียงขึ้นใหม่ทั้งหมดโดยครูภูมิปัญญา"
    assert judged(f"{rain}\n{paragraph}", f"{band}\n{paragraph}") == "background"


QUAKE = """กรมทรัพยากรธรณีระบุว่าไม่มีรอยเลื่อนใหญ่ขยับ และยังไม่พบอาฟเตอร์ช็อก อาคารเรียนกับอ่างเก็บน้ำทุกแห่งอยู่ในสภาพปกติ
เจ้าหน้าที่ขอให้ชาวบ้านตรวจดูรอยร้าวตามเสาบ้าน หากพบให้แจ้งองค์การบริหารส่วนตำบลภายใน 3 วัน"""


def test_the_same_short_report_under_another_first_sentence_is_joined() -> None:
    left = "เมื่อเวลา 06.42 น. วันที่ 22 พฤศจิกายน เกิดแผ่นดินไหวขนาด 3.6 ลึก 5 กิโลเมตร ชาวบ้านรู้สึกถึงแรงสั่นราว 4 วินาที"
    right = "วันที่ 22 พ.ย. ผู้คนตื่นเพราะพื้นสั่นอยู่ 4 วินาที จากแผ่นดินไหวขนาด 3.6 ที่ความลึก 5 กิโลเมตร ตอน 06.42 น."
    assert judged(f"{left}\n{QUAKE}", f"{right}\n{QUAKE}") == "reopened"
    assert judged(f"{left}\n{QUAKE}", f"{right}\n{QUAKE}".replace("22 พ.ย.", "25 พ.ย.")) == "background"


def test_a_leftover_headline_is_not_joined() -> None:
    assert judged(MARKET, "เทศบาลตำบลบ้านสวนเปิดตลาดนัดชุมชนริมคลอง") == "short"


def test_different_stories_are_below() -> None:
    assert judged(MARKET, SCHOOL) == "below"


def test_empty_texts_are_not_alike() -> None:
    assert judged("", "") == "below"
    assert judged("", MARKET) == "below"


def test_every_rule_has_a_verdict() -> None:
    assert set(VERDICTS) == set(MatchRule) - {MatchRule.PERSON}
    assert set(VERDICTS.values()) == set(Verdict)


WORDS = st.lists(st.sampled_from(["ก", "ข", "ค", "ง", "จ", "1", "22", "333"]), max_size=30).map(" ".join)


def shingle_set(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + 3]) for i in range(max(len(words) - 2, 1))} if words else set()


@examined(deadline=None)
@given(st.lists(WORDS, min_size=2, max_size=5))
def test_scores_are_exact(texts: list[str]) -> None:
    names = [f"{i}" for i in range(len(texts))]
    frame = pl.DataFrame({"article_id": names, "words": ids_of(texts)})
    pairs = [(left, right) for right in names for left in names[: int(right)]]
    scores = score_pairs(pl.DataFrame(pairs, schema=["left_id", "right_id"], orient="row"), frame, SETTINGS)
    assert scores.schema == SCORE_SCHEMA
    for row, (left, right) in zip(scores.iter_rows(named=True), pairs, strict=True):
        a, b = shingle_set(texts[int(left)]), shingle_set(texts[int(right)])
        assert (row["left_id"], row["right_id"], row["shared"]) == (left, right, len(a & b))
        assert row["jaccard"] == pytest.approx(len(a & b) / max(len(a | b), 1))
        assert row["containment_left"] == pytest.approx(len(a & b) / max(len(a), 1))
        assert row["containment_right"] == pytest.approx(len(a & b) / max(len(b), 1))


def test_a_row_does_not_depend_on_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pl.DataFrame({"article_id": list("abcd"), "words": ids_of([MARKET, SCHOOL, f"{MARKET} {SCHOOL}", ""])})
    pairs = pl.DataFrame({"left_id": list("aabac"), "right_id": list("bccdd")})
    at_once = score_pairs(pairs, texts, SETTINGS)
    shuffled = score_pairs(pairs.reverse(), texts.reverse(), SETTINGS).reverse()
    monkeypatch.setattr("dedup.matching.verify.BATCH_PAIRS", 2)
    assert_frame_equal(at_once, shuffled)
    assert_frame_equal(at_once, score_pairs(pairs, texts, SETTINGS))


def test_no_pairs_have_no_scores() -> None:
    texts = pl.DataFrame({"article_id": ["a"], "words": ids_of([MARKET])})
    none = pl.DataFrame(schema={"left_id": pl.String, "right_id": pl.String})
    assert score_pairs(none, texts, SETTINGS).schema == SCORE_SCHEMA


def test_a_pair_without_its_words_stops_the_run() -> None:
    texts = pl.DataFrame({"article_id": ["a"], "words": ids_of([MARKET])})
    with pytest.raises(AssertionError, match="words"):
        score_pairs(pl.DataFrame({"left_id": ["a"], "right_id": ["b"]}), texts, SETTINGS)


def test_pairs_just_below_the_line_are_kept_for_review() -> None:
    row = {name: [None, None] for name in SCORE_SCHEMA} | {"rule": ["below", "below"]}
    shares = {"containment_left": [0.1, 0.2], "containment_right": [0.0, 0.1]}
    frame = pl.DataFrame(row | shares)
    kept = for_review(frame, MatchSettings(containment=0.3, review_margin=0.15))
    assert kept["containment_left"].to_list() == [0.2]
