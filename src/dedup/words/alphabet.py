"""The compiled tokenizer's alphabet of bytes: a symbol for each character that dictionary or rules tell apart."""

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

# Symbols: a code point becomes one byte. 0 is every character no rule speaks of, 1-128 the Thai block.
BLANK, NEWLINE, LAST_NEWLINE, END = 129, 130, 254, 255

# Traits of a symbol: the character classes of PyThaiNLP's patterns.
THAI, LATIN, DIGIT, SPACE, RETURN, LINE, POINT, CONSONANT = (1 << bit for bit in range(8))
_CLASSES = {
    THAI: r"[\u0E00-\u0E7F]",
    LATIN: r"[-a-zA-Z]",
    DIGIT: r"\d",
    SPACE: r"[ \t]",
    RETURN: r"\r",
    LINE: r"\n",
    POINT: r"[,.]",
    CONSONANT: r"[ก-ฮ]",
}


class UnknownRulesError(Exception):
    """The installed PyThaiNLP has rules that the compiled tokenizer does not know."""


def named_characters(words: Iterable[str]) -> list[str]:
    """Characters with a symbol of their own: the Thai block, and those that dictionary or rules name."""
    thai = [chr(code) for code in range(0x0E00, 0x0E80)]
    others = set().union(*words) - set(thai) | set("\t\r,.")
    named = [*thai, " ", "\n", *sorted(others - {" ", "\n"})]
    if len(named) > LAST_NEWLINE - 3:
        raise UnknownRulesError(f"the dictionary has {len(named)} different characters; the kernel knows 251")
    return named


def alphabet(named: list[str]) -> tuple[Bytes, Bytes]:
    """Code point → symbol, and symbol → traits."""
    symbol = np.zeros(0x110000, np.uint8)
    traits = np.zeros(256, np.uint8)
    digits = [char for char in map(chr, range(0x110000)) if char.isdecimal()]
    latin = [char for char in map(chr, range(128)) if re.fullmatch(_CLASSES[LATIN], char)]
    for number, alike in ((len(named) + 1, latin), (len(named) + 2, digits)):
        symbol[[ord(char) for char in alike]] = number
        traits[number] = _traits(alike[0])
    for number, char in enumerate(named, start=1):
        symbol[ord(char)] = number
        traits[number] = _traits(char)
    traits[LAST_NEWLINE] = traits[NEWLINE]
    return symbol, traits


def _traits(char: str) -> int:
    return sum(flag for flag, pattern in _CLASSES.items() if re.fullmatch(pattern, char))
