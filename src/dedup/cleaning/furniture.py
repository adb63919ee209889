"""The words for page furniture: why a line is furniture, where it may be, and what a pattern of it is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt
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


NO_REASON: Final = 255
"""What stands for none where reasons and zones are numbers."""


def code(member: Reason | Zone) -> int:
    """The number of a reason or a zone: its place among all."""
    return list(type(member)).index(member)


def codes(column: pl.Series) -> npt.NDArray[np.uint8]:
    """The numbers of a column of reasons or zones."""
    return column.to_physical().cast(pl.UInt8).fill_null(NO_REASON).to_numpy()


def reasons(numbers: npt.NDArray[np.uint8]) -> pl.Series:
    """The reasons of their numbers."""
    return pl.Series("reason", REASON.categories, dtype=REASON).gather(numbers)
