import json

import pytest
import trafilatura

from dedup.reading.pagemeta import PageMeta, page_meta

EMPTY = PageMeta(None, None, None, None)


def meta(head: str = "", body: str = "<p>เนื้อข่าว</p>") -> PageMeta:
    return page_meta(trafilatura.load_html(f"<html><head>{head}</head><body>{body}</body></html>"))


def json_ld(thing: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(thing, ensure_ascii=False)}</script>'


NEWS = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "ฝนถล่ม\n เหนือ",
    "datePublished": "2026-11-02T08:30:00+07:00",
    "dateModified": "2026-11-04",
    "articleSection": ["ภูมิภาค", "อากาศ"],
    "url": "https://a.example/1",
}


def test_page_that_says_nothing_gives_nothing() -> None:
    assert meta() == EMPTY


@pytest.mark.parametrize("thing", [NEWS, [{"@type": "Organization"}, NEWS], {"@graph": [{"@type": ["WebPage"]}, NEWS]}])
def test_json_ld_article_is_read_wherever_it_stands(thing: object) -> None:
    assert meta(json_ld(thing)) == PageMeta(
        "ฝนถล่ม เหนือ", "https://a.example/1", "2026-11-02T08:30:00+07:00", "ภูมิภาค, อากาศ"
    )


@pytest.mark.parametrize(
    "script",
    [
        "{not json",
        "[" * 100_000,
        '{"@type": 5}',
        '{"@type": "NewsArticle", "headline": 7, "articleSection": [1, {}], "url": []}',
        '{"@type": "NewsArticle", "headline": "\\ud800"}',
        '{"@graph": {"@type": "NewsArticle"}}',
        "null",
    ],
)
def test_broken_json_ld_is_passed_over(script: str) -> None:
    assert meta(f'<script type="application/ld+json">{script}</script>') == EMPTY


def test_meta_elements_come_before_headings() -> None:
    head = """<title>ฝนถล่ม | ข่าวเหนือ</title><meta property="og:title" content="ฝนถล่ม">
        <meta property="article:published_time" content="2026-11-02T08:30:00+07:00">
        <meta property="article:modified_time" content="2026-11-03"><meta name="pubdate" content="2026-11-09">
        <meta property="article:section" content="อากาศ"><meta property="og:url" content="https://m.a.example/1">
        <link rel="amphtml" href="https://a.example/amp/1"><link rel="Canonical" href="https://a.example/1">"""
    found = meta(head, "<h1>ฝน</h1>")
    assert found == PageMeta("ฝนถล่ม", "https://a.example/1", "2026-11-02T08:30:00+07:00", "อากาศ")


def test_heading_comes_before_the_window_title() -> None:
    assert meta("<title>ฝนถล่ม | ข่าวเหนือ</title>", "<h1>ฝน <b>ถล่ม</b></h1>").title == "ฝน ถล่ม"
    assert meta("<title>ฝนถล่ม</title>").title == "ฝนถล่ม"


@pytest.mark.parametrize("href", ["/news/1", "javascript:alert(1)", "//a.example/1", ""])
def test_address_that_is_not_whole_is_left_out(href: str) -> None:
    assert meta(f'<link rel="canonical" href="{href}">').url is None


@pytest.mark.parametrize(
    ("body", "published"),
    [
        ("<time>2 พ.ย. 2569 08:30 น.</time>", "2 พ.ย. 2569 08:30 น."),
        ('<time datetime="2026-11-02">เมื่อวาน</time><time datetime="2026-11-02">2 พ.ย.</time>', "2026-11-02"),
        ("<time>2 พ.ย. 2569</time><time>3 พ.ย. 2569</time>", None),
        ("<article><time>2 พ.ย. 2569</time></article><aside><time>3 พ.ย. 2569</time></aside>", "2 พ.ย. 2569"),
        ('<time>1 พ.ย.</time><time itemprop="datePublished">2 พ.ย.</time><time itemprop="x">3 พ.ย.</time>', "2 พ.ย."),
        ("<article><time>2 พ.ย.</time><time>3 พ.ย.</time></article>", None),
    ],
)
def test_time_counts_only_where_it_can_be_no_other(body: str, published: str | None) -> None:
    assert meta(body=body).published_raw == published
