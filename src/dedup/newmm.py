"""PyThaiNLP's newmm, compiled: the same words, about forty times as fast, without the interpreter lock.

newmm is dictionary maximal matching bounded by Thai character clusters. The algorithm is PyThaiNLP's
(`pythainlp/tokenize/newmm.py` and `tcc_p.py`, Apache-2.0; Korakot Chaovavanich and contributors, clusters after
Theeramunkong et al. 2000, https://doi.org/10.1145/355214.355225). Here it runs as a numba kernel over UTF-8 bytes; the
dictionary and the cluster pattern are read from the installed PyThaiNLP.

Every step is linear in the text. PyThaiNLP copies the rest of the text at each cluster and a path at each step of its
search, which is quadratic on runs such as สสสส…; the words are the same.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from pythainlp.corpus import thai_words
from pythainlp.tokenize import newmm, tcc_p

from dedup.automata import (
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
    Bytes,
    Int32,
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
    return build(words, pattern)


class Scratch(NamedTuple):
    """Work arrays for one text: by character position, but `edge_to` and `queue`."""

    is_boundary: Bytes  # a cluster ends here
    is_pending: Bytes  # newmm's heap of possible breaks, as flags: its smallest entry only grows
    first_edge: Int32  # words that start here: edge_to[first_edge : last_edge]
    last_edge: Int32
    came_from: Int32
    edge_to: Int32
    queue: Int32


@njit(cache=True, nogil=True)
def segment(buffer, offsets, tables, keep_blanks, n_most, starts, ends, doc_offsets):  # type: ignore[no-untyped-def]
    """Words of every text buffer[offsets[i]:offsets[i + 1]] as byte spans; how many there are in all.

    `n_most` is the most characters of a text; `starts` and `ends` have room for a word a character. Without
    `keep_blanks` a word loses the blanks around it, and blanks alone are no word.
    """
    symbols = np.empty(n_most + 1, np.uint8)
    byte_at = np.empty(n_most + 1, np.int64)
    breaks = np.empty(n_most + 1, np.int32)
    flags = np.empty((2, n_most + 1), np.uint8)
    places = np.empty((5, n_most + MAX_GRAPH_SIZE + 2), np.int32)
    scratch = Scratch(flags[0], flags[1], places[0], places[1], places[2], places[3], places[4])
    n_words = 0
    for doc in range(len(offsets) - 1):
        doc_offsets[doc] = n_words
        n = _decode(buffer, offsets[doc], offsets[doc + 1], tables.symbol, symbols, byte_at)
        start = 0
        for i in range(_break(symbols, n, tables, scratch, breaks)):
            first, last = start, breaks[i]
            start = last
            while not keep_blanks and first < last and symbols[first] == BLANK:
                first += 1
            while not keep_blanks and first < last and symbols[last - 1] == BLANK:
                last -= 1
            if first < last:
                starts[n_words], ends[n_words] = byte_at[first], byte_at[last]
                n_words += 1
    doc_offsets[len(offsets) - 1] = n_words
    return n_words


@njit(cache=True, nogil=True)
def _decode(buffer, start, stop, symbol, symbols, byte_at):  # type: ignore[no-untyped-def]
    """UTF-8 to symbols, END after the last, and the byte at which each character starts; the characters."""
    n, i = 0, start
    while i < stop:
        byte_at[n] = i
        code, more = np.int64(buffer[i]), 0
        if code >= 0xF0:
            code, more = code & 0x07, 3
        elif code >= 0xE0:
            code, more = code & 0x0F, 2
        elif code >= 0xC0:
            code, more = code & 0x1F, 1
        for j in range(i + 1, i + 1 + more):
            code = code << 6 | (buffer[j] & 0x3F)
        symbols[n] = symbol[code]
        i += 1 + more
        n += 1
    byte_at[n], symbols[n] = stop, END
    if n > 0 and symbols[n - 1] == NEWLINE:
        symbols[n - 1] = LAST_NEWLINE  # `$` in a pattern stands before it too
    return n


@njit(cache=True, nogil=True)
def _break(symbols, n, tables, scratch, breaks):  # type: ignore[no-untyped-def]
    """newmm's `_onecut`: the ends of the words of one text into `breaks`; their number."""
    scratch.is_boundary[: n + 1] = 0
    scratch.is_pending[: n + 1] = 0
    scratch.came_from[: n + 1] = -1
    _mark_clusters(symbols, n, tables, scratch.is_boundary)
    n_breaks, settled, position, n_edges, n_pending = 0, 0, 0, 0, 1
    scratch.is_pending[0] = 1
    while True:
        while not scratch.is_pending[position]:
            position += 1
        if position == n:
            return n_breaks
        scratch.is_pending[position] = 0
        n_edges, n_pending = _add_words(symbols, tables, scratch, position, n_edges, n_pending - 1)
        if n_pending > 1:
            continue  # still ambiguous
        if n_pending == 1:
            goal = position + 1
            while not scratch.is_pending[goal]:
                goal += 1
            n_breaks = _take_path(scratch, settled, goal, breaks, n_breaks)
        else:
            goal = _unknown_end(symbols, n, tables, scratch.is_boundary, position)
            scratch.is_pending[goal], n_pending = 1, 1
            breaks[n_breaks] = goal
            n_breaks += 1
        settled, n_edges = goal, 0


@njit(cache=True, nogil=True)
def _mark_clusters(symbols, n, tables, is_boundary):  # type: ignore[no-untyped-def]
    """PyThaiNLP's `tcc_pos_array`: the longest preferred cluster from each boundary on, or one character."""
    column_of, following = tables.cluster_class, tables.cluster_next
    ends_before, ends = tables.cluster_ends_before, tables.cluster_ends
    start = 0
    while start < n:
        state, at, end = 0, start, start + 1
        while state >= 0:
            column = column_of[symbols[at]]
            if ends_before[state, column]:
                end = at
            state = following[state, column]
            at += 1
            if state >= 0 and ends[state]:
                end = at
        is_boundary[end] = 1
        start = end


@njit(cache=True, nogil=True)
def _add_words(symbols, tables, scratch, begin, n_edges, n_pending):  # type: ignore[no-untyped-def]
    """newmm's `_extend_graph`: dictionary words from `begin` to a cluster boundary become edges."""
    base, check, is_word = tables.trie_base, tables.trie_check, tables.trie_is_word
    is_boundary, is_pending, edge_to = scratch.is_boundary, scratch.is_pending, scratch.edge_to
    scratch.first_edge[begin] = first = n_edges
    state, at = 0, begin
    while n_edges <= MAX_GRAPH_SIZE or n_edges == first:
        cell = base[state] + symbols[at]
        if check[cell] != state:
            break
        state, at = cell, at + 1
        if is_word[state] and is_boundary[at]:
            edge_to[n_edges] = at
            n_edges += 1
            n_pending += not is_pending[at]
            is_pending[at] = 1
    scratch.last_edge[begin] = n_edges
    return n_edges, n_pending


@njit(cache=True, nogil=True)
def _take_path(scratch, start, goal, breaks, n_breaks):  # type: ignore[no-untyped-def]
    """newmm's `_bfs_paths_graph`: the path of fewest words from `start` to `goal`, the first of equals."""
    scratch.queue[0], head, tail = start, 0, 1
    while scratch.came_from[goal] < 0:
        at = scratch.queue[head]
        head += 1
        for edge in range(scratch.first_edge[at], scratch.last_edge[at]):
            to = scratch.edge_to[edge]
            if scratch.came_from[to] < 0:
                scratch.came_from[to] = at
                scratch.queue[tail] = to
                tail += 1
    n_words, at = 0, goal
    while at != start:
        n_words, at = n_words + 1, scratch.came_from[at]
    at = goal
    for i in range(n_breaks + n_words - 1, n_breaks - 1, -1):
        breaks[i], at = at, scratch.came_from[at]
    return n_breaks + n_words


@njit(cache=True, nogil=True)
def _unknown_end(symbols, n, tables, is_boundary, begin):  # type: ignore[no-untyped-def]
    """newmm's `_find_skip_end`: the end of a stretch that no dictionary word begins."""
    end = _foreign_end(symbols, tables.traits, begin)
    if end > begin:
        return end
    for at in range(begin + 1, n):
        if is_boundary[at] and (
            _foreign_end(symbols, tables.traits, at) > at or _starts_word(symbols, tables, is_boundary, at)
        ):
            return at
    return n


@njit(cache=True, nogil=True)
def _starts_word(symbols, tables, is_boundary, begin):  # type: ignore[no-untyped-def]
    """Whether a word starts here that is more than one or two consonants."""
    state, at, is_bare = 0, begin, True
    while True:
        cell = tables.trie_base[state] + symbols[at]
        if tables.trie_check[cell] != state:
            return False
        is_bare = is_bare and at - begin < 2 and tables.traits[symbols[at]] & CONSONANT != 0
        state, at = cell, at + 1
        if tables.trie_is_word[state] and is_boundary[at] and not is_bare:
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
