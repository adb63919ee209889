import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dedup.charmap import ASTRAL, DROP, ODD, char_map
from dedup.cleaning.distinctlines import find_lines, text_hashes

BLANKS = " \t\u200b"
MAP = char_map(("\0-\U00010000", ODD), ("a-zก-๙", 0), (" \t.", DROP), ("A", ord("a")), odd_pairs=[("เ", "เ")])
blank = np.zeros(ASTRAL + 1, np.bool_)
blank[[ord(one) for one in BLANKS]] = True

texts = st.lists(st.none() | st.text(alphabet="abAก เ.é😀\t\u200b\n\n", max_size=40), max_size=8)


@given(texts)
def test_lines_are_those_that_splitting_and_stripping_gives(pages: list[str | None]) -> None:
    salts = np.arange(len(pages), dtype=np.uint64) % np.uint64(2)
    found, distinct = find_lines(pl.Series(pages, dtype=pl.String), salts, MAP, blank, most_key_chars=6)
    expected, n_blank = [], 0
    for number, page in enumerate(pages):
        for at, line in enumerate((page or "").split("\n")):
            n_blank += not line.strip(BLANKS)
            if line.strip(BLANKS):
                expected.append((number, at, n_blank, line.strip(BLANKS)))
    lines = [distinct.texts[int(which)] for which in found.which]
    numbers = np.repeat(np.arange(len(pages)), np.diff(found.starts))
    columns = (column.tolist() for column in (numbers, found.line, found.blanks))
    assert list(zip(*columns, lines, strict=True)) == expected
    firsts = {(number % 2, line): number for number, *_, line in reversed(expected)}
    different = dict.fromkeys((number % 2, line) for number, *_, line in expected)
    assert distinct.texts.to_list() == [line for _, line in different]
    assert distinct.first.tolist() == [firsts[one] for one in different]


@given(texts)
def test_a_line_is_read_as_the_map_says(pages: list[str | None]) -> None:
    salts = np.zeros(len(pages), np.uint64)
    _, distinct = find_lines(pl.Series(pages, dtype=pl.String), salts, MAP, blank, most_key_chars=6)
    for at, line in enumerate(distinct.texts):
        key = "".join("a" if one == "A" else one for one in line if one not in " \t.")
        assert (distinct.chars[at], distinct.kept[at]) == (len(line), len(key))
        assert distinct.keys[at] == (key if len(line) <= 6 else "")
        assert distinct.has_odd[at] == any(one in "é😀\u200b" for one in line)
        if len(line) <= 6:
            assert distinct.is_odd[at] == (distinct.has_odd[at] or "เเ" in key)


def murmur(text: bytes) -> int:
    """`hash_of`, in whole numbers."""
    mask, value = 2**64 - 1, len(text)
    for start in range(0, len(text), 8):
        word = int.from_bytes(text[start : start + 8], "little") * 0x87C37B91114253D5 & mask
        word = (word << 31 | word >> 33) & mask
        value ^= word * 0x4CF5AD432745937F & mask
        value = ((value << 27 | value >> 37) * 5 + 0x52DCE729) & mask
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ value >> 33) * factor & mask
    return value ^ value >> 33


@given(st.lists(st.text(max_size=30), max_size=6))
def test_hash_is_the_one_described(words: list[str]) -> None:
    assert text_hashes(pl.Series(words, dtype=pl.String)).tolist() == [murmur(word.encode()) for word in words]


def test_hashes_of_texts_that_are_nearly_alike_differ_in_half_their_bits() -> None:
    lines = pl.Series([f"{'ข่าวเด่นประจำวัน ' * (number % 7)}{number}" for number in range(20_000)])
    hashes = text_hashes(lines)
    assert len(np.unique(hashes)) == len(lines)
    n_bits = np.array([int(one).bit_count() for one in hashes[1:] ^ hashes[:-1]])
    assert 31 < n_bits.mean() < 33
    for shift in (0, 16, 32, 48):  # each part is as good as the whole
        assert len(np.unique(hashes >> np.uint64(shift) & np.uint64(0xFFFF))) > 16_000
