"""What differs between two texts, in whole words: for people who compare them side by side."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

from dedup.words.tokens import words

SHOWN_CHARS = 20_000
"""Of a longer text only the beginning is compared and shown: about ten pages of print."""
MOST_COMPARISONS = 2_000_000
"""Places where two texts have the same word, each counted against each: about a second. Two news texts of 1,000 words
have 20,000; only a text that repeats one word for pages comes here, and is compared by lines."""

_LEADING = frozenset("เแโใไ")
_TRAILING = frozenset("ะาำๅ")  # vowels that stand behind their consonant; the marks are category Mn


class Unit(StrEnum):
    """What was compared."""

    WORDS = "words"
    LINES = "lines"
    NOTHING = "nothing"  # too much alike with itself to be compared


class Piece(NamedTuple):
    """A stretch of a text; changed ones are not in the other text at this place."""

    text: str
    is_changed: bool


class Difference(NamedTuple):
    """Two texts in pieces: joined, the pieces are the texts, or their beginnings."""

    left: list[Piece]
    right: list[Piece]
    unit: Unit
    is_cut: bool


def differences(left: str, right: str) -> Difference:
    """Both texts, with what the other lacks marked. No mark begins or ends within a Thai letter cluster."""
    both = _clusters(left), _clusters(right)
    is_cut = max(len(left), len(right)) > SHOWN_CHARS
    for unit, (a, b) in ((Unit.WORDS, both), (Unit.LINES, (_lines(both[0]), _lines(both[1])))):
        if _comparisons(a, b) <= MOST_COMPARISONS:
            matcher = SequenceMatcher(str.isspace, a, b, autojunk=False)
            pieces = [(tag != "equal", a[i:j], b[k:m]) for tag, i, j, k, m in matcher.get_opcodes()]
            return Difference(
                _merged((is_changed, part) for is_changed, part, _ in pieces),
                _merged((is_changed, part) for is_changed, _, part in pieces),
                unit,
                is_cut,
            )
    return Difference(_merged([(False, both[0])]), _merged([(False, both[1])]), Unit.NOTHING, is_cut)


def _clusters(text: str) -> list[str]:
    """The words of a text's beginning; one that would tear a letter cluster is put together with its neighbour."""
    glued: list[str] = []
    for word in words(text[:SHOWN_CHARS]) if text else []:
        if glued and (glued[-1][-1] in _LEADING or word[0] in _TRAILING or unicodedata.category(word[0]) == "Mn"):
            glued[-1] += word
        else:
            glued.append(word)
    return glued[:-1] if len(text) > SHOWN_CHARS and len(glued) > 1 else glued  # the cut may tear the last one


def _lines(parts: list[str]) -> list[str]:
    return "".join(parts).splitlines(keepends=True)


def _comparisons(left: list[str], right: list[str]) -> int:
    """How many pairs of places the two share; blanks are never sought."""
    other = Counter(right)
    return sum(count * other[part] for part, count in Counter(left).items() if not part.isspace())


def _merged(parts: Iterable[tuple[bool, list[str]]]) -> list[Piece]:
    """Neighbours of one kind as one piece; nothing is empty."""
    pieces: list[Piece] = []
    for is_changed, part in parts:
        text = "".join(part)
        if text and pieces and pieces[-1].is_changed == is_changed:
            pieces[-1] = Piece(pieces[-1].text + text, is_changed)
        elif text:
            pieces.append(Piece(text, is_changed))
    return pieces
