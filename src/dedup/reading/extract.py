"""Article text out of HTML pages (trafilatura), for records that have a page and no text."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import dataframely as dy
import polars as pl
from lxml import etree

from dedup.errors import SettingsError
from dedup.reading.pagemeta import PageMeta, page_meta
from dedup.reading.refusals import ReadReason, Refusal, Refused, head, none_refused, quarantined
from dedup.schemas import Quarantine, RawRecord
from dedup.settings import ReadSettings


@dataclass(frozen=True)
class Extracted:
    """The records with their text, and those whose page gave none."""

    records: dy.DataFrame[RawRecord]
    refused: dy.DataFrame[Quarantine]


@dataclass(frozen=True)
class Page:
    """What a page holds; paragraphs of `text` stand on lines of their own."""

    text: str
    meta: PageMeta


def extract(
    records: dy.DataFrame[RawRecord], *, prune_xpath: Mapping[str, Sequence[str]], settings: ReadSettings
) -> Extracted:
    """`records` with `text` filled where it is blank and there is a page, in the same order.

    Title, URL, publication date and category are filled from the page where the record has none; all else is as
    it was. `prune_xpath`: source → XPaths of elements that are cut out first. A record whose page gives no text,
    or is too large (`max_record_bytes`, `max_page_elements`), leaves `records` and stands in `refused`.
    Raises SettingsError where an XPath is none.
    """
    check_xpaths(prune_xpath)
    if records["html"].null_count() == records.height:
        return Extracted(records, none_refused())
    indexed = records.with_row_index("at")
    pending = indexed.filter(_is_blank("text") & ~_is_blank("html"))
    if pending.is_empty():
        return Extracted(records, none_refused())
    found: list[dict[str, Any]] = []
    refused: list[tuple[str, Refused]] = []
    failed: list[int] = []
    for record in pending.iter_rows(named=True):
        page = read_page(record["html"], prune=prune_xpath.get(record["source"] or "", ()), settings=settings)
        if isinstance(page, Page):
            found.append({"at": record["at"], "page_text": page.text, **_prefixed(page.meta)})
        else:
            failed.append(record["at"])
            refused.append((record["file"], _refused(record, page)))
    kept = _filled(indexed.filter(~pl.col("at").is_in(failed)), found)
    return Extracted(RawRecord.cast(kept), quarantined(refused, night=None, settings=settings))


@cache
def _trafilatura() -> ModuleType:
    """Loaded with the first page: half the files of a night have none, and it takes a fifth of a second."""
    import trafilatura  # noqa: PLC0415

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # else an error for every empty page, as it comes
    return trafilatura


def read_page(html: str, *, prune: Sequence[str] = (), settings: ReadSettings) -> Page | Refusal:
    """The article of one page, or why there is none."""
    n_bytes = len(html.encode("utf-8"))
    if n_bytes > settings.max_record_bytes:
        detail = f"{n_bytes} bytes, more than read.max_record_bytes = {settings.max_record_bytes}"
        return Refusal(ReadReason.HTML_OVER_BUDGET, detail)
    tree = _trafilatura().load_html(html)
    if tree is None:
        return Refusal(ReadReason.NO_TEXT_IN_HTML, "this is no HTML page")
    n_elements = int(tree.xpath("count(//*)"))
    if n_elements > settings.max_page_elements:
        detail = f"{n_elements} elements, more than read.max_page_elements = {settings.max_page_elements}"
        return Refusal(ReadReason.HTML_OVER_BUDGET, detail)
    meta = _within(page_meta(tree), settings)
    try:
        # deduplicate=True would remember texts for the whole process: the same page, other results.
        # with_metadata=True would ask the wall clock for the latest date it believes.
        text = _trafilatura().extract(
            tree, include_comments=False, deduplicate=False, with_metadata=False, prune_xpath=list(prune)
        )
    except Exception as error:  # its heuristics meet any tree a page can make; one page must not stop the night
        return Refusal(
            ReadReason.NO_TEXT_IN_HTML, f"the page cannot be worked through: {type(error).__name__}: {error}"
        )
    if not text or text.isspace():
        return Refusal(ReadReason.NO_TEXT_IN_HTML, "no article text was found in the page")
    return Page(text, meta)


def _within(meta: PageMeta, settings: ReadSettings) -> PageMeta:
    """What a page says of itself, without what is too long to be true."""
    most = {"title": settings.max_title_chars, "category": settings.max_title_chars}
    found = meta._asdict().items()
    return PageMeta(
        **{
            name: value if len(value or "") <= most.get(name, settings.max_address_chars) else None
            for name, value in found
        }
    )


def check_xpaths(prune_xpath: Mapping[str, Sequence[str]]) -> None:
    """Raises SettingsError naming the first XPath that is none."""
    for source, paths in prune_xpath.items():
        for path in paths:
            try:
                etree.XPath(path)
            except etree.XPathError as error:
                raise SettingsError(f"clean.prune_xpath of {source}: {path!r} is no XPath: {error}") from error


def _filled(indexed: pl.DataFrame, found: list[dict[str, Any]]) -> pl.DataFrame:
    names = ["page_text", *(f"page_{name}" for name in PageMeta._fields)]
    schema: dict[str, Any] = {"at": indexed.schema["at"], **dict.fromkeys(names, pl.String)}
    joined = indexed.join(pl.DataFrame(found, schema=schema), on="at", how="left", maintain_order="left")
    has_page = pl.col("page_text").is_not_null()
    filled = [
        pl.when(has_page & _is_blank(name)).then(pl.col(f"page_{name}")).otherwise(pl.col(name)).alias(name)
        for name in ("text", *PageMeta._fields)
    ]
    return joined.with_columns(filled).select(RawRecord.column_names())


def _prefixed(meta: PageMeta) -> dict[str, str | None]:
    return {f"page_{name}": value for name, value in meta._asdict().items()}


def _refused(record: Mapping[str, Any], refusal: Refusal) -> Refused:
    payload = record["html"].encode("utf-8")
    known = {name: record[name] for name in ("line", "source", "source_record_id", "url", "title")}
    is_large = refusal.reason is ReadReason.HTML_OVER_BUDGET
    return Refused(refusal, head(payload) if is_large else payload, **known)


def _is_blank(name: str) -> pl.Expr:
    return pl.col(name).is_null() | ~pl.col(name).str.contains(r"\S")
