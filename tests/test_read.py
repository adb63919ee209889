import base64
import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.reading.rawlines import decode
from dedup.reading.read import Batch, RawFile, find_files, read_batches
from dedup.schemas import Quarantine, RawRecord
from dedup.settings import ReadSettings

SETTINGS = ReadSettings()
THAI = "ฝนตกหนักทั่วภาคเหนือ เจ้าหน้าที่เตือนน้ำป่าไหลหลาก"


def delivered(raw: Path, name: str, content: bytes | str) -> RawFile:
    path = raw / "crawl_date=2026-11-02" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (file,) = (file for file in find_files(raw, settings=SETTINGS) if file.path == path)
    return file


def read(file: RawFile, limits: ReadSettings = SETTINGS, **options: Any) -> Batch:
    batches = list(read_batches(file, settings=limits, **options))
    records = pl.concat([RawRecord.create_empty(), *(batch.records for batch in batches)])
    refused = pl.concat([Quarantine.create_empty(), *(batch.refused for batch in batches)])
    return Batch(RawRecord.validate(records), Quarantine.validate(refused))


def reasons(batch: Batch) -> list[tuple[int | None, str]]:
    return [(line, why[0]) for line, why in batch.refused.select("line", "reasons").rows()]


def jsonl(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def test_lines_keep_their_numbers_and_files_their_names(tmp_path: Path) -> None:
    file = delivered(tmp_path, "lanna.jsonl", "\n" + jsonl({"id": 1, "text": THAI}) + "  \n" + jsonl({"text": THAI}))
    records = read(file).records
    assert records["line"].to_list() == [2, 4]
    assert records["file"].unique().to_list() == ["crawl_date=2026-11-02/lanna.jsonl"]
    assert records["source"].unique().to_list() == ["lanna"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_cut_last_line_is_refused_and_the_others_are_read(tmp_path: Path, pack: Any) -> None:
    suffix = {gzip.compress: ".gz", zstandard.compress: ".zst"}.get(pack, "")
    whole = jsonl({"text": THAI}, {"text": THAI})
    found = read(delivered(tmp_path, "lanna.jsonl" + suffix, pack((whole + '{"text": "ฝน').encode())))
    assert found.records.height == 2
    row = found.refused.row(0, named=True)
    assert (row["line"], row["offset"], row["reasons"]) == (3, len(whole.encode()), ["truncated"])
    assert (row["payload"], row["payload_encoding"]) == ('{"text": "ฝน', "utf-8")
    assert (row["night"], row["source"], row["step"]) == (date(2026, 11, 2), "lanna", "read")


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_cut_archive_gives_its_whole_lines_and_one_refusal(tmp_path: Path, suffix: str) -> None:
    text = jsonl(*({"id": i, "text": f"{THAI} {i * 7919 % 10007}"} for i in range(300))).encode()
    packed = gzip.compress(text) if suffix == "gz" else zstandard.compress(text)
    found = read(delivered(tmp_path, f"lanna.jsonl.{suffix}", packed[: len(packed) * 2 // 3]))
    assert reasons(found) == [(found.records.height + 1, "truncated")]
    assert found.records["source_record_id"].to_list() == [str(i) for i in range(found.records.height)]


LINE = st.one_of(
    st.builds(lambda text: json.dumps({"text": text}).encode(), st.text(max_size=20)),
    st.builds(lambda text: json.dumps({"text": text}, ensure_ascii=False).encode("utf-8", "replace"), st.text()),
    st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b" ")),
    st.sampled_from(
        [b"", b" ", b"[]", b'{"title": "x"}', b'{"text": "\\ud800"}', b'{"text": "a\\u0000"}', b'{"a": NaN}']
    ),
    st.builds(lambda n: b'{"text": "' + b"x" * n + b'"}', st.integers(900, 1_100)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(lines=st.lists(LINE, max_size=12), batch_bytes=st.sampled_from([1, 700, 10**7]))
def test_every_line_ends_in_exactly_one_frame(tmp_path: Path, lines: list[bytes], batch_bytes: int) -> None:
    path = tmp_path / "lanna.jsonl"
    path.write_bytes(b"\n".join(lines))
    (file,) = find_files(path, settings=SETTINGS)
    found = read(file, ReadSettings(max_record_bytes=1_000), batch_bytes=batch_bytes)
    texts = [decode(line) for line in lines]
    numbers = [i for i, text in enumerate(texts, start=1) if text is None or text.strip()]
    assert sorted(found.records["line"].to_list() + found.refused["line"].to_list()) == numbers


def test_batches_do_not_change_what_is_read(tmp_path: Path) -> None:
    lines = [{"id": i, "text": THAI if i % 5 else None} for i in range(50)]
    file = delivered(tmp_path, "lanna.jsonl", jsonl(*lines))
    whole, small = read(file), read(file, batch_bytes=1_500)
    assert len(list(read_batches(file, settings=SETTINGS, batch_bytes=1_500))) > 10
    assert whole.records.equals(small.records) and whole.refused.equals(small.refused)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (rb'{"text": "\ud800 x", "id": "7"}', "lone-surrogate"),
        (rb'{"text": "x", "id": "7", "x": "\ud800"}', "lone-surrogate"),
        (rb'{"text": "x\u0000y", "id": "7"}', "nul-byte"),
        (b'{"text": "x\0y", "id": "7"}', "nul-byte"),
        (b'{"title": "x", "id": "7"}', "missing-text"),
    ],
)
def test_refused_record_is_kept_whole_with_its_id(tmp_path: Path, line: bytes, reason: str) -> None:
    fine = jsonl({"text": THAI}).encode()
    found = read(delivered(tmp_path, "lanna.jsonl", fine + line + b"\n" + fine))
    assert (found.records["line"].to_list(), reasons(found)) == ([1, 3], [(2, reason)])
    assert found.refused["payload"].to_list() == [line.decode()]
    assert found.refused["source_record_id"].to_list() == ["7"]


def test_refusals_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    nul, surrogate, blank = rb'{"text": "x\u0000"}', rb'{"text": "\ud800"}', b'{"text": ""}'
    found = read(delivered(tmp_path, "lanna.jsonl", b"\n".join([blank, nul, surrogate, blank, nul, b"{"])))
    assert [line for line, _ in reasons(found)] == [1, 2, 3, 4, 5, 6]


def test_bytes_that_are_no_text_are_kept_as_base64(tmp_path: Path) -> None:
    raw = b'{"text": "\xff\xfe\xfd"}'
    found = read(delivered(tmp_path, "lanna.jsonl", raw + b"\n"))
    assert reasons(found) == [(1, "undecodable")]
    assert found.refused["payload_encoding"].to_list() == ["base64"]
    assert base64.b64decode(found.refused["payload"][0]) == raw


def test_surrogate_in_the_title_does_not_break_the_quarantine(tmp_path: Path) -> None:
    found = read(delivered(tmp_path, "lanna.jsonl", rb'{"text": "x", "title": "\ud83d"}'))
    assert reasons(found) == [(1, "lone-surrogate")]
    assert found.refused["title"].to_list() == [r"\ud83d"]


def test_whole_file_in_code_page_874_is_read(tmp_path: Path) -> None:
    found = read(delivered(tmp_path, "lanna.jsonl", jsonl({"text": THAI}, {"text": THAI}).encode("cp874")))
    assert found.records["text"].to_list() == [THAI, THAI]


def test_csv_rows_are_records_and_its_faults_are_named(tmp_path: Path) -> None:
    file = delivered(
        tmp_path,
        "lanna.csv",
        f'\ufeffid,Headline,body,desk\r\n1,ก,"{THAI}\nบรรทัดสอง ""x""",กีฬา\r\nid,Headline,body,desk\r\n'
        f'2,ก,"a" b,\r\n3,ก\r\n4,ก,{THAI},\r\n5,ก,,\r\n6,ก,"{THAI}',
    )
    found = read(file)
    assert found.records["source_record_id"].to_list() == ["1", "4"]
    assert found.records["line"].to_list() == [2, 7]
    assert found.records["text"][0] == f'{THAI}\nบรรทัดสอง "x"'
    assert found.records["extra"].to_list() == ['{"desk":"กีฬา"}', None]
    expected = [(4, "repeated-header"), (5, "bad-csv"), (6, "bad-csv"), (8, "empty-text"), (9, "truncated")]
    assert reasons(found) == expected


def test_csv_without_header_loses_no_row(tmp_path: Path) -> None:
    found = read(delivered(tmp_path, "lanna.csv", f"1,{THAI}\n2,{THAI}\n"))
    assert reasons(found) == [(1, "missing-text"), (2, "missing-text")]


@pytest.mark.parametrize(("header", "reason"), [("id,id,text", "duplicate-key"), ('"id" x,text', "bad-csv")])
def test_csv_header_that_cannot_be_used_refuses_the_file(tmp_path: Path, header: str, reason: str) -> None:
    assert reasons(read(delivered(tmp_path, "lanna.csv", f"{header}\n1,2,{THAI}\n"))) == [(1, reason)]


def test_text_file_is_one_article_with_its_first_line_as_title(tmp_path: Path) -> None:
    text = f"\n\u00a0\n  หัวข้อข่าว \r\n\r\n{THAI}\r\n"
    record = read(delivered(tmp_path, "lanna/1.txt", "\ufeff" + text)).records.row(0, named=True)
    assert (record["title"], record["text"], record["url"]) == ("หัวข้อข่าว", text, None)
    assert (record["line"], record["source"]) == (1, "lanna")


def test_html_file_is_one_page_without_text(tmp_path: Path) -> None:
    page = f"<html><body><p>{THAI}</p></body></html>"
    found = read(delivered(tmp_path, "lanna/1.html", page.encode("cp874")))
    assert found.records.select("html", "text", "title").rows() == [(page, None, None)]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("lanna/1.txt", b"", "empty-text"),
        ("lanna/1.txt", THAI.encode() + bytes(100), "nul-byte"),
        ("lanna/1.html", b"\xff\xfe\xfd", "undecodable"),
        ("lanna/1.txt", b"x" * 5_000_000, "too-long"),
        ("lanna/1.txt.gz", gzip.compress(THAI.encode(), mtime=0)[:-9], "truncated"),
        ("lanna/1.xyz", b"x", "unknown-format"),
        ("lanna.jsonl.gz", b"", "truncated"),
        ("lanna.parquet", b"", "damaged"),
    ],
)
def test_file_that_gives_no_record_is_one_refusal(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    found = read(delivered(tmp_path, name, content))
    assert found.records.is_empty()
    assert found.refused["reasons"].to_list() == [[reason]]


def test_file_that_went_away_is_a_refusal_not_an_error(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv", "a.txt", "a.html", "a.parquet"):
        file = delivered(tmp_path, name, "x")
        file.path.unlink()
        assert [why for _, why in reasons(read(file))] == ["unreadable-file"]


def test_empty_file_of_lines_holds_no_record(tmp_path: Path) -> None:
    assert list(read_batches(delivered(tmp_path, "lanna.jsonl", "\n \n"), settings=SETTINGS)) == []


def test_parquet_rows_are_records(tmp_path: Path) -> None:
    file = delivered(tmp_path, "lanna.parquet", b"")
    pl.DataFrame({"id": [1, 2], "body": [THAI, "x\0"], "tags": [["ก"], None]}).write_parquet(file.path)
    found = read(file)
    assert found.records.select("source_record_id", "text", "extra").rows() == [("1", THAI, '{"tags":["ก"]}')]
    assert reasons(found) == [(2, "nul-byte")]
    assert json.loads(found.refused["payload"][0])["id"] == 2


@pytest.mark.parametrize("field", ["source", "title", "url", "id"])
def test_names_of_thousands_of_letters_are_refused_and_kept_in_the_payload(tmp_path: Path, field: str) -> None:
    good = {"id": "1", "url": "https://x.example/1", "source": "lanna", "title": "หัวข้อข่าว", "text": THAI}
    long = {**good, field: "ข่าว" * 1_250}
    batch = read(delivered(tmp_path, "a.jsonl", jsonl(good, long, good)))
    refused = batch.refused
    assert batch.records["line"].to_list() == [1, 3]
    assert reasons(batch) == [(2, "name-too-long")]
    assert json.loads(refused["payload"][0]) == long
    names = refused.select(pl.col("source", "title", "url", "source_record_id").str.len_chars())
    most = (SETTINGS.max_source_chars, SETTINGS.max_title_chars, SETTINGS.max_address_chars, SETTINGS.max_address_chars)
    assert all((n or 0) <= longest for n, longest in zip(names.row(0), most, strict=True))
    assert (names["source"][0] is None) == (field == "source")


def test_refused_record_has_as_much_of_its_names_as_the_settings_let_an_accepted_one_have(tmp_path: Path) -> None:
    settings = ReadSettings(max_source_chars=300, max_title_chars=100)
    row = {"id": "1", "url": "https://x.example/" + 2_000 * "a", "source": 300 * "ก", "title": 101 * "ข", "text": THAI}
    (refused,) = read(delivered(tmp_path, "a.jsonl", jsonl(row)), settings).refused.to_dicts()
    assert refused["reasons"] == ["name-too-long"]
    assert [refused[name] for name in ("source", "url", "title")] == [row["source"], row["url"], 100 * "ข"]
