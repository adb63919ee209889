import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.matching.components import bounded_components, components

PLACES = 12
PAIRS = st.lists(st.tuples(st.integers(0, PLACES - 1), st.integers(0, PLACES - 1)), max_size=20)


def edges(*rows: tuple[int, int, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"left": pl.Int64, "right": pl.Int64, "jaccard": pl.Float64}, orient="row")


def by_hand(pairs: list[tuple[int, int]]) -> list[int]:
    """Lowest place reachable from each place."""
    lowest = list(range(PLACES))
    for _ in range(PLACES):
        for left, right in pairs:
            lowest[left] = lowest[right] = min(lowest[left], lowest[right])
    return lowest


@settings(deadline=None)
@given(PAIRS)
def test_a_component_is_named_by_its_lowest_place(pairs: list[tuple[int, int]]) -> None:
    frame = edges(*((left, right, 1.0) for left, right in pairs))
    assert components(PLACES, frame["left"], frame["right"]).to_list() == by_hand(pairs)


def test_an_oversized_component_is_cut_at_a_stricter_jaccard_and_reported() -> None:
    chain = edges((0, 1, 0.95), (1, 2, 0.55), (2, 3, 0.95), (4, 5, 0.55))
    found, cuts = bounded_components(6, chain, max_size=3)
    assert found.to_list() == [0, 0, 2, 2, 4, 4]
    assert cuts.rows() == [(0, 4, 0.6)]


def test_a_component_within_the_bound_is_left_alone() -> None:
    found, cuts = bounded_components(3, edges((0, 1, 0.4), (1, 2, 0.4)), max_size=3)
    assert found.to_list() == [0, 0, 0]
    assert cuts.is_empty()


def test_identical_texts_are_never_cut() -> None:
    found, cuts = bounded_components(5, edges(*((0, i, 1.0) for i in range(1, 5))), max_size=2)
    assert found.to_list() == [0] * 5
    assert cuts["jaccard"].to_list() == [0.6, 0.7, 0.8, 0.9, 1.0]
