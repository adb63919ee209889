from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.matching.flattexts import Words, flatten
from dedup.matching.overlap import COUNTS, NO_DATES, ONE_DAY, OTHER_DATES, REACH, SAME_DATES, count_overlap

WORDS = st.lists(st.integers(2, 9), max_size=24)  # odd ids are figures
Counts = dict[str, int]


def words(*texts: list[int]) -> Words:
    flat = [word for text in texts for word in text]
    return Words(np.array(flat, np.uint32), np.cumsum([0, *map(len, texts)], dtype=np.int64))


def counts(
    left: list[int], right: list[int], n: int = 3, *, headlines: tuple[list[int], list[int]] = ([], []), dates: str = ""
) -> Counts:
    """Counts of one pair; `dates` marks with letters, per word of both texts, the date that begins there."""
    body = words(left, right)
    marks = np.array([ord(mark) - ord(".") for mark in dates.ljust(len(body.ids), ".")], np.int64)
    texts = flatten(body, words(*headlines), marks, n)
    row = count_overlap(texts, np.array([0]), np.array([1]), n)[0]
    return dict(zip(COUNTS, row.tolist(), strict=True))


def shingles(text: list[int], n: int) -> list[tuple[int, ...]]:
    return [tuple(text[i : i + n]) for i in range(max(len(text) - n + 1, 1))] if text else []


@settings(deadline=None)
@given(WORDS, WORDS, st.integers(1, 4))
def test_counts_are_those_of_sets(left: list[int], right: list[int], n: int) -> None:
    found = counts(left, right, n)
    a, b = (left, right) if len(set(shingles(left, n))) <= len(set(shingles(right, n))) else (right, left)
    common = set(shingles(a, n)) & set(shingles(b, n))
    covered = {j for i, shingle in enumerate(shingles(a, n)) if shingle in common for j in range(i, i + len(shingle))}
    assert found["shared"] == len(common)
    assert found["words"] == min(len(set(a)), len(set(b)))
    assert found["words_shared"] == len(set(a) & set(b))
    assert found["figures"] == min(sum(word % 2 for word in set(text)) for text in (a, b))
    assert found["figures_shared"] == sum(word % 2 for word in set(a) & set(b))
    assert found["covered"] == len(covered)
    runs = Counter(i - rank for rank, i in enumerate(sorted(covered)))
    assert found["longest_run"] == max(runs.values(), default=0)
    assert found["names_lacking"] == sum(word % 2 == 0 for word in set(a) - set(b))
    around = [(covered & set(range(i - REACH, i + 1)), covered & set(range(i, i + REACH + 1))) for i in range(len(a))]
    standing = {word for word, (before, after) in zip(a, around, strict=True) if word % 2 and before and after}
    assert found["standing"] == len(standing)
    assert found["standing_lacking"] == len(standing - set(b))


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=5), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_a_pair_does_not_depend_on_those_before_it(texts: list[list[int]], pairs: list[tuple[int, int]]) -> None:
    body = words(*texts)
    flat = flatten(body, words(*([[]] * len(texts))), np.zeros(len(body.ids), np.int64), 3)
    left, right = (np.array([pair[side] % len(texts) for pair in pairs], np.int64) for side in (0, 1))
    alone = [count_overlap(flat, left[i : i + 1], right[i : i + 1], 3) for i in range(len(pairs))]
    assert count_overlap(flat, left, right, 3).tolist() == [row.tolist() for one in alone for row in one]


@settings(deadline=None)
@given(WORDS, WORDS)
def test_sides_can_be_swapped(left: list[int], right: list[int]) -> None:
    if len(set(shingles(left, 3))) != len(set(shingles(right, 3))):
        assert counts(left, right) == counts(right, left)


SAME = list(range(10, 40, 2))


def test_a_figure_between_shared_words_stands_and_may_be_lacking() -> None:
    found = counts([*SAME[:6], 101, *SAME[6:]], [*SAME[:6], 103, *SAME[6:]])
    assert (found["standing"], found["standing_lacking"], found["others_lacking"]) == (1, 1, 1)


def test_a_figure_that_was_only_left_out_lacks_on_one_side() -> None:
    found = counts([*SAME[:6], 101, *SAME[6:]], [*SAME, 50, 52, 54])
    assert (found["standing_lacking"], found["others_lacking"]) == (1, 0)


def test_a_figure_far_from_shared_words_does_not_stand() -> None:
    other = list(range(200, 200 + 2 * (REACH + 1), 2))
    found = counts([*SAME[:6], *other, 101, *SAME[6:]], [*SAME, 50, 52, 54, 56, 58, 60, 62, 64])
    assert found["figures"] == 0
    assert found["standing"] == 0


def test_dates_agree_when_one_text_names_what_the_other_opens_with() -> None:
    left, right = list(range(2, 14, 2)), list(range(22, 36, 2))
    assert counts(left, right)["dates"] == NO_DATES
    assert counts(left, right, dates="..A...")["dates"] == NO_DATES
    assert counts(left, right, dates="..A...B.")["dates"] == OTHER_DATES
    assert counts(left, right, dates="..A...B.A")["dates"] == SAME_DATES
    assert counts(left, right, dates="..A.B.C.B")["dates"] == OTHER_DATES


def test_texts_of_one_day_open_with_the_same_date_and_exchange_none() -> None:
    left, right = list(range(2, 14, 2)), list(range(22, 36, 2))
    assert counts(left, right, dates="..A...A..")["dates"] == ONE_DAY
    assert counts(left, right, dates="..A...A.B")["dates"] == ONE_DAY
    assert counts(left, right, dates="..A.B.A.C")["dates"] == SAME_DATES
    assert counts(left, right, dates="..A.B.B.A")["dates"] == SAME_DATES


def test_names_are_lacking_where_the_longer_text_has_them_nowhere() -> None:
    longer = [*SAME, 50, 52, 54, 105]
    assert counts(SAME, longer)["names_lacking"] == 0
    assert counts([*SAME[:6], 101, *SAME[6:]], longer)["names_lacking"] == 0
    assert counts([*SAME[:6], 400, *SAME[6:], 402, 52], longer)["names_lacking"] == 2


def test_headlines_are_looked_for_in_both_texts() -> None:
    story, container = [2, 4, 6, 8], [20, 22, 2, 4, 6, 10, 12]
    found = counts(story, container, headlines=([22, 2, 4, 14], [30, 32, 34]))
    assert (found["headline"], found["headline_in_own"], found["headline_in_other"]) == (3, 1, 2)
    assert (found["other_headline"], found["other_headline_in_own"]) == (2, 0)


def test_hostile_texts_cost_no_more_than_sorting() -> None:
    equal, distinct = [3] * 200_000, list(range(1, 400_001, 2))
    found = counts(equal, distinct)
    assert (found["shared"], found["figures"]) == (0, 1)
