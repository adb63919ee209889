"""Start a Prefect server on this machine and serve the deployments: `make serve`."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from dedup.places import folder_of, whole
from dedup.settings import load
from flows.reports import serve_reports

HOST = "127.0.0.1"
PATIENCE = 180  # seconds; a fresh database on a busy machine takes a minute
AT_ONCE = 4  # runs of different deployments; of one deployment there is only ever one

SERVER = {
    # In memory, the slot of a running flow is lost when the server restarts, and its next renewal crashes the run.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # Two readers and a writer on one SQLite file: wait for it, do not give up.
    "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
    # Old runs and events go by themselves; a run leaves about 1 MB.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
}


def wait_until_healthy(api: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; raises RuntimeError when it ended or stays silent."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the Prefect server ended with code {server.returncode}; its message stands above")
        try:
            with urllib.request.urlopen(f"{api}/health", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.5)
    raise RuntimeError(f"the Prefect server did not answer within {PATIENCE} s")


def check_free(port: int) -> None:
    """Raise RuntimeError when something listens there already: another server would answer in our server's place."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise RuntimeError(f"port {port} is taken, perhaps by another `make serve`; stop it, or give --port N")


class Server:
    """The server's process, on loopback only. One that dies is started again, so that runs in hand can end.

    It has a process group of its own: Ctrl-C ends the served runs first, and they can still say so.
    """

    def __init__(self, port: int) -> None:
        """Start it."""
        self._command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
        self._is_ending = False
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env={**SERVER, **os.environ}, start_new_session=True)

    def keep(self) -> None:
        """Start it again whenever it dies, from now on."""
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            code = self.process.wait()
            if self._is_ending:
                return
            print(f"serve: the Prefect server ended with code {code}; starting it again", file=sys.stderr)
            time.sleep(1)
            self.process = self._start()

    def end(self) -> None:
        """Stop it for good."""
        self._is_ending = True
        self.process.terminate()
        self.process.wait()


def main() -> int:
    """Server and deployments, until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m flows.serve", description="Serve the nightly job on this machine.")
    for name, default, what in (
        ("raw", "data/sample/raw", "scrapers deliver"),
        ("home", "data/home", "the job publishes"),
    ):
        parser.add_argument(f"--{name}", default=default, metavar="DIR", help=f"where {what}, or s3://BUCKET/PREFIX")
    parser.add_argument("--port", type=int, default=4200, metavar="N", help="of the UI; reports get the next")
    args = parser.parse_args()
    api = f"http://{HOST}:{args.port}/api"
    os.environ["PREFECT_API_URL"] = api  # read when Prefect is imported
    for ending in (signal.SIGTERM, signal.SIGHUP):  # so that the server never outlives this process
        signal.signal(ending, lambda *_: sys.exit(0))
    server = None
    try:
        for port in (args.port, args.port + 1):
            check_free(port)
        server = Server(args.port)
        wait_until_healthy(api, server.process)
        server.keep()
        serve_deployments(whole(args.raw), whole(args.home), args.port)
    except RuntimeError as error:
        print(f"serve: {error}", file=sys.stderr)
        return 1
    finally:
        if server is not None:
            server.end()
    return 0


def serve_deployments(raw: str, home: str, port: int) -> None:
    """Serve until interrupted. Schedules stay active while this is off: what came due meanwhile runs on return."""
    from prefect import serve  # noqa: PLC0415  (Prefect reads PREFECT_API_URL on import)

    from flows.deployments import deployments  # noqa: PLC0415
    from flows.recovery import crash_dead_runs  # noqa: PLC0415

    deployed, folder = deployments(raw, home), folder_of(home, load())
    for name in crash_dead_runs([deployment.name for deployment in deployed], folder):
        print(f"marked as crashed, its process is gone: {name}")
    serve_reports(folder, port + 1)
    print(f"Prefect UI: http://{HOST}:{port}   stop with Ctrl-C")
    print(f"last report: http://{HOST}:{port + 1}/published/current/report.html", flush=True)
    serve(*deployed, pause_on_shutdown=False, limit=AT_ONCE)


if __name__ == "__main__":
    sys.exit(main())
