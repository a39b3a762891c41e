"""A PostgreSQL and a Redis of the session's own, on free ports and in folders that go away."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.stack.ports import free_ports
from tests.stores.programs import find_program, listens, ordinary_user, running

USER, DATABASE = "earshot", "postgres"


@dataclass(frozen=True, kw_only=True)
class RedisServer:
    port: int
    folder: Path
    named: str = ""
    """The URL of one that runs already, in place of the port."""

    @property
    def url(self) -> str:
        return self.named or f"redis://127.0.0.1:{self.port}/0"

    @contextmanager
    def served(self) -> Iterator[None]:
        program = find_program("redis-server", "valkey-server")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        log = self.folder / "redis.log"
        with running([program, *options], ready=lambda: listens(self.port), log=log):
            yield


@dataclass(frozen=True, kw_only=True)
class PostgresServer:
    port: int
    folder: Path
    named: str = ""
    """The URL of one that runs already, in place of the port."""

    @property
    def url(self) -> str:
        return self.named or f"postgresql://{USER}@127.0.0.1:{self.port}/{DATABASE}"

    def initialize(self) -> None:
        user = ordinary_user()
        if user is not None:
            os.chown(self.folder, user, -1)
        command = [_postgres("initdb"), "-D", str(self.folder / "data"), "-U", USER, "-A", "trust", "-N", "-E", "UTF8"]
        subprocess.run(command, check=True, capture_output=True, user=user, cwd=self.folder)

    @contextmanager
    def served(self) -> Iterator[None]:
        data = self.folder / "data"
        options = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={data}"]
        quick = ["-c", "fsync=off", "-c", "shared_buffers=16MB"]
        with running(
            [_postgres("postgres"), "-D", str(data), *options, *quick],
            ready=self._answers,
            log=self.folder / "postgres.log",
            user=ordinary_user(),
        ):
            yield

    def _answers(self) -> bool:
        command = [_postgres("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0


@contextmanager
def new_redis() -> Iterator[RedisServer]:
    """Ready to be served; `served` raises ProgramMissing where there is none on this machine."""
    with _folder() as folder:
        yield RedisServer(port=free_ports(1)[0], folder=folder)


@contextmanager
def new_postgres() -> Iterator[PostgresServer]:
    """Ready to be served; raises ProgramMissing where there is none on this machine."""
    with _folder() as folder:
        server = PostgresServer(port=free_ports(1)[0], folder=folder)
        server.initialize()
        yield server


@contextmanager
def _folder() -> Iterator[Path]:
    """Not under pytest's own, which another user can't enter."""
    folder = Path(tempfile.mkdtemp(prefix="earshot-store-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgres(program: str) -> str:
    """Debian keeps them out of PATH, one folder for each version."""
    return find_program(program, folders=sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
