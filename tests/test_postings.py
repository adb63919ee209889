import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.matching.postings import _PART_BITS, Keys, Postings

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


def test_a_table_of_many_parts_finds_what_one_of_one_part_does() -> None:
    """Nights of so many keys that the table has several parts, and each key is in several nights."""
    random = np.random.default_rng(1)
    nights = [[random.choice(150_000, 30, replace=False).tolist() for _ in range(2_500)] for _ in range(5)]
    *window, tonight = nights
    postings = Postings(keys_of(tonight), width=3)
    assert len(postings._table) >> int(_PART_BITS) > 1
    holders: dict[int, list[int]] = {}
    for at, night in enumerate(window):
        postings.pass_by(keys_of(night), at * len(night))
        for place, keys in enumerate(night, at * len(night)):
            for key in keys:
                holders.setdefault(key, []).append(place)
    expected = []
    for place, keys in enumerate(tonight, sum(map(len, window))):
        for key in keys:
            expected += [(left, place) for left in holders.get(key, [])[-3:]]
            holders.setdefault(key, []).append(place)
    found = postings.neighbours(sum(map(len, window))).pairs.tolist()
    assert sorted((pair >> 32, pair & 0xFFFFFFFF) for pair in found) == sorted(expected)


def test_what_the_width_cuts_is_counted() -> None:
    found = Postings(keys_of([[1]] * 5), width=2).neighbours(0)
    assert (len(found.pairs), found.n_cut, found.largest, found.n_crowded) == (1 + 2 + 2 + 2, 1 + 2, 5, 1)


def test_pairs_grow_linearly_in_a_crowded_key() -> None:
    found = Postings(keys_of([[1]] * 10_000), width=8).neighbours(0)
    assert len(found.pairs) <= 8 * 10_000
