"""One key for one page: an address without what trackers, phones, AMP and encodings add to it.

The WHATWG parser (ada-url) puts host, port, dot segments and percent signs in order; the rules here do the rest.
Parameters are dropped by name, from a list of trackers: one that is not known to be a tracker may be the article's id.
The key is for comparing; the address itself is kept as delivered.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from urllib.parse import parse_qsl

import ada_url
import polars as pl

from dedup.settings import SourceUrlRule

MAX_CHARS = 8192  # servers refuse longer addresses; it bounds the work too
MAX_PASSES = 6  # an address that still changes then has no key

_SCHEME = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_ZONE = r"(?:ac|co|com|edu|go|gov|in|mi|net|or|org)\.[a-z]{2}"  # co.th and the like: `m.co.th` is a name, not a prefix
_HOST_PREFIX = re.compile(rf"(?:(?:www[0-9]{{0,2}}|m|mobile|amp)\.)+(?=[^.]+\.[^.])(?!{_ZONE}$)")
_AMP_CACHE = re.compile(
    r"(?:(?:[^/]+\.)?cdn\.ampproject\.org/[a-z]+|google\.[a-z.]{2,6}/amp|bing-amp\.com/[a-z]+)/(?:s/)?(?=[^/])"
)
_RESERVED = re.compile(
    "(%(?:2[35Ff]|3[Ff]|5[Cc]|00))"
)  # `#`, `%`, `/`, `?`, `\`, NUL: decoded, they would cut the path elsewhere
_PERCENTS = re.compile("(?:%[0-9A-Fa-f]{2})+")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_SARA_AM = re.compile("([\u0e48-\u0e4b]?)\u0e4d([\u0e48-\u0e4b]?)\u0e32")  # nikhahit and sara aa, a tone mark between
_SESSION = re.compile(r";jsessionid=[^/]*", re.IGNORECASE)
_AMP_END = re.compile(r"(?<=[^/])/amp(?:\.html?)?/?$|(?<=[^/])\.amp(?=(?:\.html?)?$)")
_INDEX_END = re.compile(r"(?:/(?:index|default)\.(?:html?|php|aspx?|jsp))?/?$")

_TRACKER = re.compile(
    r"utm_.*|fbclid|gclid|gclsrc|gbraid|wbraid|gad_source|dclid|msclkid|yclid|twclid|ttclid|li_fat_id|igshid|igsh"
    r"|mibextid|fb_(?:action_ids|action_types|source|ref)|mc_[ce]id|_ga|_gl|_hsenc|_hsmi|hsa_.*|hss_channel|mkt_tok"
    r"|vero_(?:conv|id)|at_(?:medium|campaign|custom[0-9])|ns_(?:campaign|mchannel|source|linkname|fee)|cx_.*|s_cid"
    r"|cmpid|ncid|ocid|xtor|spm|srsltid|traffic_source|ref_src|ref_url|referr?er|openexternalbrowser"
    r"|line_(?:share|source|from)|__twitter_impression|_x_tr_[a-z]+|amp_js_v|amp_gsa|usqp|outputtype"
    r"|jsessionid|phpsessid",
    re.IGNORECASE,
)
_PERHAPS_TRACKERS = frozenset(("ref", "source", "src", "from", "share", "shared", "feature"))
_DEFAULTS = {"amp": ("", "0", "1", "true", "yes"), "page": ("0", "1")}  # values that change nothing
_ID_LIKE = re.compile(r"[0-9-]+|.*[0-9]{4}.*", re.DOTALL)
_UNNAMED = re.compile(  # paths that every article of an outlet may share: the page is named in the query
    r".*/(?:[^/0-9]*\.(?:php|aspx?|jsp|cgi|do)|(?:articles?|contents?|details?|news|page|read|show|story|topic|view)?)",
    re.IGNORECASE,
)


_PLAIN = re.compile(
    r"https://(?!.*(?:/amp|ampproject|bing-amp|xn--))((?:[a-z0-9-]+\.)+[a-z]{2,})((?:/[A-Za-z0-9_-]+)+)"
)
"""An address in which the prefix of its host is all that can be put in order; most are such."""


def canonical_url(url: str, *, rules: SourceUrlRule | None = None) -> str | None:
    """The key of the page at `url`; None for what is no web address, names no page, or is over 8,192 characters.

    Scheme, `www.`, `m.`, `amp.`, user, default port, fragment, trackers, AMP forms, `index.html` and the last slash
    say nothing about the page. Path and query keep their case. With `rules` the key is host and article id, where the
    address has one. The key of a key is the key itself.
    """
    key = url.strip()
    settled = _plain_key(key) or _settled_key(key, keep=(rules.id_param or "").lower() if rules else "")
    return (_id_key(settled, rules) if settled and rules else None) or settled


def _plain_key(url: str) -> str | None:
    """What `_tidied` makes of a plain address, in a fiftieth of the time; None for any other."""
    plain = _PLAIN.fullmatch(url)
    if plain is None or len(url) > MAX_CHARS:
        return None
    host, path = plain.groups()
    while prefix := _HOST_PREFIX.match(host):
        host = host[prefix.end() :]
    return f"https://{host}{path}"


def _settled_key(key: str, *, keep: str) -> str | None:
    """What `_tidied` does not change any more; None where that does not come, or the address names no page."""
    for _ in range(MAX_PASSES):
        settled = _tidied(key, keep=keep)
        if settled is None or settled in (key, _plain_key(settled)):
            return settled
        key = settled
    return None


def canonical_urls(urls: pl.Series, sources: pl.Series, *, rules: Mapping[str, SourceUrlRule]) -> pl.Series:
    """`canonical_url` of each address by the rule of its source, if any."""
    rows = zip(urls.to_list(), sources.to_list(), strict=True)
    keys = [None if url is None else canonical_url(url, rules=rules.get(source)) for url, source in rows]
    return pl.Series("canonical_url", keys, dtype=pl.String)


def _tidied(url: str, *, keep: str) -> str | None:
    """One pass. Undoing one disguise can bare another, so passes are repeated until nothing changes."""
    if len(url) > MAX_CHARS or not _SCHEME.match(url):
        return None
    try:
        parsed = ada_url.URL(f"https:{url}" if url.startswith("//") else url)
    except ValueError:
        return None
    host, path = parsed.hostname.rstrip("."), parsed.pathname
    is_one_page_site = path == "/" and parsed.hash.startswith(("#!", "#/"))  # the page is named in the fragment
    if not host or is_one_page_site:
        return None
    if prefix := _HOST_PREFIX.match(host):
        host = host[prefix.end() :]
    if cached := _AMP_CACHE.match(host + path):
        return f"https://{(host + path)[cached.end() :]}{parsed.search}"
    port = f":{parsed.port}" if parsed.port not in ("", "80", "443") else ""
    path = _path(path)
    return f"https://{host}{port}{path}{_query(parsed.search[1:], path, keep)}"


def _path(path: str) -> str:
    pieces = _RESERVED.split(path)
    pieces[::2] = [_spelled(unquoted(piece), "/:@!$&'()*+,;=~") for piece in pieces[::2]]
    pieces[1::2] = [reserved.upper() for reserved in pieces[1::2]]
    path = _SESSION.sub("", re.sub("/{2,}", "/", "".join(pieces)))
    path = path[len("/amp") :] if path.startswith("/amp/") and path != "/amp/" else path
    return _INDEX_END.sub("", _AMP_END.sub("", path)) or "/"


def _query(search: str, path: str, keep: str) -> str:
    """The parameters that may name the page, sorted. `ref`, `source` and the like go where something else names it."""
    pairs = parse_qsl(search, keep_blank_values=True, errors="surrogateescape")
    sure, doubtful = [], []
    for name, value in pairs:
        lower = name.lower()
        if lower == keep:
            sure.append((name, value))
        elif lower in _PERHAPS_TRACKERS and not _ID_LIKE.fullmatch(value):
            doubtful.append((name, value))
        elif not _TRACKER.fullmatch(name) and value.lower() not in _DEFAULTS.get(lower, ()):
            sure.append((name, value))
    is_named = not _UNNAMED.fullmatch(path) or any(re.search("[0-9]", name + value) for name, value in sure)
    kept = sorted(sure if is_named else sure + doubtful)
    spelled = (_spelled(name, "") + ("=" if value else "") + _spelled(value, "/:,") for name, value in kept)
    query = "&".join(filter(None, spelled))
    return f"?{query}" if query else ""


def _spelled(text: str, safe: str) -> str:
    """Percent-encoded, in the one spelling that Thai slugs are typed, copied and re-encoded to."""
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    text = _SARA_AM.sub(lambda found: f"{found[1] or found[2]}\u0e33", text).replace("เเ", "แ")
    return quoted(text, safe)


def unquoted(text: str) -> str:
    """What `urllib.parse.unquote` makes of it, a run of percent signs at a time instead of each: slugs have a hundred.

    Bytes that are no UTF-8 become lone surrogates.
    """
    return _PERCENTS.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "surrogateescape"), text)


def quoted(text: str, safe: str) -> str:
    """What `urllib.parse.quote` makes of it, a run at a time too."""
    return _unsafe(safe).sub(lambda run: "%" + run[0].encode("utf-8", "surrogateescape").hex("%").upper(), text)


@cache
def _unsafe(safe: str) -> re.Pattern[str]:
    return re.compile(f"[^A-Za-z0-9_.~{re.escape(safe)}-]+")


def _id_key(key: str, rules: SourceUrlRule) -> str | None:
    """Host and article id of a tidied address, as an address; None where the rule finds no id in it."""
    address, _, query = key.partition("?")
    host, _, path = address.removeprefix("https://").partition("/")
    for name, value in parse_qsl(query, errors="surrogateescape"):
        if rules.id_param and name.lower() == rules.id_param.lower():
            return f"https://{host}/?{_spelled(name.lower(), '')}={_spelled(value, '/:,')}"
    found = re.search(rules.path_id_regex, unquoted(f"/{path}")) if rules.path_id_regex else None
    if found is None or not path:  # the key of a key has no path left
        return None
    article_id = "-".join(filter(None, found.groups())) or found[0]
    return f"https://{host}/?id={_spelled(article_id, '/:,')}" if article_id else None
