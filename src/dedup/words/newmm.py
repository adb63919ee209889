"""PyThaiNLP's newmm, compiled: the same words, about forty times as fast, without the interpreter lock.

newmm is dictionary maximal matching bounded by Thai character clusters. The algorithm is PyThaiNLP's
(`pythainlp/tokenize/newmm.py` and `tcc_p.py`, Apache-2.0; Korakot Chaovavanich and contributors, clusters after
Theeramunkong et al. 2000, https://doi.org/10.1145/355214.355225). Here it runs as a numba kernel over UTF-8 bytes; the
dictionary and the cluster pattern are read from the installed PyThaiNLP.

Every step is linear in the text. PyThaiNLP copies the rest of the text at each cluster and a path at each step of its
search, which is quadratic on runs such as สสสส…; the words are the same.
"""

import numpy as np
from numba import njit
from pythainlp.corpus import thai_words
from pythainlp.tokenize import newmm, tcc_p

from dedup.words.automata import (
    BLANK,
    CONSONANT,
    DIGIT,
    END,
    LAST_NEWLINE,
    LATIN,
    LINE,
    NEWLINE,
    POINT,
    RETURN,
    SPACE,
    THAI,
    Tables,
    UnknownRulesError,
    build,
)

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


# Rows of the work arrays of one text, by character position.
BOUNDARY, PENDING = 0, 1  # a cluster ends here; newmm's heap of possible breaks, whose smallest entry only grows
FIRST, LAST, TO = 0, 1, 2  # the words that start at p end at places[TO, places[FIRST, p] : places[LAST, p]]
FROM, QUEUE = 3, 4  # of the search for the fewest words


@njit(cache=True, nogil=True)
def segment(buffer, offsets, tables, keep_blanks, n_most, spans, doc_offsets):  # type: ignore[no-untyped-def]
    """Words of every text buffer[offsets[i]:offsets[i + 1]] into `spans`, first byte and byte after the last; how many.

    `n_most` is the most characters of a text; `spans` has a row for each character. Without `keep_blanks` a word loses
    the blanks around it, and blanks alone are no word.
    """
    symbols = np.empty(n_most + 1, np.uint8)
    byte_at = np.empty(n_most + 1, np.int64)
    breaks = np.empty(n_most + 1, np.int32)
    marks = np.empty((2, n_most + 1), np.uint8)
    places = np.empty((5, n_most + MAX_GRAPH_SIZE + 2), np.int32)
    n_words = 0
    for doc in range(len(offsets) - 1):
        doc_offsets[doc] = n_words
        n = _decode(buffer[offsets[doc] : offsets[doc + 1]], tables.symbol, symbols, byte_at)
        start = 0
        for i in range(_break(symbols[: n + 1], tables, marks, places, breaks)):
            first, last = start, breaks[i]
            start = last
            while not keep_blanks and first < last and symbols[first] == BLANK:
                first += 1
            while not keep_blanks and first < last and symbols[last - 1] == BLANK:
                last -= 1
            if first < last:
                spans[n_words, 0], spans[n_words, 1] = offsets[doc] + byte_at[first], offsets[doc] + byte_at[last]
                n_words += 1
    doc_offsets[len(offsets) - 1] = n_words
    return n_words


@njit(cache=True, nogil=True)
def _decode(text, symbol, symbols, byte_at):  # type: ignore[no-untyped-def]
    """UTF-8 to symbols, END after the last, and the byte at which each character starts; the characters."""
    n, i = 0, 0
    while i < len(text):
        byte_at[n] = i
        code, more = np.int64(text[i]), 0
        if code >= 0xF0:
            code, more = code & 0x07, 3
        elif code >= 0xE0:
            code, more = code & 0x0F, 2
        elif code >= 0xC0:
            code, more = code & 0x1F, 1
        for j in range(i + 1, i + 1 + more):
            code = code << 6 | (text[j] & 0x3F)
        symbols[n] = symbol[code]
        i += 1 + more
        n += 1
    byte_at[n], symbols[n] = i, END
    if n > 0 and symbols[n - 1] == NEWLINE:
        symbols[n - 1] = LAST_NEWLINE  # `$` in a pattern stands before it too
    return n


@njit(cache=True, nogil=True)
def _break(symbols, tables, marks, places, breaks):  # type: ignore[no-untyped-def]  # noqa: PLR0912
    """newmm's `_onecut` and `_extend_graph`: the ends of the words of one text into `breaks`; their number.

    The walk through the trie stands here because a call costs as much: numba counts references to every array.
    """
    n = len(symbols) - 1
    trie, traits, is_boundary, is_pending = tables.trie, tables.traits, marks[BOUNDARY], marks[PENDING]
    is_boundary[: n + 1] = 0
    is_pending[: n + 1] = 0
    places[FROM, : n + 1] = -1
    _mark_clusters(symbols, tables, is_boundary)
    n_breaks, settled, position, n_edges, n_pending = 0, 0, 0, 0, 1
    is_pending[0] = 1
    while True:
        while is_pending[position] == 0:
            position += 1
        if position == n:
            return n_breaks
        is_pending[position] = 0
        n_pending -= 1
        places[FIRST, position] = n_edges
        state, at = 0, position
        while True:
            cell = (trie[state, 1] >> 1) + symbols[at]
            if trie[cell, 0] != state:
                break
            state, at = cell, at + 1
            if trie[state, 1] & 1 and is_boundary[at]:
                places[TO, n_edges] = at
                n_edges += 1
                if is_pending[at] == 0:
                    is_pending[at] = 1
                    n_pending += 1
                if n_edges > MAX_GRAPH_SIZE:
                    break
        places[LAST, position] = n_edges
        if n_pending > 1:
            continue  # still ambiguous
        if n_pending == 1:
            goal = position + 1
            while is_pending[goal] == 0:
                goal += 1
            if position > settled:
                n_breaks = _take_path(places, settled, goal, breaks, n_breaks)
            else:
                breaks[n_breaks] = goal
                n_breaks += 1
        else:
            goal = _foreign_end(symbols, traits, position)
            if goal == position:
                goal = _unknown_end(symbols, tables, is_boundary, position)
            is_pending[goal], n_pending = 1, 1
            breaks[n_breaks] = goal
            n_breaks += 1
        settled, n_edges = goal, 0


@njit(cache=True, nogil=True)
def _mark_clusters(symbols, tables, is_boundary):  # type: ignore[no-untyped-def]
    """PyThaiNLP's `tcc_pos_array`: where each character cluster ends; what is in no cluster stands alone."""
    column, moves, n = tables.cluster_column, tables.cluster_moves, len(symbols) - 1
    start = 0
    while start < n:
        state, at, end = 0, start, start + 1
        while state >= 0:
            move = moves[state, column[symbols[at]]]
            if move & 2:
                end = at
            state, at = move >> 2, at + 1
            if move & 1:
                end = at
        is_boundary[end] = 1
        start = end


@njit(cache=True, nogil=True)
def _take_path(places, start, goal, breaks, n_breaks):  # type: ignore[no-untyped-def]
    """newmm's `_bfs_paths_graph`: the path of fewest words from `start` to `goal`, the first of equals."""
    came_from, queue = places[FROM], places[QUEUE]
    queue[0], head, tail = start, 0, 1
    while came_from[goal] < 0:
        at = queue[head]
        head += 1
        for edge in range(places[FIRST, at], places[LAST, at]):
            to = places[TO, edge]
            if came_from[to] < 0:
                came_from[to] = at
                queue[tail] = to
                tail += 1
    n_words, at = 0, goal
    while at != start:
        n_words, at = n_words + 1, came_from[at]
    at = goal
    for i in range(n_breaks + n_words - 1, n_breaks - 1, -1):
        breaks[i], at = at, came_from[at]
    return n_breaks + n_words


@njit(cache=True, nogil=True)
def _unknown_end(symbols, tables, is_boundary, begin):  # type: ignore[no-untyped-def]
    """newmm's `_find_skip_end` for Thai: the end of a stretch that no dictionary word begins."""
    n = len(symbols) - 1
    for at in range(begin + 1, n):
        if is_boundary[at] and (
            _foreign_end(symbols, tables.traits, at) > at or _starts_word(symbols, tables, is_boundary, at)
        ):
            return at
    return n


@njit(cache=True, nogil=True)
def _starts_word(symbols, tables, is_boundary, begin):  # type: ignore[no-untyped-def]
    """Whether a word starts here that is more than one or two consonants."""
    trie, state, at, is_bare = tables.trie, 0, begin, True
    while True:
        cell = (trie[state, 1] >> 1) + symbols[at]
        if trie[cell, 0] != state:
            return False
        is_bare = is_bare and at - begin < 2 and tables.traits[symbols[at]] & CONSONANT != 0
        state, at = cell, at + 1
        if trie[state, 1] & 1 and is_boundary[at] and not is_bare:
            return True


@njit(cache=True, nogil=True)
def _foreign_end(symbols, traits, begin):  # type: ignore[no-untyped-def]
    """newmm's `_PAT_NONTHAI` from `begin` on: the end of its match, or `begin`. Its alternatives in order."""
    trait = traits[symbols[begin]]
    at = begin
    if trait & DIGIT:
        while True:
            while traits[symbols[at]] & DIGIT:
                at += 1
            if not (traits[symbols[at]] & POINT and traits[symbols[at + 1]] & DIGIT):
                return at
            at += 1
    alike = trait & (LATIN | SPACE)
    if alike:
        while traits[symbols[at]] & alike:
            at += 1
        return at
    if trait & RETURN:
        at += 1
        return at + 1 if traits[symbols[at]] & LINE else begin
    if trait & LINE:
        return at + 1
    while symbols[at] != END and not traits[symbols[at]] & (THAI | SPACE | RETURN | LINE):
        at += 1
    return at
