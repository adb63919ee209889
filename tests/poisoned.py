"""The steps' functions with stages that certain texts break, as hostile records break libraries.

A text that holds `[[step:ending]]` breaks that step, a file name with `[[file:ending]]` the reader. The functions are
looked up by name, so spawned workers import this module and have the same stages.
"""

import os
import re
import signal
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from dedup import clean as cleaning_step
from dedup import deliver as reading_step
from dedup import prepare, sketch


def bite(step: str, texts: pl.Series) -> None:
    """Break, if one of the texts says so. A refused file is not read, and breaks nothing."""
    for ending in re.findall(rf"\[\[{step}:(.*?)\]\]", "\n".join(texts.drop_nulls())):
        match ending:
            case "raise":
                raise ValueError("no such thing")
            case "panic":
                raise pl.exceptions.PanicException("index out of bounds")
            case "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "endless":
                re.match("(a+)+$", "a" * 60 + "b")
            case "pair" if len(texts) > 1 and texts.str.contains(f"{step}:pair", literal=True).sum() > 1:
                raise ValueError("two of them")


def biting(step: str, stage: Callable[..., Any], texts: Callable[..., pl.Series]) -> Callable[..., Any]:
    """A stage that breaks before it does its work."""

    def breaks(*args: Any, **kwargs: Any) -> Any:
        bite(step, texts(*args))
        return stage(*args, **kwargs)

    return breaks


STAGES = [
    (
        reading_step,
        "read_batches",
        biting(
            "file",
            reading_step.read_batches,
            lambda file, **_: pl.Series([] if file.refusal else [file.name], dtype=pl.String),
        ),
    ),
    (reading_step, "extract", biting("read", reading_step.extract, lambda records: records["text"])),
    (cleaning_step, "screen", biting("clean", cleaning_step.screen, lambda articles, limits: articles["body"])),
    (sketch, "comparison_text", biting("sketch", sketch.comparison_text, lambda texts: texts)),
]


def _with_stages(function: Callable[[Any], Any], task: Any) -> Any:
    with pytest.MonkeyPatch.context() as patched:
        for module, name, stage in STAGES:
            patched.setattr(module, name, stage)
        return function(task)


_DELIVER, _PLACES, _CLEAN, _SKETCH = prepare.deliver, prepare.delivered_places, prepare.clean, sketch.sketch_slice


def deliver(task: Any) -> Any:
    return _with_stages(_DELIVER, task)


def delivered_places(task: Any) -> Any:
    return _with_stages(_PLACES, task)


def clean(task: Any) -> Any:
    return _with_stages(_CLEAN, task)


def sketch_slice(task: Any) -> Any:
    return _with_stages(_SKETCH, task)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the steps of this process hand out these functions."""
    monkeypatch.setattr(prepare, "deliver", deliver)
    monkeypatch.setattr(prepare, "delivered_places", delivered_places)
    monkeypatch.setattr(prepare, "clean", clean)
    monkeypatch.setattr(sketch, "sketch_slice", sketch_slice)
