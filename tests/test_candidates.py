import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dedup.matching.candidates import KEY_SCHEMA, article_keys, candidate_pairs, n_passages
from dedup.packed import unpack
from dedup.settings import MatchSettings
from dedup.words.shingles import Shingles

ALL_PASSAGES = MatchSettings(passage_one_in=1)


def keys(**articles: tuple[list[int], list[int]]) -> pl.DataFrame:
    rows = [
        (name, np.array(bands, np.int64).tobytes(), np.array(passages, np.uint32).tobytes())
        for name, (bands, passages) in sorted(articles.items())
    ]
    return pl.DataFrame(rows, schema=KEY_SCHEMA, orient="row")


def ids(found: pl.DataFrame) -> list[tuple[str, str]]:
    return list(found.select("left_id", "right_id").iter_rows())


def test_a_band_in_common_makes_a_pair() -> None:
    tonight = keys(a=([1, 2], []), b=([2, 3], []), c=([4], []))
    assert ids(candidate_pairs(tonight, [], MatchSettings()).pairs) == [("a", "b")]


def test_the_older_article_stands_left_whatever_its_id() -> None:
    found = candidate_pairs(keys(a=([1], [])), [keys(z=([1], []))], MatchSettings())
    assert ids(found.pairs) == [("z", "a")]


def test_nights_of_the_window_are_not_compared_with_each_other() -> None:
    window = [keys(a=([1], [])), keys(b=([1], []))]
    assert ids(candidate_pairs(keys(c=([1], [])), window, MatchSettings()).pairs) == [("a", "c"), ("b", "c")]


def test_a_shared_passage_needs_its_share_of_the_shorter_text() -> None:
    long, short = list(range(1_000, 1_100)), list(range(1_000, 1_040))
    tonight = keys(a=([], long), b=([], short), c=([], [*range(5), *short[:3]]))
    found = candidate_pairs(tonight, [], MatchSettings(containment=0.3, passage_min_keys=2))
    assert ids(found.pairs) == [("a", "b"), ("a", "c"), ("b", "c")]
    found = candidate_pairs(tonight, [], MatchSettings(containment=0.3, passage_min_keys=4))
    assert ids(found.pairs) == [("a", "b")]


def test_a_crowded_key_is_looked_at_for_the_nearest_only_and_the_rest_is_counted() -> None:
    tonight = keys(**{f"a{i}": ([7], []) for i in range(6)})
    found = candidate_pairs(tonight, [], MatchSettings(bucket_neighbours=2))
    assert found.pairs.height == 1 + 2 * 4
    bands = found.cuts.row(0, named=True)
    assert (bands["keys"], bands["buckets"], bands["largest"], bands["pairs_cut"]) == ("bands", 1, 6, 1 + 2 + 3)


ARTICLES = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.lists(st.integers(0, 3), max_size=3, unique=True), st.just([])),
    max_size=5,
)


@settings(deadline=None)
@given(nights=st.lists(ARTICLES, min_size=1, max_size=4), width=st.integers(1, 3))
def test_night_after_night_gives_the_pairs_of_one_long_order(
    nights: list[dict[str, tuple[list[int], list[int]]]], width: int
) -> None:
    bounded = MatchSettings(bucket_neighbours=width)
    frames = [keys(**{f"{i}{name}": both for name, both in night.items()}) for i, night in enumerate(nights)]
    one_by_one = [candidate_pairs(frame, frames[:i], bounded).pairs for i, frame in enumerate(frames)]
    at_once = candidate_pairs(pl.concat(frames), [], bounded).pairs
    assert_frame_equal(pl.concat(one_by_one).sort("right_id", "left_id"), at_once)


def test_passage_keys_are_a_sample_that_depends_on_the_shingle_alone() -> None:
    rng = np.random.default_rng(3)
    shingles = [sorted(rng.choice(2**32, 400, replace=False).tolist()) for _ in range(50)]
    shared = shingles[0][:200]
    shingles[1] = sorted({*shared, *shingles[1][:200]})
    texts = Shingles(np.array(shingles, np.uint32).reshape(-1), np.arange(51) * 400)
    names = pl.Series([f"{i:02d}" for i in range(50)])
    bands = np.arange(100, dtype=np.int64).reshape(50, 2)
    made = article_keys(names, texts, bands, MatchSettings(passage_one_in=4))
    assert unpack(made["bands"], np.int64)[0].tolist() == list(range(100))
    sizes = made.select(n_passages()).to_series()
    assert 85 < float(sizes.mean()) < 115  # type: ignore[arg-type]
    first, second = (set(np.frombuffer(made["passages"][i], np.uint32).tolist()) for i in (0, 1))
    assert first & set(shared) == second & set(shared) != set()
    assert made.schema == KEY_SCHEMA


def test_no_articles_make_no_pairs() -> None:
    found = candidate_pairs(keys(), [keys()], ALL_PASSAGES)
    assert found.pairs.is_empty()
    assert found.cuts["pairs_cut"].to_list() == [0, 0]
