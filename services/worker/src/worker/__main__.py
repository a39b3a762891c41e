"""Runs the worker service alone, as a cluster does: `python -m worker`."""

import sys

from worker.bootstrap import worker_service
from worker.settings import WorkerSettings
from speechkit.runtime.lifetime import run_service


def main() -> int:
    return run_service(WorkerSettings, worker_service)


if __name__ == "__main__":
    sys.exit(main())
