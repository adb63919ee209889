from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedup.reading.fields import FIELDS, Delivered
from dedup.reading.parquetrows import parquet_rows
from dedup.reading.rawfiles import RawFile
from dedup.reading.refusals import ReadReason, Refused
from dedup.settings import ReadSettings

SETTINGS = ReadSettings()
ROW = {"id": "1", "title": "หัวข้อ", "body": "เนื้อข่าวภาษาไทย"}


def events(path: Path, limits: ReadSettings = SETTINGS) -> list[Delivered | Refused]:
    return list(parquet_rows(RawFile(path, path.name, source="lanna"), limits))


def table(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def first(path: Path) -> dict[str, str | None]:
    event = events(path)[0]
    assert isinstance(event, Delivered)
    return dict(zip((*FIELDS, "extra"), event.row, strict=True))


def reasons(found: list[Delivered | Refused]) -> list[str | None]:
    return [one.refusal.reason.value if isinstance(one, Refused) else None for one in found]


def test_every_row_of_every_row_group_is_an_event_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame([ROW | {"id": str(i), "body": None if i % 100 == 7 else "เนื้อ"} for i in range(1_000)])
    frame.write_parquet(path, row_group_size=150)
    found = events(path)
    assert [one.line for one in found] == list(range(1, 1_001))
    assert [one.line for one in found if isinstance(one, Refused)] == list(range(8, 1_001, 100))
    assert reasons(found).count("empty-text") == 10


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pa.array([20261102], pa.int64()), "20261102"),
        (pa.array([5.0], pa.float32()), "5"),
        (pa.array([float("nan")]), None),
        (pa.array([True]), "true"),
        (pa.array([Decimal("12.50")]), "12.50"),
        (pa.array([date(2026, 11, 2)]), "2026-11-02"),
        (pa.array([datetime(2026, 11, 2, 8, 30)], pa.timestamp("ns")), "2026-11-02T08:30:00"),
        (pa.array([datetime(2026, 11, 2, 8, 30, tzinfo=UTC)], pa.timestamp("us", "UTC")), "2026-11-02T08:30:00+00:00"),
        (
            pa.array([datetime(2026, 11, 2, 1, 30, tzinfo=UTC)], pa.timestamp("ms", "Asia/Bangkok")),
            "2026-11-02T08:30:00+07:00",
        ),
        (pa.array([["สังคม", "ภูมิภาค"]]), "สังคม, ภูมิภาค"),
        (pa.array([{"th": "สังคม"}]), '{"th":"สังคม"}'),
        (pa.array(["สังคม"]).dictionary_encode(), "สังคม"),
        (pa.array(["สังคม"], pa.large_string()), "สังคม"),
        (pa.array(["สังคม".encode()], pa.binary()), "สังคม"),
        (pa.array([None], pa.null()), None),
        (pa.array([2**30], pa.int32()).cast(pa.date32()), "1073741824"),
        (pa.array([2**62], pa.timestamp("us")), "4611686018427387904"),
        (pa.array([1_000_000], pa.timestamp("us", "Nowhere/Land")), "1000000"),
    ],
)
def test_types_become_plain_strings(tmp_path: Path, column: pa.Array, text: str | None) -> None:
    path = table(tmp_path / "a.parquet", body=pa.array(["เนื้อข่าว"]), published_at=column)
    assert first(path)["published_raw"] == text


def test_nan_in_an_unknown_column_is_null_and_refuses_nothing(tmp_path: Path) -> None:
    assert (
        first(table(tmp_path / "a.parquet", body=pa.array(["เนื้อข่าว"]), score=pa.array([float("nan")])))["extra"] is None
    )


def test_string_that_is_no_utf8_refuses_its_row_only(tmp_path: Path) -> None:
    thai, broken = "ข่าวจากเครื่องเก่า".encode("cp874"), b"\xff\xfe\xfd"
    raw = pa.array([b"fine", thai, broken, "ไทย".encode()], pa.binary())
    path = table(tmp_path / "a.parquet", body=raw.view(pa.string()))
    found = events(path)
    assert reasons(found) == [None, None, "undecodable", None]
    assert isinstance(found[1], Delivered) and "ข่าวจากเครื่องเก่า" in found[1].row


def test_file_that_is_no_parquet_is_one_refusal(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    for raw in (b"", b"PAR1", b"not parquet at all", b"PAR1" + b"\0" * 50 + b"PAR1"):
        path.write_bytes(raw)
        assert reasons(events(path)) == ["damaged"]


@pytest.mark.parametrize("has_checksum", [True, False])
def test_damaged_row_group_is_refused_as_one_and_the_others_are_read(tmp_path: Path, has_checksum: bool) -> None:
    path = tmp_path / "a.parquet"
    texts = [f"เนื้อข่าวที่ {i}" * 20 for i in range(300)]
    options = {"row_group_size": 100, "use_dictionary": False, "compression": "none" if has_checksum else "zstd"}
    pq.write_table(pa.table({"body": texts}), path, write_page_checksum=has_checksum, **options)
    chunk = pq.read_metadata(path).row_group(1).column(0)
    raw = bytearray(path.read_bytes())
    at = chunk.data_page_offset + chunk.total_compressed_size - 60  # the page; before it stand its statistics
    raw[at : at + 30] = bytes(30)
    path.write_bytes(bytes(raw))
    found = events(path)
    assert sum(isinstance(one, Delivered) for one in found) == 200
    (refused,) = (one for one in found if isinstance(one, Refused))
    assert refused.refusal.reason is ReadReason.DAMAGED and "101 to 200" in refused.refusal.detail


def test_two_columns_of_one_name_refuse_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(["ก"]), pa.array(["ข"])], names=["body", "body"]), path)
    assert reasons(events(path)) == ["duplicate-key"]


def test_rows_over_the_budget_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", body=pa.array(["เนื้อข่าว"] * 100))
    assert reasons(events(path, ReadSettings(max_file_rows=99))) == ["over-budget"]


def test_few_bytes_on_disk_that_hold_much_text_are_stopped(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", body=pa.array(["ข่าว" * 10_000] * 500))
    limits = ReadSettings(ratio_floor_bytes=1_000_000, max_ratio=100)
    assert path.stat().st_size < 200_000
    found = events(path, limits)
    assert reasons(found)[-1] == "over-budget" and len(found) < 400


def test_row_over_the_record_limit_is_refused_with_its_head(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", id=pa.array(["1", "2"]), body=pa.array(["ก" * 400, "ข" * 300]))
    found = events(path, ReadSettings(max_record_bytes=1_000))
    assert reasons(found) == ["too-long", None]
    assert isinstance(found[0], Refused) and found[0].source_record_id == "1" and len(found[0].payload or b"") <= 1_000


def test_file_whose_column_has_no_readable_name_is_damaged(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", text=["เนื้อข่าว"], zzzz=[1])
    path.write_bytes(path.read_bytes().replace(b"zzzz", b"z\xbezz"))
    (found,) = events(path)
    assert isinstance(found, Refused)
    assert found.refusal.reason is ReadReason.DAMAGED
