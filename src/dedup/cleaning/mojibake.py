"""Thai text that was decoded with the wrong code page: put right when that can be proven, measured when not.

Five mix-ups are reversible: the text is encoded with the wrong code page and decoded with the right one, both
strictly, and the result counts only if it is much more Thai than before. The two web code pages are those of
the WHATWG Encoding Standard, where undefined bytes become C1 controls, because that is how browsers and
scrapers damage text. UTF-8 comes before cp874: nearly any bytes decode as cp874, hardly any as UTF-8.

ftfy is no help here: it knows no code page 874 and turns such text into something that cannot be recovered.
"""

import codecs
import re
from collections.abc import Iterator
from enum import StrEnum

import polars as pl


class MixUp(StrEnum):
    """Which code page a text was read with, and which it was written in."""

    LATIN_UTF8 = "latin-1→utf-8"
    WIN1252_UTF8 = "windows-1252→utf-8"
    WIN874_UTF8 = "windows-874→utf-8"
    LATIN_CP874 = "latin-1→cp874"
    WIN1252_CP874 = "windows-1252→cp874"


def _whatwg(code_page: str) -> str:
    """The 256 characters of a code page; bytes 80–9F it leaves undefined are C1 controls, others U+FFFE."""
    table = []
    for byte in range(256):
        try:
            table.append(bytes([byte]).decode(code_page))
        except UnicodeDecodeError:
            table.append(chr(byte) if byte < 0xA0 else "\ufffe")
    return "".join(table)


_TABLES = {
    "latin-1": "".join(map(chr, range(256))),
    "windows-1252": _whatwg("cp1252"),
    "windows-874": _whatwg("cp874"),
}
_ENCODERS = {name: codecs.charmap_build(table) for name, table in _TABLES.items()}

# How bytes 80–9F and A0–BF, the tail of every UTF-8 character, look in each wrong code page.
C1 = "\u0080-\u009f"
TAIL_1252 = C1 + "\u00a0-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_TAIL_874 = C1 + "\u00a0€…‘’“”•–—ก-ฟ"

# A Thai character in UTF-8 is E0 B8 or E0 B9 and a tail byte: `à¸`, `à¹` or `เธ`, `เน`; a quote is `â€` and one.
# One `เธ` begins a word (เธอ, เนชั่น), two are the Netherlands (เนเธอร์แลนด์), three are no word. Single-byte Thai
# read as Latin-1 is accented letters in a row, of which Latin script has two at most (créée, Þórður).
DAMAGE = (
    r"\x{fffd}"
    rf"|à[¸¹][{TAIL_1252}]?|â[€\u0080][{TAIL_1252}]?|[ÂÃ][{TAIL_1252}]"
    rf"|(?:เ[ธน][{_TAIL_874}\x{{fffd}}]?){{3,}}"
    r"|[¡-¿]*[À-û]{3}[¡-û]*"
)
"""Rust regex: the characters that damaged text leaves behind."""

MOJIBAKE = rf"[{C1}]|[¡-û]{{3}}|{DAMAGE}"
"""Rust regex: what makes a text or a line worth trying; more than counts as damage."""

_SIGN = re.compile(MOJIBAKE.replace(r"\x{fffd}", "\ufffd"))
_SEQUENCE = re.compile(rf"(?:à[¸¹][{TAIL_1252}]|â[€\u0080][{TAIL_1252}])+|(?:เ[ธน][{_TAIL_874}]){{3,}}")
# The tail byte A0 of ภ is a no-break space, and scrapers make blanks of those: a blank can be no tail byte.
_LOST_NBSP = re.compile(r"(à¸|เธ) ")
_THAI = re.compile(r"[\u0e01-\u0e3a\u0e3f-\u0e5b]")
_OTHER_LETTER = re.compile(r"[^\W\d_\u0e01-\u0e5b]")
_STRAY_MARK = re.compile(r"(?<![ก-ฮะ-ฺา-ำ็-๎])[ะ-ฺ็-๎]")
_C1_SIGNS = {byte: sign for byte, sign in enumerate(_TABLES["windows-874"][:0xA0]) if byte != ord(sign)}

_MIN_RISE = 0.2
"""How much larger the Thai share of the letters must be afterwards."""
_MAX_FAULTS = 0.02
"""Marks without a consonant and signs of damage, as a share of the Thai characters, in what cp874 gives."""


def repair_mojibake(text: str) -> str:
    """`text` read as it was written, where that can be proven; else unchanged.

    Tried on the whole text (again on what comes out: some is damaged twice), then on each damaged line, then on
    each run of damaged UTF-8 within a line; at last the quotes and dashes that stand as C1 controls are named.
    """
    whole = _reread(text)
    if whole is not None:
        return _reread(whole) or whole
    lines = [(_reread(line) or line) if _SIGN.search(line) else line for line in text.split("\n")]
    return _SEQUENCE.sub(_reread_sequence, "\n".join(lines)).translate(_C1_SIGNS)


def damage_share(texts: pl.Series) -> pl.Series:
    """U+FFFD and mojibake left, as a share of the non-blank characters (Float64, null in, 0 out)."""
    shares = pl.zeros(len(texts), dtype=pl.Float64, eager=True).rename("damage_share")
    rows = texts.str.contains(DAMAGE).fill_null(value=False).arg_true()
    if rows.is_empty():
        return shares
    damaged = texts.gather(rows)
    left = damaged.str.len_chars() - damaged.str.replace_all(DAMAGE, "").str.len_chars()
    size = damaged.str.replace_all(r"\s+", "").str.len_chars()
    return shares.scatter(rows, (left / size).clip(0.0, 1.0))


def _reread(text: str) -> str | None:
    """The first reading of `text` that is convincingly Thai, or None."""
    reading = _best_reading(text)
    if reading is None and _LOST_NBSP.search(text):
        return _best_reading(_LOST_NBSP.sub("\\1\u00a0", text))
    return reading


def _best_reading(text: str) -> str | None:
    before = _thai_share(text)
    for mix_up, reading in _readings(text):
        if mix_up is MixUp.WIN874_UTF8:
            # Thai before and after: strict UTF-8 with nothing but Thai is proof enough.
            if len(_THAI.findall(reading)) >= 2 and _thai_share(reading) >= min(before, 0.5):
                return reading
        elif _thai_share(reading) - before > _MIN_RISE and _is_well_formed(mix_up, reading):
            return reading
    return None


def _readings(text: str) -> Iterator[tuple[MixUp, str]]:
    """What `text` may have been, the most telling first; a text damaged twice is read twice."""
    halfway = []
    for mix_up in (MixUp.LATIN_UTF8, MixUp.WIN1252_UTF8, MixUp.WIN874_UTF8):
        reading = _recode(text, mix_up)
        if reading is not None and reading != text:
            yield mix_up, reading
            halfway.append(reading)
    for reading in halfway:
        for mix_up in MixUp:
            again = _recode(reading, mix_up)
            if again is not None and again != reading:
                yield mix_up, again
    for mix_up in (MixUp.LATIN_CP874, MixUp.WIN1252_CP874):
        reading = _recode(text, mix_up)
        if reading is not None and reading != text:
            yield mix_up, reading


def _recode(text: str, mix_up: MixUp) -> str | None:
    """`text` encoded with the wrong code page and decoded with the right one; None unless both are strict."""
    wrong, right = mix_up.split("→")
    try:
        raw, _ = codecs.charmap_encode(text, "strict", _ENCODERS[wrong])
        if right == "utf-8":
            return raw.decode("utf-8")
        reading, _ = codecs.charmap_decode(raw, "strict", _TABLES["windows-874"])
    except UnicodeError:
        return None
    return reading


def _reread_sequence(damaged: re.Match[str]) -> str:
    """A run of damaged UTF-8 characters within a line, decoded; its shape is the evidence."""
    text = damaged[0]
    for mix_up in (MixUp.LATIN_UTF8, MixUp.WIN1252_UTF8, MixUp.WIN874_UTF8):
        reading = _recode(text, mix_up)
        if reading is not None:
            return reading
    return text


def _thai_share(text: str) -> float:
    """Thai characters among the Thai characters and the letters of other scripts."""
    thai = len(_THAI.findall(text))
    return thai / (thai + len(_OTHER_LETTER.findall(text)) or 1)


def _is_well_formed(mix_up: MixUp, reading: str) -> bool:
    """Whether marks stand on consonants and no damage shows; UTF-8 is its own proof, cp874 reads nearly all."""
    if mix_up not in (MixUp.LATIN_CP874, MixUp.WIN1252_CP874):
        return True
    faults = len(_STRAY_MARK.findall(reading)) + sum(map(len, _SIGN.findall(reading)))
    return faults <= _MAX_FAULTS * len(_THAI.findall(reading))
