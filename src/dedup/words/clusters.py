"""PyThaiNLP's pattern of Thai character clusters as a table that a text goes through once, a move a character."""

import re

import numpy as np
import numpy.typing as npt

from dedup.words.alphabet import END, LAST_NEWLINE, Bytes, UnknownRulesError

UInt32 = npt.NDArray[np.uint32]

# A move between clusters: the next state << LAG, and bit k if a cluster ended k characters ago.
LAG = 8

# A way through the cluster pattern: one set of symbols a character, and a set that must follow, if any.
Way = tuple[tuple[frozenset[int], ...], frozenset[int] | None]
Open = tuple[tuple[int, int], ...]  # ways by number, each with the characters it has behind it
Matcher = list[list[tuple[int, bool, bool]]]
Waiting = tuple[int, tuple[int, ...]]  # the matcher's state, and the columns read since the end it falls back to


def cluster_automaton(pattern: str, named: list[str]) -> tuple[Bytes, UInt32]:
    """The cluster pattern as a table that is gone through once, a move a character.

    What a matcher would read again after a cluster has ended is in the state.
    """
    column, moves = _matcher(pattern, named)
    states: dict[Waiting, int] = {(0, ()): 0}
    todo, following, ended = list(states), [], []
    for waiting in todo:  # grows as new states turn up
        steps = [_go_on(moves, waiting, symbol) for symbol in range(len(moves[0]))]
        for after, _ in steps:
            if after not in states:
                states[after] = len(states)
                todo.append(after)
        following.append([states[after] for after, _ in steps])
        ended.append([ends for _, ends in steps])
    return column, _smallest(np.array(following), np.array(ended))


def _smallest(following: npt.NDArray[np.int64], ended: npt.NDArray[np.int64]) -> UInt32:
    """The moves between as few states as do the same (Moore 1956): 55 of 9,156. The first is still the first."""
    kind = np.zeros(len(following), np.int64)
    n_kinds = 0
    while kind.max() + 1 > n_kinds:
        n_kinds = kind.max() + 1
        _, first, kind = np.unique(np.hstack([ended, kind[following]]), axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first)
        kind = np.argsort(order)[kind]
    if ended.max() >= 1 << LAG:
        raise UnknownRulesError(f"what ends a character cluster may stand {LAG} characters after it, or more")
    return (kind[following] << LAG | ended)[first[order]].astype(np.uint32)


def _go_on(moves: Matcher, waiting: Waiting, symbol: int) -> tuple[Waiting, int]:
    """Where one more symbol leads, and bit k for each cluster that thereby turns out to have ended k characters ago."""
    state, read = waiting
    following, ends_before, ends_after = moves[state][symbol]
    if ends_before:
        read = ()
    read = () if ends_after or state == 0 else (*read, symbol)  # one character at least is a cluster
    if following >= 0:
        return (following, read), 0
    after: Waiting = (0, ())
    ended = 1 << len(read)
    for place, again in enumerate(read, start=1):
        after, ends = _go_on(moves, after, again)
        ended |= ends << len(read) - place
    return after, ended


def _matcher(pattern: str, named: list[str]) -> tuple[Bytes, Matcher]:
    """The cluster pattern from the start of a cluster on, exact to the choice that a backtracking matcher makes.

    A state is the list of ways still open, in the matcher's order of preference; a way that is through cuts off those
    after it. State × column → next state, -1 if none, and whether a cluster ends before the symbol, or after it.
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
            row.append((states.get(still, -1), ends_before, ends_after))
        moves.append(row)
    return column, moves


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
