"""Keeps the local tritonserver up: starts it again when it ends, or when its model stays not ready."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import structlog

from cli.triton.launch import Launch
from cli.triton.output import LogFile
from cli.triton.server import TritonFailed, TritonServer

log = structlog.get_logger(__name__)

WATCH_SECONDS = 0.5
PROBE_TIMEOUT_SECONDS = 5.0
"""Under full load a probe waits for a core like everything else."""
NOT_READY_SECONDS = 10.0
"""Long enough for a probe that was unlucky twice; after that the server is stuck."""
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
STABLE_SECONDS = 60.0
"""After a run of this length the next failure is a new one, not the same again."""


@asynccontextmanager
async def supervised_triton(launch: Launch, *, output: LogFile, start_timeout_seconds: float) -> AsyncIterator[None]:
    """A Triton whose model is ready; it stays up while the context is open, and nothing of it stays afterwards.

    Raises TritonFailed when the first start fails: that is a matter of installation, which trying again won't cure.
    """
    # Triton's stop waits for connections that are kept alive.
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=PROBE_TIMEOUT_SECONDS, limits=limits, trust_env=False) as http:
        supervisor = _Supervisor(launch, output=output, http=http, start_timeout_seconds=start_timeout_seconds)
        try:
            await supervisor.start()
            watching = asyncio.create_task(supervisor.watch())
            try:
                yield
            finally:
                watching.cancel()
                await asyncio.wait([watching])
        finally:
            await supervisor.stop()


class _Supervisor:
    def __init__(
        self, launch: Launch, *, output: LogFile, http: httpx.AsyncClient, start_timeout_seconds: float
    ) -> None:
        self._launch = launch
        self._output = output
        self._http = http
        self._start_timeout_seconds = start_timeout_seconds
        self._server: TritonServer | None = None

    async def start(self) -> None:
        self._server = await TritonServer.start(self._launch, output=self._output, http=self._http)
        await self._server.wait_until_ready(timeout_seconds=self._start_timeout_seconds, output=self._output)

    async def stop(self) -> None:
        if self._server:
            # Cancelled or not, the server must not stay behind.
            await asyncio.shield(asyncio.ensure_future(self._server.stop()))

    async def watch(self) -> None:
        backoff_seconds = FIRST_BACKOFF_SECONDS
        while True:
            started_at = time.monotonic()
            reason = await self._failure()
            if time.monotonic() - started_at > STABLE_SECONDS:
                backoff_seconds = FIRST_BACKOFF_SECONDS
            log.error("triton_restarting", reason=reason, pause_seconds=backoff_seconds)
            await self._restart(backoff_seconds)
            backoff_seconds = min(2 * backoff_seconds, LONGEST_BACKOFF_SECONDS)

    async def _failure(self) -> str:
        """Returns only when the running server is of no more use."""
        assert self._server
        ready_at = time.monotonic()
        while self._server.running:
            if self._server.lost_a_stub:
                return "model_process_ended"
            if await self._server.ready():
                ready_at = time.monotonic()
            elif time.monotonic() - ready_at > NOT_READY_SECONDS:
                return "model_not_ready"
            self._output.trim()
            await asyncio.sleep(WATCH_SECONDS)
        return "process_ended"

    async def _restart(self, backoff_seconds: float) -> None:
        assert self._server
        await self._server.kill()
        await asyncio.sleep(backoff_seconds)
        with contextlib.suppress(TritonFailed):  # `_failure` finds it not ready, and the next pause is longer
            await self.start()
            log.info("triton_ready")
