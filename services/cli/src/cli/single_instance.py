"""One `earshot serve` for each data directory: two would fight over the database and the model repository."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.problem import Problem


@contextmanager
def only_one(directory: Path) -> Iterator[None]:
    """Raises Problem while another process holds the directory. The kernel lets go of it however a process ends."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "serve.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Problem(
                f"Another `earshot serve` (process {lock.read().strip() or 'unknown'}) uses {directory}. "
                "Stop it, or name another folder with EARSHOT_DATA_DIR."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
