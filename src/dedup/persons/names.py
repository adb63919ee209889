"""How persons, and the truth of a labelled set, name a record."""

import polars as pl


def record_id() -> pl.Expr:
    """A record's own id; for one that has none, its file below the night without its suffix (`outlet/page-7`)."""
    below_night = pl.col("file").str.replace(r"^crawl_date=[^/]*/", "").str.replace(r"\.[^/]*$", "")
    return pl.coalesce("source_record_id", below_night)
