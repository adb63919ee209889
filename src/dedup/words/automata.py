"""The compiled tokenizer's tables: an alphabet of bytes, the dictionary as a trie, the cluster pattern as an automaton.

Pure functions of a word list and a pattern; what they are of is read from PyThaiNLP in `newmm`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Int32 = npt.NDArray[np.int32]

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
_WORD_ENDS = 0  # stands for no character: marks the end of a word while the trie is built


class UnknownRulesError(Exception):
    """The installed PyThaiNLP has rules that the compiled tokenizer does not know."""


class Tables(NamedTuple):
    """What the kernel knows of Thai; plain arrays, so that they can be kept on disk."""

    symbol: Bytes  # code point → symbol
    traits: Bytes  # symbol → THAI | LATIN | …
    trie: Int32  # cell × 2: the cell's parent, and its base · 2, + 1 if a word ends; a child is at base + symbol
    cluster_column: Bytes  # symbol → column of the next
    cluster_moves: Int32  # state × column → next state · 4 (-4: none), + 2 if a cluster ends before, + 1 if after


def build(words: Sequence[str], cluster_pattern: str) -> Tables:
    """The tables of a word list and a Thai character cluster pattern, in about a second.

    Raises UnknownRulesError for what a table cannot hold.
    """
    named = _named_characters(words)
    symbol, traits = _alphabet(named)
    column, moves = _cluster_automaton(cluster_pattern, named)
    return Tables(symbol, traits, _double_array(words, symbol), column, moves)


def _named_characters(words: Iterable[str]) -> list[str]:
    """Characters with a symbol of their own: the Thai block, and those that dictionary or rules name."""
    thai = [chr(code) for code in range(0x0E00, 0x0E80)]
    others = set().union(*words) - set(thai) | set("\t\r,.")
    named = [*thai, " ", "\n", *sorted(others - {" ", "\n"})]
    if len(named) > LAST_NEWLINE - 3:
        raise UnknownRulesError(f"the dictionary has {len(named)} different characters; the kernel knows 251")
    return named


def _alphabet(named: list[str]) -> tuple[Bytes, Bytes]:
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


def _double_array(words: Sequence[str], symbol: Bytes) -> Int32:
    """The words as a double-array trie (Aoe 1989): one addition and one comparison a character."""
    root: dict[int, Any] = {}
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(int(symbol[ord(char)]), {})
        node[_WORD_ENDS] = {}
    size = sum(map(len, words)) + 2048
    trie = np.zeros((size, 2), np.int32)
    trie[:, 0] = -1
    used = bytearray(size - 257)  # a base and any symbol together stay inside the array
    used[0] = 1
    free = 1  # cells below it are not worth trying
    nodes = [(0, root)]
    while nodes:
        state, node = nodes.pop()
        labels = sorted(node.keys() - {_WORD_ENDS})
        base, tries = _first_fit(used, labels, free) if labels else (0, 0)
        free = max(free, base - 256) if tries > 64 else free
        trie[state, 1] = base << 1 | (_WORD_ENDS in node)
        for label in labels:
            used[base + label], trie[base + label, 0] = 1, state
            nodes.append((base + label, node[label]))
    return trie[: used.rindex(1) + 257].copy()


def _first_fit(used: bytearray, labels: Sequence[int], free: int) -> tuple[int, int]:
    """The first base at which every label finds a free cell, and how many were tried."""
    tries, cell = 1, used.index(0, max(free, labels[0]))
    while any(used[cell - labels[0] + label] for label in labels):
        tries, cell = tries + 1, used.index(0, cell + 1)
    return cell - labels[0], tries


# A way through the cluster pattern: one set of symbols a character, and a set that must follow, if any.
Way = tuple[tuple[frozenset[int], ...], frozenset[int] | None]
Open = tuple[tuple[int, int], ...]  # ways by number, each with the characters it has behind it


def _cluster_automaton(pattern: str, named: list[str]) -> tuple[Bytes, Int32]:
    """The cluster pattern as a table, exact to the choice that a backtracking matcher makes.

    A state is the list of ways still open, in the matcher's order of preference; a way that is through cuts off those
    after it.
    """
    ways = _ways(pattern, named)
    columns, column = _columns(ways)
    states: dict[Open, int] = {tuple((way, 0) for way in range(len(ways))): 0}
    todo, moves = list(states), []
    for state in todo:  # grows as new states turn up
        row = []
        for symbol in columns:
            still, ends_before, ends_after = _step(ways, state, symbol)
            if still and still not in states:
                states[still] = len(states)
                todo.append(still)
            row.append(states.get(still, -1) * 4 + 2 * ends_before + ends_after)
        moves.append(row)
    return column, np.array(moves, np.int32)


def _step(ways: list[Way], state: Open, symbol: int) -> tuple[Open, bool, bool]:
    """Where one symbol leads: the ways open after it, and whether a cluster ends before it or after it."""
    still: list[tuple[int, int]] = []
    for way, place in state:
        characters, follows = ways[way]
        if place < len(characters):
            if symbol not in characters[place]:
                continue
            if place + 1 == len(characters) and follows is None:
                return tuple(still), False, True
            still.append((way, place + 1))
        elif follows is not None and symbol in follows:
            return tuple(still), True, False
    return tuple(still), False, False


def _columns(ways: list[Way]) -> tuple[list[int], Bytes]:
    """One symbol for each group of symbols that no way tells apart, and the group of every symbol."""
    members = {symbols for characters, follows in ways for symbols in (*characters, follows) if symbols}
    groups: dict[tuple[bool, ...], int] = {}
    first: list[int] = []
    column = np.zeros(256, np.uint8)
    for symbol in range(256):
        key = tuple(symbol in symbols for symbols in members)
        if key not in groups:
            groups[key] = len(first)
            first.append(symbol)
        column[symbol] = groups[key]
    return first, column


def _ways(pattern: str, named: list[str]) -> list[Way]:
    parts = re.findall(r"\(\?[=:]|\[[^\]]*\]|.", pattern)
    if strange := set("*+{}\\^.") & set(parts):
        raise UnknownRulesError(f"the cluster pattern has {sorted(strange)}, which this kernel does not know")
    symbols = {
        part: frozenset(number for number, char in enumerate(named, start=1) if re.fullmatch(part, char))
        for part in set(parts) - {"(", "(?:", "(?=", ")", "|", "?", "$"}
    }
    symbols["$"] = frozenset({LAST_NEWLINE, END})
    return [_merged(way, symbols) for way in _alternatives(parts)]


def _alternatives(parts: list[str]) -> list[tuple[str | list[str], ...]]:
    """Every way through the pattern up to the closing bracket, in the order a backtracking matcher tries them.

    Takes what it reads from `parts`. A look-ahead stands in a way as the list of its alternatives.
    """
    ways: list[tuple[str | list[str], ...]] = [()]
    done: list[tuple[str | list[str], ...]] = []
    while parts and parts[0] != ")":
        part = parts.pop(0)
        if part == "|":
            done, ways = done + ways, [()]
            continue
        branches: list[tuple[str | list[str], ...]] = [(part,)]
        if part in {"(", "(?:", "(?="}:
            branches = _alternatives(parts)
            parts.pop(0)
        if part == "(?=":
            branches = [([str(ahead) for (ahead,) in branches],)]
        if parts[:1] == ["?"]:
            parts.pop(0)
            branches.append(())
        ways = [way + branch for way in ways for branch in branches]
    return done + ways


def _merged(way: tuple[str | list[str], ...], symbols: dict[str, frozenset[int]]) -> Way:
    """A way as sets of symbols; what a look-ahead demands of a character that the way takes narrows that set."""
    characters: list[frozenset[int]] = []
    follows: frozenset[int] | None = None
    for part in way:
        if isinstance(part, list):
            follows = frozenset().union(*(symbols[ahead] for ahead in part))
        else:
            characters.append(symbols[part] if follows is None else symbols[part] & follows)
            follows = None
    return tuple(characters), follows
