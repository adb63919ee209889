"""datatrove's MinHash pipeline with its Thai tokenizer, in two processes: all four stages, JSON lines to JSON lines.

    peers/bin/python tests/benches/peers/with_datatrove.py RECORDS WORK [--keep-marks]

RECORDS is a folder of `*.jsonl` with `id` and `text`, read by as many tasks as there are processes. The configuration
is FineWeb's (14 buckets of 8 hashes, 5-grams). Its default normalisation drops every Thai vowel mark and tone, so that
`ข่าว` and `ขาว` are one word; `--keep-marks` leaves them, which is what a user of Thai text would want.
Prints the records that it removed and those it read.
"""

import argparse
import json
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.hashing import HashConfig
from datatrove.utils.text import TextNormConfig

WORKERS = 2
THAI = "tha_Thai"


def stages(records: Path, work: Path, config: MinhashConfig) -> list[LocalPipelineExecutor]:
    """The four executors, in order."""
    reader = JsonlReader(str(records), glob_pattern="*.jsonl")
    signatures, buckets, clusters = (str(work / name) for name in ("signatures", "buckets", "clusters"))
    kept = JsonlWriter(str(work / "kept"), compression=None)
    removed = JsonlWriter(str(work / "removed"), compression=None)
    plan = [
        ([reader, MinhashDedupSignature(signatures, config=config, language=THAI)], WORKERS),
        ([MinhashDedupBuckets(signatures, buckets, config=config)], config.num_buckets),
        ([MinhashDedupCluster(buckets, clusters, config=config)], 1),
        ([reader, MinhashDedupFilter(clusters, exclusion_writer=removed), kept], WORKERS),
    ]
    return [
        LocalPipelineExecutor(steps, tasks=tasks, workers=WORKERS, logging_dir=str(work / f"log-{at}"))
        for at, (steps, tasks) in enumerate(plan)
    ]


def n_lines(folder: Path) -> int:
    """Records written."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("*.jsonl"))


def main() -> None:
    """Run the pipeline."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--keep-marks", action="store_true")
    args = parser.parse_args()
    norm = TextNormConfig(norm_unicode_diacritics=not args.keep_marks)
    config = MinhashConfig(norm_config=norm, hash_config=HashConfig(precision=64))
    for stage in stages(args.records, args.work, config):
        stage.run()
    kept, removed = n_lines(args.work / "kept"), n_lines(args.work / "removed")
    print(json.dumps({"records": kept + removed, "removed": removed}))


if __name__ == "__main__":
    main()
