"""Runs the worker service alone, as a cluster does: `python -m worker`."""

import sys

from speechkit.runtime.lifetime import run_service
from worker.bootstrap import worker_service
from worker.settings import WorkerSettings


def main() -> int:
    return run_service("earshot-worker", WorkerSettings, worker_service)


if __name__ == "__main__":
    sys.exit(main())
