import itertools

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dedup.packed import pack, unpack

ROWS = st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=5), max_size=5)


def packed(rows: list[list[int]]) -> pl.Series:
    flat = np.array([number for row in rows for number in row], np.uint32)
    return pack("numbers", flat, np.cumsum([0, *map(len, rows)], dtype=np.int64))


def unpacked(column: pl.Series) -> list[list[int]]:
    values, offsets = unpack(column, np.uint32)
    return [values[start:end].tolist() for start, end in itertools.pairwise(offsets)]


@given(ROWS)
def test_numbers_come_back(rows: list[list[int]]) -> None:
    assert packed(rows).dtype == pl.Binary
    assert unpacked(packed(rows)) == rows


@given(ROWS, ROWS)
def test_a_part_of_several_chunks_comes_back(rows: list[list[int]], more: list[list[int]]) -> None:
    both = pl.concat([packed(rows), packed(more)], rechunk=False)
    assert unpacked(both[1:]) == [*rows, *more][1:]
