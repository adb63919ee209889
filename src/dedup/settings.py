"""All settings: one frozen tree, unknown keys refused, ranges and units stated.

Read from keyword arguments, then `DEDUP_…` environment variables (`__` between levels), then a TOML file.
Nothing happens on import.
"""

import os
import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ByteSize, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from dedup.errors import SettingsError

Share = Annotated[float, Field(ge=0, le=1)]
"""A fraction between 0 and 1."""


RawField = Literal[
    "source_record_id", "url", "source", "title", "text", "html", "published_raw", "crawled_raw", "category"
]
"""The fields of a delivered record."""

FIELD_ALIASES: dict[RawField, list[str]] = {
    "source_record_id": ["id", "_id", "article_id", "uuid"],
    "url": ["url", "link", "canonical_url", "permalink"],
    "source": ["source", "domain", "site", "outlet", "publisher"],
    "title": ["title", "headline"],
    "text": ["text", "body", "content", "article", "articleBody", "article_text", "maintext"],
    "html": ["html", "raw_html", "page"],
    "published_raw": [
        "published", "published_at", "date", "pub_date", "publish_date", "datePublished", "datetime",
    ],
    "crawled_raw": ["crawled_at", "scraped_at", "fetched_at", "crawl_time"],
    "category": ["category", "section", "categories"],
}  # fmt: skip


class Section(BaseModel):
    """A frozen group of settings that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReadSettings(Section):
    """What a scraper may deliver, and how much of it."""

    aliases: dict[RawField, list[str]] = Field(
        default=FIELD_ALIASES,
        description="Our field → the names scrapers use, best first, compared without case. "
        "A field that is not given keeps its usual names.",
    )
    ignored_names: list[str] = Field(
        default=[".*", "_*", "*~", "*.tmp", "*.part", "*.partial", "*.crdownload", "*.swp"],
        description="Files and folders whose names match are no delivery: hidden, unfinished, `_SUCCESS` marks.",
    )
    max_record_bytes: int = Field(4 * 2**20, ge=1_000, description="A longer line, row or page is quarantined (bytes).")
    max_source_chars: int = Field(200, ge=1, description="A record whose outlet has a longer name is quarantined …")
    max_title_chars: int = Field(1_000, ge=100, description="… as is one with a longer headline …")
    max_address_chars: int = Field(4_000, ge=100, description="… or a longer address or id of its own (characters).")
    max_file_bytes: int = Field(
        2 * 2**30, ge=1_000, description="Most bytes one file may hold after decompression; the rest is not read."
    )
    max_file_rows: int = Field(10_000_000, ge=1, description="Most rows one Parquet file may hold.")
    max_ratio: int = Field(200, ge=2, description="Most bytes out for a byte on disk when decompressing …")
    ratio_floor_bytes: int = Field(
        16 * 2**20, ge=0, description="… judged only above this many bytes out: small files may repeat themselves."
    )
    max_page_elements: int = Field(
        10_000, ge=100, description="An HTML page of more elements is quarantined (10,000 cost up to 0.6 s)."
    )

    @field_validator("aliases", mode="after")
    @classmethod
    def _complete_and_unambiguous(cls, aliases: dict[RawField, list[str]]) -> dict[RawField, list[str]]:
        complete = {**FIELD_ALIASES, **aliases}
        owner: dict[str, RawField] = {}
        for field, names in complete.items():
            for name in names:
                if owner.setdefault(name.lower(), field) != field:
                    raise ValueError(f"{name!r} is an alias of both {owner[name.lower()]} and {field}")
        return complete


class SourceUrlRule(Section):
    """Where a source's addresses carry the article's id: the key is then host and id, whatever else they say."""

    id_param: str | None = Field(None, min_length=1, description="Query parameter with the id, compared without case.")
    path_id_regex: str | None = Field(
        None, description="Searched in the path without its last slash; its groups, else the whole match, are the id."
    )

    @field_validator("path_id_regex")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error
        return pattern

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.id_param is None and self.path_id_regex is None:
            raise ValueError("id_param or path_id_regex must be given")
        return self


class CleanSettings(Section):
    """Boilerplate removal, dates and the quality screen."""

    window_nights: int = Field(30, ge=1, description="Nights whose lines and titles the line model remembers.")
    line_min_articles: int = Field(10, ge=2, description="Articles a line must stand in before it counts as furniture.")
    line_share: Share = Field(0.10, description="… and the share of the source's articles it must stand in.")
    line_share_small: Share = Field(0.30, description="The same while the source has under `small_source` articles.")
    small_source: int = Field(300, ge=1, description="Articles in the window below which a source counts as small.")
    cold_source: int = Field(
        50, ge=1, description="Articles below which a source is cold, and the next three count instead."
    )
    cold_min_articles: int = Field(8, ge=2, description="Articles a short line of a small source must stand in …")
    cold_edge_articles: int = Field(4, ge=2, description="… or only so many, above or below the story …")
    cold_share: Share = Field(0.60, description="… and the share of the source's articles, to be furniture at once.")
    line_max_chars: int = Field(250, ge=20, description="A longer line is never furniture by frequency.")
    max_removed_share: Share = Field(
        0.75, description="Most that line counts alone may remove; above it the original is kept and flagged."
    )
    never_remove: dict[str, list[str]] = Field(default={}, description="Source → lines that are never removed.")
    always_remove: dict[str, list[str]] = Field(default={}, description="Source → lines that are always removed.")
    prune_xpath: dict[str, list[str]] = Field(default={}, description="Source → XPaths cut from HTML pages.")
    min_title_chars: int = Field(4, ge=0, description="Articles with a shorter headline are quarantined.")
    min_body_chars: int = Field(100, ge=1, description="Shorter bodies are quarantined.")
    short_body_chars: int = Field(300, ge=1, description="Shorter bodies are flagged.")
    min_thai_share: Share = Field(0.50, description="Thai letters among the letters; below it: quarantine, if few.")
    low_thai_share: Share = Field(0.80, description="… below it: a flag.")
    max_damage_share: Share = Field(0.005, description="U+FFFD and mojibake left; above it: quarantine.")
    max_repeated_share: Share = Field(
        0.70, description="Text in passages it holds before; above it: quarantine. A text given thrice has 0.67."
    )
    oldest_year: int = Field(1990, ge=1900, description="Earlier publication dates are nulled and flagged.")
    future_hours: int = Field(24, ge=0, description="Hours a publication date may lie after the crawl.")
    url_rules: dict[str, SourceUrlRule] = Field(default={}, description="Source → where its addresses carry the id.")
    max_body_chars: int = Field(200_000, ge=1_000, description="Longer bodies are quarantined (characters).")


class MatchSettings(Section):
    """What makes two articles the same story."""

    engine: Literal["newmm-compiled", "newmm", "newmm-safe", "longest", "icu", "nlpo3"] = Field(
        "newmm-compiled",
        description="PyThaiNLP engine. `newmm-compiled` gives newmm's exact words; the others are about 40 to 1,000 "
        "times slower, `icu` and `nlpo3` need packages of their own.",
    )
    shingle_words: int = Field(3, ge=1, le=10, description="Words in a shingle.")
    num_perm: int = Field(128, ge=16, le=512, description="Lanes of a MinHash signature.")
    seed: int = Field(1, ge=0, le=2**32 - 1, description="Seed of the MinHash permutations.")
    jaccard: Share = Field(0.5, description="Pairs at or above it are found …")
    recall: Annotated[float, Field(gt=0, lt=1)] = Field(0.99, description="… with at least this probability each.")
    bucket_neighbours: int = Field(
        8, ge=1, le=64, description="Articles before it that an article is compared with, per key."
    )
    passage_one_in: int = Field(4, ge=1, le=64, description="One shingle in so many is a key for shared passages.")
    passage_min_keys: int = Field(
        2, ge=1, le=16, description="Passage keys that two articles must share to be compared."
    )
    containment: Share = Field(
        0.30, description="Share of the shorter text's shingles that must stand in the longer one."
    )
    copy_words: Share = Field(
        0.86, description="A copy: share of the shorter text's distinct words that must stand in the longer one."
    )
    rewrite_closeness: Share = Field(
        0.55, description="A text cut into news: mean of those two shares (outlets add words of their own)."
    )
    rewrite_run: Share = Field(
        0.60, description="… and at most so large a share of what is shared in one run, or it is a quoted passage."
    )
    rewrite_covered: Share = Field(
        0.20, description="… and share of a newer, longer text that an older one must cover, or it is background."
    )
    rewrite_figures: Share = Field(
        0.60, description="… and share of its distinct figures that stand in the longer one; one may always lack."
    )
    series_figures: Share = Field(
        0.10, description="A series: share of the figures in shared wording that each text has and the other lacks."
    )
    series_min_figures: int = Field(
        2, ge=1, le=50, description="… and their number; one is enough where the texts open with other dates."
    )
    series_days: int = Field(
        3, ge=1, le=366, description="Copies that open with other dates, so many days apart, are a series (days)."
    )
    update_figures: Share = Field(
        0.40, description="An update of the same day: at most this share of the figures in shared wording is exchanged."
    )
    min_shingles: int = Field(
        15, ge=1, description="A shorter text than so many shingles is joined only at Jaccard `jaccard`."
    )
    review_margin: Share = Field(0.15, description="Refused pairs this close below `containment` are kept for review.")
    roundup_headline: Share = Field(
        0.20,
        description="A round-up prints this share more of a story's headline than the story does, and less of its own.",
    )
    digest_titles: list[str] = Field(
        default=["สรุปข่าว", "รวมข่าว", "ประมวลข่าว", "ข่าวเด่น", "ข่าวสำคัญประจำวัน", "ข่าวรอบวัน", "ข่าวในรอบ"],
        description="A headline with one of these is a round-up: linked to its stories, joined to none; its text keeps "
        "headlines.",
    )
    canonical: Literal["first_full", "earliest", "longest", "latest"] = Field(
        "first_full", description="Which member of a story is kept."
    )
    full_share: Share = Field(
        0.33, description="A full version has at least this share of the words of the story's longest member."
    )
    max_story: int = Field(
        500, ge=10, description="A larger component is cut again at a stricter threshold (articles)."
    )
    verdicts: Path | None = Field(
        None,
        description="CSV of a person's verdicts (left,right,verdict), which overrule all of this. The home remembers "
        "what it said last; a file with nothing but its header takes everything back.",
    )


class IndexSettings(Section):
    """What is remembered between nights."""

    window_nights: int = Field(45, ge=1, description="Nights a new article is compared with.")


class Gate(StrEnum):
    """What can be wrong with an outlet's night."""

    SILENT = "silent"  # an outlet that always delivers has no records
    RECORDS = "records"  # far fewer or far more records than usual
    QUARANTINE = "quarantine"  # too many records were refused
    REMOVED = "removed"  # another share of the text was furniture: the page template changed
    COPIES = "copies"  # another share of the articles were copies
    DATES = "dates"  # fewer articles have a publication date


class GateSettings(Section):
    """When a night is too far from its outlets' own history to be published unasked."""

    is_on: bool = Field(True, description="Whether nights are judged at all.")
    min_nights: int = Field(14, ge=2, description="Nights an outlet must have delivered before it is judged.")
    history_nights: int = Field(28, ge=2, description="Nights before that make up the history.")
    min_records: int = Field(20, ge=1, description="Records below which an outlet's shares mean nothing.")
    fewest_records: Share = Field(0.2, description="Fewest records, as a share of the usual number.")
    most_records: float = Field(5.0, gt=1, description="Most records, as a multiple of the usual number.")
    max_quarantine: Share = Field(0.20, description="Largest share refused; three times the usual one is also borne.")
    removed_shift: Share = Field(0.15, description="How far the share removed as furniture may move.")
    copies_shift: Share = Field(0.40, description="How far the share of copies may move.")
    dates_drop: Share = Field(0.30, description="How far the share of dated articles may fall.")
    accept: list[str] = Field([], description="Gates a person has looked at: `silent:thaiwire`, or `silent` for all.")

    @field_validator("accept")
    @classmethod
    def _names_gates(cls, accept: list[str]) -> list[str]:
        unknown = [name for name in accept if name.partition(":")[0] not in set(Gate)]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no such gate; there are {', '.join(Gate)}")
        return accept


class RunSettings(Section):
    """How the work is done; none of it changes what becomes of honest records."""

    workers: int = Field(
        0,
        ge=0,
        le=256,
        description="Processes that work beside the run's own; 0 takes one per core. With 1 everything is done in the "
        "run's own process, and a record that ends a process, or never ends, is not survived.",
    )
    cluster: str = Field(
        "",
        pattern=r"^((tcp|tls|ucx|ws|wss)://[^/\s]+)?$",
        description="Address of a Dask scheduler, tcp://HOST:PORT, whose workers do the slices; empty: this machine.",
    )
    memory_limit: ByteSize | None = Field(
        None,
        ge=600 * 10**6,
        description="Memory of all processes together, such as `4GB`; work is cut to stay below it. "
        "By default 60 % of what the machine or its container has.",
    )
    cache: str = Field(
        "",
        description="Folder for what is fetched from object storage; empty: dedup/ in the user's cache folder. "
        "With a cluster, one that its workers see too.",
    )
    record_seconds: float = Field(
        10.0, ge=1, description="A record that a step works on for longer is quarantined (CPU seconds)."
    )
    wait_for_lock: float = Field(
        0, ge=0, description="How long a run waits for another one that holds the home; 0 refuses at once (seconds)."
    )
    keep_versions: int = Field(7, ge=1, description="Published versions kept for rollback.")
    delta: bool = Field(False, description="Whether every version is also committed to Delta Lake tables.")
    delta_days: int = Field(30, ge=1, description="Days that a Delta table can be read as it was.")


class Settings(BaseSettings):
    """The whole tree."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="DEDUP_", env_nested_delimiter="__")

    read: ReadSettings = ReadSettings()
    clean: CleanSettings = CleanSettings()
    match: MatchSettings = MatchSettings()
    index: IndexSettings = IndexSettings()
    gates: GateSettings = GateSettings()
    run: RunSettings = RunSettings()


def load(path: Path | None = None, **overrides: Any) -> Settings:
    """Settings from `overrides`, the environment and the TOML file at `path`, in this order.

    Raises SettingsError naming every offending key.
    """
    if unknown := _unknown_names():
        raise SettingsError(f"environment: {', '.join(unknown)}: no such setting; the names are DEDUP_SECTION__SETTING")

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=path)

    if path is not None and not path.is_file():
        raise SettingsError(f"{path}: no such settings file")
    try:
        return Settings(**FromFile(**overrides).model_dump())
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
        )
        raise SettingsError(f"settings refused: {faults}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML settings: {error}") from error


def _unknown_names() -> list[str]:
    """Environment variables meant as settings that would be passed over: of no section, or with one underscore."""
    unknown = []
    for name in os.environ:
        said = name.lower().removeprefix("dedup_")
        section = said.partition("__")[0]
        is_meant = "__" in said or section.partition("_")[0] in Settings.model_fields
        if said != name.lower() and is_meant and section not in Settings.model_fields:
            unknown.append(name)
    return unknown
