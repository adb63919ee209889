"""Coverage-guided fuzzing with atheris (pip install atheris).

python -m tests.fuzz reader --seconds 60
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

SOURCE = Path(__file__).parent.parent.parent / "src"
COMPILED = [
    ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    for path in SOURCE.rglob("*.py")
    if "njit" in path.read_text(encoding="utf-8")
]
"""What numba compiles cannot be instrumented."""

with atheris.instrument_imports(include=["dedup"], exclude=COMPILED):
    from tests.fuzz.targets import TARGETS
    from tests.hazards.__main__ import sample_records
    from tests.hazards.records import LIGHT, hostile


def main() -> None:
    """Begins from hostile records, or from the folder that is named, and adds what it finds to it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path)
    args = parser.parse_args()
    with TemporaryDirectory() as scratch:
        corpus = args.corpus or Path(scratch)
        if not args.corpus:
            for number, (_, raw) in enumerate(hostile(sample_records(), 200, 1, sorted(LIGHT))):
                (corpus / str(number)).write_bytes(b"\0" + raw[:4_000])
        options = [f"-max_total_time={args.seconds}", "-max_len=4096", str(corpus)]
        atheris.Setup([sys.argv[0], *options], TARGETS[args.target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
