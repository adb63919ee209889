"""Report and review pages over HTTP on this machine, so that a link in an artifact opens them in a browser.

A team that shows `HOME/published` and `HOME/review` with a web server of its own sets the two variables itself.
"""

import os
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import BinaryIO
from urllib.parse import quote

URL, HOME = "FLOWS_REPORTS_URL", "FLOWS_REPORTS_HOME"
LOOPBACK = "127.0.0.1"
SHOWN = frozenset({"published", "review"})


class OnlyHere(SimpleHTTPRequestHandler):
    """Files for a browser on this machine. A page elsewhere whose name was pointed here asks for another host."""

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Refuse foreign hosts, and what is not for looking at; everything else as a plain file."""
        port = self.headers.get("Host", "").removeprefix(LOOPBACK).removeprefix("localhost")
        below = Path(self.translate_path(self.path)).relative_to(self.directory).parts
        is_here = port == f":{self.server.server_port}"  # type: ignore[attr-defined]  # an HTTPServer's own attribute
        if not is_here or not below or below[0] not in SHOWN:
            self.send_error(HTTPStatus.FORBIDDEN)
            return None
        return super().send_head()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line among the runs' own."""


def serve_reports(home: Path, port: int) -> None:
    """Serve the home's pages until the process ends, and tell the flows that it started where. Raises OSError."""
    server = ThreadingHTTPServer((LOOPBACK, port), partial(OnlyHere, directory=str(home)))
    Thread(target=server.serve_forever, daemon=True).start()
    os.environ[URL], os.environ[HOME] = f"http://{LOOPBACK}:{server.server_port}", str(home)


def link_to(home: Path, file: Path) -> str | None:
    """The address of a file of the home; None where nobody serves it."""
    if os.environ.get(HOME) != str(home) or URL not in os.environ:
        return None
    return f"{os.environ[URL].rstrip('/')}/{quote(str(file.relative_to(home)))}"
