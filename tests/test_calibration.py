import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.scoring.calibration import CALIBRATION_SCHEMA, calibration, labelled_pairs

FOUND = pl.DataFrame(
    {
        "id": ["1", "2", "3", "4"],
        "article_id": ["a", "b", "c", None],
        "story_id": ["x", "x", "y", "y"],
        "cluster": ["p", "p", "q", "alone-4"],
        "is_missing": [False, False, False, True],
    }
)


def match(left: str, right: str, contained: float = 0.5, verdict: str = "accepted") -> dict[str, object]:
    shares = {"containment_left": contained, "containment_right": 0.0, "jaccard": contained / 2}
    return {"left_id": left, "right_id": right, **shares, "verdict": verdict, "rule": "near"}


def test_pair_of_an_article_without_a_label_is_left_out() -> None:
    found = labelled_pairs(FOUND, pl.DataFrame([match("a", "b"), match("a", "z"), match("b", "c")]))
    assert found.select("left_id", "right_id", "is_same").rows() == [("a", "b", True), ("b", "c", False)]
    assert found.select("left_truth", "right_truth", "left_cluster", "right_cluster").row(1) == ("x", "y", "p", "q")


def test_share_of_one_story_is_told_by_band_and_verdict() -> None:
    pairs = labelled_pairs(
        FOUND,
        pl.DataFrame([match("a", "b", 0.31), match("a", "c", 0.39), match("b", "c", 0.39, "refused")]),
    )
    table = calibration(pairs)
    assert table.filter(by="containment").select("at", "verdict", "pairs", "same_share").rows() == [
        ("0.3–0.4", "accepted", 2, 0.5),
        ("0.3–0.4", "refused", 1, 0.0),
    ]
    assert table.filter(by="jaccard")["at"].to_list() == ["0.1–0.2", "0.1–0.2"]
    assert table.filter(by="rule").select("at", "verdict", "pairs").rows() == [
        ("near", "accepted", 2),
        ("near", "refused", 1),
    ]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers(0, 10))
def test_every_pair_stands_in_the_band_around_its_share(shares: list[float], tenths: int) -> None:
    pairs = labelled_pairs(FOUND, pl.DataFrame([match("a", "b", share) for share in [*shares, tenths / 10]]))
    table = calibration(pairs).filter(by="containment")
    assert table["pairs"].sum() == len(shares) + 1
    edges = [tuple(map(float, at.split("–"))) for at in table["at"]]
    for share in [*shares, tenths / 10]:
        assert any(low - 1e-6 <= share <= high + 1e-6 for low, high in edges)
    assert tenths == 10 or any(low == tenths / 10 for low, _ in edges)


def test_no_pairs_are_an_empty_table() -> None:
    none = labelled_pairs(FOUND, pl.DataFrame([match("a", "z")]))
    assert calibration(none).is_empty()
    assert calibration(none).schema == CALIBRATION_SCHEMA
