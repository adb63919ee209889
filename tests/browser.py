"""Debian's Chromium, driven by playwright: what it is started with, and what is said where it is missing."""

import os
import shutil
import socket
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
    """playwright's module; where it or the browser is missing, `what` is skipped, with a word on what to install.

    At the top of a module it skips the module.
    """
    if CHROMIUM and find_spec("playwright"):
        return import_module("playwright.sync_api")
    lacking = "no browser (apt-get install chromium)" if find_spec("playwright") else "no playwright (make develop)"
    pytest.skip(f"{what} not tested: {lacking}", allow_module_level=True)


def free_ports() -> int:
    """A port that is free, and the one after it too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
