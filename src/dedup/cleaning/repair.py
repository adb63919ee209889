"""Text repair: what encoders, fonts, editors and scrapers did to Thai text is undone; what was written stays.

Nearly every text is tidied, and few need more: each other repair has a trigger, and all of them are looked for in the
same pass. The order matters: runs are bounded before anything meets them, entities may spell mojibake, mojibake may
hold what looks invisible (ญ is a soft hyphen in Latin-1), and blanks must be one before marks are joined to their
consonants across them.

Not done, because it destroys text: NFKC (splits ำ), ftfy (loses cp874), `pythainlp.util.normalize` on whole
documents (removes paragraphs, and of two different tone marks drops the first, more often the right one).
Thai digits, ๆ, quotes and the long vowels of speech (`ค่าาา`) are the author's and stay.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache, reduce
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from dedup.charmap import BLANK, BREAK, DROP, char_map
from dedup.cleaning.mojibake import C1, MOJIBAKE, TAIL_1252, damage_share, repair_mojibake
from dedup.cleaning.signorder import DISORDERED
from dedup.cleaning.tidy import Tidied, Tidying, tidied, tidying_of
from dedup.cleaning.triggers import START, Trigger, compiled, triggered

UInt32 = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]


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


Fix = Callable[[pl.Series], tuple[pl.Series, UInt32]]
"""Texts → what becomes of them, and what was done to each (`_BITS`); 0 where it is as it was."""


@dataclass(frozen=True)
class _Step:
    """A repair: what it needs to see in a text, and what it does to those that have it.

    `proof` is a Rust regex for a fix that would change texts without it too, or takes long to find nothing.
    """

    trigger: Trigger
    fix: Fix
    proof: str | None = None


@dataclass(frozen=True)
class _Plan:
    """The steps before and after texts are tidied, each with the bit of its trigger."""

    first: dict[np.uint32, _Step]
    last: dict[np.uint32, _Step]
    tidying: Tidying
    damage: np.uint32  # bit of mojibake

    @cached_property
    def early(self) -> np.uint32:
        """The bits of the first steps."""
        return np.uint32(sum(self.first))

    @property
    def again(self) -> np.uint32:
        """The bits of what another round may change: the last steps have seen what they leave."""
        return self.early | self.tidying.order | _UNTIDY

    def seen(self, texts: pl.Series) -> UInt32:
        """The triggers that texts set off."""
        return triggered(texts, self.tidying.triggers)


_MAX_ROUNDS: Final = 8  # one repair can lay another bare (`&amp;lt;`); real text is stable after two rounds
_LONGEST_RUN: Final = 64  # equal characters, digits or vowels in a row; only rules of dashes come near it
_LONGEST_MARK_RUN: Final = 4  # marks on one consonant: two in Thai, three in Pali


def repair(texts: pl.Series, *, keep_lines: bool | Bools = True) -> pl.DataFrame:
    """Repair every text by itself; well-formed Thai comes back unchanged, and so does a repaired text.

    Blank lines stay, they mark paragraphs; where `keep_lines` is false (titles) newlines become blanks. It may be said
    for each text: to repair titles and texts in one go costs half as much for few of them.

    Returns a frame as tall as `texts`:
        text          String, null where it was null
        repairs       List(String), sorted values of `Repair`, empty where nothing was done
        damage_share  Float64 in [0, 1]: U+FFFD and mojibake left, as a share of the non-blank characters
    """
    texts, plan = texts.cast(pl.String), _plan()
    keeps = np.broadcast_to(np.asarray(keep_lines, np.bool_), len(texts)).copy()
    tidy = tidied(texts, keeps, plan.tidying)
    repaired, kinds, shares = tidy.texts, _kinds(tidy), np.zeros(len(texts))
    if texts.null_count():
        repaired = repaired.set(texts.is_null(), None)
    rows = np.flatnonzero(tidy.came & plan.early | tidy.left)
    if len(rows):
        settled, seen, kinds[rows] = _settle(texts[rows], keeps[rows], plan)
        repaired = repaired.scatter(rows, settled)
        doubtful = np.flatnonzero(seen & plan.damage)
        if len(doubtful):
            shares[rows[doubtful]] = damage_share(settled[doubtful]).to_numpy()
    return pl.DataFrame({"text": repaired, "repairs": _names(kinds), "damage_share": shares})


def _settle(texts: pl.Series, keeps: Bools, plan: _Plan) -> tuple[pl.Series, UInt32, UInt32]:
    """Texts repaired until nothing changes, the triggers they still set off, and one bit for each kind of repair done.

    Text that still changes after `_MAX_ROUNDS` was built to (tags in tags in tags): it loses the characters
    that markup is made of, and then it settles.
    """
    texts, seen, done = texts.clone(), np.zeros(len(texts), np.uint32), np.zeros(len(texts), np.uint32)
    active = np.arange(len(texts))
    for turn in range(2 * _MAX_ROUNDS):
        if not len(active):
            break
        before = texts[active]
        source = before.str.replace_all(r"[&<>\[\]]", " ") if turn == _MAX_ROUNDS else before
        after, seen[active], kinds = _round(source, keeps[active], plan)
        texts = texts.scatter(active, after)
        done[active] |= kinds
        active = active[(after != before).to_numpy() & (seen[active] & plan.again > 0)]
    return texts, seen, done


def _round(texts: pl.Series, keeps: Bools, plan: _Plan) -> tuple[pl.Series, UInt32, UInt32]:
    """Every step once, in order, each on the texts that trigger it by then; what they trigger after, and the kinds."""
    early, _, done = _stepped(texts, plan.seen(texts), plan.first, plan)
    tidy = tidied(early, keeps, plan.tidying)
    late, seen, then = _stepped(tidy.texts, tidy.left, plan.last, plan)
    return late, seen, done | _kinds(tidy) | then


def _stepped(
    texts: pl.Series, seen: UInt32, steps: dict[np.uint32, _Step], plan: _Plan
) -> tuple[pl.Series, UInt32, UInt32]:
    """Some steps; what texts trigger after, `_UNTIDY` among it where a step changed them, and the kinds."""
    texts, seen, done = texts.clone(), seen.copy(), np.zeros(len(texts), np.uint32)
    for bit, step in steps.items():
        rows = np.flatnonzero(seen & bit)
        if step.proof and len(rows):
            rows = rows[texts[rows].str.contains(step.proof).to_numpy()]
        if not len(rows):
            continue
        after, kinds = step.fix(texts[rows])
        changed = rows[kinds > 0]
        if len(changed) < len(rows):
            after = after.filter(pl.Series(kinds > 0))
        texts = texts.scatter(changed, after)
        seen[changed] = plan.seen(after) | _UNTIDY
        done[rows] |= kinds
    return texts, seen, done


_UNTIDY: Final = np.uint32(1 << 31)
"""Among triggers: a text is to be tidied again; what that takes no trigger says."""

_BITS: Final = {name: np.uint32(1 << position) for position, name in enumerate(sorted(Repair))}


def _names(kinds: UInt32) -> pl.Series:
    """Bits of `_BITS` as sorted lists of names."""
    distinct, which = np.unique(kinds, return_inverse=True)
    lists = [[str(name) for name, bit in _BITS.items() if kind & bit] for kind in distinct]
    return pl.Series("repairs", lists, dtype=pl.List(pl.String)).gather(which)


def _fix(repair: Repair, change: Callable[[pl.Series], pl.Series]) -> Fix:
    """A fix that does one thing, or leaves a text as it is."""

    def fix(texts: pl.Series) -> tuple[pl.Series, UInt32]:
        changed = change(texts)
        return changed, (changed != texts).to_numpy() * _BITS[repair]

    return fix


def _replace(repair: Repair, *rules: tuple[str, str]) -> Fix:
    """A fix that replaces Rust regexes, one after the other."""
    return _fix(repair, lambda texts: reduce(lambda text, rule: text.str.replace_all(*rule), rules, texts))


def _python(repair: Repair, change: Callable[[str], str]) -> Fix:
    """A fix of one text as a fix of a series; for repairs so rare that a Python call a row is cheap."""
    return _fix(repair, lambda texts: pl.Series(texts.name, [change(text) for text in texts], dtype=pl.String))


def _kinds(tidy: Tidied) -> UInt32:
    done = tidy.is_dropped * _BITS[Repair.INVISIBLES] | tidy.is_squeezed * _BITS[Repair.SPACES]
    return done | tidy.is_ordered * _BITS[Repair.THAI_ORDER]


# --- runs: nothing after this step meets a long one

_MARKS: Final = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"  # signs above and below a Thai consonant
_STACKED: Final = f"{_MARKS}ำ\u0300-\u036f"
_DIGITS: Final = "0-9๐-๙"
_VOWELS: Final = "ะาำๅเ-ไ"
_FOREIGN: Final = "\x80-\u0dff\u0e80-\U00010000"
_SAME_KIND: Final = ("ก-ฮ", _VOWELS, _DIGITS, "A-Za-z", "!-/:-@[-`{-~", _FOREIGN)
_EQUAL = re.compile(rf"(.)\1{{{_LONGEST_RUN},}}", re.DOTALL)


def _bound_runs(texts: pl.Series) -> pl.Series:
    for kind, longest in ((_STACKED, _LONGEST_MARK_RUN), (_DIGITS, _LONGEST_RUN), (_VOWELS, _LONGEST_RUN)):
        texts = texts.str.replace_all(f"([{kind}]{{{longest}}})[{kind}]+", "${1}")
    equal = [_EQUAL.sub(lambda run: run[1] * _LONGEST_RUN, text) for text in texts]
    return pl.Series(texts.name, equal, dtype=pl.String)


# --- entities, also doubled (`&amp;ldquo;`) and, for the commonest, without the semicolon

_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,4}38|#[xX]0{0,4}26);)+")
_ENTITY = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
    r"|&(?:nbsp|amp|quot|lt|gt|[lr][ds]quo)(?![A-Za-z0-9;=])"
)


def _unescape(text: str) -> str:
    return _ENTITY.sub(lambda entity: _character(entity[0]), _AMPERSANDS.sub("&", text))


@lru_cache(maxsize=10_000)
def _character(entity: str) -> str:
    # html.unescape alone would turn `Q&notice` into `Q¬ice`: it takes prefixes without a semicolon.
    return html.unescape(entity.rstrip(";") + ";")


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
    "\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_EMOJI: Final = r"\x{2190}-\x{2bff}\x{fe0f}\x{1f000}-\x{1faff}"
_BLANKS: Final = "\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BREAKS: Final = "\r\x0b\x0c\u2028\u2029"

_LINES_KEPT: Final = char_map((_CONTROLS, DROP), (f" {_BLANKS}", BLANK), (f"\n{_BREAKS}", BREAK))
_ON_ONE_LINE: Final = char_map((_CONTROLS, DROP), (f" \n{_BLANKS}{_BREAKS}", BLANK))
_JOINERS: Final = (  # kept between emoji: without them a family falls apart
    (f"[{_CONTROLS}]+", ""),
    (rf"(^|[^{_EMOJI}\x{{200d}}])\x{{200d}}+", "${1}"),
    (rf"\x{{200d}}+([^{_EMOJI}\x{{200d}}]|$)", "${1}"),
)


# --- Thai order (most of it: `signorder`) and doubled marks
#
# A mark at the head of a line, or after anything but a consonant, is left: its consonant is lost, and dropping
# the mark would only hide that. Two different tone marks on one consonant are left: either may be the right one.

# The lookahead is optional so that a chain is read once: as a condition it costs n² steps.
_TORN = re.compile(rf"(?<=[ก-ฮ\u0e31\u0e34-\u0e39])(?: [{_MARKS}ำ]+)+(?=([ก-ะาเ-ๆ])?)")
_DOUBLES: Final = f"\u0e31{_UPPER}{_LOWER}\u0e47{_TONES}\u0e4d\u0e4e\u0e33แโใไ"
_DOUBLED = re.compile(rf"([{_DOUBLES}])\1+")


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
_PERHAPS_SCRAPED: Final = (
    r"(?:^|[ \n])/ ?(?:p|div|br|span|strong)(?:[ \n]|$)|(?i:nbsp;)|\[/?(?:caption|gallery|embed|playlist|vc_)"
)


@cache
def _plan() -> _Plan:
    runs = [(_STACKED, _LONGEST_MARK_RUN + 1), *((kind, _LONGEST_RUN + 1) for kind in _SAME_KIND)]
    fragments = [("à", "¸¹"), ("â", "€\u0080"), ("ÂÃ", TAIL_1252), ("¡-û", "\u00ad"), ("\u00ad", "¡-û")]
    damage = Trigger(f"{C1}\ufffd", fragments, [("¡-û", 3)], ("เ", "ธน"))
    residue = Trigger(pairs=[(f"{START} \n", "/"), ("Pp", ";"), ("[", "/cegpv")])
    mojibake = _Step(damage, _python(Repair.MOJIBAKE, repair_mojibake), proof=MOJIBAKE)
    first = [
        _Step(Trigger(runs=runs), _fix(Repair.RUNS, _bound_runs)),
        _Step(Trigger(pairs=[("&", "#A-Za-z")]), _python(Repair.ENTITIES, _unescape)),
        mojibake,
        _Step(Trigger("".join(_GLYPHS)), _fix(Repair.PRIVATE_USE, lambda texts: texts.str.replace_many(_GLYPHS))),
        _Step(Trigger("\u0300-\u036f"), _fix(Repair.COMPOSED, lambda texts: texts.str.normalize("NFC"))),
        _Step(Trigger("\u200d"), _replace(Repair.INVISIBLES, *_JOINERS)),
    ]
    last = [
        _Step(Trigger(pairs=[(" ", f"{_MARKS}ำ")]), _python(Repair.THAI_ORDER, lambda text: _TORN.sub(_join, text))),
        _Step(
            Trigger(pairs=[(mark, mark) for mark in _DOUBLES]),
            _python(Repair.DOUBLED_MARKS, lambda text: _DOUBLED.sub(r"\1", text)),
        ),
        _Step(Trigger(pairs=[("<", "!/?A-Za-z[-")]), _replace(Repair.TAGS, *_MARKUP)),
        _Step(residue, _replace(Repair.RESIDUE, *_SCRAPED), proof=_PERHAPS_SCRAPED),
    ]
    steps = {np.uint32(1 << bit): step for bit, step in enumerate([*first, *last])}
    order = np.uint32(1 << len(steps))
    looked_for = [*(step.trigger for step in steps.values()), Trigger(pairs=DISORDERED)]
    triggers = compiled(looked_for, apart=(_CONTROLS, _BLANKS, _BREAKS, " ", "\n", "\r"))
    return _Plan(
        dict(list(steps.items())[: len(first)]),
        dict(list(steps.items())[len(first) :]),
        tidying_of(triggers, _ON_ONE_LINE, _LINES_KEPT, order=order),
        damage=next(bit for bit, step in steps.items() if step is mojibake),
    )
