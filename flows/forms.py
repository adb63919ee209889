"""The run forms: every parameter's title, description, range and choices, in one place.

Prefect drops the title and description of an `Annotated` parameter and the bounds of a `Field` default. A `Field`
default with the bounds in the annotation keeps all of it, and a title survives as an addition to the JSON schema.
"""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dedup.errors import SettingsError
from dedup.pipeline import Job
from dedup.places import is_address, job_at
from dedup.settings import CleanSettings, IndexSettings, MatchSettings, Section, Share, load

Pairs = Annotated[int, Field(ge=0, le=200)]
Count = Annotated[int, Field(ge=1)]

MOST_MINUTES = 240
"""A nightly run ends after five hours, whatever it waited for."""

LEAST_GB = 0.6
ADDRESS = re.compile(r"(tcp|tls|ucx|ws|wss)://[^/\s]+")

Place = Annotated[str, BeforeValidator(str)]
"""A whole path, or an address like s3://bucket/prefix; a `Path` from Python code will do."""


def shown(title: str, description: str, default: Any = ...) -> Any:
    """A flow parameter as the form shows it; without a default it must be filled in."""
    return Field(default, description=description, json_schema_extra={"title": title})


RAW = shown(
    "Raw folder",
    "Where the scrapers deliver: crawl_date=YYYY-MM-DD/SOURCE.jsonl and the like. The whole path, from / on, or "
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
VERDICTS = shown(
    "Verdicts",
    "A CSV file (left,right,verdict) of what persons say of pairs, on the machine that runs the job. The home "
    "remembers it; empty: as the settings say, or as the home remembers.",
    "",
)
ACCEPT = shown(
    "Accept gates",
    "A run that a gate refused names it, such as silent:thaiwire; name it here to publish in spite of it, "
    "or silent for every outlet. One an item, or one a line. Only for this run.",
    [],
)
STORY = shown("Story", "A story id, or the id of any article in it; empty for the pairs nearest to the line.", "")
PAIRS = shown("Pairs", "Joined, refused and linked pairs to show, so many of each. 0 to 200.", 10)
VERSION = shown("Version", "The version that readers shall see, such as 000007; empty: the one before the current.", "")


class How(BaseModel):
    """What a run may take of the machine, and how long it waits; the articles that come out are the same."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="How it is run")

    workers: Annotated[int, Field(ge=0, le=256)] = Field(
        0,
        title="Worker processes",
        description="0 to 256; 0: as the settings say, and one a core where they do not say it either.",
    )
    memory_gb: Annotated[float, Field(ge=0, le=4096)] = Field(
        0,
        title="Memory limit",
        description="GB for all processes together, 0.6 to 4,096; 0: as the settings say, and 60 % of the machine's "
        "where they do not say it either.",
    )
    wait_minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES)] = Field(
        170,
        title="Wait for the home",
        description=f"Minutes to wait while another run holds the home, 0 to {MOST_MINUTES}; 0 fails at once.",
    )
    keep_versions: Annotated[int, Field(ge=0, le=1000)] = Field(
        0,
        title="Versions kept",
        description="0 to 1,000 versions that a rollback can go back to; 0: as the settings say.",
    )
    delta: Literal["as the settings say", "yes", "no"] = Field(
        "as the settings say", title="Delta tables", description="Whether the version also becomes Delta Lake tables."
    )
    cluster: str = Field(
        "",
        title="Dask scheduler",
        description="tcp://HOST:PORT, whose workers then do the work; empty: as the settings say, or this machine.",
    )

    def settings(self) -> dict[str, Any]:
        """What is said here of `settings.RunSettings`. Raises SettingsError with a sentence."""
        if 0 < self.memory_gb < LEAST_GB:
            raise SettingsError(f"Memory limit: {self.memory_gb} GB is too little; give {LEAST_GB} GB or more")
        if self.cluster.strip() and not ADDRESS.fullmatch(self.cluster.strip()):
            raise SettingsError(f"Dask scheduler: {self.cluster} is no address like tcp://HOST:PORT")
        asked = {
            "workers": self.workers,
            "memory_limit": round(self.memory_gb * 10**9),
            "keep_versions": self.keep_versions,
            "cluster": self.cluster.strip(),
        }
        said: dict[str, Any] = {name: value for name, value in asked.items() if value}
        return said | ({"delta": self.delta == "yes"} if self.delta in ("yes", "no") else {})


HOW = shown(
    "How it is run",
    "What the run may take of the machine, and how long it waits. The articles that come out are the same.",
    How(),
)


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
        raise SettingsError(
            f"{title}: {path} is not a whole path; write it from / on, as it is on the worker's machine"
        )


def gates_named(accept: list[str]) -> list[str]:
    """The items of a form, one gate each."""
    return [line.strip() for item in accept for line in item.splitlines() if line.strip()]


def job_of(
    raw: Path | str,
    home: Path | str,
    *,
    settings: str = "",
    verdicts: str = "",
    accept: list[str] | None = None,
    how: How | None = None,
    rules: Rules | None = None,
) -> Job:
    """What the form asks for. Raises SettingsError with a sentence before anything is read or written."""
    raw, home = str(raw), str(home)
    file, heard = (Path(said.strip()) if said.strip() else None for said in (settings, verdicts))
    for title, path in {"Raw folder": raw, "Home": home, "Settings file": file, "Verdicts": heard}.items():
        check_whole(title, path)
    read = load(file)
    check_whole("match.verdicts in the settings file", read.match.verdicts)
    # A run that cannot have the home yet ends, and Prefect starts it again later: people see that it waits.
    said: dict[str, dict[str, Any]] = {
        "run": {**(how or How()).settings(), "wait_for_lock": 0},
        "gates": {"accept": [*read.gates.accept, *gates_named(accept or [])]},
        "match": {"verdicts": heard} if heard else {},
    }
    for section, fields in _sections(rules).items():
        said[section] = {**said.get(section, {}), **fields}
    whole = read.model_dump()
    return job_at(raw, home, load(file, **{section: {**whole[section], **more} for section, more in said.items()}))


def _sections(rules: Rules | None) -> dict[str, dict[str, Any]]:
    """The rules by their sections of the settings."""
    return {name: rules.model_dump(include=fields) for name, fields in SECTIONS.items()} if rules else {}


def as_toml(rules: Rules) -> str:
    """The rules as lines for a settings file."""
    lines: list[str] = []
    for name, chosen in _sections(rules).items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in chosen.items())]
    return "\n".join(lines)
