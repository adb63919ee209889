from datetime import UTC, date, datetime

import polars as pl
import pytest

from dedup.matching.relations import Relation, relation

KEPT = {
    "article_id": "member",
    "canonical_id": "kept",
    "source": "a",
    "kept_source": "b",
    "canonical_url": "a.example/1",
    "kept_canonical_url": "b.example/1",
    "night": date(2026, 11, 2),
    "kept_night": date(2026, 11, 2),
    "published_at": datetime(2026, 11, 1, 12, tzinfo=UTC),
    "kept_published_at": datetime(2026, 11, 1, 9, tzinfo=UTC),
    "jaccard": 0.6,
    "containment": 0.8,
    "kept_in_member": 0.7,
}
SAME_PAGE = {"source": "b", "canonical_url": "b.example/1"}


@pytest.mark.parametrize(
    ("wanted", "facts"),
    [
        ("canonical", {"article_id": "kept"}),
        ("syndicated", {}),
        ("exact", {"jaccard": 1.0, "containment": 1.0, "kept_in_member": 1.0}),
        ("recrawl", {**SAME_PAGE, "jaccard": 1.0}),
        ("recrawl", {**SAME_PAGE, "jaccard": 0.93}),
        ("update", {**SAME_PAGE, "jaccard": 0.7}),
        ("update", {"source": "b"}),
        ("near", {"source": "b", "published_at": datetime(2026, 11, 1, 8, tzinfo=UTC)}),
        ("update", {"source": "b", "published_at": None, "night": date(2026, 11, 3)}),
        ("near", {"source": "b", "published_at": None}),
        ("excerpt", {"containment": 0.95, "kept_in_member": 0.4}),
        ("excerpt", {"source": "b", "containment": 0.95, "kept_in_member": 0.4}),
        ("expanded", {"containment": 0.7, "kept_in_member": 0.98}),
        ("syndicated", {"containment": 0.97, "kept_in_member": 0.97}),
        ("syndicated", {"containment": 0.85, "kept_in_member": 0.5}),
        ("update", {"source": "b", "canonical_url": None, "kept_canonical_url": None, "jaccard": 0.95}),
    ],
)
def test_relation_is_told_by_outlet_page_time_and_overlap(wanted: str, facts: dict[str, object]) -> None:
    row = pl.DataFrame([KEPT | facts], schema_overrides={"canonical_url": pl.String, "kept_canonical_url": pl.String})
    assert row.select(relation()).item() == Relation(wanted)
