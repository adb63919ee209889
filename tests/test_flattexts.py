from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.matching.flattexts import Words, flatten

NONE = Words(np.zeros(0, np.uint32), np.zeros(1, np.int64))
TEXTS = st.lists(st.lists(st.integers(0, 5), max_size=8), min_size=1, max_size=4)


def words(texts: list[list[int]]) -> Words:
    return Words(
        np.array([word for text in texts for word in text], np.uint32), np.cumsum([0, *map(len, texts)], dtype=np.int64)
    )


@settings(deadline=None)
@given(TEXTS, TEXTS, st.integers(1, 4))
def test_shingles_are_runs_of_words_and_distinct_ones_are_counted(
    texts: list[list[int]], titles: list[list[int]], n: int
) -> None:
    headlines = [*titles, *([[]] * len(texts))][: len(texts)]
    body = words(texts)
    flat = flatten(body, words(headlines), np.zeros(len(body.ids), np.int64), n)
    names: dict[tuple[int, ...], int] = {}
    for i, text in enumerate(texts):
        runs = [tuple(text[j : j + n]) for j in range(max(len(text) - n + 1, 1))] if text else []
        found = flat.shingles[flat.offsets[i] :][: len(runs)].tolist()
        assert all(names.setdefault(run, name) == name for run, name in zip(runs, found, strict=True))
        assert flat.n_shingles[i] == len(set(runs))
        assert flat.n_words[i] == len(set(text))
        assert flat.n_figures[i] == len({word for word in text if word % 2})
        pairs = set(pairwise(headlines[i]))
        assert flat.headline_offsets[i + 1] - flat.headline_offsets[i] == len(pairs)
        assert flat.n_printed[i] == len(pairs & set(pairwise(text)))
    assert len(set(names.values())) == len(names)


def test_dates_keep_their_order_and_their_text() -> None:
    body = words([[2, 4, 6], [], [8, 10]])
    flat = flatten(body, words([[], [], []]), np.array([0, 70, 66, 35, 0]), 3)
    assert flat.dates.tolist() == [70, 66, 35]
    assert flat.date_offsets.tolist() == [0, 2, 2, 3]


def test_a_headline_of_one_word_has_no_pairs_to_look_for() -> None:
    flat = flatten(words([[2, 4]]), words([[2]]), np.zeros(2, np.int64), 3)
    assert flat.headline_offsets.tolist() == [0, 0]
