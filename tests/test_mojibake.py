"""Every reversible mix-up comes back exactly; every other one is left for the screen, and says so."""

import codecs
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cleaning.mojibake import MixUp, damage_share, repair_mojibake
from dedup.cleaning.repair import repair

ARTICLE = (
    "ผู้ว่าฯ เปิดงาน “แม่น้ำใสด้วยมือเรา” ครั้งที่ ๒\n\n"
    "ภาคประชาชนกว่า 1,500 คนร่วมเก็บขยะ – ตั้งแต่เช้า ที่ท่าน้ำญาติธรรม ฐานทัพเก่า…\n"
    "นายภูมิ ฤๅชา กล่าวว่า ‘ปีหน้าจะทำอีก’ โดยมี Green River Club ร่วมด้วย"
)
QUARANTINE_SHARE = 0.005


def web_decode(raw: bytes, code_page: str) -> str:
    """Decode as a browser does: undefined bytes 80–9F become C1 controls."""
    return "".join(
        byte.decode(code_page, "ignore") or chr(byte[0]) for byte in (raw[i : i + 1] for i in range(len(raw)))
    )


WRONG_READINGS: dict[MixUp, Callable[[str], str]] = {
    MixUp.LATIN_CP874: lambda text: text.encode("cp874").decode("latin-1"),
    MixUp.WIN1252_CP874: lambda text: web_decode(text.encode("cp874"), "cp1252"),
    MixUp.LATIN_UTF8: lambda text: text.encode().decode("latin-1"),
    MixUp.WIN1252_UTF8: lambda text: web_decode(text.encode(), "cp1252"),
    MixUp.WIN874_UTF8: lambda text: web_decode(text.encode(), "cp874"),
}


@pytest.mark.parametrize("mix_up", list(MixUp))
def test_reversible_mix_up_comes_back_exactly(mix_up: MixUp) -> None:
    damaged = WRONG_READINGS[mix_up](ARTICLE)
    assert damaged != ARTICLE
    assert repair_mojibake(damaged) == ARTICLE


@pytest.mark.parametrize("mix_up", list(MixUp))
def test_a_headline_of_few_letters_comes_back_too(mix_up: MixUp) -> None:
    assert repair_mojibake(WRONG_READINGS[mix_up]("ฝนถล่ม กทม.")) == "ฝนถล่ม กทม."


@pytest.mark.parametrize("mix_up", list(MixUp))
def test_only_the_damaged_lines_are_reread(mix_up: MixUp) -> None:
    lines = ARTICLE.split("\n")
    mixed = [WRONG_READINGS[mix_up](line) if row % 2 else line for row, line in enumerate([*lines, *lines])]
    assert repair_mojibake("\n".join(mixed)) == "\n".join([*lines, *lines])


@pytest.mark.parametrize("first", [MixUp.LATIN_CP874, MixUp.LATIN_UTF8, MixUp.WIN874_UTF8])
@pytest.mark.parametrize("second", [MixUp.LATIN_UTF8, MixUp.WIN1252_UTF8])
def test_text_damaged_twice_comes_back(first: MixUp, second: MixUp) -> None:
    assert repair_mojibake(WRONG_READINGS[second](WRONG_READINGS[first](ARTICLE))) == ARTICLE


def test_damage_within_a_line_is_reread() -> None:
    damaged = "ข่าวเช้า: " + WRONG_READINGS[MixUp.WIN1252_UTF8]("“ฝนหนัก”") + " จบ"
    assert repair_mojibake(damaged) == "ข่าวเช้า: “ฝนหนัก” จบ"


def test_quotes_alone_are_reread() -> None:
    assert repair_mojibake("นายกฯ กล่าวว่า â€œพร้อมâ€\x9d แล้ว") == "นายกฯ กล่าวว่า “พร้อม” แล้ว"


def test_c1_controls_are_the_quotes_they_were() -> None:
    assert repair_mojibake("งาน \x93ของดีเมืองใต้\x94 เริ่มแล้ว") == "งาน “ของดีเมืองใต้” เริ่มแล้ว"


def test_blank_that_was_the_tail_byte_of_pho_samphao_is_restored() -> None:
    damaged = WRONG_READINGS[MixUp.LATIN_UTF8]("ปภ. เตือนภัยภาคใต้").replace("\xa0", " ")
    assert repair_mojibake(damaged) == "ปภ. เตือนภัยภาคใต้"


@pytest.mark.parametrize(
    "text",
    [
        "เธอบินไปเนเธอร์แลนด์กับเธียรและเนตรนภา เน… “เธ”",
        "Beyoncé, Lukáš Ševčík และ Þórður ลงสนามที่ São Paulo",
        "L'Élève a été créée à Noël: œuvre naïve, façade",
        "ÉCOLE ÉLÉMENTAIRE DE LA CRÉÉE",
        "Größenwahn, Äußerung, übermäßig",
        "Việt Nam đất nước tôi yêu, Đà Nẵng, Hà Nội",
        "อุณหภูมิ 35 °C ±2 «คำ» ½ ถ้วย © 2569 ········",
        "plain ASCII, nothing to see",
        "",
    ],
)
def test_good_text_is_no_mojibake(text: str) -> None:
    assert repair_mojibake(text) == text
    assert damage_share(pl.Series([text]))[0] == 0.0


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.encode().decode("cp1252", "replace"),
        lambda text: text.encode().decode("cp874", "replace"),
        lambda text: text.encode().decode("tis-620", "ignore"),
        lambda text: text.encode().decode("latin-1").translate(dict.fromkeys(range(0x80, 0xA0))),
        lambda text: text.encode("cp874").decode("utf-8", "replace"),
        lambda text: text.encode("cp874").decode("latin-1")[::2],
    ],
)
def test_lost_bytes_are_measured_as_damage(damage: Callable[[str], str]) -> None:
    left = repair_mojibake(damage(ARTICLE))
    assert left != ARTICLE
    assert damage_share(pl.Series([left]))[0] > QUARANTINE_SHARE


def test_damage_share_counts_characters_that_are_not_blank() -> None:
    shares = damage_share(pl.Series(["ก\ufffd ขค", "กขคง", None, "\ufffd", ""]))
    assert shares.to_list() == [0.25, 0.0, 0.0, 1.0, 0.0]


def test_undefined_bytes_of_windows_874_cannot_be_encoded() -> None:
    with pytest.raises(UnicodeEncodeError):
        codecs.encode("é", "cp874")
    assert repair_mojibake("เธ\x99เธฒé") == "เธ\x99เธฒé"


@given(st.text(st.sampled_from("àâÂÃéû¸¹¡¿€©\x80\x9f\ufffdเธนก ."), max_size=9))
def test_damage_is_measured_in_every_text_that_has_some(text: str) -> None:
    """The triggers of repair pass over none of them."""
    repaired = repair(pl.Series([text]))
    assert repaired["damage_share"].to_list() == damage_share(repaired["text"]).to_list()
