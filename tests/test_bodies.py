import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dedup.cleaning.bodies import bodies_of
from dedup.cleaning.lines import line_table

lines = st.sampled_from(["", "ก", "ฝนตก", "---- ข", "ไป ====", "a"])


@given(st.lists(st.none() | st.lists(lines, max_size=6), max_size=5), st.data())
def test_bodies_are_the_lines_that_stay(texts: list[list[str] | None], data: st.DataObject) -> None:
    written = [None if text is None else "\n".join(text) for text in texts]
    table = line_table(
        pl.DataFrame(
            {"source": ["x"] * len(texts), "text": written}, schema={"source": pl.String, "text": pl.String}
        ).with_row_index("row")
    )
    n_lines = table.places.height
    is_kept = np.array(data.draw(st.lists(st.booleans(), min_size=n_lines, max_size=n_lines)), np.bool_)
    marks, expected = iter(is_kept), []
    for text in texts:
        body, is_apart = "", False
        for line in text or []:
            is_apart |= not line
            if line and next(marks):
                body += ("\n\n" if is_apart else "\n") * bool(body) + line.strip("-= ")
                is_apart = False
        expected.append(body)
    assert bodies_of(table, is_kept).to_list() == expected
