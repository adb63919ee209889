"""Debian's Chromium, driven by playwright: what it is started with, and a word on why a test is left out without it."""

import os
import shutil
import warnings
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def playwright_or_skip(what: str) -> Any:
    """playwright's module; skips the test module `what` names, and warns, where it or the browser is missing."""
    if CHROMIUM and find_spec("playwright"):
        return import_module("playwright.sync_api")
    left_out = f"{what} is left out: it needs a browser (apt-get install chromium) and playwright"
    warnings.warn(left_out, stacklevel=2)  # a skip alone is not seen in a quiet run
    pytest.skip(left_out, allow_module_level=True)
