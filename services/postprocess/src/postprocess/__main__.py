"""Runs the postprocess service alone, as a cluster does: `python -m postprocess`."""

import sys

from postprocess.bootstrap import postprocess_service
from postprocess.settings import PostprocessSettings
from speechkit.runtime.lifetime import run_service


def main() -> int:
    return run_service("earshot-postprocess", PostprocessSettings, postprocess_service)


if __name__ == "__main__":
    sys.exit(main())
