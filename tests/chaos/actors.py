"""The processes of a small cluster, each of which may be killed and started again at any time."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cli.settings import CHECKOUT

STAND_IN = (sys.executable, "-m", "tests.chaos.stand_in_worker")


@dataclass(kw_only=True)
class Actor:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    killed: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=CHECKOUT,
                env=os.environ | self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    async def kill(self) -> None:
        """As a machine that loses its power would; the decoder's processes end with their parent."""
        if self._process:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
            self.killed += 1

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


@dataclass(frozen=True, kw_only=True)
class Cluster:
    gateway: Actor
    workers: tuple[Actor, Actor]
    url: str

    @property
    def actors(self) -> tuple[Actor, ...]:
        return (self.gateway, *self.workers)


@contextmanager
def running_cluster(
    environment: Mapping[str, str], *, folder: Path, ports: Sequence[int], worker: Sequence[str] = STAND_IN
) -> Iterator[Cluster]:
    """A gateway and two workers on the same stores; `ports` are four free ones."""
    http, grpc, *worker_ports = map(str, ports)
    gateway = Actor(
        name="gateway",
        command=[sys.executable, "-m", "gateway"],
        environment={**environment, "EARSHOT_HTTP_PORT": http, "EARSHOT_GRPC_PORT": grpc},
        log=folder / "gateway.log",
    )
    first, second = (
        Actor(
            name=f"worker-{number}",
            command=worker,
            environment={**environment, "EARSHOT_WORKER_HTTP_PORT": port},
            log=folder / f"worker-{number}.log",
        )
        for number, port in enumerate(worker_ports, 1)
    )
    cluster = Cluster(gateway=gateway, workers=(first, second), url=f"http://127.0.0.1:{http}")
    try:
        for actor in cluster.actors:
            actor.start()
        yield cluster
    finally:
        for actor in cluster.actors:
            actor.stop()
