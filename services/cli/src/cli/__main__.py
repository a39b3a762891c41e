"""The command line `earshot`: reads arguments, calls a command, and turns known failures into one clear message.

What the commands do stands in their own modules; settings come from the environment, not from options.
"""

import argparse
import signal
import sys

from cli import blobs, jobs, keys, migrate, models, serve, settings_page, webhooks
from cli.problem import Problem
from cli.weights.errors import FetchError, is_disk_full
from cli.weights.lock import LockFileError
from speechkit.domain.errors import EarshotError
from speechkit.runtime.listening import CannotListen
from speechkit.runtime.settings import BadSettings

INTERRUPTED = 128 + signal.SIGINT


def main() -> int:
    arguments = _parser().parse_args()
    # Until a command handles it better, SIGTERM unwinds like Ctrl-C, so that nothing started is left behind.
    signal.signal(signal.SIGTERM, _raise_interrupt)
    try:
        return int(arguments.run(arguments) or 0)
    except (BadSettings, CannotListen, EarshotError, FetchError, LockFileError, Problem) as error:
        print(f"earshot: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if not (is_disk_full(error) or isinstance(error, PermissionError)):
            raise
        print(f"earshot: {error}. EARSHOT_DATA_DIR names another folder for what Earshot keeps.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _raise_interrupt(signal_number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="earshot", description=__doc__.splitlines()[0] if __doc__ else None)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve.add_command(commands)
    models.add_command(commands)
    keys.add_command(commands)
    blobs.add_command(commands)
    jobs.add_command(commands)
    webhooks.add_command(commands)
    migrate.add_command(commands)
    settings_page.add_command(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
