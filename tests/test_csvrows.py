import csv
import io
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.reading.csvrows import CsvRow, csv_rows
from dedup.reading.rawlines import RawLine
from dedup.reading.refusals import ReadReason, Refusal
from dedup.settings import ReadSettings

SETTINGS = ReadSettings()
FIELD = st.text(alphabet='กข ",;\n\t', max_size=8)


def lines(raw: bytes) -> Iterator[RawLine]:
    offset = 0
    for number, piece in enumerate(raw.split(b"\n"), start=1):
        if piece or offset + len(piece) < len(raw):
            yield RawLine(number, offset, piece, is_ended=True)
        offset += len(piece) + 1


def rows(text: str | bytes, limits: ReadSettings = SETTINGS) -> list[CsvRow]:
    raw = text if isinstance(text, bytes) else text.encode()
    return list(csv_rows(lines(raw), settings=limits))


def texts(text: str) -> list[list[str]]:
    return [[field.decode() for field in row.fields] for row in rows(text) if not row.refusal]


def reasons(text: str) -> list[tuple[int, str | None]]:
    return [(row.line, row.refusal and row.refusal.reason.value) for row in rows(text)]


@settings(deadline=None)
@given(
    table=st.lists(st.tuples(FIELD, FIELD, FIELD), max_size=6),
    ending=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_well_formed_file_gives_the_rows_that_were_written(
    table: list[tuple[str, str, str]], ending: str, quoting: int
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator=ending, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([("id", "title", "text"), *table])
    assert texts(file.getvalue()) == [["id", "title", "text"], *(list(row) for row in table)]


@settings(deadline=None)
@given(st.text(alphabet='ก",\n', max_size=120))
def test_no_line_is_lost_or_doubled_whatever_the_quotes(text: str) -> None:
    raw = text.encode()
    kept = b"\n".join(row.raw for row in rows(raw))
    assert [line for line in kept.split(b"\n") if line.strip()] == [line for line in raw.split(b"\n") if line.strip()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_that_of_the_header(delimiter: str) -> None:
    assert texts(delimiter.join(["id", "text"]) + "\n" + delimiter.join(["1", '"ก"'])) == [["id", "text"], ["1", "ก"]]


def test_byte_order_mark_does_not_hide_a_quoted_header() -> None:
    assert texts('\ufeff"id","te,xt"\n1,ก') == [["id", "te,xt"], ["1", "ก"]]


def test_quote_inside_an_unquoted_field_is_a_letter() -> None:
    assert texts('id,text\n1,จอ 14" ใหม่\n2,ข') == [["id", "text"], ["1", 'จอ 14" ใหม่'], ["2", "ข"]]


def test_bad_quote_costs_its_line_only() -> None:
    text = 'id,text\n1,"ก" ข\n2,"ค"\n3,ง\n'
    assert reasons(text) == [(1, None), (2, "bad-csv"), (3, None), (4, None)]


def test_quote_left_open_before_a_quoted_row_costs_its_line_only() -> None:
    text = 'id,text\n1,"ก\n2,ข\n3,ค\n4,"ง"\n5,จ\n'
    assert reasons(text) == [(1, None), (2, "bad-csv"), (3, None), (4, None), (5, None), (6, None)]


def test_stray_quote_that_swallows_whole_rows_to_the_end_costs_its_line_only() -> None:
    text = 'id,text\n1,"ก\n2,ข\n3,ค\n'
    assert reasons(text) == [(1, None), (2, "bad-csv"), (3, None), (4, None)]


def test_article_cut_by_the_end_of_the_file_is_refused_as_one() -> None:
    text = 'id,text\n1,ก\n2,"ย่อหน้าแรก\nย่อหน้าที่สอง\n\nย่อหน้าที่สาม'
    assert reasons(text) == [(1, None), (2, None), (3, "truncated")]
    assert rows(text)[-1].raw.decode().endswith("ย่อหน้าที่สาม")


def test_line_refused_before_stays_refused_and_ends_the_row_it_stands_in() -> None:
    cut = RawLine(3, 20, b"...", is_ended=False, refusal=Refusal(ReadReason.TRUNCATED, "cut"))
    found = list(csv_rows([*lines('id,text\n1,"ก'.encode()), cut], settings=SETTINGS))
    assert [row.refusal and row.refusal.reason.value for row in found] == [None, "truncated", "truncated"]


def test_row_over_the_limit_is_refused_and_reading_goes_on() -> None:
    text = 'id,text\n1,"' + "ก\n" * 1_000 + "\n2,ข"
    found = rows(text, ReadSettings(max_record_bytes=1_000))
    assert found[1].refusal and found[1].refusal.reason is ReadReason.TOO_LONG
    assert [field.decode() for field in found[-1].fields] == ["2", "ข"]


def test_rows_swallowed_again_and_again_are_read_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    from dedup.reading import csvrows

    scanned = []
    scan = csvrows._scan

    def counting(raw: bytes, delimiter: bytes, *, is_open: bool) -> bool | None:
        scanned.append(len(raw))
        return scan(raw, delimiter, is_open=is_open)

    monkeypatch.setattr(csvrows, "_scan", counting)
    text = "id,text\n" + 'a","b\n' * 5_000
    found = rows(text)
    assert sum(scanned) <= 3 * len(text)
    assert sum(row.raw.count(b"\n") + 1 for row in found) == 5_001


def test_random_damage_never_raises() -> None:
    rng = random.Random(7)
    whole = "id,title,text\n" + "\n".join(f'{i},"หัวข้อ {i}","เนื้อ ""ข่าว""\nบรรทัดสอง"' for i in range(30))
    for _ in range(300):
        at = rng.randrange(len(whole))
        damaged = whole[:at] + rng.choice(['"', ",", "\n", ""]) + whole[at + rng.randrange(3) :]
        kept = b"\n".join(row.raw for row in rows(damaged)).decode()
        assert kept.replace("\n\n", "\n").strip() == damaged.replace("\n\n", "\n").strip()
