"""Data quality and deduplication for scraped Thai news."""

import hashlib
import os
from pathlib import Path


def _name_kernel_cache() -> None:
    """Keep numba's compiled kernels under a name made of their source and of the types they take.

    Numba looks only at the file of a kernel when it asks whether its compiled form is stale; one left by another
    version of this package can name types that are gone, and fails to load. Must run before numba is imported.
    """
    made = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        source = path.read_bytes()
        if b"njit" in source or b"NamedTuple" in source:
            made.update(source)
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    os.environ.setdefault("NUMBA_CACHE_DIR", str(home / "dedup" / f"kernels-{made.hexdigest()}"))


_name_kernel_cache()
