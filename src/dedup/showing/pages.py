"""What every page has in common: escaping, fonts, and how figures and scraped texts are written."""

import re
from base64 import b64encode
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from dedup.showing.figures import SHOWN_CHARS

SHOWN_IN = ZoneInfo("Asia/Bangkok")


def cut(text: str) -> str:
    """A scraped text of any length, as much of it as a table has room for."""
    return text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "…"


CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that a page would obey without showing them: among them those that turn the writing round."""


def visible(value: object) -> object:
    """A text with its control characters written out, `\\u202e`; anything else as it is."""
    if isinstance(value, str) and CONTROLS.search(value):
        shown = CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
        return Markup(shown) if isinstance(value, Markup) else shown
    return value


@cache
def _environment() -> jinja2.Environment:
    fonts = files("dedup") / "fonts"
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dedup"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cut"] = cut
    environment.globals["fonts"] = {
        weight: b64encode((fonts / f"NotoSansThai-{name}.woff2").read_bytes()).decode()
        for weight, name in (("400", "Regular"), ("700", "Bold"))
    }
    return environment


def page(template: str, **shown: object) -> str:
    """A whole page; every text in `shown` is escaped."""
    return _environment().get_template(template).render(**shown)


def lag(minutes: float | None) -> str:
    """A stretch of time in words: minutes below two hours, hours below two days, then days."""
    if minutes is None:
        return ""
    size = abs(minutes)
    if size < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if size < 48 * 60 else f"{minutes / 1440:.1f} d"


def when(instant: datetime | None) -> str:
    """An instant by the clocks of Bangkok."""
    return f"{instant.astimezone(SHOWN_IN):%Y-%m-%d %H:%M}" if instant else "–"
