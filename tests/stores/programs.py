"""Finding a server's program, and running it as a child that is gone with the test session."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

START_SECONDS = 30.0


class ProgramMissing(Exception):
    """The message names what would have to be installed."""


def skip_without(server: str, missing: ProgramMissing) -> NoReturn:
    """`make test-integration` is for those who want to know, and so it fails instead."""
    tell = pytest.fail if os.environ.get("EARSHOT_TEST_SERVERS") == "required" else pytest.skip
    tell(f"no {server}: {missing}")


def find_program(*names: str, folders: Sequence[Path] = ()) -> str:
    for name in names:
        for folder in folders:
            if (folder / name).exists():
                return str(folder / name)
        if found := shutil.which(name):
            return found
    raise ProgramMissing(f"none of {', '.join(names)} is installed on this machine")


@contextmanager
def running(
    command: Sequence[str], *, ready: Callable[[], bool], log: Path, user: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, user=user)
        try:
            _wait(process, ready, log)
            yield process
        finally:
            process.send_signal(signal.SIGINT)  # on SIGTERM, PostgreSQL would wait for its clients
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ordinary_user() -> int | None:
    """PostgreSQL refuses to run as root; anybody else may run it as themselves."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The server did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)
