import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.reading import decompress
from dedup.reading.rawlines import ROW_BYTES, decode, line_batches, raw_lines
from dedup.reading.refusals import ReadReason
from dedup.settings import ReadSettings

SMALL = ReadSettings(max_record_bytes=1_000)
THAI = "น้ำท่วมหนักที่จังหวัดน่าน เจ้าหน้าที่เร่งช่วยเหลือ เนื่องจากเธอติดอยู่บนหลังคา"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(lines=st.lists(st.binary(max_size=40).filter(lambda b: b"\n" not in b)), n_chunk=st.integers(1, 50))
def test_lines_are_those_of_the_file_however_it_is_cut_into_chunks(
    tmp_path: Path, lines: list[bytes], n_chunk: int
) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decompress, "PLAIN_BYTES", n_chunk)
        found = list(raw_lines(path, None, settings=SMALL))
    expected = path.read_bytes().split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert [line.raw for line in found] == expected
    assert [line.number for line in found] == list(range(1, len(found) + 1))
    for line in found:
        assert path.read_bytes()[line.offset :].startswith(line.raw)


@pytest.mark.parametrize("n_chunk", [1, 7, 900, 2**20])
def test_long_line_is_refused_with_its_head_and_the_next_one_is_read(
    tmp_path: Path, n_chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decompress, "PLAIN_BYTES", n_chunk)
    path = tmp_path / "f"
    path.write_bytes(b"a\n" + "ก".encode() * 500 + b"\nb")
    first, long, last = raw_lines(path, None, settings=SMALL)
    assert (first.raw, last.raw, last.offset, last.is_ended) == (b"a", b"b", 1_503, False)
    assert long.refusal and long.refusal.reason is ReadReason.TOO_LONG
    assert long.raw.decode("utf-8") == "ก" * 333


PIECES = st.sampled_from([b"", b"a", b"bc\r", b"x" * 700, b"y" * 1_000, b"z" * 1_001, b"w" * 5_000])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(lines=st.lists(PIECES), n_chunk=st.integers(1, 3_000), batch_bytes=st.sampled_from([1, 600, 1_600, 10_000]))
def test_batches_hold_the_lines_whatever_their_size(
    tmp_path: Path, lines: list[bytes], n_chunk: int, batch_bytes: int
) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decompress, "PLAIN_BYTES", n_chunk)
        batches = list(line_batches(path, None, settings=SMALL, batch_bytes=batch_bytes))
    each = [list(map(batch.line, range(len(batch.offsets) - 1))) for batch in batches]
    found = [line for some in each for line in some]
    assert found == list(raw_lines(path, None, settings=SMALL))
    expected = path.read_bytes().split(b"\n")
    kept = [line.raw for line in found]
    assert kept == [line[:1_000] for line in expected[: len(kept)]] and not any(expected[len(kept) :])
    assert [bool(line.refusal) for line in found] == [len(line) > 1_000 for line in expected[: len(kept)]]
    for some in each:
        assert sum(len(line.raw) + ROW_BYTES for line in some[:-1]) < batch_bytes


def test_long_line_is_never_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * 30_000_000)
    tracemalloc.start()
    (line,) = raw_lines(path, None, settings=SMALL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert line.refusal and peak < 6_000_000


def test_fault_refuses_what_stood_before_it(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"one\ntwo\nthr" + b"e" * 2_000)
    lines = list(raw_lines(path, None, settings=ReadSettings(max_record_bytes=1_000, max_file_bytes=1_500)))
    assert lines[-1].refusal and lines[-1].refusal.reason is ReadReason.OVER_BUDGET


def test_decoding_removes_the_byte_order_mark() -> None:
    assert decode(b"\xef\xbb\xbf" + THAI.encode()) == THAI


@pytest.mark.parametrize("text", [THAI, '{"id": 7, "url": "https://a.example/7", "text": "ฝนตก “หนัก” ณ\u00a0น่าน"}'])
def test_thai_code_page_is_read(text: str) -> None:
    assert decode(text.encode("cp874")) == text


@pytest.mark.parametrize(
    "raw",
    [
        THAI.encode() + b"\xe0\xb8",  # UTF-8, cut inside a letter
        b"\xe0\xb8" * 30,
        "Müller fährt täglich über die Brücke".encode("latin-1"),
        "Ärger in Österreich: später Schnee".encode("latin-1"),
        "Détente à Besançon, il a été décidé".encode("latin-1"),
        "新聞記事".encode("shift_jis"),
        THAI.encode("utf-16"),
        b"\xff\xfe\x00",
    ],
)
def test_other_bytes_are_not_taken_for_thai(raw: bytes) -> None:
    assert decode(raw) is None


@given(st.text(alphabet=st.characters(min_codepoint=0x0E01, max_codepoint=0x0E3A), min_size=1, max_size=50))
def test_one_damaged_byte_in_utf8_is_never_read_as_code_page_874(text: str) -> None:
    raw = text.encode()
    assert decode(raw[:-1]) is None
