import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.cleaning.lookup import look_up, numbered

hashes = st.lists(st.sampled_from([0, 1, 17, 33, 2**63, 2**64 - 1]) | st.integers(0, 2**64 - 1), max_size=40)


@given(hashes)
def test_equal_hashes_have_one_number_and_none_has_zero(values: list[int]) -> None:
    numbers, distinct = numbered(np.array(values, np.uint64))
    assert distinct.tolist() == [0, *dict.fromkeys(value for value in values if value)]
    assert distinct[numbers].tolist() == values


@given(hashes, hashes)
def test_hashes_are_found_where_they_stand(values: list[int], others: list[int]) -> None:
    among = [other for other in others if other] * 2
    places = look_up(np.array(values, np.uint64), np.array(among, np.uint64))
    assert places.tolist() == [among.index(value) if value in among else -1 for value in values]
