"""Word shingles as 32-bit hashes in flat buffers.

A shingle's hash is mixed from the hashes of its words, which are made once: three times as fast as hashing the joined
bytes, and the same on every machine.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from dedup.words.tokens import Tokens

UInt32 = npt.NDArray[np.uint32]
Int64 = npt.NDArray[np.int64]

_MIX = np.uint32(2_654_435_761)  # Knuth's multiplier: the sample must not lean on the order of the hash values

SHINGLE_VERSION = "1"
"""Raised with every change to the hashes of words or shingles."""


@dataclass(frozen=True)
class Shingles:
    """Shingle hashes of texts, one text after another."""

    hashes: UInt32
    doc_offsets: Int64  # hashes of text i: doc_offsets[i] to doc_offsets[i + 1]


def shingle(tokens: Tokens, *, words: int) -> Shingles:
    """Every run of `words` words of each text, in order, repetitions kept.

    A text of fewer words is one shingle, a text of none has none.
    """
    n_words = np.diff(tokens.doc_offsets)
    n_shingles = np.where(n_words > 0, np.maximum(n_words - words + 1, 1), 0)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(n_shingles, dtype=np.int64)])
    hashes = np.empty(offsets[-1], np.uint32)
    _shingle(tokens.hashes, tokens.doc_offsets, words, offsets, hashes)
    return Shingles(hashes, offsets)


def sampled(shingles: Shingles, *, one_in: int) -> Shingles:
    """One shingle in so many, chosen by its hash alone; of each text every one once, sorted."""
    is_chosen = shingles.hashes * _MIX <= np.uint32(2**32 // one_in - 1)
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(is_chosen, dtype=np.int64)])
    return distinct(Shingles(shingles.hashes[is_chosen], before[shingles.doc_offsets]))


def distinct(shingles: Shingles) -> Shingles:
    """Each text's hashes sorted, every one once."""
    n_texts = len(shingles.doc_offsets) - 1
    text = np.repeat(np.arange(n_texts, dtype=np.uint64), np.diff(shingles.doc_offsets))
    keys = np.sort(text << np.uint64(32) | shingles.hashes)
    if len(keys):
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    bounds = np.arange(n_texts + 1, dtype=np.uint64) << np.uint64(32)
    return Shingles(keys.astype(np.uint32), np.searchsorted(keys, bounds).astype(np.int64))


@njit(cache=True, nogil=True)
def _shingle(words, word_offsets, n, offsets, hashes):  # type: ignore[no-untyped-def]
    """Mixes n words with a multiply and a shift each, so that their order counts."""
    for text in range(len(offsets) - 1):
        first, last = word_offsets[text], word_offsets[text + 1]
        for i in range(offsets[text + 1] - offsets[text]):
            value = np.uint64(0x9E3779B97F4A7C15)
            for j in range(first + i, min(first + i + n, last)):
                value = (value ^ words[j]) * np.uint64(0xFF51AFD7ED558CCD)
                value ^= value >> np.uint64(32)
            hashes[offsets[text] + i] = np.uint32(value & np.uint64(0xFFFFFFFF))
