from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.scoring.evaluate import cleaning, clustering, screening


def truth_of(stories: list[str], **columns: list[str]) -> pl.DataFrame:
    n = len(stories)
    given_columns = {"relation": ["original"] * n, "edit": ["none"] * n, "expect": ["keep"] * n, "clean_text": [""] * n}
    return pl.DataFrame({"id": [f"r{i}" for i in range(n)], "story_id": stories, **given_columns, **columns})


def members_of(clusters: list[str]) -> pl.DataFrame:
    ids = [f"r{i}" for i in range(len(clusters))]
    return pl.DataFrame({"article_id": ids, "source_record_id": ids, "file": "a.jsonl", "story_id": clusters})


def test_record_without_an_id_is_known_by_its_file() -> None:
    truth = truth_of(["a"]).with_columns(id=pl.lit("north/page-7"))
    members = pl.DataFrame(
        {
            "article_id": ["x"],
            "source_record_id": [None],
            "file": ["crawl_date=2026-11-20/north/page-7.html"],
            "story_id": ["a"],
        }
    )
    assert clustering(truth, members.cast({"source_record_id": pl.String}))["missing"] == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=3, max_size=12))
def test_pairwise_scores_are_those_of_counting_pairs(labels: list[tuple[str, str]]) -> None:
    stories, clusters = (list(column) for column in zip(*labels, strict=True))
    scores = clustering(truth_of(stories), members_of(clusters))
    pairs = list(combinations(range(len(labels)), 2))
    true = [stories[i] == stories[j] for i, j in pairs]
    joined = [clusters[i] == clusters[j] for i, j in pairs]
    both = sum(t and j for t, j in zip(true, joined, strict=True))
    assert scores["precision"] == pytest.approx(both / sum(joined) if any(joined) else 0)
    assert scores["recall"] == pytest.approx(both / sum(true) if any(true) else 0)
    expected = sum(true) * sum(joined) / len(pairs)
    index = (
        (both - expected) / ((sum(true) + sum(joined)) / 2 - expected) if sum(true) + sum(joined) != 2 * expected else 0
    )
    assert scores["ari"] == pytest.approx(index)


def test_perfect_stories_score_one_whatever_their_names() -> None:
    scores = clustering(truth_of(["a", "a", "b"]), members_of(["x", "x", "y"]))
    assert (scores["f1"], scores["ari"], scores["b_cubed"]["f1"]) == (1, 1, 1)


def test_record_that_was_not_published_counts_as_alone_and_is_counted() -> None:
    scores = clustering(truth_of(["a", "a"]), members_of(["x"]))
    assert (scores["missing"], scores["recall"]) == (1, 0)


def test_refused_records_are_not_scored_as_articles() -> None:
    truth = truth_of(["a", "a"], expect=["keep", "reject:empty"])
    assert clustering(truth, members_of(["x", "y"]))["records"] == 1


def test_traps_are_counted() -> None:
    truth = truth_of(
        ["series-gold-1", "series-gold-1", "series-gold-2", "bg0001-a", "bg0001-b", "mix", "one"],
        relation=["series", "series", "series", "shared-background", "shared-background", "roundup", "original"],
    )
    scores = clustering(truth, members_of(["g", "g", "g", "h", "h", "o", "o"]))
    assert scores["series_same_day_joined"] == 1
    assert scores["series_other_day_joined"] == 1
    assert scores["shared_background_joined"] == 1
    assert scores["roundups_swallowed"] == 1


def test_recall_of_a_relation_is_measured_against_the_original() -> None:
    truth = truth_of(
        ["a", "a", "a"], relation=["original", "excerpt", "excerpt"], edit=["none", "verbatim", "verbatim"]
    )
    scores = clustering(truth, members_of(["x", "x", "y"]))
    assert scores["recall_by"] == {"excerpt/verbatim": 0.5}


def test_screening_counts_the_refused_with_their_reasons() -> None:
    truth = truth_of(["a", "b"], expect=["keep", "reject:empty"])
    refused = pl.DataFrame({"source_record_id": ["r1"], "file": ["a.jsonl"], "reasons": [["too-short", "not-thai"]]})
    found = screening(truth, refused)
    assert found["keep"] == {"records": 1, "refused": 0, "reasons": {}}
    assert found["reject:empty"]["reasons"] == {"not-thai": 1, "too-short": 1}


def test_cleaning_is_scored_by_letters_kept_and_letters_added() -> None:
    truth = truth_of(["a", "b"], clean_text=["น้ำท่วมเชียงใหม่", "ฝนตก"])
    texts = pl.DataFrame(
        {
            "source_record_id": ["r0", "r1"],
            "file": ["f", "f"],
            "source": ["x", "y"],
            "body": ["น้ำท่วม เชียงใหม่", "ฝนตกโฆษณา"],
        }
    )
    scores = cleaning(truth, texts)
    assert scores["x"] == {"precision": 1, "recall": 1}
    assert scores["y"] == {"precision": pytest.approx(4 / 9), "recall": 1}
