"""MinHash signatures of all texts at once, bit for bit datasketch's, and the keys of their bands."""

import hashlib
from functools import cache
from importlib.metadata import version

import numpy as np
import numpy.typing as npt
from numba import njit

from dedup.words import kept
from dedup.words.shingles import SHINGLE_VERSION, Shingles

UInt32 = npt.NDArray[np.uint32]
Int64 = npt.NDArray[np.int64]

SCHEME = "affine32"  # datasketch's default since 2.0: 32-bit lanes, and unbiased on large sets
BAND_VERSION = "1"
"""Raised with every change to `band_keys`."""


def sign(shingles: Shingles, *, num_perm: int, seed: int) -> UInt32:
    """Signatures, texts × `num_perm`.

    Row i equals `MinHash(num_perm, seed, scheme="affine32", hashfunc=lambda h: h)` updated with the text's hashes. A
    text without shingles has 2³² - 1 in every lane: it is like no other text, so its bands must not be used.
    """
    multipliers, addends = _permutations(num_perm, seed)
    lanes = np.full((len(shingles.doc_offsets) - 1, num_perm), 0xFFFFFFFF, np.uint32)
    _sign(shingles.hashes, shingles.doc_offsets, multipliers, addends, lanes)
    return lanes


def signature_scheme(num_perm: int, seed: int) -> str:
    """Names how shingles, signatures and band keys are made; only those of one scheme can be compared.

    The permutations are in it as a hash, so that a datasketch that draws others is noticed, and no other update is.
    """
    drawn = hashlib.sha256(b"".join(row.tobytes() for row in _permutations(num_perm, seed))).hexdigest()[:16]
    return f"{SCHEME}/{num_perm}/{seed}/{drawn}/shingles-{SHINGLE_VERSION}/bands-{BAND_VERSION}"


@cache
def _permutations(num_perm: int, seed: int) -> tuple[UInt32, UInt32]:
    """datasketch's multipliers and addends. Kept on disk: to import it costs 0.4 s, most of it SciPy's integrals."""
    place = kept.place("permutations", [version("datasketch"), SCHEME, str(num_perm), str(seed)])
    drawn = kept.read(place, ["drawn"])
    if drawn is None:
        from datasketch import MinHash  # noqa: PLC0415  (see above)

        drawn = {"drawn": MinHash(num_perm=num_perm, seed=seed, scheme=SCHEME).permutations.astype("<u4")}
        kept.keep(place, drawn)
    multipliers, addends = drawn["drawn"]
    return multipliers.copy(), addends.copy()


def band_keys(signatures: UInt32, *, bands: int, rows: int) -> Int64:
    """Keys, texts × `bands`: a 64-bit hash of each band's number and its `rows` lanes.

    Equal keys mean equal bands but for one pair of bands in 2⁶⁴. Stable: no version or machine enters it.
    """
    if bands < 1 or rows < 1 or bands * rows > signatures.shape[1]:
        raise ValueError(f"{bands} bands of {rows} rows do not fit {signatures.shape[1]} lanes")
    keys = np.empty((len(signatures), bands), np.int64)
    _band_keys(signatures, rows, keys)
    return keys


@njit(cache=True, nogil=True)
def _sign(hashes, offsets, multipliers, addends, lanes):  # type: ignore[no-untyped-def]
    """datasketch's affine32: MurmurHash3's finalizer, then min over (a · h + b) mod 2³² in every lane."""
    for text in range(len(offsets) - 1):
        row = lanes[text]
        for i in range(offsets[text], offsets[text + 1]):
            h = hashes[i]
            h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
            h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
            h = np.uint32(h ^ (h >> np.uint32(16)))
            for lane in range(len(row)):
                row[lane] = min(row[lane], np.uint32(multipliers[lane] * h + addends[lane]))


@njit(cache=True, nogil=True)
def _band_keys(signatures, rows, keys):  # type: ignore[no-untyped-def]
    """A multiply and a shift a lane (constants of MurmurHash3's 64-bit finalizer), started with the band's number."""
    for text in range(len(keys)):
        for band in range(keys.shape[1]):
            value = np.uint64(0x9E3779B97F4A7C15) * np.uint64(band + 1)
            for lane in range(band * rows, (band + 1) * rows):
                value = (value ^ np.uint64(signatures[text, lane])) * np.uint64(0xFF51AFD7ED558CCD)
                value ^= value >> np.uint64(33)
            value = (value ^ (value >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
            keys[text, band] = np.int64(value ^ (value >> np.uint64(33)))
