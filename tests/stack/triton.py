"""A supervised Triton beside the tests: its loop has a thread of its own, so that no test's loop must keep it going."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.settings import CHECKOUT
from cli.triton.environment import TritonEnvironment
from cli.triton.files import TritonFiles, lay_out
from cli.triton.launch import HOST, Launch, TritonPorts, plan_launch
from cli.triton.output import LogFile
from cli.triton.supervisor import supervised_triton
from speechkit.runtime.cores import allowed_cores
from tests.stack.ports import free_ports

START_TIMEOUT_SECONDS = 90.0


@dataclass(frozen=True, kw_only=True)
class RunningTriton:
    model: str
    ports: TritonPorts
    log: Path

    @property
    def grpc_address(self) -> str:
        return f"{HOST}:{self.ports.grpc}"

    @property
    def http_url(self) -> str:
        return f"http://{HOST}:{self.ports.http}"

    @property
    def metrics_url(self) -> str:
        return f"http://{HOST}:{self.ports.metrics}/metrics"


@contextmanager
def run_triton(
    environment: TritonEnvironment, *, model: str, weights: Path, data_dir: Path, traces_url: str | None = None
) -> Iterator[RunningTriton]:
    files = lay_out_whisper(environment, model=model, weights=weights, data_dir=data_dir)
    ports = triton_ports()
    launch = plan_launch(
        environment,
        files,
        model=model,
        weights=weights,
        ports=ports,
        threads=allowed_cores(),
        traces_url=traces_url,
    )
    with started_triton(launch, data_dir=data_dir) as running:
        yield running


def lay_out_whisper(environment: TritonEnvironment, *, model: str, weights: Path, data_dir: Path) -> TritonFiles:
    return lay_out(
        environment,
        directory=data_dir / "triton",
        template=CHECKOUT / "models" / "triton" / "whisper",
        model=model,
        weights=weights,
    )


def triton_ports() -> TritonPorts:
    http, grpc, metrics = free_ports(3)
    return TritonPorts(http=http, grpc=grpc, metrics=metrics)


@contextmanager
def started_triton(launch: Launch, *, data_dir: Path) -> Iterator[RunningTriton]:
    log = data_dir / "log" / "triton.log"
    with _in_a_thread(launch, log):
        yield RunningTriton(model=launch.model, ports=launch.ports, log=log)


@contextmanager
def _in_a_thread(launch: Launch, log: Path) -> Iterator[None]:
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    started, failures = threading.Event(), []

    async def supervise() -> None:
        with LogFile(log) as output:
            async with supervised_triton(launch, output=output, start_timeout_seconds=START_TIMEOUT_SECONDS):
                started.set()
                await stop.wait()

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(supervise())
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            failures.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=run, name="triton-supervisor")
    thread.start()
    started.wait()
    try:
        if failures:
            raise failures[0]
        yield
    finally:
        if not failures:
            loop.call_soon_threadsafe(stop.set)
        thread.join()
    if failures:
        raise failures[0]
