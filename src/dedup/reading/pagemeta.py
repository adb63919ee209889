"""What an HTML page says about itself: title, address, publication date, category.

Only statements are read (meta elements, JSON-LD, `time`), nothing is guessed from the text; dates stay as written.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from lxml.html import HtmlElement

PUBLISHED_NAMES = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "publishdate",
    "publish_date",
    "publish-date",
    "pubdate",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "dcterms.date",
    "date",
)
"""`property`, `name` or `itemprop` of the meta elements that give a publication date, best first."""


class PageMeta(NamedTuple):
    """What was found; texts have their white space collapsed."""

    title: str | None
    url: str | None
    published_raw: str | None
    category: str | None


def page_meta(tree: HtmlElement) -> PageMeta:
    """The page's own statements, the most reliable first."""
    metas = _metas(tree)
    article = next(_articles(tree), {})
    section = article.get("articleSection")
    sections = ", ".join(filter(None, map(_text, section))) if isinstance(section, list) else _text(section)
    titles = [metas.get("og:title"), _text(article.get("headline")), *_texts(tree, "//h1"), *_texts(tree, "//title")]
    canonical = [_text(link.get("href")) for link in tree.iter("link") if "canonical" in _words(link.get("rel"))]
    urls = [*canonical, metas.get("og:url"), _text(article.get("url"))]
    dates = [metas.get(PUBLISHED_NAMES[0]), _text(article.get("datePublished"))]
    dates += [metas.get(name) for name in PUBLISHED_NAMES]
    return PageMeta(
        title=next(filter(None, titles), None),
        url=next((url for url in urls if url and url.lower().startswith(("http://", "https://"))), None),
        published_raw=next(filter(None, dates), None) or _time(tree),
        category=metas.get("article:section") or sections or None,
    )


def _metas(tree: HtmlElement) -> dict[str, str]:
    """Name → content of the meta elements; of several the first."""
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        content = _text(meta.get("content"))
        for attribute in ("property", "name", "itemprop"):
            name = (meta.get(attribute) or "").strip().lower()
            if name and content:
                found.setdefault(name, content)
    return found


def _articles(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """The JSON-LD objects of the page that are articles; scripts that are no JSON are passed over."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            continue
        try:
            parsed = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in parsed if isinstance(parsed, list) else [parsed]:
            graph = thing.get("@graph") if isinstance(thing, dict) else None
            for node in [thing, *graph] if isinstance(graph, list) else [thing]:
                if isinstance(node, dict) and any(kind.endswith(("Article", "Posting")) for kind in _kinds(node)):
                    yield node


def _kinds(node: dict[str, Any]) -> list[str]:
    kinds = node.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def _time(tree: HtmlElement) -> str | None:
    """The `time` element of the article: marked as publication date, or the only one there is.

    A page has others, of its clock or of the news beside the article: a wrong day is worse than none.
    """
    marked = tree.xpath('//time[@pubdate or @itemprop="datePublished"]')
    inside = tree.xpath("//article//time | //main//time")
    for times in (marked[:1], inside, list(tree.iter("time"))):
        values = {_text(time.get("datetime")) or _text(time.text_content()) for time in times}
        if len(values) == 1:
            return values.pop()
    return None


def _texts(tree: HtmlElement, path: str) -> list[str | None]:
    return [_text(element.text_content()) for element in tree.xpath(path)[:1]]


def _words(value: str | None) -> list[str]:
    return (value or "").lower().split()


def _text(value: object) -> str | None:
    """A string with white space collapsed; None for anything else, and for what no column can hold."""
    if not isinstance(value, str) or "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        return None
    return " ".join(value.split()) or None
