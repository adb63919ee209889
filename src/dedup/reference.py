"""The settings reference as Markdown, made from the settings themselves, so the two cannot disagree."""

import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ByteSize
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from dedup.settings import Section, Settings

UNITS = {
    "most_records": "times the usual",
    **dict.fromkeys(["articles", "neighbours", "source", "story"], "articles"),
    **dict.fromkeys(["one_in", "shingles"], "shingles"),
    "lock": "seconds",
    "chars": "characters", "perm": "lanes", "ratio": "bytes a byte", "workers": "processes", "year": "year",
    **{name: name for name in (
        "bytes", "days", "elements", "figures", "hours", "keys", "nights", "records", "rows", "seconds", "versions",
        "words",
    )},
}  # fmt: skip
"""What the end of a setting's name says of its unit; a fraction between 0 and 1 is a share whatever it is called."""
SIGNS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}", "min_length": "at least {} long"}
LONGEST = 60
"""A longer default stands below the table."""


def reference() -> str:
    """Every setting of the tree, one section a table: type, range, default, unit, meaning."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        section = field.annotation
        assert isinstance(section, type) and issubclass(section, Section), f"{name} is no section of settings"
        yield from _section(name, section)


def _section(name: str, section: type[BaseModel]) -> Iterator[str]:
    """The table of a section, its long defaults below it, and the sections that it holds."""
    yield from (f"## {name}", "", section.__doc__ or "", "")
    yield from ("| setting | type | range | default | unit | meaning |", "|---|---|---|---|---|---|")
    long: dict[str, object] = {}
    inner: dict[str, type[BaseModel]] = {}
    for key, field in section.model_fields.items():
        default = _toml(field.default)
        if len(default) > LONGEST:
            long[key], default = field.default, "below"
        cells = [f"`{key}`", _kind(field.annotation), _range(field), default, unit(key, field), field.description or ""]
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
        inner |= {f"{name}.{key}.SOURCE": held for held in _held(field.annotation)}
    yield ""
    for key, value in long.items():
        yield from ("```toml", *_long(f"{name}.{key}", value), "```", "")
    for path, held in inner.items():
        yield from _section(path, held)


def _held(annotation: Any) -> list[type[BaseModel]]:
    """The sections inside a type, such as the values of a dict."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [held for part in get_args(annotation) for held in _held(part)]


def _kind(annotation: Any) -> str:
    """A type as people write it; choices are listed."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin in {Union, types.UnionType}:
        return " or ".join("nothing" if part is type(None) else _kind(part) for part in parts)
    if origin is dict:
        return f"table: name → {_kind(parts[1])}"
    if origin is list:
        return f"list of {_kind(parts[0])}"
    names = {bool: "yes or no", int: "whole number", float: "number", str: "text", ByteSize: "size", Path: "file"}
    return names.get(annotation, "section") if not hasattr(annotation, "__metadata__") else _kind(parts[0])


def _range(field: FieldInfo) -> str:
    bounds = [
        sign.format(f"{value:,}" if value >= 10_000 else value)
        for known in field.metadata
        for name, sign in SIGNS.items()
        if (value := getattr(known, name, None)) is not None
    ]
    return ", ".join(bounds) or "–"


def unit(name: str, field: FieldInfo) -> str:
    """What a number counts: a share, or what the end of its name says; a dash for everything else."""
    bounds = {bound: value for known in field.metadata for bound in SIGNS if (value := getattr(known, bound, None))}
    if field.annotation is float and 1 in {bounds.get("le"), bounds.get("lt")}:
        return "share"
    if ByteSize in {field.annotation, *get_args(field.annotation)}:
        return "bytes"
    if field.annotation not in {int, float}:
        return "–"
    ends = [said for end, said in UNITS.items() if name == end or name.endswith(f"_{end}")]
    return ends[0] if ends else "–"


def _toml(value: object) -> str:
    if value is None or value is PydanticUndefined:
        return "–"
    return f"`{json.dumps(value, ensure_ascii=False)}`" if value != {} else "`{}`"


def _long(path: str, value: object) -> Iterator[str]:
    """A default as it would stand in the file."""
    section, key = path.rsplit(".", 1)
    if isinstance(value, dict):
        yield f"[{path}]"
        yield from (f"{name} = {json.dumps(item, ensure_ascii=False)}" for name, item in value.items())
    else:
        yield from (f"[{section}]", f"{key} = {json.dumps(value, ensure_ascii=False)}")
