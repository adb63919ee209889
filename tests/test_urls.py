from unittest.mock import patch
from urllib.parse import quote, unquote

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from dedup.cleaning.urls import MAX_CHARS, canonical_url, canonical_urls, quoted, unquoted
from dedup.settings import SourceUrlRule

PAGE = "https://www.khao.co.th/news/politics/12345"

SAME_PAGE = {
    "utm": (f"{PAGE}?utm_source=facebook&utm_medium=social", PAGE),
    "fbclid": (f"{PAGE}?fbclid=IwAR0abc", PAGE),
    "gclid and order": ("https://khao.com/a?id=5&gclid=1&utm_id=2", "https://khao.com/a?utm_campaign=z&id=5"),
    "ref and cx": (f"{PAGE}?ref=home&cx_testId=12&cx_artPos=3", PAGE),
    "m. host": ("https://m.khao.co.th/news/politics/12345", PAGE),
    "amp. host": ("https://amp.khao.co.th/news/politics/12345", PAGE),
    "/amp at the end": (f"{PAGE}/amp", PAGE),
    "?amp=1": (f"{PAGE}?amp=1", PAGE),
    "/amp/ in front": ("https://www.khao.co.th/amp/news/politics/12345", PAGE),
    "AMP cache": ("https://www-khao-co-th.cdn.ampproject.org/c/s/www.khao.co.th/news/politics/12345?usqp=mq3", PAGE),
    "scheme": ("http://www.khao.co.th/news/politics/12345", PAGE),
    "www": ("https://khao.co.th/news/politics/12345", PAGE),
    "last slash": (f"{PAGE}/", PAGE),
    "Thai slug, raw and encoded": ("https://khao.com/ข่าว", "https://khao.com/%E0%B8%82%E0%B9%88%E0%B8%B2%E0%B8%A7"),
    "case of percent signs": ("https://khao.com/%e0%b8%82", "https://khao.com/%E0%B8%82"),
    "sara am in two parts": ("https://khao.com/น้\u0e4dา", "https://khao.com/น้\u0e33"),
    "case of the host": ("https://WWW.Khao.CO.th/news/politics/12345", PAGE),
    "default port": ("https://www.khao.co.th:443/news/politics/12345", PAGE),
    "fragment": (f"{PAGE}#comments", PAGE),
    "dot segments": ("https://www.khao.co.th/x/../news/./politics/12345", PAGE),
    "doubled slashes": ("https://www.khao.co.th//news//politics/12345", PAGE),
    "order of parameters": ("https://khao.com/a?b=2&a=1", "https://khao.com/a?a=1&b=2"),
    "Thai host": ("https://ข่าว.ไทย/ก", "https://xn--22c8e6a1f.xn--o3cw4h/ก"),
    "index.html": ("https://khao.com/a/index.html", "https://khao.com/a/"),
    "page=1": ("https://khao.com/a/5?page=1", "https://khao.com/a/5"),
    "user": ("https://user:secret@khao.com/a", "https://khao.com/a"),
    "no scheme": ("//khao.com/a", "https://khao.com/a"),
    "port of the other scheme": ("http://khao.com:80/a", "https://khao.com/a"),
    "default port of https under http": ("http://khao.com:443/a", "https://khao.com/a"),
    "session in the path": ("https://khao.com/a;jsessionid=AB12?id=3", "https://khao.com/a?id=3"),
    ".amp.html": ("https://khao.com/n/5.amp.html", "https://khao.com/n/5.html"),
    "Google's AMP viewer": ("https://www.google.co.th/amp/s/www.khao.co.th/news/politics/12345", PAGE),
    "sara am, tone mark inside": ("https://khao.com/น\u0e4d้า", "https://khao.com/น้\u0e33"),
    "doubled sara e": ("https://khao.com/เเม่", "https://khao.com/แม่"),
    "invisible characters": ("https://khao.com/\u200bนายก", "https://khao.com/นายก"),
    "dots after the host": ("https://khao.com./a", "https://khao.com/a"),
    "AMP of a phone page": ("https://m.khao.co.th/amp/news/politics/12345/amp/?amp", PAGE),
    "source with an id in the path": (f"{PAGE}?source=line&from=today", PAGE),
    "ref beside a slug": ("https://khao.com/flood-in-the-north?ref=home", "https://khao.com/flood-in-the-north"),
    "spaces around": (f"  {PAGE}\n", PAGE),
}

OTHER_PAGE = {
    "id in the query": ("https://khao.com/view.php?newsid=1001", "https://khao.com/view.php?newsid=1002"),
    "id in the path": ("https://khao.com/detail/9650000065432", "https://khao.com/detail/9650000065433"),
    "case of the path": ("https://khao.com/A1", "https://khao.com/a1"),
    "second page": ("https://khao.com/a?page=2", "https://khao.com/a"),
    "section as subdomain": ("https://sport.khao.com/a", "https://khao.com/a"),
    "bare id": ("https://khao.com/view.php?12345", "https://khao.com/view.php?12346"),
    "ref is the only name": ("https://khao.com/view.php?ref=abc", "https://khao.com/view.php?ref=abd"),
    "ref beside a language": ("https://khao.com/news?lang=th&ref=abc", "https://khao.com/news?lang=th&ref=abd"),
    "source is a number": ("https://khao.com/a?source=12", "https://khao.com/a?source=13"),
    "slash within a segment": ("https://khao.com/a%2Fb", "https://khao.com/a/b"),
    "post id at the root": ("https://khao.com/?p=1", "https://khao.com/?p=2"),
    "other port": ("https://khao.com:8080/a", "https://khao.com/a"),
    "a page named amp": ("https://khao.com/amp", "https://khao.com/"),
    "a folder named amp": ("https://khao.com/amp/", "https://khao.com/"),
    "a second-level zone": ("https://m.co.th/a", "https://www.co.th/a"),
    "repeated parameter": ("https://khao.com/v?id=1&id=2", "https://khao.com/v?id=1&id=3"),
}


@pytest.mark.parametrize("name", SAME_PAGE)
def test_disguises_of_one_page_share_a_key(name: str) -> None:
    one, other = (canonical_url(url) for url in SAME_PAGE[name])
    assert one is not None
    assert one == other


@pytest.mark.parametrize("name", OTHER_PAGE)
def test_different_pages_have_different_keys(name: str) -> None:
    one, other = (canonical_url(url) for url in OTHER_PAGE[name])
    assert None not in (one, other)
    assert one != other


ID_PARAMETERS = (
    "newsid NewsID nid cid content_id id story topic article storyid news_id section aid Id itemid pid p t v contentid "
    "ref source src from share feature"
)


@pytest.mark.parametrize("name", ID_PARAMETERS.split())
def test_number_in_the_query_is_never_dropped(name: str) -> None:
    for path in ("/view.php", "/", "/news", "/news/politics/99"):
        keys = {canonical_url(f"https://khao.com{path}?{name}={number}") for number in (2, 1001, 1002)}
        assert len(keys) == 3


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "javascript:alert(1)",
        "ftp://khao.com/a",
        "mailto:desk@khao.com",
        "khao.com/a",
        "/news/1",
        "http:khao.com/a",
        "https://",
        "https://a b/",
        "https://khao.com/\ud800",
        "https://khao.com/#!/news/123",  # the page is named in the fragment, which servers never see
        "https://khao.com/" + "a" * MAX_CHARS,
        "https://khao.com/" + "ก" * (MAX_CHARS // 9 + 1),  # too long once encoded
    ],
)
def test_what_names_no_page_has_no_key(url: str) -> None:
    assert canonical_url(url) is None


def test_key_is_a_plain_address() -> None:
    key = canonical_url("http://u:p@WWW.khao.com:80/น้ำ ท่วม/?b=ก+ข&a=&utm_source=x#top")
    assert (
        key
        == "https://khao.com/%E0%B8%99%E0%B9%89%E0%B8%B3%20%E0%B8%97%E0%B9%88%E0%B8%A7%E0%B8%A1?a&b=%E0%B8%81%20%E0%B8%82"
    )


def test_slug_in_an_old_code_page_keeps_its_bytes() -> None:
    assert canonical_url("https://khao.com/%a2%e8%d2%c7") == "https://khao.com/%A2%E8%D2%C7"


def test_rule_makes_host_and_id_the_key() -> None:
    by_path = SourceUrlRule(path_id_regex=r"/news_([0-9]+)")
    by_query = SourceUrlRule(id_param="Ref")
    by_two_groups = SourceUrlRule(path_id_regex=r"^/(news|video)/([0-9]+)")
    assert canonical_url("https://m.khao.com/x/news_715/slug?id=3", rules=by_path) == "https://khao.com/?id=715"
    assert canonical_url("https://khao.com/live/3", rules=by_path) == "https://khao.com/live/3"
    assert canonical_url("https://khao.com/go?x=1&ref=abc", rules=by_query) == "https://khao.com/?ref=abc"
    assert canonical_url("https://khao.com/video/7/a", rules=by_two_groups) == "https://khao.com/?id=video-7"


def test_rule_sees_a_thai_path_decoded() -> None:
    rule = SourceUrlRule(path_id_regex="/ข่าว/([0-9]+)")
    assert (
        canonical_url("https://khao.com/%E0%B8%82%E0%B9%88%E0%B8%B2%E0%B8%A7/9/x", rules=rule)
        == "https://khao.com/?id=9"
    )


@pytest.mark.parametrize("fields", [{}, {"path_id_regex": "("}, {"id_param": ""}, {"id": "x"}])
def test_rule_that_says_nothing_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        SourceUrlRule.model_validate(fields)


FRAGMENTS = (
    "/ // amp /amp .amp index.html default.aspx .. . %2e %2F %25 % %E0%B8 %zz ? & = ;jsessionid=1 # #!/ \\ + @ :80 "
    ":443 www. m. co.th khao.com 1 ref=a page=1 amp=1 id=5 utm_x=1 เเ \u0e4dา \u0e48 \u200b ก é e\u0301 [ "
    "cdn.ampproject.org/c/s/"
)
HOST_PIECES = ["www.", "www2.", "m.", "mobile.", "amp.", "a-b.", "khao.", "1.", "0x1.", "google.", "xn--a.", "co."]
HOSTS = st.lists(st.sampled_from(HOST_PIECES), max_size=4).map("".join)
PLAIN_ADDRESSES = st.builds(
    "https://{}{}{}".format,
    HOSTS,
    st.sampled_from(["com", "co.th", "th", "a1"]),
    st.lists(st.sampled_from(["/news", "/12", "/a_b-C", "/amp", "/index", "/AMP"]), min_size=1, max_size=3).map(
        "".join
    ),
)
PIECES = st.lists(st.sampled_from([*FRAGMENTS.split(), " ", "\t"]) | st.text(max_size=3), max_size=12).map("".join)
RULES = st.sampled_from(
    [None, SourceUrlRule(id_param="id"), SourceUrlRule(path_id_regex="([0-9ก]+)"), SourceUrlRule(path_id_regex=".*")]
)


@settings(deadline=None)
@given(PIECES, RULES)
@example("www.m.khao.com/amp/x/amp", None)
@example("khao.com/.\u200b./a", None)
@example("khao.com/?page=1&amp", None)
def test_key_of_a_key_is_the_key(rest: str, rules: SourceUrlRule | None) -> None:
    key = canonical_url(f"http://{rest}", rules=rules)
    if key is not None:
        assert canonical_url(key, rules=rules) == key
        assert len(key) <= 2 * MAX_CHARS
        assert key.isascii()


@settings(deadline=None)
@given(PLAIN_ADDRESSES, RULES)
def test_plain_address_has_the_key_that_the_parser_gives_it(url: str, rules: SourceUrlRule | None) -> None:
    with patch("dedup.cleaning.urls._plain_key", return_value=None):
        by_parser = canonical_url(url, rules=rules)
    assert canonical_url(url, rules=rules) == by_parser


@settings(deadline=None)
@given(st.text() | PIECES, RULES)
def test_no_text_raises(text: str, rules: SourceUrlRule | None) -> None:
    canonical_url(text, rules=rules)


@settings(deadline=None)
@given(st.integers(0, 10**12), st.integers(0, 10**12), PIECES)
def test_two_ids_never_share_a_key(one: int, other: int, rest: str) -> None:
    keys = [canonical_url(f"https://khao.com/view.php?newsid={number}&{rest}") for number in (one, other)]
    assert (keys[0] == keys[1]) == (one == other) or None in keys


@pytest.mark.parametrize(
    "unit",
    ["a", "/", "%", "%E0", "/amp", "/../", ";jsessionid=", "?", "&a=1", "ํา", ".", "1", " ", "www.", "่", "<b>", "@"],
)
def test_hostile_addresses_are_settled(unit: str) -> None:
    long, too_long = (unit * (size // len(unit)) for size in (MAX_CHARS - 100, 200_000))
    canonical_url(f"https://khao.com/{long}")
    canonical_url(f"https://{long}")
    assert canonical_url(f"https://khao.com/{too_long}") is None or unit == " "


def test_column_keeps_rows_and_uses_the_rule_of_the_source() -> None:
    urls = pl.Series(["https://a.com/x/5?utm_id=1", None, "https://a.com/x/5", "not an address", "https://a.com/x/5"])
    sources = pl.Series(["b", "a", "a", "a", None])
    keys = canonical_urls(urls, sources, rules={"a": SourceUrlRule(path_id_regex="/x/([0-9]+)")})
    expected = ["https://a.com/x/5", None, "https://a.com/?id=5", None, "https://a.com/x/5"]
    assert_series_equal(keys, pl.Series("canonical_url", expected))


def test_column_without_rows_or_values_has_the_type() -> None:
    for urls in (pl.Series([], dtype=pl.String), pl.Series([None, None])):
        keys = canonical_urls(urls, urls, rules={})
        assert keys.dtype == pl.String
        assert keys.len() == urls.len()


ESCAPED = st.lists(st.sampled_from([*"%aB9/ ก~-_.+^]\\", "%E0", "%b8", "%81", "%2f", "%4", "\udce0"]), max_size=12).map(
    "".join
)


@given(ESCAPED | st.text(max_size=9))
def test_percent_signs_are_read_as_the_library_reads_them(text: str) -> None:
    assert unquoted(text) == unquote(text, errors="surrogateescape")


@given(ESCAPED | st.text(max_size=9), st.sampled_from(["", "/:,", "/:@!$&'()*+,;=~", "]^-"]))
def test_percent_signs_are_written_as_the_library_writes_them(text: str, safe: str) -> None:
    assert quoted(text, safe) == quote(text, safe=safe, errors="surrogateescape")
