"""The contracts of every frame that crosses a module border (dataframely schemas).

`night` is the crawl date, the unit of input. Identifiers are lowercase hex.
"""

import dataframely as dy

READING_ORDER = ["source", "published_at", "article_id"]
"""Articles stand so in their tables: a reader who asks for one outlet skips most of a night by row-group statistics."""

QUARANTINE_ORDER = ["file", "line", "offset"]
"""Refused rows stand so, what is of a whole file after its lines."""


class RawRecord(dy.Schema):
    """One record as a scraper delivered it, field names mapped, nothing changed."""

    file = dy.String(nullable=False)  # path below the raw folder, with forward slashes
    line = dy.Int64(nullable=False)  # 1-based line or row; 1 for one-record files
    source_record_id = dy.String(nullable=True)
    url = dy.String(nullable=True)
    source = dy.String(nullable=True)
    title = dy.String(nullable=True)
    text = dy.String(nullable=True)
    html = dy.String(nullable=True)
    published_raw = dy.String(nullable=True)
    crawled_raw = dy.String(nullable=True)
    category = dy.String(nullable=True)
    extra = dy.String(nullable=True)  # JSON object of the fields no alias knows


class Quarantine(dy.Schema):
    """One refused record, whole, with every reason."""

    night = dy.Date(nullable=True)  # null until the pipeline names it
    file = dy.String(nullable=False)
    line = dy.Int64(nullable=True)  # 1-based; null where the whole file is refused
    offset = dy.Int64(nullable=True)  # byte offset of the damage, where lines mean nothing
    source = dy.String(nullable=True)
    source_record_id = dy.String(nullable=True)
    url = dy.String(nullable=True)
    title = dy.String(nullable=True)
    step = dy.String(nullable=False)  # read | screen, or the step that broke on it: read | clean | sketch
    reasons = dy.List(dy.String(nullable=False), nullable=False)
    detail = dy.String(nullable=True)  # one sentence for a person
    payload = dy.String(nullable=True)  # the record as delivered; bytes that are no UTF-8 as base64
    payload_encoding = dy.String(nullable=False)  # utf-8 | base64


class Article(dy.Schema):
    """One accepted, cleaned record."""

    article_id = dy.String(primary_key=True)
    night = dy.Date(nullable=False)
    source = dy.String(nullable=False)
    source_record_id = dy.String(nullable=True)
    file = dy.String(nullable=False)
    line = dy.Int64(nullable=False)
    url = dy.String(nullable=True)
    canonical_url = dy.String(nullable=True)
    title = dy.String(nullable=False)
    body = dy.String(nullable=False)
    n_chars = dy.UInt32(nullable=False)  # of the body
    byline = dy.String(nullable=True)
    category = dy.String(nullable=True)
    published_at = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC")
    published_raw = dy.String(nullable=True)
    published_precision = dy.String(nullable=True)
    published_method = dy.String(nullable=True)
    crawled_at = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC")
    flags = dy.List(dy.String(nullable=False), nullable=False)
    removed_share = dy.Float64(nullable=False)  # share of the letters and digits that cleaning took away
    extra = dy.String(nullable=True)
