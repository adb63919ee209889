"""moto's S3 server on this machine, one write at a time.

moto looks at `If-Match` and writes in two steps; of two puts in the same millisecond both may pass. Stores promise that
one does (S3, Google, Azure, MinIO), and so does this one.

    python -m tests.s3server PORT
"""

import os
import sys
import threading
from collections.abc import Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple


def serve(port: int) -> None:
    os.environ["MOTO_PORT"] = str(port)
    moto = DomainDispatcherApplication(create_backend_app)
    writing = threading.Lock()

    def store(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "PUT":
            return moto(environ, start_response)  # type: ignore[no-any-return]
        with writing:
            return list(moto(environ, start_response))

    run_simple("127.0.0.1", port, store, threaded=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
