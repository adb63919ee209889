import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dedup.cleaning.linecounts import TITLE_LINES, below, holders, own_titles, votes
from dedup.cleaning.lines import LineTable, line_hashes, line_keys, line_table

WORDS = ["ข่าวเด่น", "น้ำท่วม", "เกษตร : นา", "เกษตร : สวน", "ฝนตก", "-"]
pages = st.lists(st.lists(st.sampled_from(WORDS), max_size=6), min_size=1, max_size=6)
flags = st.lists(st.booleans(), min_size=len(WORDS), max_size=len(WORDS))


def table_of(texts: list[list[str]]) -> LineTable:
    return line_table(
        pl.DataFrame({"source": ["x"] * len(texts), "text": ["\n".join(lines) for lines in texts]}).with_row_index(
            "row"
        )
    )


def marked(table: LineTable, marks: list[bool]) -> np.ndarray:
    """Of each kind of line whether its word is marked."""
    return np.array([marks[WORDS.index(text)] for text in table.kinds["text"]], np.bool_)


def hash_of(text: str) -> int:
    return line_hashes(pl.Series(["x"]), line_keys(pl.Series([text]))).fill_null(0)[0]


@given(pages, st.data(), flags)
def test_each_document_holds_a_line_once(texts: list[list[str]], data: st.DataObject, marks: list[bool]) -> None:
    documents = data.draw(st.lists(st.integers(0, 3), min_size=len(texts), max_size=len(texts)))
    table = table_of(texts)
    is_there = np.arange(table.places.height) % 3 != 0
    found = holders(table, ["line_hash"], np.array(documents, np.uint32), marked(table, marks), is_there)
    lines = [(page, text) for page, lines in enumerate(texts) for text in lines]
    expected = {
        (hash_of(text), documents[page])
        for at, (page, text) in enumerate(lines)
        if is_there[at] and marks[WORDS.index(text)] and hash_of(text)
    }
    assert found.height == len(expected)
    assert set(found.iter_rows()) == expected


def test_labels_are_held_beside_lines() -> None:
    table = table_of([["เกษตร : นา", "เกษตร : สวน"]])
    everything = np.ones(2, np.bool_)
    found = holders(table, ["line_hash", "label_hash"], np.zeros(1, np.uint32), everything, everything)
    assert set(found["line_hash"]) == {*table.kinds["line_hash"], table.kinds["label_hash"][0]}
    assert found.height == 3


@given(pages, flags, flags, st.sampled_from(WORDS))
def test_a_heading_leads_to_the_headline_right_below_it(
    texts: list[list[str]], may_be: list[bool], is_headline: list[bool], title: str
) -> None:
    table = table_of(texts)
    titles = np.full(len(texts), hash_of(title), np.uint64)
    n, n_led = votes(table, titles, marked(table, may_be), marked(table, is_headline))
    for at, text in enumerate(table.kinds["text"]):
        followed = [lines[line + 1 : line + 2] for lines in texts for line, other in enumerate(lines) if other == text]
        led = [one for (one,) in filter(None, followed) if is_headline[WORDS.index(one)] and hash_of(one) != titles[0]]
        is_asked = may_be[WORDS.index(text)]
        assert (n[at], n_led[at]) == ((len(followed), len(led)) if is_asked else (0, 0))


@given(pages, flags, flags)
def test_members_stand_below_a_heading_without_a_break(
    texts: list[list[str]], is_heading: list[bool], is_member: list[bool]
) -> None:
    table = table_of(texts)
    expected = []
    for lines in texts:
        kinds = ["h" if is_heading[WORDS.index(one)] else "m" if is_member[WORDS.index(one)] else "-" for one in lines]
        for at, kind in enumerate(kinds):
            expected.append(kind == "m" and "".join(kinds[:at]).rstrip("m").endswith("h"))
    assert below(table, marked(table, is_heading), marked(table, is_member)).tolist() == expected


@given(pages)
def test_own_title_counts_at_the_head_of_the_page(texts: list[list[str]]) -> None:
    long = [[*lines, *["อื่น ๆ"] * TITLE_LINES, WORDS[0]] for lines in texts]
    titles = np.array([hash_of(WORDS[0]), *[0] * (len(texts) - 1)], np.uint64)
    assert own_titles(table_of(long), titles).tolist() == [texts[0].count(WORDS[0]), *[0] * (len(texts) - 1)]
