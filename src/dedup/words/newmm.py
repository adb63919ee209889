"""PyThaiNLP's newmm, compiled: the same words, about sixty times as fast, without the interpreter lock.

newmm is dictionary maximal matching bounded by Thai character clusters. The algorithm is PyThaiNLP's
(`pythainlp/tokenize/newmm.py` and `tcc_p.py`, Apache-2.0; Korakot Chaovavanich and contributors, clusters after
Theeramunkong et al. 2000, https://doi.org/10.1145/355214.355225). Here it runs as a numba kernel over UTF-8 bytes; the
dictionary and the cluster pattern are read from the installed PyThaiNLP.

Every step is linear in the text. PyThaiNLP copies the rest of the text at each cluster and a path at each step of its
search, which is quadratic on runs such as สสสส…; the words are the same.
"""

from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from pythainlp.corpus import thai_words
from pythainlp.tokenize import newmm, tcc_p

from dedup.flat import code_at
from dedup.words.alphabet import (
    BLANK,
    CONSONANT,
    DIGIT,
    END,
    LAST_NEWLINE,
    LATIN,
    LINE,
    POINT,
    RETURN,
    SPACE,
    THAI,
    UnknownRulesError,
)
from dedup.words.automata import CELL_BITS, NO_CELL, WORD_BIT, Tables, build
from dedup.words.clusters import LAG

MAX_GRAPH_SIZE = 50
"""Beyond so many words newmm stops adding more to an ambiguous stretch."""


def dictionary() -> list[str]:
    """PyThaiNLP's default word list, as its trie holds it: stripped; here also sorted."""
    return sorted({word.strip() for word in thai_words()} - {""})


def build_tables(words: list[str]) -> Tables:
    """The tables of a word list and the installed PyThaiNLP's rules; takes about a second, so keep them.

    Raises UnknownRulesError when PyThaiNLP has changed beyond this kernel.
    """
    try:
        pattern, graph_size = tcc_p._PAT_TCC.pattern, newmm._MAX_GRAPH_SIZE
    except AttributeError as error:
        raise UnknownRulesError(f"PyThaiNLP has moved a rule: {error}") from error
    if graph_size != MAX_GRAPH_SIZE:
        raise UnknownRulesError(f"newmm's graph size is {graph_size}, not {MAX_GRAPH_SIZE}")
    try:
        return build(words, pattern)
    except (KeyError, IndexError, ValueError) as error:
        raise UnknownRulesError(f"the cluster pattern or the dictionary cannot be read: {error!r}") from error


NO_WAY = np.uint32(1 << 30)
_0, _1, _63, _64 = (np.uint64(number) for number in (0, 1, 63, 64))  # numba makes floats of uint64 and int


def _count_trailing_zeros(typing_context, bits):  # type: ignore[no-untyped-def]
    return types.uint64(types.uint64), lambda _, llvm, __, values: llvm.cttz(values[0], cgutils.true_bit)


_first_bit: Any = intrinsic(_count_trailing_zeros)
"""The number of the lowest bit that is set; one must be. numba has no name for this instruction."""


@njit(cache=True, nogil=True)
def segment(buffer, offsets, tables, keep_blanks, n_most, starts, ends, doc_offsets):  # type: ignore[no-untyped-def]
    """Words of every text buffer[offsets[i]:offsets[i + 1]]: their first bytes, the bytes after the last; how many.

    `n_most` is the most characters of a text, or more; `starts` and `ends` have room for as many words. Without
    `keep_blanks` a word loses the blanks around it, and blanks alone are no word.
    """
    symbols = np.empty(n_most + 1, np.uint8)
    byte_at = np.empty(n_most + 1, np.uint32)
    breaks = np.empty(n_most + 1, np.uint32)
    cluster_ends = np.empty(n_most + 1 + LAG, np.uint8)
    graph = np.empty((5, n_most + MAX_GRAPH_SIZE + 2), np.uint32)
    n_words = 0
    for doc in range(len(offsets) - 1):
        doc_offsets[doc] = n_words
        n = _read(buffer[offsets[doc] : offsets[doc + 1]], tables, symbols, byte_at, cluster_ends)
        start = np.uint32(0)
        for i in range(_break(symbols[: n + 1], tables, cluster_ends[LAG - 1 :], graph, breaks)):
            first, last = start, breaks[i]
            start = last
            while not keep_blanks and first < last and symbols[first] == BLANK:
                first += np.uint32(1)
            while not keep_blanks and first < last and symbols[last - np.uint32(1)] == BLANK:
                last -= np.uint32(1)
            if first < last:
                starts[n_words], ends[n_words] = offsets[doc] + byte_at[first], offsets[doc] + byte_at[last]
                n_words += 1
    doc_offsets[len(offsets) - 1] = n_words
    return n_words


@njit(cache=True, nogil=True)
def _read(text, tables, symbols, byte_at, cluster_ends):  # type: ignore[no-untyped-def]
    """UTF-8 to symbols, END after the last, and the byte at which each character starts; the characters.

    Also PyThaiNLP's `tcc_pos_array`, from cluster_ends[LAG - 1] on: whether a cluster, or a character in none, ends
    before a character.
    """
    symbol_of, column = tables.symbol, tables.cluster_column
    ends_in_line = len(text) > 0 and text[-1] == 0x0A
    n, i, state, lately = _0, _0, np.uint32(0), np.uint32(0)
    while i < len(text) - ends_in_line:
        code, width = code_at(text, i)
        symbol = symbol_of[code]
        byte_at[n], symbols[n] = i, symbol
        n, i = n + _1, i + width
        state, lately = _move(tables.cluster_moves, state, column[symbol], lately)
        cluster_ends[n] = lately >> np.uint32(LAG - 1) & np.uint32(1)
    at = n
    for _ in range(ends_in_line + LAG):  # to the pattern both are alike: `$` stands before them
        at += _1
        state, lately = _move(tables.cluster_moves, state, column[END], lately)
        cluster_ends[at] = lately >> np.uint32(LAG - 1) & np.uint32(1)
    if ends_in_line:
        byte_at[n], symbols[n] = i, LAST_NEWLINE
        n, i = n + _1, i + _1
    byte_at[n], symbols[n] = i, END
    return np.int64(n)


@njit(inline="always")
def _move(moves, state, column, lately):  # type: ignore[no-untyped-def]
    """The next state, and bit k for whether a cluster ended k characters ago."""
    move = moves[state, column]
    return move >> np.uint32(LAG), lately << np.uint32(1) | move & np.uint32((1 << LAG) - 1)


@njit(cache=True, nogil=True)
def _break(symbols, tables, is_boundary, graph, breaks):  # type: ignore[no-untyped-def]
    """newmm's `_onecut` and `_extend_graph`: the ends of the words of one text into `breaks`; their number.

    Bit k of `near` and `far`: a break may come k, or 64 + k, characters after `position`; newmm keeps them in a heap.
    The words that start at visited[i] end at to[edges[i] : edges[i + 1]].

    The walk does not branch where a word may end: that cannot be foreseen, and a wrong guess is dear. It stands here
    because a call is dear too: numba counts references to every array.
    """
    n = np.uint64(len(symbols) - 1)
    trie, visited, edges, to, cost, following = tables.trie, graph[0], graph[1], graph[2], graph[3], graph[4]
    root = np.uint64(trie[0]) >> np.uint64(CELL_BITS)
    n_breaks, position, near, far = _0, _0, _1, _0
    n_visited, n_edges = _0, _0
    while True:
        if near == 0:
            near, far, position = far, _0, position + _64
        ahead = _first_bit(near)
        position, near, far = position + ahead, near >> ahead | far << _1 << _63 - ahead, far >> ahead
        if near == 1 and far == 0 and n_visited > 0:  # no longer ambiguous
            edges[n_visited] = n_edges
            n_breaks = _take_path(visited, edges, to, cost, following, n_visited, position, breaks, n_breaks)
            n_visited, n_edges = _0, _0
        if position == n:
            return n_breaks
        near ^= _1
        visited[n_visited], edges[n_visited] = position, n_edges
        n_visited += _1
        base, length = root, _0
        while True:
            symbol = np.uint64(symbols[position + length])
            cell = np.uint64(trie[base + symbol])
            if cell & np.uint64(NO_CELL) != symbol:
                break
            base, length = cell >> np.uint64(CELL_BITS), length + _1
            is_end = cell >> np.uint64(WORD_BIT) & np.uint64(is_boundary[position + length])
            to[n_edges] = position + length
            n_edges += is_end
            if length < 64:
                near |= is_end << length
            else:
                far |= is_end << length - _64
            if n_edges > MAX_GRAPH_SIZE and is_end:  # in this order: the first is foreseen
                break
        if near | far == 0:
            goal = _foreign_end(symbols, tables.traits, position)
            if goal == position:
                goal = _unknown_end(symbols, tables, is_boundary, position)
            breaks[n_breaks] = goal
            position, near, n_breaks = goal, _1, n_breaks + _1
            n_visited, n_edges = _0, _0


@njit(inline="always")
def _take_path(visited, edges, to, cost, following, n_visited, goal, breaks, n_breaks):  # type: ignore[no-untyped-def]
    """newmm's `_bfs_paths_graph`: the path of fewest words from visited[0] to `goal`, the first of equals.

    newmm searches from the start, shorter words first. Here what is left to the goal is counted from its end, and the
    first way that has it is taken, which is the same.
    """
    cost[goal] = 0
    place = n_visited
    while place > 0:
        place -= _1
        least, nearest = NO_WAY, goal
        for edge in range(edges[place], edges[place + _1]):
            if cost[to[edge]] < least:
                least, nearest = cost[to[edge]], np.uint64(to[edge])
        cost[visited[place]], following[visited[place]] = least + np.uint32(1), nearest
    at = np.uint64(visited[0])
    while at != goal:
        at = np.uint64(following[at])
        breaks[n_breaks] = at
        n_breaks += _1
    return n_breaks


@njit(cache=True, nogil=True)
def _unknown_end(symbols, tables, is_boundary, begin):  # type: ignore[no-untyped-def]
    """newmm's `_find_skip_end` for Thai: the end of a stretch that no dictionary word begins."""
    n = np.uint64(len(symbols) - 1)
    at = begin + _1
    while at < n:
        if is_boundary[at] and (
            _foreign_end(symbols, tables.traits, at) > at or _starts_word(symbols, tables, is_boundary, at)
        ):
            return at
        at += _1
    return n


@njit(cache=True, nogil=True)
def _starts_word(symbols, tables, is_boundary, begin):  # type: ignore[no-untyped-def]
    """Whether a word starts here that is more than one or two consonants."""
    trie, at, is_bare = tables.trie, begin, True
    base = np.uint64(trie[0]) >> np.uint64(CELL_BITS)
    while True:
        symbol = np.uint64(symbols[at])
        cell = np.uint64(trie[base + symbol])
        if cell & np.uint64(NO_CELL) != symbol:
            return False
        is_bare = is_bare and at - begin < 2 and tables.traits[symbol] & CONSONANT != 0
        base, at = cell >> np.uint64(CELL_BITS), at + _1
        if cell >> np.uint64(WORD_BIT) & _1 and is_boundary[at] and not is_bare:
            return True


@njit(cache=True, nogil=True)
def _foreign_end(symbols, traits, begin):  # type: ignore[no-untyped-def]
    """newmm's `_PAT_NONTHAI` from `begin` on: the end of its match, or `begin`. Its alternatives in order."""
    trait = traits[symbols[begin]]
    at = begin
    if trait & DIGIT:
        while True:
            while traits[symbols[at]] & DIGIT:
                at += _1
            if not (traits[symbols[at]] & POINT and traits[symbols[at + _1]] & DIGIT):
                return at
            at += _1
    alike = trait & (LATIN | SPACE)
    if alike:
        while traits[symbols[at]] & alike:
            at += _1
        return at
    if trait & RETURN:
        at += _1
        return at + _1 if traits[symbols[at]] & LINE else begin
    if trait & LINE:
        return at + _1
    while symbols[at] != END and not traits[symbols[at]] & (THAI | SPACE | RETURN | LINE):
        at += _1
    return at
