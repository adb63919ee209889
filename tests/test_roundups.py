from datetime import UTC, datetime, timedelta

import polars as pl

from dedup.matching.roundups import find_roundups


def articles(*hours: int | None) -> pl.DataFrame:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    published = [None if hour is None else start + timedelta(hours=hour) for hour in hours]
    return pl.DataFrame(
        {"place": range(len(hours)), "published_at": published},
        schema_overrides={"place": pl.Int64, "published_at": pl.Datetime("us", "UTC")},
    )


def edge(left: int, right: int, sizes: tuple[int, int], shared: int, rule: str = "contained") -> dict[str, object]:
    return {
        "left": left,
        "right": right,
        "rule": rule,
        "n_left": sizes[0],
        "n_right": sizes[1],
        "containment_left": shared / sizes[0],
        "containment_right": shared / sizes[1],
    }


def test_a_newer_text_made_of_two_stories_is_a_roundup() -> None:
    edges = [edge(0, 2, (100, 250), 100), edge(1, 2, (120, 250), 110)]
    assert find_roundups(articles(1, 2, 9), pl.DataFrame(edges)).to_list() == [2]


def test_a_full_version_of_two_copies_is_none() -> None:
    edges = [edge(0, 2, (100, 250), 100), edge(1, 2, (100, 250), 100), edge(0, 1, (100, 100), 100, "exact")]
    assert find_roundups(articles(1, 2, 9), pl.DataFrame(edges)).to_list() == []


def test_the_text_that_both_excerpts_were_cut_from_is_none() -> None:
    edges = [edge(0, 1, (400, 180), 180), edge(0, 2, (400, 190), 190)]
    assert find_roundups(articles(1, 5, 9), pl.DataFrame(edges)).to_list() == []


def test_a_reprint_of_that_text_is_none_either() -> None:
    edges = [
        *(edge(0, 1, (400, 180), 180), edge(0, 2, (400, 190), 190), edge(0, 3, (400, 400), 400, "exact")),
        *(edge(1, 3, (180, 400), 180), edge(2, 3, (190, 400), 190)),
    ]
    assert find_roundups(articles(1, 5, 6, 9), pl.DataFrame(edges)).to_list() == []


def test_a_long_speech_that_papers_quote_is_none() -> None:
    edges = [edge(0, 2, (100, 1000), 100), edge(1, 2, (120, 1000), 110)]
    assert find_roundups(articles(1, 2, 9), pl.DataFrame(edges)).to_list() == []


def test_a_version_of_a_story_is_none_though_its_parts_have_no_date() -> None:
    excerpt, original, update, rewritten = 0, 1, 2, 3
    edges = [
        *(edge(excerpt, original, (92, 245), 92), edge(excerpt, update, (92, 340), 92)),
        *(edge(original, update, (245, 340), 240, "near"), edge(original, rewritten, (245, 205), 150, "near")),
        edge(update, rewritten, (340, 205), 150),
    ]
    assert find_roundups(articles(None, 1, 9, 8), pl.DataFrame(edges)).to_list() == []


def test_the_order_of_the_index_stands_in_for_unknown_times() -> None:
    edges = [edge(0, 2, (100, 250), 100), edge(1, 2, (120, 250), 110)]
    assert find_roundups(articles(None, None, None), pl.DataFrame(edges)).to_list() == [2]
