"""`earshot serve` as a process of its own, on free ports and in a data directory of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
import psutil

from tests.stack.ports import free_ports

EARSHOT = Path(sys.executable).parent / "earshot"
SERVE = (EARSHOT, "serve")
READY_SECONDS = 60.0
"""Ten times what an idle machine needs."""
GONE_SECONDS = 10.0
PORT_SETTINGS = (
    "EARSHOT_HTTP_PORT",
    "EARSHOT_GRPC_PORT",
    "EARSHOT_WORKER_HTTP_PORT",
    "EARSHOT_POSTPROCESS_GRPC_PORT",
    "EARSHOT_POSTPROCESS_HTTP_PORT",
    "EARSHOT_TRITON_HTTP_PORT",
    "EARSHOT_TRITON_GRPC_PORT",
    "EARSHOT_TRITON_METRICS_PORT",
)


@dataclass(frozen=True, kw_only=True)
class StackPlace:
    """Where a stack runs: its environment, and what follows from it."""

    environment: Mapping[str, str]

    @classmethod
    def beside(cls, data_dir: Path, **settings: str) -> "StackPlace":
        ports = dict(zip(PORT_SETTINGS, map(str, free_ports(len(PORT_SETTINGS))), strict=True))
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
        return cls(environment={**inherited, **ports, "EARSHOT_DATA_DIR": str(data_dir), **settings})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['EARSHOT_HTTP_PORT']}"

    def run_to_its_end(self, *arguments: str, timeout_seconds: float = 30) -> "subprocess.CompletedProcess[str]":
        """For starts that are expected to fail."""
        return subprocess.run(
            [EARSHOT, *(arguments or ("serve",))],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )


class LocalStack:
    """A context: on its way out whatever is left is killed, so that no test leaves anything to the next."""

    def __init__(
        self, place: StackPlace, *, output: Path, command: tuple[str | Path, ...] = (EARSHOT, "serve")
    ) -> None:
        self.place = place
        self._output = output
        self._command = command
        self._seen: dict[int, psutil.Process] = {}

    def __enter__(self) -> Self:
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                self._command, env=dict(self.place.environment), stdout=output, stderr=subprocess.STDOUT
            )
        return self

    def __exit__(self, *_: object) -> None:
        for process in [*self.processes(), *self._seen.values()]:
            if process.is_running():
                process.kill()
        self.process.wait()

    @property
    def printed(self) -> str:
        return self._output.read_text()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while "Earshot is ready" not in self.printed:
            assert self.process.poll() is None, f"earshot ended with {self.process.returncode}:\n{self.printed}"
            assert time.monotonic() < deadline, f"not ready after {READY_SECONDS} s:\n{self.printed}"
            time.sleep(0.05)

    def wait_until_answering(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while httpx.get(f"{self.place.url}/readyz").status_code != 200:
            assert time.monotonic() < deadline, self.printed
            time.sleep(0.1)

    def processes(self) -> list[psutil.Process]:
        """The process and all below it, guards with sessions of their own included."""
        try:
            root = psutil.Process(self.process.pid)
            found = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            found = []
        self._seen |= {process.pid: process for process in found}
        return found

    def process_named(self, part: str) -> psutil.Process:
        (found,) = [process for process in self.processes() if part in " ".join(process.cmdline())]
        return found

    def shared_memory(self) -> set[str]:
        """What Triton's Python processes keep in memory files, by the region's name in their arguments."""
        arguments = [argument for process in self.processes() for argument in process.cmdline()]
        return {argument for argument in arguments if argument.startswith("earshot_")}


def left_over(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those still running after a while; a zombie is gone, its new parent has only not looked yet."""
    deadline = time.monotonic() + GONE_SECONDS
    while remaining := [process for process in processes if _runs(process)]:
        if time.monotonic() > deadline:
            return remaining
        time.sleep(0.05)
    return []


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
