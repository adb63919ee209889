import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.showing.charts import WIDTH, Row, columns, flow, mirrored, spark

counts = st.lists(st.integers(0, 10**7), min_size=1, max_size=45)


@given(counts)
def test_every_column_stays_inside_the_picture(values: list[int]) -> None:
    chart = columns([str(i) for i in range(len(values))], [("kept", values), ("copies", values[::-1])])
    for box in chart.boxes:
        assert box.x >= 0
        assert box.x + box.width <= WIDTH + 0.1
        assert box.y >= 0
        assert box.y + box.height <= chart.height


@given(counts)
def test_what_is_not_nothing_is_seen(values: list[int]) -> None:
    chart = columns([str(i) for i in range(len(values))], [("kept", values)])
    assert len(chart.boxes) == sum(value > 0 for value in values)
    assert all(box.height >= 0.5 for box in chart.boxes)


def test_columns_of_nothing_are_an_empty_picture() -> None:
    assert columns(["a", "b"], [("kept", [0, 0])]).boxes == []
    assert columns([], [("kept", [])]).boxes == []


def test_flow_shares_one_scale() -> None:
    chart = flow([Row([("records", 100)], "100"), Row([("articles", 75), ("quarantined", 25)], "75", "25")])
    assert [box.width for box in chart.boxes] == [WIDTH, 0.75 * WIDTH, 0.25 * WIDTH]
    assert [kind for kind, _ in chart.paths] == ["ribbon"]


def test_flow_of_nothing_is_no_error() -> None:
    assert len(flow([Row([("records", 0)], "0"), Row([("articles", 0)], "0")]).boxes) == 2


def test_mirrored_halves_have_scales_of_their_own() -> None:
    chart = mirrored([0.0, 0.5], ("joined", [1000, 0]), [("refused", [1, 0]), ("linked", [1, 0])], line=0.5)
    assert [box.height for box in chart.boxes] == [80.0, 40.0, 40.0]
    assert chart.rules == [WIDTH / 2]


def test_spark_leaves_a_gap_for_a_night_without_the_outlet() -> None:
    line = spark([1.0, None, 2.0])
    assert line.then.count("M") == 1
    assert line.now == "M44 24v-24h3V24z"


@pytest.mark.parametrize("values", [[], [None], [0.0, 0.0]])
def test_spark_of_nothing_is_no_error(values: list[float | None]) -> None:
    assert spark(values).width == 47
