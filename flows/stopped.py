"""Mark what a stopped worker left as running: `python -m flows.stopped --home HOME`, where no other worker runs.

Prefect's worker ends its runs without telling the server. Their slot would be held for five minutes more, and the
automation of `flows.automations` would mark them after ten.
"""

import argparse
import sys

from dedup import places
from dedup.settings import load
from flows.deployments import deployments
from flows.recovery import crash_dead_runs


def main() -> int:
    """Mark them on the server that PREFECT_API_URL names, and say which."""
    parser = argparse.ArgumentParser(
        prog="python -m flows.stopped", description="Mark runs whose worker was stopped as crashed."
    )
    parser.add_argument("--home", required=True, metavar="DIR", help="where the job publishes, or s3://BUCKET/PREFIX")
    args = parser.parse_args()
    names = [deployment.name for deployment in deployments("/", args.home)]
    for name in crash_dead_runs(names, places.folder_of(args.home, load())):
        print(f"marked as crashed, its process is gone: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
