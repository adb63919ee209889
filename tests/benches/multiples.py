"""A corpus several times over: its records again under other ids and addresses, in other words.

    python -m tests.benches.multiples /tmp/raw 4 /tmp/raw-times-4

Each multiple has the copies, the length and the page furniture of the first, but its stories are other stories: words
of three letters and more are exchanged for others of the corpus of the same length, by a table that differs from
multiple to multiple and is the same for all records of one. Lines that repeat within an outlet are its furniture and
stay. The first multiple is the corpus as it is, damaged lines included; only JSON lines are made again.
"""

import argparse
import gzip
import json
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import zstandard

from dedup.words.tokens import words

THAI = re.compile("[\u0e01-\u0e4e]{3,}")
FURNITURE = 4
"""Records of an outlet that hold a line which is left as it is."""
TEXTS = ("title", "headline", "text", "body", "content", "html")
NAMES = ("id", "_id", "article_id", "url", "link")
Record = dict[str, Any]


class Corpus:
    """The records of a folder of JSON lines: their furniture and their words by length."""

    def __init__(self, raw: Path) -> None:
        self.raw = raw
        self.files = sorted(path for path in raw.rglob("*.jsonl*") if path.is_file())
        counts: Counter[tuple[str, str]] = Counter()
        found: Counter[str] = Counter()
        self.pieces: dict[str, list[str]] = {}
        for path in self.files:
            for record in records(path):
                for text in _texts(record):
                    counts.update((outlet_of(path), line) for line in set(text.split("\n")))
                    found.update(word for run in THAI.findall(text) for word in self._words(run))
        self.furniture = {line for line, n in counts.items() if n >= FURNITURE}
        self.by_length: dict[int, list[str]] = defaultdict(list)
        for word in sorted(found, key=lambda word: (-found[word], word)):
            if len(word) >= 3:
                self.by_length[len(word)].append(word)

    def _words(self, run: str) -> list[str]:
        if run not in self.pieces:
            self.pieces[run] = words(run)
        return self.pieces[run]

    def retold(self, times: int) -> Callable[[str, str], str]:
        """The texts of an outlet in the words of multiple number `times`."""
        table = {
            word: of_length[(at + 7 * times) % len(of_length)]
            for of_length in self.by_length.values()
            for at, word in enumerate(of_length)
        }
        runs: dict[str, str] = {}

        def run(found: re.Match[str]) -> str:
            text = found.group()
            if text not in runs:
                runs[text] = "".join(table.get(word, word) for word in self._words(text))
            return runs[text]

        def retell(outlet: str, text: str) -> str:
            lines = text.split("\n")
            return "\n".join(line if (outlet, line) in self.furniture else THAI.sub(run, line) for line in lines)

        return retell


def outlet_of(path: Path) -> str:
    """The outlet that a file is named after."""
    return path.name.split(".")[0]


def opened(path: Path) -> bytes:
    """What a file holds, as far as it can be read."""
    if path.suffix == ".gz":
        return zlib.decompressobj(31).decompress(path.read_bytes())  # a stream may be cut off
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()
    return path.read_bytes()


def records(path: Path) -> Iterator[Record]:
    """The records of a file that are JSON objects."""
    for line in opened(path).splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def _texts(record: Record) -> list[str]:
    return [record[name] for name in TEXTS if isinstance(record.get(name), str)]


def renamed(record: Record, times: int, outlet: str, retell: Callable[[str, str], str]) -> Record:
    """A record of multiple number `times`."""
    named = {name: _numbered(str(record[name]), times) for name in NAMES if record.get(name) is not None}
    told = {name: retell(outlet, record[name]) for name in TEXTS if isinstance(record.get(name), str)}
    return {**record, **named, **told}


def _numbered(name: str, times: int) -> str:
    """The last number of an id or an address (before its query), made another; copies keep sharing it."""
    place, mark, query = name.partition("?")
    return re.sub(r"(\d+)(?!.*\d)", rf"{times:02d}\1", place) + mark + query


def write(raw: Path, times: int, target: Path) -> int:
    """Write the corpus `times` over below `target`, files compressed as they were lightly; the records."""
    corpus = Corpus(raw)
    retellings = {number: corpus.retold(number) for number in range(1, times)}
    n = 0
    for path in corpus.files:
        made = target / path.relative_to(raw)
        made.parent.mkdir(parents=True, exist_ok=True)
        first = opened(path)
        known = list(records(path))
        n += len(first.splitlines())
        with gzip.open(made.with_name(f"{outlet_of(path)}.jsonl.gz"), "wb", compresslevel=1) as stream:
            stream.write(first if first.endswith(b"\n") or not first else first + b"\n")
            for number, retell in retellings.items():
                for record in known:
                    told = renamed(record, number, outlet_of(path), retell)
                    stream.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
                    n += 1
    return n


def main() -> None:
    """Write a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path)
    parser.add_argument("times", type=int)
    parser.add_argument("target", type=Path)
    args = parser.parse_args()
    print(f"{write(args.raw, args.times, args.target):,} records in {args.target}")


if __name__ == "__main__":
    main()
