"""Mark what a stopped worker left as running: `python -m flows.stopped --home HOME`, where no other worker runs.

Prefect's worker ends its runs without telling the server. Their slot would be held for five minutes more, and the
automation of `flows.automations` would mark them after ten.
"""

import argparse
import sys
from pathlib import Path

from flows.deployments import deployments
from flows.recovery import crash_dead_runs


def main() -> int:
    """Mark them on the server that PREFECT_API_URL names, and say which."""
    parser = argparse.ArgumentParser(
        prog="python -m flows.stopped", description="Mark runs whose worker was stopped as crashed."
    )
    parser.add_argument("--home", type=Path, required=True, metavar="DIR", help="where the job publishes")
    args = parser.parse_args()
    names = [deployment.name for deployment in deployments("/", str(args.home))]
    for name in crash_dead_runs(names, args.home):
        print(f"marked as crashed, its process is gone: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
