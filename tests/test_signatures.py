from collections.abc import Iterator
from pathlib import Path

import datasketch
import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.words import signatures
from dedup.words.shingles import Shingles
from dedup.words.signatures import band_keys, sign, signature_scheme

hashes = st.lists(st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**32 - 1]), max_size=20)


def flat(rows: list[list[int]]) -> Shingles:
    values = np.array([value for row in rows for value in row], np.uint32)
    return Shingles(values, np.cumsum([0, *map(len, rows)], dtype=np.int64))


@pytest.fixture(autouse=True)
def drawn_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test looks at permutations that an earlier run has kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    signatures._permutations.cache_clear()
    yield
    signatures._permutations.cache_clear()


def by_datasketch(row: list[int], num_perm: int, seed: int) -> list[int]:
    minhash = MinHash(num_perm=num_perm, seed=seed, scheme="affine32", hashfunc=lambda value: value)
    minhash.update_batch(row)
    return [int(lane) for lane in minhash.hashvalues]


@pytest.mark.parametrize("num_perm", [16, 64, 100, 128, 256])
@pytest.mark.parametrize("seed", [0, 1, 20_260_101])
def test_signatures_are_datasketchs_bit_for_bit(num_perm: int, seed: int) -> None:
    rows = [np.random.default_rng(n).integers(0, 2**32, n, dtype=np.uint32).tolist() for n in (0, 1, 2, 37, 500)]
    signatures = sign(flat(rows), num_perm=num_perm, seed=seed)
    assert signatures.dtype == np.uint32
    assert signatures.tolist() == [by_datasketch(row, num_perm, seed) for row in rows]


def test_permutations_that_were_kept_are_those_that_were_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = signatures._permutations(64, 5)
    signatures._permutations.cache_clear()
    monkeypatch.setattr(datasketch, "MinHash", None)
    read = signatures._permutations(64, 5)
    assert [row.tolist() for row in read] == [row.tolist() for row in drawn]
    assert [row.dtype for row in read] == [np.uint32] * 2


@given(st.lists(hashes, max_size=5))
@settings(deadline=None)
def test_signatures_of_any_hashes_are_datasketchs(rows: list[list[int]]) -> None:
    assert sign(flat(rows), num_perm=32, seed=7).tolist() == [by_datasketch(row, 32, 7) for row in rows]


@given(hashes)
@settings(deadline=None)
def test_repetition_and_order_of_shingles_do_not_count(row: list[int]) -> None:
    one, other = sign(flat([row, [*reversed(row), *row]]), num_perm=16, seed=1).tolist()
    assert one == other


def test_an_empty_text_has_the_highest_value_in_every_lane() -> None:
    assert sign(flat([[]]), num_perm=128, seed=1).tolist() == [[2**32 - 1] * 128]


def test_a_scheme_names_lanes_seed_and_permutations() -> None:
    schemes = {signature_scheme(num_perm, seed) for num_perm in (64, 128) for seed in (1, 2)}
    assert len(schemes) == 4
    assert signature_scheme(128, 1) == "affine32/128/1/b14750dd0abf30bb/shingles-1/bands-1"


@given(st.lists(st.lists(st.integers(0, 2), min_size=12, max_size=12), min_size=1, max_size=12))
@settings(deadline=None)
def test_band_keys_are_equal_exactly_where_bands_are(rows: list[list[int]]) -> None:
    signatures = np.array(rows, np.uint32)
    keys = band_keys(signatures, bands=4, rows=3)
    bands = {
        (band, tuple(row[3 * band : 3 * band + 3])): keys[i, band] for i, row in enumerate(rows) for band in range(4)
    }
    assert all(
        keys[i, band] == bands[band, tuple(rows[i][3 * band : 3 * band + 3])] for i, band in np.ndindex(keys.shape)
    )
    assert len(set(bands.values())) == len(bands)


def test_band_keys_stay_what_they_were() -> None:
    """The index remembers them: when this fails, raise BAND_VERSION."""
    keys = band_keys(np.arange(8, dtype=np.uint32)[None, :], bands=2, rows=3)
    assert keys.dtype == np.int64
    assert keys.tolist() == [[-1363231279104336683, -3909037837178453104]]


@pytest.mark.parametrize(("bands", "rows"), [(0, 3), (3, 0), (43, 3)])
def test_bands_that_do_not_fit_the_signature_are_refused(bands: int, rows: int) -> None:
    with pytest.raises(ValueError, match="do not fit 128 lanes"):
        band_keys(np.zeros((1, 128), np.uint32), bands=bands, rows=rows)
