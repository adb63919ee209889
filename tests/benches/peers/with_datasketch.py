"""What one writes in an afternoon: newmm, 3-grams of words, datasketch's MinHashLSH at 0.5; the first of a group stays.

    peers/bin/python tests/benches/peers/with_datasketch.py RECORDS [--processes 2]

RECORDS is a folder of `*.jsonl` with `id` and `text`. Signatures are made in batches with shared permutations, which is
eight times as fast as `update` shingle by shingle. With more processes these tokenize and sign, and one looks up.
Prints the records that it removed and those it read.
"""

import argparse
import json
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

from datasketch import MinHash, MinHashLSH
from pythainlp.tokenize import word_tokenize

NUM_PERM = 128
THRESHOLD = 0.5
SHINGLE = 3
TEMPLATE = MinHash(NUM_PERM)


def records(folder: Path) -> Iterator[dict[str, str]]:
    """Every record of the folder."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def signed(record: dict[str, str]) -> tuple[str, MinHash]:
    """The signature of a text."""
    words = word_tokenize(record["text"], engine="newmm", keep_whitespace=False)
    shingles = {" ".join(words[at : at + SHINGLE]).encode() for at in range(max(len(words) - SHINGLE + 1, 1))}
    signature = TEMPLATE.copy()
    signature.update_batch(shingles)
    return record["id"], signature


def n_removed(signatures: Iterator[tuple[str, MinHash]]) -> tuple[int, int]:
    """Records, and those that are like one before them."""
    index = MinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERM)
    n_records = removed = 0
    for _, signature in signatures:
        n_records += 1
        if index.query(signature):
            removed += 1
        else:
            index.insert(str(n_records), signature)  # delivered ids are not unique
    return n_records, removed


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args()
    if args.processes == 1:
        found = n_removed(map(signed, records(args.records)))
    else:
        with get_context("spawn").Pool(args.processes) as pool:
            found = n_removed(pool.imap(signed, records(args.records), chunksize=50))
    print(json.dumps({"records": found[0], "removed": found[1]}))


if __name__ == "__main__":
    main()
