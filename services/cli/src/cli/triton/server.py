"""One run of tritonserver as a child process: start, wait until its model is ready, stop, leave nothing behind.

Starting it again when it fails is the supervisor's part.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Self

import httpx

from cli.problem import Problem
from cli.triton.guard import Guard
from cli.triton.launch import EXIT_TIMEOUT_SECONDS, HOST, Launch
from cli.triton.output import LogFile
from cli.triton.stubs import children_of, is_alive

POLL_SECONDS = 0.1
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Triton keeps its regions, not a place for our files


class TritonFailed(Problem):
    """tritonserver did not come up; the message holds the end of its log."""


class TritonServer:
    def __init__(
        self, launch: Launch, *, process: asyncio.subprocess.Process, guard: Guard, http: httpx.AsyncClient
    ) -> None:
        self._launch = launch
        self._process = process
        self._guard = guard
        self._http = http
        self._stubs: frozenset[int] = frozenset()

    @classmethod
    async def start(cls, launch: Launch, *, output: LogFile, http: httpx.AsyncClient) -> Self:
        process = await asyncio.create_subprocess_exec(
            *launch.command,
            env=dict(launch.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output.descriptor,
            stderr=output.descriptor,
            # A group of its own: Ctrl-C in the terminal reaches us alone, and we stop it after our requests.
            process_group=0,
            # No preexec_fn: with one, gRPC's handlers run in the fork of a process that has channels, and may abort it.
        )
        regions = str(SHARED_MEMORY / launch.shared_memory_prefix)
        try:
            guard = await Guard.start(process_group=process.pid, files_prefix=regions)
        except BaseException:  # a stop that arrives just now included: nobody else knows of the process yet
            process.kill()
            raise
        return cls(launch, process=process, guard=guard, http=http)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    @property
    def lost_a_stub(self) -> bool:
        return not all(is_alive(stub) for stub in self._stubs)

    async def ready(self) -> bool:
        try:
            response = await self._http.get(
                f"http://{HOST}:{self._launch.ports.http}/v2/models/{self._launch.model}/ready"
            )
        except httpx.HTTPError:
            return False
        return response.is_success

    async def wait_until_ready(self, *, timeout_seconds: float, output: LogFile) -> None:
        """Raises TritonFailed."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while not await self.ready():
                    if not self.running:
                        raise TritonFailed(f"Triton ended while it was starting. {output.ending()}")
                    await asyncio.sleep(POLL_SECONDS)
                self._stubs = children_of(self._process.pid)
        except TimeoutError:
            raise TritonFailed(
                f"Triton was not ready after {timeout_seconds:.0f} s (EARSHOT_TRITON_START_TIMEOUT_SECONDS). "
                f"{output.ending()}"
            ) from None

    async def stop(self) -> None:
        """In order if it can, within its exit timeout; then with force."""
        try:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            async with asyncio.timeout(EXIT_TIMEOUT_SECONDS + 1):
                await self._process.wait()
        except TimeoutError:
            pass
        finally:
            await self.kill()

    async def kill(self) -> None:
        """Nothing stays: neither its Python processes nor its shared memory."""
        await self._guard.finish()
        await self._process.wait()
