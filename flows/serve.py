"""Start a Prefect server on this machine and serve the deployments: `make serve`."""

import argparse
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 180  # seconds; a fresh database on a busy machine takes a minute


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


def main() -> int:
    """Server and deployments, until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m flows.serve", description="Serve the nightly job on this machine.")
    parser.add_argument(
        "--raw", type=Path, default=Path("data/sample/raw"), metavar="DIR", help="where scrapers deliver"
    )
    parser.add_argument("--home", type=Path, default=Path("data/home"), metavar="DIR", help="where the job publishes")
    parser.add_argument("--port", type=int, default=4200, metavar="N")
    args = parser.parse_args()
    api = f"http://{HOST}:{args.port}/api"
    os.environ["PREFECT_API_URL"] = api  # read when Prefect is imported
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(args.port)]
    server = subprocess.Popen(command)
    try:
        wait_until_healthy(api, server)
        from prefect import serve  # noqa: PLC0415  (after PREFECT_API_URL is set)

        from flows.deployments import deployments  # noqa: PLC0415

        print(f"Prefect UI: http://{HOST}:{args.port}   stop with Ctrl-C", flush=True)
        serve(*deployments(str(args.raw.resolve()), str(args.home.resolve())))
    except RuntimeError as error:
        print(f"serve: {error}", file=sys.stderr)
        return 1
    finally:
        server.terminate()
        server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
