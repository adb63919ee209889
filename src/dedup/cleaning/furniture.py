"""The words for page furniture: why a line is furniture, where it may be, and what a pattern of it is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import polars as pl


class Reason(StrEnum):
    """Why a line was taken out of the body."""

    ALWAYS = "always"  # settings: always_remove
    OWN_TITLE = "own-title"  # repeats the record's own title above the story
    RELATED = "related"
    LATEST = "latest"
    READ_MORE = "read-more"
    TAGS = "tags"
    SHARE = "share"
    FOLLOW = "follow"
    COOKIE = "cookie"
    VIDEO = "video"
    ADVERT = "advert"
    COPYRIGHT = "copyright"
    BREADCRUMB = "breadcrumb"
    COUNTER = "counter"
    PAGE_TOOL = "page-tool"
    RULE = "rule"  # dashes, dots, asterisks and nothing else
    DATELINE = "dateline"  # those above the story are kept as `dateline`
    BYLINE = "byline"  # kept as `byline`
    CREDIT = "credit"  # kept as `byline`
    CONTACT = "contact"
    HEADLINE = "headline"  # the title of another article of the source
    FREQUENT = "frequent"  # stands in too many articles of the source
    LABELLED = "labelled"  # above or below the story, behind a label that most pages of the source share
    ENCLOSED = "enclosed"  # a short line among furniture above or below the story
    LISTED = "listed"  # a headline by its place: in a run below a heading


class Zone(StrEnum):
    """Where in an article a pattern may fire."""

    ANYWHERE = "anywhere"
    HEAD = "head"  # above the first line of the story
    TAIL = "tail"  # below the last line of the story
    EDGE = "edge"  # either of the two


@dataclass(frozen=True)
class LinePattern:
    """One class of furniture line: `regex` matches the whole key (or text), of `max_chars` characters at most."""

    reason: Reason
    regex: str
    max_chars: int = 60
    zone: Zone = Zone.ANYWHERE
    is_on_text: bool = False
    is_opener: bool = False
    """The line is a heading: headlines, tags or section names may follow below it."""
    needs: tuple[str, ...] = ()
    """It matches no line without one of these; for a regex that is slow to see that."""


MOVED_TO_BYLINE: Final = (Reason.BYLINE, Reason.CREDIT)
REASON: Final = pl.Enum([reason.value for reason in Reason])
ZONE: Final = pl.Enum([zone.value for zone in Zone])


def reason_literal(reason: Reason) -> pl.Expr:
    """The reason as a value of the column `reason`."""
    return pl.lit(reason.value, dtype=REASON)
