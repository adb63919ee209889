"""Text repair: what encoders, fonts, editors and scrapers did to Thai text is undone; what was written stays.

Each repair has a trigger, a linear regex that finds the rows it concerns, and all triggers together are the
gate that clean rows pass in one scan. The order matters: runs are bounded before anything meets them, entities
may spell mojibake, mojibake may hold what looks invisible (ญ is a soft hyphen in Latin-1), and blanks must be
one before marks are joined to their consonants across them.

Not done, because it destroys text: NFKC (splits ำ), ftfy (loses cp874), `pythainlp.util.normalize` on whole
documents (removes paragraphs, and of two different tone marks drops the first, more often the right one).
Thai digits, ๆ, quotes and the long vowels of speech (`ค่าาา`) are the author's and stay.
"""

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Final

import polars as pl

from dedup.cleaning.mojibake import MOJIBAKE, damage_share, repair_mojibake


class Repair(StrEnum):
    """What was done to a text."""

    RUNS = "runs"
    ENTITIES = "entities"
    MOJIBAKE = "mojibake"
    PRIVATE_USE = "private-use"
    COMPOSED = "composed"
    INVISIBLES = "invisibles"
    SPACES = "spaces"
    THAI_ORDER = "thai-order"
    DOUBLED_MARKS = "doubled-marks"
    TAGS = "tags"
    RESIDUE = "residue"


@dataclass(frozen=True)
class _Step:
    """One repair: the rows it concerns (a Rust regex) and what it does to them."""

    repair: Repair
    trigger: str
    fix: Callable[[pl.Series], pl.Series]


_MAX_ROUNDS: Final = 8  # one repair can lay another bare (`&amp;lt;`); real text is stable after two rounds
_LONGEST_RUN: Final = 64  # equal characters, digits or vowels in a row; only rules of dashes come near it
_LONGEST_MARK_RUN: Final = 4  # marks on one consonant: two in Thai, three in Pali


def repair(texts: pl.Series, *, keep_lines: bool = True) -> pl.DataFrame:
    """Repair every text by itself; well-formed Thai comes back unchanged, and so does a repaired text.

    Blank lines stay, they mark paragraphs; `keep_lines=False` (titles) turns newlines into blanks.

    Returns a frame as tall as `texts`:
        text          String, null where it was null
        repairs       List(String), sorted values of `Repair`, empty where nothing was done
        damage_share  Float64 in [0, 1]: U+FFFD and mojibake left, as a share of the non-blank characters
    """
    steps, gate = _PLANS[keep_lines]
    texts = texts.cast(pl.String)
    flagged = texts.str.contains(gate).fill_null(value=False).arg_true()
    settled, done = _settle(texts.gather(flagged), steps, gate)
    shares = pl.zeros(len(texts), dtype=pl.Float64, eager=True).scatter(flagged, damage_share(settled))
    kinds = pl.zeros(len(texts), dtype=pl.UInt32, eager=True).scatter(flagged, done)
    repaired = texts.clone().scatter(flagged, settled)
    return pl.DataFrame({"text": repaired, "repairs": _names(kinds), "damage_share": shares})


def _settle(texts: pl.Series, steps: list[_Step], gate: str) -> tuple[pl.Series, pl.Series]:
    """Texts repaired until nothing changes, and one bit for each kind of repair done (`_BITS`).

    Text that still changes after `_MAX_ROUNDS` was built to (tags in tags in tags): it loses the characters
    that markup is made of, and then it settles.
    """
    texts, done = texts.clone(), pl.zeros(len(texts), dtype=pl.UInt32, eager=True)
    active = pl.arange(0, len(texts), eager=True)
    for turn in range(2 * _MAX_ROUNDS):
        if active.is_empty():
            break
        before = texts.gather(active)
        source = before.str.replace_all(r"[&<>\[\]]", " ") if turn == _MAX_ROUNDS else before
        after, kinds = _round(source, steps)
        texts, done = texts.scatter(active, after), done.scatter(active, done.gather(active) | kinds)
        active = active.filter((after != before) & after.str.contains(gate))
    return texts, done


def _round(texts: pl.Series, steps: list[_Step]) -> tuple[pl.Series, pl.Series]:
    """Every step once, in order, each on the rows its trigger finds; and the bits of what changed a row."""
    texts, done = texts.clone(), pl.zeros(len(texts), dtype=pl.UInt32, eager=True)
    for step in steps:
        rows = texts.str.contains(step.trigger).arg_true()
        if rows.is_empty():
            continue
        before = texts.gather(rows)
        after = step.fix(before)
        bit = (after != before).cast(pl.UInt32) * _BITS[step.repair]
        texts, done = texts.scatter(rows, after), done.scatter(rows, done.gather(rows) | bit)
    return texts, done


_BITS: Final = {name: 1 << position for position, name in enumerate(sorted(Repair))}


def _names(kinds: pl.Series) -> pl.Series:
    """Bits as sorted lists of names."""
    flags = [pl.when(kinds & bit != 0).then(pl.lit(str(name))) for name, bit in _BITS.items()]
    lists = pl.concat_list(flags).list.drop_nulls()
    return kinds.to_frame("kinds").select(lists.alias("repairs"))["repairs"]


def _replace(rules: Iterable[tuple[str, str]]) -> Callable[[pl.Series], pl.Series]:
    """A fix that replaces Rust regexes, one after the other."""
    return lambda texts: reduce(lambda text, rule: text.str.replace_all(*rule), rules, texts)


def _python(fix: Callable[[str], str]) -> Callable[[pl.Series], pl.Series]:
    """A fix of one text as a fix of a series; for repairs so rare that a Python call a row is cheap."""
    return lambda texts: pl.Series(texts.name, [fix(text) for text in texts], dtype=pl.String)


# --- runs: nothing after this step meets a long one

_MARKS: Final = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"  # signs above and below a Thai consonant
_STACKED: Final = f"{_MARKS}ำ\u0300-\u036f"
_DIGITS: Final = "0-9๐-๙"
_VOWELS: Final = "ะาำๅเ-ไ"
_SAME_KIND: Final = ("ก-ฮ", _VOWELS, _DIGITS, "A-Za-z", "!-/:-@\\[-`{-~", r"^\x00-\x7f\x{e00}-\x{e7f}")
_EQUAL = re.compile(rf"(.)\1{{{_LONGEST_RUN},}}", re.DOTALL)


def _bound_runs(texts: pl.Series) -> pl.Series:
    for kind, longest in ((_STACKED, _LONGEST_MARK_RUN), (_DIGITS, _LONGEST_RUN), (_VOWELS, _LONGEST_RUN)):
        texts = texts.str.replace_all(f"([{kind}]{{{longest}}})[{kind}]+", "${1}")
    return _python(lambda text: _EQUAL.sub(lambda run: run[1] * _LONGEST_RUN, text))(texts)


# --- entities, also doubled (`&amp;ldquo;`) and, for the commonest, without the semicolon

_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,4}38|#[xX]0{0,4}26);)+")
_ENTITY = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
    r"|&(?:nbsp|amp|quot|lt|gt|[lr][ds]quo)(?![A-Za-z0-9;=])"
)


def _unescape(text: str) -> str:
    # html.unescape alone would turn `Q&notice` into `Q¬ice`: it takes prefixes without a semicolon.
    return _ENTITY.sub(lambda entity: html.unescape(entity[0].rstrip(";") + ";"), _AMPERSANDS.sub("&", text))


# --- private-use glyphs: HarfBuzz, hb-ot-shaper-thai.cc (Windows F700–F71A, Macintosh F884–F89E),
# --- and the four list signs of Symbol and Wingdings that word processors leave behind

_TONES: Final = "\u0e48\u0e49\u0e4a\u0e4b\u0e4c"
_UPPER: Final = "\u0e34\u0e35\u0e36\u0e37"
_LOWER: Final = "\u0e38\u0e39\u0e3a"
_WINDOWS: Final = f"\u0e10{_UPPER}{_TONES}{_TONES}\u0e0d\u0e31\u0e4d\u0e47{_TONES}{_LOWER}"
_MACINTOSH: Final = f"\u0e31{_UPPER}\u0e47{''.join(3 * tone for tone in _TONES)}\u0e4d\u0e0d{_LOWER}\u0e10"
_GLYPHS: Final = {
    **{chr(0xF700 + place): sign for place, sign in enumerate(_WINDOWS)},
    **{chr(0xF884 + place): sign for place, sign in enumerate(_MACINTOSH)},
    "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓",
}  # fmt: skip


# --- invisibles and blanks

_CONTROLS: Final = (
    r"\x00-\x08\x0e-\x1f\x7f-\x{9f}\x{ad}\x{34f}\x{61c}\x{180e}\x{200b}\x{200c}\x{200e}\x{200f}"
    r"\x{202a}-\x{202e}\x{2060}-\x{206f}\x{feff}\x{fff9}-\x{fffb}"
)
_EMOJI: Final = r"\x{2190}-\x{2bff}\x{fe0f}\x{1f000}-\x{1faff}"
_BLANKS: Final = r"\t\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}"
_BREAKS: Final = r"\r\x0b\x0c\x{2028}\x{2029}"


_INVISIBLE: Final = (
    (f"[{_CONTROLS}]+", ""),
    # A zero-width joiner is kept between emoji: without it a family falls apart.
    (rf"(^|[^{_EMOJI}\x{{200d}}])\x{{200d}}+", "${1}"),
    (rf"\x{{200d}}+([^{_EMOJI}\x{{200d}}]|$)", "${1}"),
)
_SQUEEZED: Final = (
    (rf"\r\n|[{_BREAKS}]", "\n"),
    (f"[ {_BLANKS}]+", " "),
    (" ?\n ?", "\n"),
    ("\n{3,}", "\n\n"),
    ("^[ \n]+|[ \n]+$", ""),
)
_ON_ONE_LINE: Final = ((rf"[ \n{_BREAKS}{_BLANKS}]+", " "), ("^ | $", ""))


# --- Thai order and doubled marks
#
# A mark at the head of a line, or after anything but a consonant, is left: its consonant is lost, and dropping
# the mark would only hide that. Two different tone marks on one consonant are left: either may be the right one.

_ORDER: Final = (
    ("เเ", "แ"),
    *[("([\u0e48-\u0e4c]+)([\u0e31\u0e34-\u0e3a\u0e47\u0e4d]+)", "${2}${1}")] * 3,  # four marks sort in three turns
    ("([\u0e38\u0e39]+)(\u0e3a+)", "${2}${1}"),  # as NFC has them
    ("\u0e4d([\u0e48-\u0e4b]*)\u0e32", "${1}\u0e33"),  # nikhahit + aa is sara am
    ("\u0e33([\u0e48-\u0e4b]+)", "${1}\u0e33"),
)
# The lookahead is optional so that a chain is read once: as a condition it costs n² steps.
_TORN = re.compile(rf"(?<=[ก-ฮ\u0e31\u0e34-\u0e39])(?: [{_MARKS}ำ]+)+(?=([ก-ะาเ-ๆ])?)")
_DOUBLES: Final = f"\u0e31{_UPPER}{_LOWER}\u0e47{_TONES}\u0e4d\u0e4e\u0e33แโใไ"
_DOUBLED = re.compile(rf"([{_DOUBLES}])\1+")
_merge_doubles = _python(lambda text: _DOUBLED.sub(r"\1", text))


def _order(texts: pl.Series) -> pl.Series:
    return _python(lambda text: _TORN.sub(_join, text))(_replace(_ORDER)(texts))


def _join(torn: re.Match[str]) -> str:
    """Marks back on their consonant if a letter follows; a list of marks (`่ ้ ๊`) is meant as one."""
    return torn[0].replace(" ", "") if torn[1] else torn[0]


# --- markup: only names that HTML knows, so that `<3`, `a < b` and `<FOR MY DEAR>` stay

_PARAGRAPH: Final = (
    "p|div|ul|ol|dl|table|thead|tbody|section|article|header|footer|aside|nav|main|center|blockquote|figure"
    "|figcaption|h[1-6]|hr|pre|form|address|html|head|body|title"
)
_LINE: Final = "br|li|tr|td|th|dt|dd|option"
_INLINE: Final = (
    "a|abbr|b|big|cite|code|del|em|font|i|img|ins|kbd|label|mark|q|s|small|span|strike|strong|sub|sup|tt|u|wbr"
    "|o:p|button|input|select|iframe|embed|object|param|audio|video|source|picture|svg|path|script|style"
    "|noscript|meta|link|base|amp-[a-z]{1,20}"
)
_REST_OF_TAG: Final = r"(?:\s[^<>]*=[^<>]*|\s+(?:async|defer|hidden|disabled|controls))?\s*/?>"
_MARKUP: Final = (
    (r"(?is)<script(?:\s[^<>]*)?>.*?</script\s*>|<style(?:\s[^<>]*)?>.*?</style\s*>|<!--.*?-->", ""),
    (r"(?i)<!doctype [^<>]*>|<\?xml [^<>]*>|<!\[CDATA\[", ""),
    (rf"(?i)</?(?:{_PARAGRAPH}){_REST_OF_TAG}|<(?:{_LINE}){_REST_OF_TAG}|</br\s*>", "\n"),
    (rf"(?i)</?(?:{_LINE}|{_INLINE}){_REST_OF_TAG}", ""),
)
_SCRAPED: Final = (
    (r"(?:^|[ \n])(?:/ ?(?:p|div|br|span|strong)(?:[ \n]|$))+", "\n"),  # tags that lost their brackets
    (r"(?i)nbsp;", " "),
    (r"\[/?(?:caption|gallery|embed|playlist|vc_[a-z_]+)(?:\s[^\[\]]*)?\]", ""),  # WordPress shortcodes
)


def _plan(*, keep_lines: bool) -> tuple[list[_Step], str]:
    """The steps in order, and the gate: a regex that finds every row which any step concerns."""
    ragged = f"[{_BREAKS}{_BLANKS}]|  |^[ \n]|[ \n]$" + ("| \n|\n |\n\n\n" if keep_lines else "|\n")
    runs = [f"[{_STACKED}]{{{_LONGEST_MARK_RUN + 1}}}", *(f"[{kind}]{{{_LONGEST_RUN + 1}}}" for kind in _SAME_KIND)]
    steps = [
        _Step(Repair.RUNS, "|".join(runs), _bound_runs),
        _Step(Repair.ENTITIES, "&[#A-Za-z]", _python(_unescape)),
        _Step(Repair.MOJIBAKE, MOJIBAKE, _python(repair_mojibake)),
        _Step(Repair.PRIVATE_USE, f"[{''.join(_GLYPHS)}]", lambda texts: texts.str.replace_many(_GLYPHS)),
        _Step(Repair.COMPOSED, "[\u0300-\u036f]", lambda texts: texts.str.normalize("NFC")),
        _Step(Repair.INVISIBLES, rf"[{_CONTROLS}\x{{200d}}]", _replace(_INVISIBLE)),
        _Step(Repair.SPACES, ragged, _replace(_SQUEEZED if keep_lines else _ON_ONE_LINE)),
        _Step(Repair.THAI_ORDER, "|".join([*(pattern for pattern, _ in _ORDER), f" [{_MARKS}ำ]"]), _order),
        _Step(Repair.DOUBLED_MARKS, "|".join(2 * mark for mark in _DOUBLES), _merge_doubles),
        _Step(Repair.TAGS, r"<[!/?]?[A-Za-z\[-]", _replace(_MARKUP)),
        _Step(Repair.RESIDUE, "|".join(pattern for pattern, _ in _SCRAPED), _replace(_SCRAPED)),
    ]
    return steps, "|".join(f"(?:{step.trigger})" for step in steps)


_PLANS: Final = {keep_lines: _plan(keep_lines=keep_lines) for keep_lines in (True, False)}
