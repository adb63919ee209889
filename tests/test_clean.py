from datetime import date

import polars as pl

from dedup.clean import named
from dedup.index import digest


def test_id_is_the_digest_of_the_night_what_was_delivered_and_which_of_its_twins_it_is() -> None:
    contents = [digest("one"), digest("two"), digest("one"), digest("one")]
    records = pl.DataFrame({"content": contents}).with_columns(
        source=pl.lit("daily"), title=pl.lit("ข่าว"), canonical_url=pl.lit(None, pl.String)
    )
    found = named(records, date(2026, 11, 2))
    twins = zip(contents, [0, 0, 1, 2], strict=True)
    assert found["article_id"].to_list() == [digest("2026-11-02", *twin) for twin in twins]
    assert found["doc_key"].to_list() == found["article_id"].to_list()
