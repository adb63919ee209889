import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.matching.postings import Keys, Postings

ARTICLES = st.lists(st.lists(st.integers(-3, 3), max_size=4, unique=True), max_size=8)


def keys_of(articles: list[list[int]]) -> Keys:
    offsets = np.cumsum([0, *map(len, articles)], dtype=np.int64)
    return Keys(np.array([key for keys in articles for key in keys], np.int64), offsets)


def by_definition(before: list[list[int]], tonight: list[list[int]], width: int) -> list[tuple[int, int]]:
    """Per key: each new article with the `width` before it."""
    everyone = before + tonight
    found = []
    for right in range(len(before), len(everyone)):
        for key in everyone[right]:
            holders = [left for left in range(right) if key in everyone[left]]
            found += [(left, right) for left in holders[-width:]]
    return sorted(found)


@settings(deadline=None)  # the first example waits for the compiler
@given(nights=st.lists(ARTICLES, min_size=1, max_size=4), width=st.integers(1, 4))
def test_pairs_are_those_of_the_definition(nights: list[list[list[int]]], width: int) -> None:
    *window, tonight = nights
    postings = Postings(keys_of(tonight), width)
    before: list[list[int]] = []
    for night in window:
        postings.pass_by(keys_of(night), len(before))
        before += night
    found = postings.neighbours(len(before))
    pairs = sorted((pair >> 32, pair & 0xFFFFFFFF) for pair in found.pairs.tolist())
    assert pairs == by_definition(before, tonight, width)


def test_what_the_width_cuts_is_counted() -> None:
    found = Postings(keys_of([[1]] * 5), width=2).neighbours(0)
    assert (len(found.pairs), found.n_cut, found.largest, found.n_crowded) == (1 + 2 + 2 + 2, 1 + 2, 5, 1)


def test_pairs_grow_linearly_in_a_crowded_key() -> None:
    found = Postings(keys_of([[1]] * 10_000), width=8).neighbours(0)
    assert len(found.pairs) <= 8 * 10_000
