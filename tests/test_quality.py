import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cleaning.measures import measured
from dedup.cleaning.quality import REFUSING, QualityRule, screen
from dedup.settings import CleanSettings

WORDS = [
    "ชาวบ้าน", "ตำบล", "อำเภอ", "สะพาน", "คลอง", "วัด", "โรงเรียน", "ตลาด", "ถนน", "ทุ่งนา", "ฝนตก", "แดดออก", "ซ่อม", "สร้าง",
    "เปิด", "ปิด", "เดิน", "ขนส่ง", "กล่าว", "ประชุม", "ขอบคุณ", "รอคอย", "ช่วยกัน", "ร่วมแรง", "วันนี้", "เมื่อวาน", "สัปดาห์หน้า",
    "ปีก่อน", "อย่างรวดเร็ว", "ด้วยความยินดี", "ครั้งแรก", "หลายแห่ง", "ทั้งหมด", "บางส่วน", "งบประมาณ", "กองทุน", "แรงงาน", "อาสา",
    "เด็กเล็ก", "ผู้สูงอายุ", "เกษตรกร", "พ่อค้า", "ครู", "นายอำเภอ", "ข้าวหอม", "ผลไม้", "ปลาน้ำจืด", "น้ำประปา", "ไฟฟ้า",
]  # fmt: skip
LIMITS = CleanSettings()


def prose(sentences: int, seed: int = 0) -> str:
    """Sentences of eight Thai words, no two alike."""
    chance = random.Random(seed)
    return " ".join("".join(chance.choices(WORDS, k=8)) + str(number) for number in range(sentences))


def article(**changes: object) -> dict[str, object]:
    body = changes.get("body", prose(12))
    letters = sum(character.isalnum() for character in str(body or ""))
    base = {
        "title": "ชาวบ้านร่วมใจซ่อมสะพาน", "body": body, "url": "https://daily.example/news/1", "letters": letters,
        "left_letters": letters, "damage_share": 0.0, "flags": [],
    }  # fmt: skip
    return {**base, **changes}


SCHEMA = {
    "title": pl.String, "body": pl.String, "url": pl.String, "letters": pl.UInt32, "left_letters": pl.UInt32,
    "damage_share": pl.Float64, "flags": pl.List(pl.String),
}  # fmt: skip


def screened(*articles: dict[str, object], limits: CleanSettings = LIMITS) -> pl.DataFrame:
    return screen(pl.DataFrame(list(articles), schema=SCHEMA), limits)


def refused(**changes: object) -> list[str]:
    return screened(article(**changes))["reject_reasons"].item().to_list()


def flagged(**changes: object) -> list[str]:
    return screened(article(**changes))["flags"].item().to_list()


def test_good_article_is_neither_refused_nor_flagged() -> None:
    assert (refused(), flagged()) == ([], [])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"body": ""}, QualityRule.EMPTY),
        ({"body": None}, QualityRule.EMPTY),
        ({"title": "  "}, QualityRule.NO_TITLE),
        ({"title": None}, QualityRule.NO_TITLE),
        ({"body": "ข่าวสั้นมาก"}, QualityRule.TOO_SHORT),
        ({"body": " ".join(f"#{word}ร่วมใจ" for word in WORDS)}, QualityRule.TOO_SHORT),
        ({"body": "", "letters": 2_000, "left_letters": 0}, QualityRule.FURNITURE_ONLY),
        ({"title": "Page not found", "body": "404 ไม่พบหน้าที่คุณต้องการ กลับหน้าหลัก"}, QualityRule.ERROR_PAGE),
        ({"title": "ไม่พบหน้าที่คุณต้องการ | ข่าวรายวัน", "body": prose(4)}, QualityRule.ERROR_PAGE),
        ({"title": "Just a moment...", "body": prose(4)}, QualityRule.ERROR_PAGE),
        ({"body": "The village repaired its bridge in nine hours before the rain. " * 3}, QualityRule.NOT_THAI),
        ({"body": "村民们在大雨来临之前修好了桥，" * 12}, QualityRule.NOT_THAI),
        ({"body": "ชาวบ้านร่วมใจซ่อมสะพานไม้ข้ามคลอง " * 40}, QualityRule.REPETITIVE),
        ({"body": "ชาวบ้านร่วมใจซ่อมสะพานไม้ข้ามคลอง" * 40}, QualityRule.REPETITIVE),
        ({"body": "ก" * 500}, QualityRule.REPETITIVE),
        ({"damage_share": 0.02}, QualityRule.ENCODING),
    ],
)
def test_rule_refuses(changes: dict[str, object], rule: QualityRule) -> None:
    assert rule in refused(**changes)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"body": prose(4)}, QualityRule.SHORT),
        (
            {"body": prose(6) + " The village repaired its bridge in nine hours before the rain fell." * 2},
            QualityRule.LOW_THAI,
        ),
        ({"url": None}, QualityRule.BAD_URL),
        ({"url": "javascript:alert(1)"}, QualityRule.BAD_URL),
        ({"url": "/news/1"}, QualityRule.BAD_URL),
        ({"body": f"{prose(9)}\n{prose(9)}"}, QualityRule.DOUBLED),
        ({"title": "ประมวลภาพ งานบุญประจำปี", "body": prose(4)}, QualityRule.STUB),
        ({"body": prose(6) + " เว็บตรง ไม่ผ่านเอเย่นต์ เครดิตฟรี ฝากถอนออโต้"}, QualityRule.GAMBLING),
        ({"body": prose(6) + " หนังโป๊ คลิปเสียว XXX"}, QualityRule.ADULT),
    ],
)
def test_rule_only_flags(changes: dict[str, object], rule: QualityRule) -> None:
    assert rule in flagged(**changes)
    assert refused(**changes) == []


def test_every_rule_refuses_or_flags_by_its_level() -> None:
    assert {QualityRule.ENCODING, QualityRule.EMPTY} <= REFUSING
    assert QualityRule.SHORT not in REFUSING


def test_all_reasons_of_a_row_are_kept_in_order() -> None:
    reasons = refused(title="", body="ข้อมูลเสีย", damage_share=0.5)
    assert reasons == [QualityRule.NO_TITLE, QualityRule.TOO_SHORT, QualityRule.ENCODING]


def test_short_page_is_not_furniture_only_where_nothing_was_furniture() -> None:
    assert refused(body="ไม่มีเนื้อหาในหน้านี้") == [QualityRule.TOO_SHORT]


def test_page_whose_original_was_kept_is_refused_when_counts_left_nothing() -> None:
    assert refused(left_letters=20) == [QualityRule.FURNITURE_ONLY]


def test_article_that_reports_on_an_error_stays() -> None:
    assert refused(title="503 วันหลังน้ำท่วม ชาวบ้านยังรอถนน", body=prose(30)) == []
    assert refused(title="เกิดข้อผิดพลาดระบบจองตั๋ว การรถไฟขอโทษ", body=prose(30)) == []


def test_article_given_twice_is_not_repetitive() -> None:
    text = prose(20)
    assert refused(body=f"{text}\n{text}") == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            QualityRule.GAMBLING,
            "เครดิตฟรี ฝากถอนไม่มีขั้นต่ำ ฝากถอนออโต้ ฝากถอนอัตโนมัติ เว็บตรง ไม่ผ่านเอเย่นต์ สล็อตแตก แตกง่าย ทดลองเล่นสล็อต ทดลองเล่นฟรี "
            "เล่นผ่านมือถือ ทางเข้าเล่น แทงบอลออนไลน์ บาคาร่าออนไลน์ คาสิโนสด หวยออนไลน์ UFABET PG_Slot pgslot Joker_123 joker123 "
            "SAGame SA_Gaming ambbet BETFLIK sbobet",
        ),
        (
            QualityRule.ADULT,
            "หนังโป๊ หนังเอ็กซ์ หนังเอวี หนัง_R18 หนังr18 ดูหนังX คลิปโป๊ คลิปเสียว ไซด์ไลน์ รับงานN นัดเย Porn xXx JAVHD",
        ),
    ],
)
def test_every_word_of_sales_talk_counts(rule: QualityRule, words: str) -> None:
    said = [word.replace("_", " ") for word in words.split()]
    assert [word for word in said if rule not in flagged(body=f"{prose(8)} {word} {word} {word}")] == []


def test_news_about_a_gambling_raid_is_not_flagged() -> None:
    assert flagged(body=prose(8) + " ตำรวจจับเครือข่ายเว็บพนัน พบโฆษณาเครดิตฟรี") == []


def test_release_in_two_languages_is_flagged_and_not_refused() -> None:
    body = prose(12) + " ".join(
        f"The village {number} repaired bridge {number + 7} in {number} hours." for number in range(30)
    )
    changes = {"body": body, "left_letters": 2_000, "letters": 2_000}
    assert refused(**changes) == []
    assert QualityRule.LOW_THAI in flagged(**changes)


def test_thai_news_that_quotes_a_letter_in_english_is_no_english_page() -> None:
    letter = " ".join(f"The village {number} thanks you for bridge {number + 7}." for number in range(20))
    quoted = {"body": f"{prose(3)} “{letter}”", "left_letters": 2_000, "letters": 2_000}
    assert refused(**quoted) == []
    assert QualityRule.LOW_THAI in flagged(**quoted)
    assert refused(**quoted | {"title": "The village thanks for ๓ bridges"}) == [QualityRule.NOT_THAI]
    assert refused(**quoted | {"body": f"{prose(1)} “{letter}”"}) == [QualityRule.NOT_THAI]


def test_name_that_holds_a_spam_word_is_not_flagged() -> None:
    assert flagged(body=prose(8) + " Somporn Pornchai และ Pornthip") == []


def test_earlier_flags_come_first() -> None:
    assert flagged(body=prose(4), flags=["date-in-future"]) == ["date-in-future", QualityRule.SHORT]


def test_no_row_is_lost_and_columns_stay() -> None:
    rows = [article(), article(body=""), article(body=None, title=None, url=None)]
    found = screened(*rows)
    assert found.columns == [*SCHEMA, "reject_reasons"]
    assert found.height == 3
    assert found["reject_reasons"].null_count() == 0


def test_thresholds_come_from_the_settings() -> None:
    limits = CleanSettings(min_body_chars=5, short_body_chars=8)
    found = screened(article(body="ข่าวสั้นมาก"), limits=limits)
    assert (found["reject_reasons"].item().to_list(), found["flags"].item().to_list()) == ([], [])


def exact_share(text: str) -> float:
    grams = [text[start : start + 16] for start in range(len(text) - 15)]
    return 1 - len(set(grams)) / len(grams)


@pytest.mark.parametrize("text", [prose(200), prose(40) * 2, prose(40) * 5, prose(30) + prose(12) * 6])
def test_repeated_share_is_close_to_the_exact_one(text: str) -> None:
    assert measured(pl.Series([text]))["repeated_share"].item() == pytest.approx(exact_share(text), abs=0.05)


def test_repeated_share_of_a_short_text_is_no_estimate() -> None:
    texts = [prose(sentences, seed) for sentences in (2, 3, 4) for seed in range(1_000)]
    texts += [prose(1, seed) * 2 for seed in range(100)]
    exact = [exact_share(text) for text in texts]
    assert measured(pl.Series(texts))["repeated_share"].to_list() == pytest.approx(exact, abs=0.02)


def test_repeated_share_of_a_text_does_not_depend_on_its_neighbours() -> None:
    texts = [prose(20), "ก" * 300, "", prose(20), "ข่าว " * 90]
    together = measured(pl.Series(texts))["repeated_share"].to_list()
    assert together == [measured(pl.Series([text]))["repeated_share"].item() for text in texts]


@given(st.lists(st.one_of(st.text(max_size=30), st.text("กะ่ๆ๑aZé ñж“・🔥", max_size=30)), max_size=6))
def test_letters_are_those_of_unicode(texts: list[str]) -> None:
    counts = measured(pl.Series(texts, dtype=pl.String))
    thai = [sum("\u0e01" <= one <= "\u0e3a" or "\u0e40" <= one <= "\u0e4e" for one in text) for text in texts]
    others = pl.Series(texts, dtype=pl.String).str.replace_all(r"\p{Thai}|฿", "").str.count_matches(r"\p{L}").to_list()
    assert counts["n_thai"].to_list() == thai
    assert counts["n_letters"].to_list() == [one + other for one, other in zip(thai, others, strict=True)]


@given(st.lists(st.text(max_size=200), max_size=6))
def test_repeated_share_is_a_share(texts: list[str]) -> None:
    shares = measured(pl.Series(texts, dtype=pl.String))["repeated_share"]
    assert shares.len() == len(texts)
    assert shares.is_between(0, 1).all()


@pytest.mark.parametrize("unit", ["ก", " ", "่", "1", "a", "\n", "404 ", "เครดิตฟรี"])
def test_hostile_body_is_answered(unit: str) -> None:
    assert len(refused(body=unit * (200_000 // len(unit)), title=unit * 2_000)) >= 1
