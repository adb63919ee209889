"""Prefect around the four steps. The library does not know of it."""

import atexit
import gc
import os
import sys

from dedup import forkserver, lean
from flows.logs import only_news

if "flows.nightly" in sys.orig_argv:  # this process is one run: its workers load while it loads itself
    forkserver.begin()

lean.load()
atexit.register(gc.freeze)  # at its end Python would go through all that was loaded once more: 0.4 s

# Set before Prefect is imported, and only where the environment does not say otherwise.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT", "false")
# The default of 20 s is what a fresh database takes to be made on a quiet machine.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")

only_news()
