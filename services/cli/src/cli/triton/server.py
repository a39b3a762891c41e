"""One run of tritonserver as a child process: start, wait until its model is ready, stop, leave nothing behind.

Starting it again when it fails is the supervisor's part.
"""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import httpx

from cli.die_with_parent import die_with_parent
from cli.triton.launch import EXIT_TIMEOUT_SECONDS, HOST, Launch
from cli.triton.output import LogFile

POLL_SECONDS = 0.1
SHARED_MEMORY = Path("/dev/shm")


class TritonFailed(Exception):
    """tritonserver did not come up; the message holds the end of its log."""


class TritonServer:
    def __init__(self, launch: Launch, *, process: asyncio.subprocess.Process, http: httpx.AsyncClient) -> None:
        self._launch = launch
        self._process = process
        self._http = http

    @classmethod
    async def start(cls, launch: Launch, *, output: LogFile, http: httpx.AsyncClient) -> "TritonServer":
        remove_shared_memory(launch.shared_memory_prefix)
        process = await asyncio.create_subprocess_exec(
            *launch.command,
            env=dict(launch.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output.descriptor,
            stderr=output.descriptor,
            # A group of its own: Ctrl-C in the terminal reaches us alone, and we stop it after our requests.
            process_group=0,
            preexec_fn=die_with_parent(),
        )
        return cls(launch, process=process, http=http)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

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
        except TimeoutError:
            raise TritonFailed(
                f"Triton was not ready after {timeout_seconds:.0f} s (EARSHOT_TRITON_START_TIMEOUT_SECONDS). "
                f"{output.ending()}"
            ) from None

    async def stop(self) -> None:
        """In order if it can, within its exit timeout; then with force, its Python processes included."""
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
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        remove_shared_memory(self._launch.shared_memory_prefix)


def remove_shared_memory(prefix: str) -> None:
    for region in SHARED_MEMORY.glob(f"{prefix}*"):
        region.unlink(missing_ok=True)
