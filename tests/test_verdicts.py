import contextlib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.errors import InputError
from dedup.index import Index
from dedup.persons.verdicts import VERDICT_SCHEMA, keep, kept, read_verdicts

HEADER = "left,right,verdict,by,on,note\n"


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "verdicts.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_lines_are_read_with_their_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + 'a, b ,Same,สมศรี,2026-11-24,"two\nlines"\n\nc,d,different,,,\n')
    found = read_verdicts(path)
    assert found.schema == VERDICT_SCHEMA
    assert found.select("line", "left", "right", "verdict").rows() == [
        (2, "a", "b", "same"),
        (5, "c", "d", "different"),
    ]
    assert found.row(0)[-3:] == ("สมศรี", "2026-11-24", "two\nlines")


def test_order_of_columns_and_further_ones_do_not_matter(tmp_path: Path) -> None:
    found = read_verdicts(written(tmp_path, "\ufeffVerdict,seen,RIGHT,left\r\nsame,yes,b,a\r\n"))
    assert found.select("left", "right", "verdict", "by").rows() == [("a", "b", "same", "")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("left,verdict\n", "no column right"),
        ("", "no column left, right, verdict"),
        (HEADER + "a,b,maybe\n", "line 2: verdict 'maybe'"),
        (HEADER + "a,b,same\n,b,same\n", "line 3: left and right must both"),
        (HEADER + "a,a,different\n", "line 2: left and right are the same"),
        (HEADER + "a,b\n", "line 2: verdict ''"),
        (HEADER + "a,b,same\nc,d,same\nb,a,different\n", "lines 2 and 4"),
        (HEADER + 'a,"b,same\n', "cannot be read"),
        (HEADER + "a,b,perhaps\n" * 9, "and 4 more"),
    ],
)
def test_faulty_file_is_refused_by_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_verdicts(written(tmp_path, text))


def test_file_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="UTF-8"):
        read_verdicts(written(tmp_path, HEADER + "ข่าว,b,same\n", "cp874"))
    with pytest.raises(InputError, match="cannot be read"):
        read_verdicts(tmp_path / "gone.csv")


def test_home_remembers_the_last_file(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    assert kept(index).rows() == []
    for text in ("a,b,same\n", "c,d,different\n"):
        given_now = read_verdicts(written(tmp_path, HEADER + text))
        keep(index, given_now)
        assert kept(index).equals(given_now)
    assert [path.name for path in index.root.iterdir()] == ["verdicts.parquet"]


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("junk") / "verdicts.csv"
    path.write_bytes(HEADER.encode() + junk)
    with contextlib.suppress(InputError):
        assert isinstance(read_verdicts(path), pl.DataFrame)


def test_file_that_the_docs_show_is_understood(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    block = text[text.index("    left,right,verdict") :].split("\n\n")[0]
    found = read_verdicts(written(tmp_path, "\n".join(line.strip() for line in block.splitlines())))
    assert found["verdict"].to_list() == ["different", "same"]
    assert found["note"][0] == "same wording about another accident"
