"""The service's end of the decoder's processes: the zygote, and the children that it forks for us.

What the children's frames mean, and what is wrong with a file, is the decoder's matter.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
from typing import TypeVar

import structlog

from speechkit.adapters.media import wire

START_TIMEOUT_SECONDS = 60.0
"""Python and PyAV take 0.3 s from a warm disk, and many times that from a cold network disk."""

FORK_TIMEOUT_SECONDS = 10.0
"""A fork takes milliseconds; a zygote that does not answer for so long is stuck, and replaced."""

FORKS_AT_ONCE = 4
"""The others wait here, where they fill no socket and their time does not count: 300 at once, or 200 on a busy machine,
would make a zygote that does its best look stuck."""

END_TIMEOUT_SECONDS = 2.0
"""It has nothing to finish; this is for a zygote that is stuck."""

READ_AHEAD_BYTES = 32 * 1024
"""A second of samples; asyncio holds up to twice that, and the pipe another 64 KiB."""

KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "PYTHONHOME")
"""What Python may need to start; nothing else of the service's environment, where its secrets are, is handed on."""

log = structlog.get_logger(__name__)


class ZygoteLost(Exception):
    """The zygote ended before it did what it was asked."""


class ZygoteProcess:
    """One zygote from its start to its end."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._process = process
        self._control = control
        self._ready: asyncio.Future[bool | None] = self._loop.create_future()
        self._children: dict[int, Child] = {}
        self._forks = asyncio.Semaphore(FORKS_AT_ONCE)
        self._numbers = itertools.count(1)
        self.pid = process.pid
        self.lost = False
        control.setblocking(False)
        self._loop.add_reader(control, self._on_reports)

    @classmethod
    async def start(cls, *, memory_bytes: int, cpu_seconds: int) -> "ZygoteProcess":
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: ASYNC220 - a vfork of 0.4 ms, without asyncio's watcher
                [
                    *(sys.executable, "-P", "-m", "speechkit.adapters.media.zygote"),
                    *(f"--control-descriptor={theirs.fileno()}", f"--memory-bytes={memory_bytes}"),
                    f"--cpu-seconds={cpu_seconds}",
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
                # Ctrl-C in a terminal is for the service alone, which then ends the zygote.
                start_new_session=True,
            )
        zygote = cls(process, ours)
        try:
            await zygote._wait_until_ready()
        except BaseException:
            await zygote.aclose()
            raise
        return zygote

    async def fork(self, media_descriptor: int) -> "Child":
        """A child that decodes this file. Raises ZygoteLost."""
        async with self._forks:
            return await self._fork(media_descriptor)

    def kill(self, number: int) -> None:
        if number in self._children:
            with contextlib.suppress(ZygoteLost):
                self._send(wire.KILL, number)

    async def aclose(self) -> None:
        """Ends the zygote, which ends its children when it has lost us."""
        self._release()
        await asyncio.to_thread(self._wait_or_kill)

    async def _fork(self, media_descriptor: int) -> "Child":
        child = Child(self, next(self._numbers))
        read_end, write_end = os.pipe()
        try:
            await child.attach(read_end)
            self._children[child.number] = child
            self._send(wire.FORK, child.number, media_descriptor, write_end)
            await self._started(child)
        except BaseException:
            child.kill()
            raise
        finally:
            os.close(write_end)
        return child

    def _wait_or_kill(self) -> None:
        try:
            self._process.wait(END_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    async def _wait_until_ready(self) -> None:
        async with asyncio.timeout(START_TIMEOUT_SECONDS):
            filters_calls = await self._ready
        if filters_calls is None:
            raise ZygoteLost
        log.info("media_decoder_started", pid=self.pid)
        if not filters_calls:
            log.warning(
                "media_decoder_without_call_filter",
                hint="the kernel refuses seccomp filters here; files are decoded under resource limits alone",
            )

    async def _started(self, child: "Child") -> None:
        try:
            async with asyncio.timeout(FORK_TIMEOUT_SECONDS):
                await child.wait_until_started()
        except TimeoutError as error:
            self._lose()
            raise ZygoteLost from error

    def _send(self, kind: bytes, number: int, *descriptors: int) -> None:
        try:
            socket.send_fds(self._control, [wire.REQUEST.pack(kind, number)], descriptors)
        except OSError as error:
            # It has ended, or has not read for so long that its socket is full: either way another one is needed.
            self._lose()
            raise ZygoteLost from error

    def _on_reports(self) -> None:
        try:
            reports = self._control.recv(wire.REPORT.size * 256)
        except OSError:
            reports = b""
        if not reports:
            self._lose()
        for kind, number, value in wire.REPORT.iter_unpack(reports):
            if kind == wire.READY:
                _resolve(self._ready, bool(value))
            elif kind == wire.STARTED:
                self._children[number].set_started(value)
            elif kind == wire.EXITED:
                if value not in (0, -signal.SIGKILL):
                    log.warning("media_decoder_child_failed", exit_code=value)
                self._children.pop(number).set_exited(value)

    def _lose(self) -> None:
        if not self.lost:
            log.warning("media_decoder_lost", pid=self.pid)
        self._release()
        self._process.kill()

    def _release(self) -> None:
        if self.lost:
            return
        self.lost = True
        self._loop.remove_reader(self._control)
        self._control.close()
        _resolve(self._ready, None)
        for child in self._children.values():
            child.set_lost()
        self._children.clear()


class Child:
    """A process that decodes one file, and the pipe that its frames come through."""

    def __init__(self, zygote: ZygoteProcess, number: int) -> None:
        self.number = number
        self._zygote = zygote
        self._reader = asyncio.StreamReader(limit=READ_AHEAD_BYTES)
        self._pipe: asyncio.ReadTransport | None = None
        self._pid: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._exit_code: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()

    async def attach(self, read_end: int) -> None:
        self._pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._reader), os.fdopen(read_end, "rb", buffering=0)
        )

    async def wait_until_started(self) -> None:
        self.pid = await self._pid
        if self.pid is None:
            raise ZygoteLost

    async def read(self, size: int) -> bytes:
        """Exactly so many bytes; raises EOFError when the child ended before."""
        try:
            return await self._reader.readexactly(size)
        except asyncio.IncompleteReadError as error:
            raise EOFError from error

    async def exit_code(self) -> int | None:
        """Negative for a signal, None when the zygote was lost and nobody knows."""
        return await self._exit_code

    def kill(self) -> None:
        """At once, wherever it is; one that has ended already is left in peace."""
        if self._pipe is not None:
            self._pipe.close()
        self._zygote.kill(self.number)

    def set_started(self, pid: int) -> None:
        _resolve(self._pid, pid)

    def set_exited(self, exit_code: int) -> None:
        _resolve(self._exit_code, exit_code)

    def set_lost(self) -> None:
        _resolve(self._pid, None)
        _resolve(self._exit_code, None)


T = TypeVar("T")


def _resolve(future: asyncio.Future[T], value: T) -> None:
    """A future whose waiter was cancelled is cancelled too."""
    if not future.done():
        future.set_result(value)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    # The zygote finds the modules where this process finds them.
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
