"""Thai words of a text, from a form of it that outlets do not change without meaning it.

The comparison text is never published. Words are PyThaiNLP's: by default newmm's exact words from the compiled kernel,
or those of any engine PyThaiNLP offers.
"""

import hashlib
import inspect
import itertools
import re
import string
import threading
import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from pythainlp.tokenize import newmm, tcc_p, word_tokenize
from pythainlp.util import trie

from dedup.charmap import BLANK, JOIN, KEEP, ODD, CharMap, char_map, ranges_of, rewritten
from dedup.errors import SettingsError
from dedup.flat import flat, frozen
from dedup.words import alphabet, automata, clusters, kept
from dedup.words import newmm as kernel
from dedup.words.alphabet import UnknownRulesError
from dedup.words.automata import Tables
from dedup.words.hashes import fnv
from dedup.words.newmm import build_tables, dictionary, segment

COMPILED = "newmm-compiled"
TEXT_VERSION = "1"
"""Raised with every change to `comparison_text`."""

LONGEST_RUN = 500
"""Characters without a blank that other engines get at once: they are quadratic or worse (nlpo3 needs 18 s for 20,000
characters of laughter). One news article in 1,400 has such a run."""

_lock = threading.Lock()


@dataclass(frozen=True)
class Tokens:
    """Words of texts, one text after another, as spans of a shared UTF-8 buffer."""

    buffer: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]  # first byte of each word
    ends: npt.NDArray[np.int64]  # byte after its last
    doc_offsets: npt.NDArray[np.int64]  # words of text i: doc_offsets[i] to doc_offsets[i + 1]

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """The hash of each word."""
        return fnv(self.buffer, self.starts, self.ends)

    def lists(self) -> list[list[str]]:
        """The words themselves."""
        raw = self.buffer.tobytes()
        words = [raw[start:end].decode() for start, end in zip(self.starts, self.ends, strict=True)]
        return [words[i:j] for i, j in zip(self.doc_offsets[:-1], self.doc_offsets[1:], strict=True)]


_INVISIBLE = r"[\p{Cf}\x{FE00}-\x{FE0F}]+"  # zero-width, soft hyphens, direction marks, variation selectors
_APART = r"[^\p{L}\p{M}\p{N}]+"  # never \W: the marks \p{M} are Thai vowels and tones
_SPELLINGS = {
    "เเ": "แ",
    "\u0e4d\u0e32": "\u0e33",  # nikhahit + aa is sara am
    **{f"\u0e4d{tone}\u0e32": f"{tone}\u0e33" for tone in "\u0e48\u0e49\u0e4a\u0e4b"},
    **{chr(0x0E50 + digit): str(digit) for digit in range(10)},
    **{letter: letter.lower() for letter in string.ascii_uppercase},
}
_PLAIN = "\0-\xac\xae-\xbf\u0e00-\u0e7f\u2010-\u2027"


def comparison_text(texts: pl.Series) -> pl.Series:
    """What two copies of a text have in common whatever their typography; null gives "".

    Invisible characters are dropped, letters are lower case and composed (NFC, never NFKC: that takes sara am apart),
    digits are 0-9, เเ is แ, and everything that is not a letter, a mark or a number is one blank, none at the ends and
    none before ๆ. Thai vowels and tones stay.
    """
    plain = rewritten(texts, _plain_map())
    odd = np.flatnonzero(plain.is_odd)  # one article in ten
    return plain.texts.scatter(odd, _slow_comparison_text(texts.gather(odd))) if len(odd) else plain.texts


def _slow_comparison_text(texts: pl.Series) -> pl.Series:
    visible = texts.str.replace_all(_INVISIBLE, "")
    return (
        visible.str.to_lowercase()
        .str.normalize("NFC")
        .str.replace_many(_SPELLINGS)
        .str.replace_all(_APART, " ")
        .str.replace_all(" ๆ", "ๆ", literal=True)
        .str.strip_chars(" ")
    )


@cache
def _plain_map() -> CharMap:
    """The same for characters that have neither case beyond ASCII nor parts, and stand in order."""
    known = [chr(point) for first, last in ranges_of(_PLAIN) for point in range(first, last + 1)]
    spelled = pl.Series(known).str.replace_many(_SPELLINGS).str.replace_all(_APART, " ").to_list()
    acts = [BLANK if new == " " else KEEP if new == old else ord(new) for old, new in zip(known, spelled, strict=True)]
    rules = [(one, JOIN if one == "ๆ" else act) for one, act in zip(known, acts, strict=True)]
    odd_pairs = [("เ", "เ"), ("\u0e4d", "\u0e32\u0e48-\u0e4b"), ("\u0e48-\u0e4b\u0e38\u0e39", "\u0e38-\u0e3a")]
    return char_map(("\0-\U00010000", ODD), *rules, odd_pairs=odd_pairs)


def tokenize(texts: pl.Series, *, engine: str) -> Tokens:
    """Words of comparison texts, without the blanks between them; a null has none.

    `newmm-compiled` gives the words of `word_tokenize(engine="newmm", join_broken_num=False, keep_whitespace=False)`.
    Any other name is a PyThaiNLP engine, a hundred times slower, given runs of at most `LONGEST_RUN` characters.
    Raises SettingsError for an engine that PyThaiNLP does not have, or whose package is not installed.
    """
    tables = _tables() if engine == COMPILED else None
    if tables is None:
        return _by_pythainlp(texts, "newmm" if engine == COMPILED else engine)
    buffer, offsets = flat(texts)
    return _by_kernel(buffer, offsets, tables)


def words(text: str) -> list[str]:
    """The words of one text as it stands, blanks kept, so that joined they are the text: for display."""
    tables = _tables()
    if tables is None:
        return [str(word) for word in word_tokenize(text, engine="newmm", join_broken_num=False)]
    return _words_by_kernel(text, tables)


def tokenizer_fingerprint(engine: str) -> str:
    """Names how words are made: engine, PyThaiNLP's version, its dictionary, and the form of the comparison text."""
    effective = "newmm" if engine == COMPILED and _tables() is None else engine
    return f"{effective}/pythainlp-{version('pythainlp')}/words-{_dictionary_hash()}/text-{TEXT_VERSION}"


def _words_by_kernel(text: str, tables: Tables) -> list[str]:
    buffer = np.frombuffer(text.encode("utf-8"), np.uint8)
    offsets = np.array([0, len(buffer)], np.int64)
    return _by_kernel(buffer, offsets, tables, keep_blanks=True).lists()[0]


def _by_kernel(
    buffer: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    tables: Tables,
    *,
    keep_blanks: bool = False,
) -> Tokens:
    n_bytes, n_most = int(offsets[-1] - offsets[0]), int(np.diff(offsets).max(initial=0))
    starts, ends = np.empty(n_bytes, np.int64), np.empty(n_bytes, np.int64)  # what no word needs is never touched
    doc_offsets = np.empty(len(offsets), np.int64)
    buffer = frozen(buffer)
    n_words = segment(buffer, frozen(offsets), tables, keep_blanks, n_most, starts, ends, doc_offsets)
    return Tokens(buffer, starts[:n_words], ends[:n_words], doc_offsets)


def _by_pythainlp(texts: pl.Series, engine: str) -> Tokens:
    """Words from `word_tokenize`, in a buffer of their own."""
    found = [_words_by_pythainlp(text, engine) for text in texts.fill_null("").to_list()]
    encoded = [word.encode("utf-8") for words_of_text in found for word in words_of_text]
    sizes = np.array([len(word) for word in encoded], np.int64)
    ends = np.cumsum(sizes)
    doc_offsets = np.cumsum([0, *map(len, found)], dtype=np.int64)
    return Tokens(np.frombuffer(b"".join(encoded), np.uint8), ends - sizes, ends, doc_offsets)


def _words_by_pythainlp(text: str, engine: str) -> list[str]:
    try:
        return [
            word
            for piece in _pieces(text)
            for word in word_tokenize(piece, engine=engine, join_broken_num=False, keep_whitespace=False)
            if not word.isspace()
        ]
    except (ImportError, ValueError) as error:
        raise SettingsError(f"match.engine = {engine!r}: PyThaiNLP cannot use it here: {error}") from error


def _pieces(text: str) -> list[str]:
    """The text, cut where more than `LONGEST_RUN` characters follow one another without a blank."""
    cuts = [
        run.start() + length
        for run in re.finditer("[^ ]+", text)
        for length in range(LONGEST_RUN, len(run[0]), LONGEST_RUN)
    ]
    return [text[start:end] for start, end in itertools.pairwise([0, *cuts, len(text)])]


def _tables() -> Tables | None:
    """The kernel's tables; None where PyThaiNLP's rules are no longer those of the kernel."""
    with _lock:
        return _load_tables()


@cache
def _load_tables() -> Tables | None:
    place = _place()
    arrays = kept.read(place, Tables._fields)
    tables = Tables(**arrays) if arrays else None
    if tables is None:
        try:
            tables = build_tables(dictionary())
            _check(tables)
        except UnknownRulesError as error:
            warnings.warn(
                f"the compiled tokenizer does not know the rules of PyThaiNLP {version('pythainlp')} ({error}); "
                f"its own newmm is used, which is about sixty times slower",
                RuntimeWarning,
                stacklevel=2,
            )
            return None
        kept.keep(place, tables._asdict())
    return tables


def _check(tables: Tables) -> None:
    """Compares the kernel with `word_tokenize` on a fixed text; raises UnknownRulesError where they differ.

    All triples of the kinds of characters that the rules tell apart, one dictionary word in forty, first with and then
    without blanks between, a stretch too ambiguous for newmm, and a cluster that depends on the end of the text.
    """
    kinds = ["ก", "อ", "เ", "ิ", "ุ", "์", "่", "า", "ๆ", "๑", "a", "-", "1", ",", " ", "\t", "\r", "\n", "é"]
    some = dictionary()[::40]
    trial = "".join(map("".join, itertools.product(kinds, repeat=3))) + " ".join(some) + "".join(some)
    trial += "กรรมการ" * 20 + " เสีย"
    for text in (trial, f"{trial}\n"):
        found = _words_by_kernel(text, tables)
        wanted = word_tokenize(text, engine="newmm", join_broken_num=False)
        if found != wanted:
            pairs = enumerate(zip(found, wanted, strict=False))
            first = next((i for i, (ours, theirs) in pairs if ours != theirs), min(len(found), len(wanted)))
            raise UnknownRulesError(f"{found[first : first + 3]} instead of {wanted[first : first + 3]}")


def _place() -> Path | None:
    """Where checked tables are kept: by dictionary, PyThaiNLP and kernel."""
    try:
        sources = [inspect.getsource(module) for module in (newmm, tcc_p, trie, alphabet, clusters, automata, kernel)]
    except OSError:  # no source files
        return None
    return kept.place("newmm", [version("pythainlp"), _dictionary_hash(), *sources])


@cache
def _dictionary_hash() -> str:
    return hashlib.sha256("\n".join(dictionary()).encode()).hexdigest()[:16]
