import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.matching.occurrences import enter, look_up, table_size

VALUES = st.lists(st.integers(0, 9) | st.integers(0, 2**32 - 1), max_size=40)


@settings(deadline=None)
@given(VALUES, VALUES)
def test_values_are_found_where_they_stand(wanted: list[int], values: list[int]) -> None:
    table, first = np.empty(table_size(len(values)) * 2, np.int32), np.empty(len(values), np.int32)
    is_found, is_wanted = np.ones(len(wanted), np.bool_), np.ones(len(values), np.bool_)
    a, b = np.array(wanted, np.uint32), np.array(values, np.uint32)
    assert enter(b, table, first) == len(set(values))
    assert first.tolist() == [values.index(value) for value in values]
    common = set(wanted) & set(values)
    counts = look_up(a, b, table, first, is_found, is_wanted)
    assert counts == (len(common), sum(value % 2 for value in common))
    assert is_found.tolist() == [value in values for value in wanted]
    assert is_wanted.tolist() == [value in wanted for value in values]
