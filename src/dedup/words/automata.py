"""The compiled tokenizer's tables: an alphabet of bytes, the dictionary as a trie, the cluster pattern as an automaton.

Pure functions of a word list and a pattern; what they are of is read from PyThaiNLP in `newmm`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.words.alphabet import Bytes, UnknownRulesError, alphabet, named_characters
from dedup.words.clusters import cluster_automaton

UInt32 = npt.NDArray[np.uint32]

_WORD_ENDS = 0  # stands for no character: marks the end of a word while the trie is built

# A cell of the trie: base << CELL_BITS | 1 << WORD_BIT if a word ends here | the symbol that leads to it, or NO_CELL.
CELL_BITS, WORD_BIT, NO_CELL = 10, 9, (1 << 9) - 1

MOST_CHARS = 127
"""Of a word: where words may end is kept in 128 bits."""


class Tables(NamedTuple):
    """What the kernel knows of Thai; plain arrays, so that they can be kept on disk."""

    symbol: Bytes  # code point → symbol
    traits: Bytes  # symbol → THAI | LATIN | …
    trie: UInt32  # cells; the first is the root, a child is at its parent's base + symbol
    cluster_column: Bytes  # symbol → column of the next
    cluster_moves: UInt32  # state × column → move


def build(words: Sequence[str], cluster_pattern: str) -> Tables:
    """The tables of a word list and a Thai character cluster pattern, in about a second.

    Raises UnknownRulesError for what a table cannot hold.
    """
    longest = max(map(len, words), default=0)
    if longest > MOST_CHARS:
        raise UnknownRulesError(f"the dictionary has a word of {longest} characters; the kernel knows {MOST_CHARS}")
    named = named_characters(words)
    symbol, traits = alphabet(named)
    column, moves = cluster_automaton(cluster_pattern, named)
    return Tables(symbol, traits, _double_array(words, symbol), column, moves)


def _double_array(words: Sequence[str], symbol: Bytes) -> UInt32:
    """The words as a double-array trie (Aoe 1989): one addition and one comparison a character.

    No two cells have the same base, so that the symbol tells whose child a cell is, and a cell is four bytes.
    """
    root: dict[int, Any] = {}
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(int(symbol[ord(char)]), {})
        node[_WORD_ENDS] = {}
    size = sum(map(len, words)) + 2048
    if size >= 1 << 32 - CELL_BITS:
        raise UnknownRulesError(f"the dictionary may need {size} cells")
    trie = np.full(size, NO_CELL, np.uint32)
    used, bases = bytearray(size - 257), bytearray(size)  # a base and any symbol together stay inside the array
    used[0] = 1
    free = 1  # cells below it are not worth trying
    nodes = [(0, root)]
    leaves = []
    while nodes:
        state, node = nodes.pop()
        labels = sorted(node.keys() - {_WORD_ENDS})
        if not labels:
            leaves.append(state)
            continue
        base, tries = _first_fit(used, bases, labels, free)
        free = max(free, base - 256) if tries > 64 else free
        bases[base] = 1
        trie[state] |= base << CELL_BITS | (_WORD_ENDS in node) << WORD_BIT
        for label in labels:
            used[base + label], trie[base + label] = 1, label
            nodes.append((base + label, node[label]))
    nowhere = used.rindex(1) + 1
    trie[leaves] |= nowhere << CELL_BITS | 1 << WORD_BIT
    return trie[: nowhere + 256].copy()


def _first_fit(used: bytearray, bases: bytearray, labels: Sequence[int], free: int) -> tuple[int, int]:
    """The first free base at which every label finds a free cell, and how many were tried."""
    tries, cell = 1, used.index(0, max(free, labels[0]))
    while bases[cell - labels[0]] or any(used[cell - labels[0] + label] for label in labels):
        tries, cell = tries + 1, used.index(0, cell + 1)
    return cell - labels[0], tries
