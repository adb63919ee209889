"""The run forms: every parameter's title, description, range and choices, in one place.

Prefect drops the title and description of an `Annotated` parameter and the bounds of a `Field` default. A `Field`
default with the bounds in the annotation keeps all of it, and a title survives as an addition to the JSON schema.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dedup.errors import SettingsError
from dedup.pipeline import Job
from dedup.places import is_address, job_at
from dedup.settings import CleanSettings, IndexSettings, MatchSettings, Section, Settings, Share, load

Workers = Annotated[int, Field(ge=0, le=256)]
Pairs = Annotated[int, Field(ge=0, le=200)]
Count = Annotated[int, Field(ge=1)]
Kept = Annotated[int, Field(ge=0, le=1000)]


Place = Annotated[str, BeforeValidator(str)]
"""A whole path, or an address like s3://bucket/prefix; a `Path` from Python code will do."""


def shown(title: str, description: str, default: Any = ...) -> Any:
    """A flow parameter as the form shows it; without a default it must be filled in."""
    return Field(default, description=description, json_schema_extra={"title": title})


RAW = shown(
    "Raw folder",
    "Where the scrapers deliver: crawl_date=YYYY-MM-DD/<source>.jsonl and the like. The whole path, from / on, or "
    "s3://BUCKET/PREFIX.",
)
HOME = shown(
    "Home",
    "Where the job keeps its index and publishes. The whole path, or s3://BUCKET/PREFIX; made when it is not there.",
)
SETTINGS = shown(
    "Settings file",
    "A TOML file on the machine that runs the job; empty for the defaults. The same for every run of a home.",
    "",
)
NIGHT = shown(
    "Night",
    "None: every delivered night that is new or changed, oldest first. "
    "A date: that night, and the known nights after it, which rest on it.",
    None,
)
FIRST = shown("First night", "The first crawl date of the range. Nights that are finished are not done again.")
LAST = shown("Last night", "The last crawl date of the range; None goes on to the newest delivered night.", None)
WORKERS = shown(
    "Worker processes", "0 to 256; 0: as the settings say, and one a core where they do not say it either.", 0
)
KEEP = shown("Versions kept", "0 to 1,000 versions that a rollback can go back to; 0: as the settings say.", 0)
ACCEPT = shown(
    "Accept gates",
    "A run that a gate refused names it, such as silent:thaiwire; name it here to publish in spite of it, "
    "or silent for every outlet. One an item, or one a line. Only for this run.",
    [],
)
STORY = shown("Story", "A story id, or the id of any article in it; empty for the pairs nearest to the line.", "")
PAIRS = shown("Pairs", "Joined, refused and linked pairs to show, so many of each. 0 to 200.", 10)
VERSION = shown("Version", "The version that readers shall see, such as 000007; empty: the one before the current.", "")


def _rule(section: type[Section], name: str, title: str, description: str) -> Any:
    """A rule of the settings, with its default there."""
    return Field(section.model_fields[name].default, title=title, description=description)


class Rules(BaseModel):
    """What makes two articles the same story, which of them is kept, and what is let in."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Rules to try")

    jaccard: Share = _rule(
        MatchSettings, "jaccard", "Similarity", "Pairs at least this alike (Jaccard) are surely found. 0 to 1."
    )
    containment: Share = _rule(
        MatchSettings,
        "containment",
        "Containment",
        "Share of the shorter text that must stand in the longer one. 0 to 1; higher joins less.",
    )
    canonical: Literal["first_full", "earliest", "longest", "latest"] = _rule(
        MatchSettings, "canonical", "Article kept", "Which member of a story stands for it."
    )
    min_body_chars: Count = _rule(
        CleanSettings, "min_body_chars", "Shortest body", "Shorter bodies are quarantined (characters, 1 or more)."
    )
    min_thai_share: Share = _rule(
        CleanSettings,
        "min_thai_share",
        "Least Thai",
        "Thai letters among a body's letters; below it: quarantine. 0 to 1.",
    )
    window_nights: Count = _rule(
        IndexSettings, "window_nights", "Window", "Nights that a new article is compared with (1 or more)."
    )


RULES = shown("Rules to try", "None: as the settings say. Others only for a trial, in an empty home of its own.", None)

SECTIONS: dict[str, set[str]] = {
    "clean": {"min_body_chars", "min_thai_share"},
    "match": {"jaccard", "containment", "canonical"},
    "index": {"window_nights"},
}
"""Where the rules stand among the settings."""


def check_whole(title: str, path: Path | str | None) -> None:
    """Refuse a path that means another folder on a worker than in the form. Raises SettingsError."""
    if path is not None and not is_address(str(path)) and not Path(path).is_absolute():
        raise SettingsError(f"{title}: {path} is not a whole path; a worker starts in a folder of its own")


def job_of(
    raw: Path | str,
    home: Path | str,
    *,
    settings: str = "",
    workers: int = 0,
    keep_versions: int = 0,
    accept: list[str] | None = None,
    rules: Rules | None = None,
) -> Job:
    """What the form asks for. Raises SettingsError with a sentence before anything is read or written."""
    raw, home = str(raw), str(home)
    file = Path(settings.strip()) if settings.strip() else None
    for title, path in {"Raw folder": raw, "Home": home, "Settings file": file}.items():
        check_whole(title, path)
    inner, outer = (place if is_address(place) else f"{Path(place).resolve()}" for place in (home, raw))
    if f"{inner}/".startswith(f"{outer}/") or f"{outer}/".startswith(f"{inner}/"):
        raise SettingsError(
            f"Home {home} and Raw folder {raw} lie in one another; what is published would be read again"
        )
    read = load(file)
    check_whole("match.verdicts in the settings file", read.match.verdicts)
    asked = {"workers": workers, "keep_versions": keep_versions}
    # A run that cannot have the home yet ends, and Prefect starts it again later: people see that it waits.
    run = {**read.run.model_dump(), "wait_for_lock": 0, **{name: value for name, value in asked.items() if value}}
    accepted = [line.strip() for item in accept or [] for line in item.splitlines() if line.strip()]
    gates = {**read.gates.model_dump(), "accept": [*read.gates.accept, *accepted]}
    return job_at(raw, home, load(file, run=run, gates=gates, **(_sections(rules, read) if rules else {})))


def _sections(rules: Rules, read: Settings) -> dict[str, Any]:
    """The settings sections that the rules change, whole."""
    whole = read.model_dump()
    return {name: {**whole[name], **rules.model_dump(include=fields)} for name, fields in SECTIONS.items()}


def as_toml(rules: Rules) -> str:
    """The rules as lines for a settings file."""
    lines: list[str] = []
    for name, fields in SECTIONS.items():
        chosen = rules.model_dump(include=fields)
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in chosen.items())]
    return "\n".join(lines)
