"""Lines of articles, and what a line says without how it is written."""

import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from dedup.charmap import ASTRAL, DROP, KEEP, ODD, CharMap, char_map, ranges_of, rewritten
from dedup.cleaning.classify import classify
from dedup.cleaning.distinctlines import Int64, UInt32, UInt64, find_lines, text_hashes
from dedup.flat import frozen

MAX_KEY_CHARS: Final = 400
"""Longer lines have no key: they are prose."""
MAX_LABELLED_CHARS: Final = 80
"""A longer line is not read as a label and what it labels (`ภูผาโพสต์ - เกษตร`, `ผู้เขียน : …`)."""

_NOT_LETTER: Final = r"[^\p{L}\p{N}\p{M}]|[ฯ\u{034F}\u{20E3}\u{FE00}-\u{FE0F}]"
_NOT_PLAIN: Final = r"[^\x00-\x40\x5B-\x7F\u{0E00}-\u{0E7F}]|[่-๋][ุ-ฺ]|[ุู]ฺ"
"""What NFC or lower case could change; most lines are spared the look (30 of 45 µs an article)."""
_BLANK: Final = "".join(
    chr(point)
    for first, last in (
        (0x09, 0x0D),
        (0x20, 0x20),
        (0x85, 0x85),
        (0xA0, 0xA0),
        (0xAD, 0xAD),
        (0x2000, 0x200F),
        (0x2028, 0x202F),
        (0x205F, 0x2069),
        (0x3000, 0x3000),
        (0xFEFF, 0xFEFF),
    )
    for point in range(first, last + 1)
)
"""White space and what has no width, as it stands around lines."""
_LABEL: Final = r"^([^0-9๐-๙|›»>•·:：]+?)\s*(?:[|›»>•·:：]|\s[–—/-]\s)\s*\S"
MAX_INTRODUCED_CHARS: Final = 230
"""A longer line is not read as an introduction and a headline (`อ่านด่วน ! …`)."""
_INTRODUCED: Final = r"^(?:[^0-9:：!|›»>–—]+[:：!|›»>–—]|[0-9๐-๙]+[.)])[\s>»›!:-]*(\S.*)$"
_TONES: Final = "่้๊๋"
_PLAIN: Final = "\0-\x7f\xa0\u0e00-\u0e7f\u2010-\u2027\u2022"
_FOLDS: Final = {
    **{f"ํ{tone}า": f"{tone}ำ" for tone in _TONES},
    **{f"{tone}ํา": f"{tone}ำ" for tone in _TONES},
    **{f"ํา{tone}": f"{tone}ำ" for tone in _TONES},
    **{f"ำ{tone}": f"{tone}ำ" for tone in _TONES},
    "ํา": "ำ",
    "เเ": "แ",
    **{chr(0x0E50 + digit): str(digit) for digit in range(10)},
}


def line_keys(texts: pl.Series) -> pl.Series:
    """What a line says, without how it is written: NFC, lower case, letters, marks and digits only.

    Thai digits become Arabic, the ways to write sara am and sara ae become one, `ฯ` goes. Digits stay: the gold
    prices of two days are two lines.

    >>> line_keys(pl.Series(["ข่าว ที่เกี่ยวข้อง >>", "นํ้ามัน ๓๕ บาท"])).to_list()
    ['ข่าวที่เกี่ยวข้อง', 'น้ำมัน35บาท']
    """
    plain = rewritten(texts, _plain_map())
    odd = np.flatnonzero(plain.is_odd)
    keys = plain.texts.scatter(odd, _slow_keys(texts.gather(odd)))
    return pl.select(pl.when(texts.is_not_null()).then(keys)).to_series() if texts.null_count() else keys


def _slow_keys(texts: pl.Series) -> pl.Series:
    if texts.is_empty():  # after repair few lines are odd
        return texts
    keys = texts.str.replace_all(_NOT_LETTER, "")
    odd = keys.str.contains(_NOT_PLAIN).fill_null(value=False).arg_true()
    keys = keys.clone().scatter(odd, keys.gather(odd).str.normalize("NFC").str.to_lowercase())
    return keys.str.replace_many(list(_FOLDS), list(_FOLDS.values()), leftmost=True)


@cache
def _plain_map() -> CharMap:
    """The same for ASCII, Thai and the common quotes, dashes and bullets: for nearly all that lines are made of."""
    known = [chr(point) for first, last in ranges_of(_PLAIN) for point in range(first, last + 1)]
    kept = pl.Series(known).str.replace_all(_NOT_LETTER, "").to_list()
    rules = [(one, KEEP if left else DROP) for one, left in zip(known, kept, strict=True)]
    lower = [(one, ord(one.lower())) for one in string.ascii_uppercase]
    digits = [(chr(0x0E50 + digit), ord("0") + digit) for digit in range(10)]
    odd_pairs = [("เ", "เ"), ("ํ", f"{_TONES}า"), ("ำํ", _TONES), (f"{_TONES}ุู", "ํุ-ฺ")]
    return char_map(("\0-\U00010000", ODD), *rules, *lower, *digits, odd_pairs=odd_pairs)


def line_hashes(sources: pl.Series, keys: pl.Series) -> pl.Series:
    """Stable 64-bit hash of (source, key); null for an empty or null key.

    Stored between nights, hence not `Expr.hash`, which may change with the Polars version.
    """
    hashes = salted_hashes(keys, text_hashes(sources))
    return pl.select(pl.when(pl.Series(hashes != 0)).then(pl.Series(hashes)).alias("line_hash")).to_series()


def salted_hashes(keys: pl.Series, salts: UInt64) -> UInt64:
    """The same of keys and the hashes of their sources; 0 for an empty or null key."""
    mixed = (text_hashes(keys) ^ (salts << np.uint64(1))) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(32)) * np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(32)
    mixed[(keys.str.len_bytes().fill_null(0) == 0).to_numpy()] = 0
    return mixed


def line_labels(texts: pl.Series) -> pl.Series:
    """The key of what a short line begins with before a sign of separation, and a tab; null where it has none.

    Pages of an outlet share the label where the rest differs. The tab tells labels from keys of whole lines.

    >>> line_labels(pl.Series(["ภูผาโพสต์ - เกษตร", "ผู้เขียน : บุญส่ง", "12 พ.ย. | 3 คน", "ฝนตกหนัก"])).to_list()
    ['ภูผาโพสต์\\t', 'ผู้เขียน\\t', None, None]
    """
    short = pl.when(texts.str.len_chars() <= MAX_LABELLED_CHARS).then(texts)
    keys = line_keys(pl.select(short.str.extract(_LABEL, 1)).to_series())
    return pl.select(pl.when(keys != "").then(keys + "\t")).to_series()


def introduced(texts: pl.Series) -> pl.Series:
    """The key of what a line says behind a number or a few words and a sign; null where it has none, or is too long.

    >>> introduced(pl.Series(["อ่านด่วน ! ฝนตกหนัก", "3. ฝนตกหนัก", "ฝนตกหนัก"])).to_list()
    ['ฝนตกหนัก', 'ฝนตกหนัก', None]
    """
    short = pl.when(texts.str.len_chars() <= MAX_INTRODUCED_CHARS).then(texts)
    return line_keys(pl.select(short.str.extract(_INTRODUCED, 1)).to_series())


@dataclass(frozen=True)
class LineTable:
    """The lines of some articles that are not blank.

    `articles`: row, n_lines; in the order in which the articles were given.
    `places`: one row a line, in the order of the articles and of their lines: line (0-based line of the text), blanks
    (blank lines so far, over all articles), which (the row of `kinds`).
    `kinds`: one row a different line of a source: source, text (stripped), chars, letters (letters, marks and digits),
    key (null above `MAX_KEY_CHARS`), line_hash, label_hash (of `line_labels`), rest_hash (of what is `introduced`; 0 is
    none in all three), pattern, zone, is_opener.
    """

    articles: pl.DataFrame
    places: pl.DataFrame
    kinds: pl.DataFrame

    @property
    def starts(self) -> Int64:
        """Of each article: where its lines start among `places`, and one more for the end."""
        return frozen(np.append(0, np.cumsum(self.articles["n_lines"].to_numpy(), dtype=np.int64)))

    @property
    def pages(self) -> Int64:
        """Of each line the place of its article."""
        return np.repeat(np.arange(self.articles.height), self.articles["n_lines"].to_numpy())

    @property
    def which(self) -> UInt32:
        """The same as in `places`."""
        return frozen(self.places["which"].to_numpy())

    def kind(self, name: str) -> npt.NDArray[Any]:
        """A column of `kinds` that has no nulls."""
        return frozen(self.kinds[name].to_numpy())


def line_table(articles: pl.DataFrame) -> LineTable:
    """Every line that is not blank, with its key and its pattern.

    `articles` has row (unique integer), source, text (String; null is none).
    """
    salts = text_hashes(articles["source"])
    lines, known = find_lines(articles["text"], salts, _plain_map(), _blanks(), most_key_chars=MAX_KEY_CHARS)
    is_short = known.chars <= MAX_KEY_CHARS
    slow = np.flatnonzero(known.is_odd & is_short)
    keys = known.keys.scatter(slow, _slow_keys(known.texts.gather(slow)))
    letters = known.kept.copy()
    letters[slow] = keys.gather(slow).str.len_chars().to_numpy()
    long = np.flatnonzero(known.has_odd & ~is_short)
    letters[long] = known.chars[long] - known.texts.gather(long).str.count_matches(_NOT_LETTER).to_numpy()
    salts_of = salts[known.first]

    def said(most_chars: int, what: Callable[[pl.Series], pl.Series]) -> UInt64:
        """Hashes of what lines of at most so many characters say."""
        hashes, places = np.zeros(len(keys), np.uint64), np.flatnonzero(known.chars <= most_chars)
        hashes[places] = salted_hashes(what(known.texts.gather(places)), salts_of[places])
        return hashes

    keys = keys.scatter(np.flatnonzero(~is_short), None)
    kinds = {
        "source": articles["source"].gather(known.first),
        "text": known.texts,
        "chars": known.chars,
        "letters": letters,
        "key": keys,
        "line_hash": salted_hashes(keys, salts_of),
        "label_hash": said(MAX_LABELLED_CHARS, line_labels),
        "rest_hash": said(MAX_INTRODUCED_CHARS, introduced),
    }
    return LineTable(
        articles=pl.DataFrame({"row": articles["row"], "n_lines": np.diff(lines.starts)}),
        places=pl.DataFrame({"line": lines.line, "blanks": lines.blanks, "which": lines.which}),
        kinds=pl.DataFrame(kinds).hstack(classify(keys, known.texts)),
    )


@cache
def _blanks() -> npt.NDArray[np.bool_]:
    """Of each character up to ASTRAL whether it is one of `_BLANK`."""
    blank = np.zeros(ASTRAL + 1, np.bool_)
    blank[[ord(one) for one in _BLANK]] = True
    return blank
