import gzip
import zlib
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.reading.decompress import chunks, whole
from dedup.reading.refusals import ReadReason, Refusal
from dedup.settings import ReadSettings

SETTINGS = ReadSettings()
PACK = {None: bytes, "gz": gzip.compress, "zst": zstandard.compress}
PACKED = [one for one in PACK if one]
TEXT = "ข่าวเช้าวันนี้ ฝนตกหนักทั่วภาคเหนือ\n".encode() * 40


def unpacked(path: Path, compression: str | None, limits: ReadSettings = SETTINGS) -> tuple[bytes, Refusal | None]:
    pieces = list(chunks(path, compression, settings=limits))
    fault = pieces.pop() if pieces and isinstance(pieces[-1], Refusal) else None
    assert all(isinstance(piece, bytes) and piece for piece in pieces)
    return b"".join(piece for piece in pieces if isinstance(piece, bytes)), fault if isinstance(
        fault, Refusal
    ) else None


def written(folder: Path, raw: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("compression", PACK)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(members=st.lists(st.binary(max_size=3_000), min_size=1, max_size=4))
def test_every_member_comes_out_whole(tmp_path: Path, compression: str | None, members: list[bytes]) -> None:
    path = written(tmp_path, b"".join(PACK[compression](member) for member in members))
    assert unpacked(path, compression) == (b"".join(members), None)


@pytest.mark.parametrize("compression", PACKED)
def test_larger_files_come_in_bounded_pieces(tmp_path: Path, compression: str) -> None:
    raw = bytes(range(256)) * 40_000
    path = written(tmp_path, PACK[compression](raw))
    pieces = list(chunks(path, compression, settings=SETTINGS))
    assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == raw
    assert max(len(piece) for piece in pieces if isinstance(piece, bytes)) <= 2**20 + 2**25


@pytest.mark.parametrize("compression", PACKED)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(share=st.floats(0, 0.999))
def test_cut_anywhere_gives_a_prefix_and_says_so(tmp_path: Path, compression: str, share: float) -> None:
    packed = PACK[compression](TEXT)
    text, fault = unpacked(written(tmp_path, packed[: int(share * len(packed))]), compression)
    assert TEXT.startswith(text)
    assert fault and fault.reason is ReadReason.TRUNCATED


@pytest.mark.parametrize("compression", PACKED)
def test_garbage_after_the_data_is_named(tmp_path: Path, compression: str) -> None:
    text, fault = unpacked(written(tmp_path, PACK[compression](TEXT) + b"garbage"), compression)
    assert text == TEXT
    assert fault and fault.reason is ReadReason.DAMAGED


def test_zero_padding_after_gzip_is_legal(tmp_path: Path) -> None:
    assert unpacked(written(tmp_path, gzip.compress(TEXT) + bytes(70_000)), "gz") == (TEXT, None)


def test_wrong_checksum_is_named(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 1
    _, fault = unpacked(written(tmp_path, bytes(packed)), "gz")
    assert fault and fault.reason is ReadReason.DAMAGED


@pytest.mark.parametrize("compression", PACKED)
def test_bomb_is_stopped_at_the_ratio_and_not_later(tmp_path: Path, compression: str) -> None:
    limits = ReadSettings(ratio_floor_bytes=100_000, max_ratio=50)
    path = written(tmp_path, PACK[compression](bytes(50_000_000)))
    text, fault = unpacked(path, compression, limits)
    assert fault and fault.reason is ReadReason.OVER_BUDGET
    assert len(text) <= 40_000_000


@pytest.mark.parametrize("compression", PACKED)
def test_small_file_of_equal_lines_is_no_bomb(tmp_path: Path, compression: str) -> None:
    raw = bytes(10_000_000)
    assert unpacked(written(tmp_path, PACK[compression](raw)), compression) == (raw, None)


@pytest.mark.parametrize("compression", PACK)
def test_file_budget_stops_every_kind(tmp_path: Path, compression: str | None) -> None:
    path = written(tmp_path, PACK[compression](bytes(range(256)) * 10_000))
    _, fault = unpacked(path, compression, ReadSettings(max_file_bytes=1_000))
    assert fault and fault.reason is ReadReason.OVER_BUDGET


def test_zstd_window_over_the_limit_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=False)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    _, fault = unpacked(written(tmp_path, packed.compress(TEXT) + packed.flush()), "zst")
    assert fault and fault.reason is ReadReason.OVER_BUDGET


def test_thousands_of_tiny_members_are_read(tmp_path: Path) -> None:
    assert unpacked(written(tmp_path, gzip.compress(b"x") * 5_000), "gz") == (b"x" * 5_000, None)


def test_unreadable_file_is_a_refusal(tmp_path: Path) -> None:
    _, fault = unpacked(tmp_path / "gone", None)
    assert fault and fault.reason is ReadReason.UNREADABLE_FILE


def test_whole_gives_the_head_of_a_record_over_the_limit(tmp_path: Path) -> None:
    raw, fault = whole(written(tmp_path, "ก".encode() * 1_000), None, settings=ReadSettings(max_record_bytes=1_500))
    assert fault and fault.reason is ReadReason.TOO_LONG
    assert raw.decode("utf-8") == "ก" * 333


def test_raw_deflate_is_damage_not_a_crash(tmp_path: Path) -> None:
    _, fault = unpacked(written(tmp_path, zlib.compress(TEXT)), "gz")
    assert fault and fault.reason is ReadReason.DAMAGED
