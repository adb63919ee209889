import gzip
import importlib.util
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
import zstandard
from polars.testing import assert_frame_equal

from dedup.reading.read import find_files, read_batches
from dedup.settings import ReadSettings

DATA = Path(__file__).parents[1] / "data"
SAMPLE = DATA / "sample"
RELATIONS = {"original", "syndicated", "excerpt", "expanded", "update", "recrawl", "roundup", "series"}
RELATIONS |= {"shared-background", "junk", "mojibake", "bad-date", "html"}
REJECTED = {"empty", "furniture-only", "not-thai", "null", "repetitive", "too-short"}
EXPECTED = {f"reject:{kind}" for kind in REJECTED}
EXPECTED |= {"keep", "repair", "repair-or-reject:encoding", "keep-or-reject:date"}


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    return pl.read_parquet(SAMPLE / "truth.parquet")


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sample", DATA / "make_sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tree(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


# Compressors of other builds pack the same bytes otherwise: what they hold must be the same, byte for byte.
UNPACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda packed: zlib.decompressobj(wbits=31).decompress(packed),
    ".zst": lambda packed: zstandard.ZstdDecompressor().decompress(packed),
}


def test_generator_rewrites_the_committed_sample(tmp_path: Path, generator: ModuleType) -> None:
    generator.write(tmp_path)
    made, committed = tree(tmp_path), tree(SAMPLE)
    committed.pop("README.md")
    assert list(made) == list(committed)
    for name, path in made.items():
        if path.suffix == ".parquet":
            assert_frame_equal(pl.read_parquet(path), pl.read_parquet(committed[name]))
        else:
            content = UNPACKED.get(path.suffix, bytes)
            assert content(path.read_bytes()) == content(committed[name].read_bytes()), name


def test_generator_twice_gives_the_same_bytes(tmp_path: Path, generator: ModuleType) -> None:
    for run in ("one", "two"):
        generator.write(tmp_path / run)
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    assert {name: path.read_bytes() for name, path in one.items()} == {n: path.read_bytes() for n, path in two.items()}


def test_truth_holds_every_relation_and_every_verdict(truth: pl.DataFrame) -> None:
    assert truth.height >= 300
    assert truth["crawl_date"].n_unique() == 3
    assert truth["source"].n_unique() >= 6
    assert set(truth["relation"]) == RELATIONS
    assert set(truth["expect"]) == EXPECTED
    assert set(truth["edit"]) == {"none", "verbatim", "light", "medium", "heavy", "distinct"}


def test_ids_are_unique(truth: pl.DataFrame) -> None:
    assert truth["id"].n_unique() == truth.height


def test_only_junk_has_no_clean_text(truth: pl.DataFrame) -> None:
    assert truth.filter((pl.col("relation") == "junk") != pl.col("clean_text").is_null()).is_empty()


def test_no_copy_is_older_than_its_original(truth: pl.DataFrame) -> None:
    first = truth.filter(relation="original").select("story_id", first="published")
    assert truth.join(first, on="story_id").filter(pl.col("published") < pl.col("first")).is_empty()


def test_excerpts_are_about_half_of_their_story(truth: pl.DataFrame) -> None:
    n_chars = pl.col("clean_text").str.len_chars()
    whole = truth.filter(relation="original").select("story_id", whole=n_chars)
    shares = truth.filter(relation="excerpt").join(whole, on="story_id").select(n_chars / pl.col("whole")).to_series()
    assert shares.is_between(0.38, 0.62).all()


def test_no_story_speaks_of_days_after_the_nights(generator: ModuleType) -> None:
    assert all(generator._day(story) <= generator.NIGHTS[-1] for story in generator.stories())


def test_every_format_is_delivered() -> None:
    files = [file for file in find_files(SAMPLE / "raw", settings=ReadSettings()) if file.format]
    packed = {("jsonl", None), ("jsonl", "gz"), ("jsonl", "zst")}
    plain = {(name, None) for name in ("parquet", "csv", "txt", "html")}
    assert {(str(file.format), file.compression) for file in files} == packed | plain


def test_every_truth_row_is_a_record_or_refused_once(truth: pl.DataFrame) -> None:
    settings = ReadSettings()
    found: list[str] = []
    reasons: set[str] = set()
    for file in find_files(SAMPLE / "raw", settings=settings):
        is_whole = file.path.suffix in {".txt", ".html"}  # its name is its id
        for batch in read_batches(file, settings=settings):
            rows = [*batch.records["source_record_id"], *batch.refused["source_record_id"]]
            own = "/".join(file.path.with_suffix("").parts[-2:])
            found += [own if is_whole else name for name in rows if is_whole or name]
            reasons.update(reason for kept in batch.refused["reasons"] for reason in kept)
    assert sorted(found) == sorted(truth["id"])
    assert reasons >= {"not-json", "truncated", "undecodable", "unknown-format", "empty-text"}


def test_killed_scraper_leaves_whole_lines_before_the_cut() -> None:
    packed = (SAMPLE / "raw" / "crawl_date=2026-11-21" / "phuphapost.jsonl.gz").read_bytes()
    with pytest.raises(EOFError):
        gzip.decompress(packed)
    assert zlib.decompressobj(wbits=31).decompress(packed).count(b"\n") > 10


def test_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in tree(SAMPLE).values()) < 3 * 2**20
