"""A trigger is set off by what it names, wherever it stands, and by nothing else."""

import re
from typing import Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cleaning.triggers import END, START, Trigger, compiled, triggered

TRIGGERS: Final = [
    Trigger(singles="é\u0300-\u036f"),
    Trigger(pairs=[("ก-ฮ", "ะ"), (" ", " ")]),
    Trigger(pairs=[(START, " \n"), (" \n", END)]),
    Trigger(runs=[("ก-ฮ", 12), ("ะ่-๋", 3)]),
    Trigger(runs=[("ค-ง0-9", 6), ("\n", 2)], singles="\U00010000"),
]
ORACLES: Final = [
    "[é\u0300-\u036f]",
    "[ก-ฮ]ะ|  ",
    r"\A[ \n]|[ \n]\Z",
    "[ก-ฮ]{12}|[ะ่-๋]{3}",
    "[ค-ง0-9]{6}|\n\n|[\U00010000-\U0010ffff]",
]
TABLES: Final = compiled(TRIGGERS)
PIECES = st.lists(
    st.sampled_from([*"กคงฮะ่๋09 \né\u0301x-", "ก" * 11, "ค" * 5, "0ค" * 3, "๊๊", "🔥", "ü", "\uffff"]), max_size=12
).map("".join)


@given(st.lists(st.one_of(PIECES, st.text(max_size=10), st.none()), max_size=8))
def test_bits_are_those_of_the_same_rules_as_regexes(texts: list[str | None]) -> None:
    found = triggered(pl.Series(texts, dtype=pl.String), TABLES).tolist()
    wanted = [sum(bool(re.search(rule, text or "")) << bit for bit, rule in enumerate(ORACLES)) for text in texts]
    is_told = [START not in (text or "") and END not in (text or "") for text in texts]
    assert [bits for bits, is_sure in zip(found, is_told, strict=True) if is_sure] == [
        bits for bits, is_sure in zip(wanted, is_told, strict=True) if is_sure
    ]


@pytest.mark.parametrize(
    ("text", "is_seen"),
    [("เนเนเน", True), ("เน.เธกเน", True), ("เนเน", False), ("เนอะเนอะเนอะ", False), ("เน" + "ก" * 9 + "เนเน", False)],
)
def test_chain_needs_its_pair_three_times_close_together(text: str, is_seen: bool) -> None:
    tables = compiled([Trigger(singles="x"), Trigger(chain=("เ", "ธน"))])
    assert triggered(pl.Series([text]), tables).tolist() == [2 * is_seen]


def test_a_row_of_a_sliced_column_is_read_where_it_stands() -> None:
    texts = pl.Series(["  ", "ก", "กะ", None, "é"])
    assert triggered(texts[2:], TABLES).tolist() == triggered(texts, TABLES).tolist()[2:] == [2, 0, 1]
