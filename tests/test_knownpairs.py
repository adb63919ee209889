import numpy as np
import polars as pl

from dedup.matching.knownpairs import EVIDENCE, KnownPairs

IDS = pl.Series(list("abcd"))


def judged(*pairs: tuple[int, int]) -> pl.DataFrame:
    rows = [(left, right, "near", "accepted", 0.8, left / 10, right / 10) for left, right in pairs]
    return pl.DataFrame(rows, schema={"left": pl.Int64, "right": pl.Int64, **EVIDENCE}, orient="row")


class Compared:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, pairs: pl.DataFrame) -> pl.DataFrame:
        self.asked += list(pairs.iter_rows())
        places = [tuple("abcd".index(name) for name in pair) for pair in pairs.iter_rows()]
        return pairs.hstack(judged(*places).drop("left", "right")).reverse()  # in any order


def test_pair_is_found_whichever_of_the_two_is_lower_and_asked_for_once() -> None:
    compare = Compared()
    known = KnownPairs(IDS, judged((0, 1), (2, 3)), compare)
    place, other = np.array([3, 1, 0, 2, 2]), np.array([2, 0, 2, 0, 1])
    assert known.find(place, other).tolist() == [1, 0, -1, -1, -1]
    known.ask(place, other)
    known.ask(place, other)
    assert sorted(compare.asked) == [("a", "c"), ("b", "c")]
    sides = known.evidence(known.find(place, other)).select("containment_left", "containment_right")
    assert sides.rows() == [(0.2, 0.3), (0.0, 0.1), (0.0, 0.2), (0.0, 0.2), (0.1, 0.2)]


def test_evidence_of_the_other_side_is_not_taken_for_this_one() -> None:
    compare = Compared()
    known = KnownPairs(IDS, judged((2, 1)), compare)
    known.ask(np.array([1]), np.array([2]))
    assert compare.asked == [("b", "c")]
    assert known.evidence(known.find(np.array([1]), np.array([2])))["containment_left"].to_list() == [0.1]


def test_nothing_known_is_nothing_found() -> None:
    known = KnownPairs(IDS, judged(), Compared())
    assert known.find(np.array([0]), np.array([1])).tolist() == [-1]
    assert known.evidence(np.array([-1])).row(0) == (None,) * len(EVIDENCE)
