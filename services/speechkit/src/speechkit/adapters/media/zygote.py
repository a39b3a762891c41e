"""The decoder's fork server: a process that has everything loaded, and forks one child for each file.

One of them, the spare, is forked ahead of its file, so that a request pays neither for Python's start nor for a fork;
files of different callers never share a process. The zygote looks into no file itself; the service starts it and talks
to it through `processes`.
"""

import argparse
import contextlib
import gc
import os
import select
import signal
import socket
from typing import NamedTuple, NoReturn

from speechkit.adapters.media import decoding, files, sandbox, wire

QUIET_SECONDS = 0.01
"""Without a request before the next spare is forked: at once it would take a core from the file just begun, and many
files that arrive together are forked for without one."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--control-descriptor", type=int, required=True)
    parser.add_argument("--memory-bytes", type=int, required=True)
    parser.add_argument("--cpu-seconds", type=int, required=True)
    arguments = parser.parse_args()
    decoding.warm_up()
    # What exists now is left alone by the children's collectors, so that its pages stay shared.
    gc.freeze()
    with socket.socket(fileno=arguments.control_descriptor) as control:
        Zygote(control, memory_bytes=arguments.memory_bytes, cpu_seconds=arguments.cpu_seconds).serve()


class Spare(NamedTuple):
    """A child that waits for a file."""

    pid: int
    handover: socket.socket


class Zygote:
    """Forks and kills as asked, reports what became of each child, and ends with the control socket."""

    def __init__(self, control: socket.socket, *, memory_bytes: int, cpu_seconds: int) -> None:
        self._control = control
        self._memory_bytes = memory_bytes
        self._cpu_seconds = cpu_seconds
        self._filter_calls = sandbox.calls_can_be_filtered()
        self._pid = os.getpid()
        self._children: dict[int, int | None] = {}
        self._spare: Spare | None = None
        self._spare_is_due = True

    def serve(self) -> None:
        try:
            # The service may end between a child's end and the report on it.
            with contextlib.suppress(ConnectionError):
                self._serve_while_connected()
        finally:
            # Nobody is left to read what the children decode, and nothing to wake.
            signal.set_wakeup_fd(-1)
            for pid in self._children:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _serve_while_connected(self) -> None:
        child_ended = _wake_on_child_signal()
        self._report(wire.READY, 0, int(self._filter_calls))
        connected = True
        while connected:
            patience = QUIET_SECONDS if self._spare_is_due else None
            readable, _, _ = select.select([self._control, child_ended], [], [], patience)
            if not readable:
                self._keep_spare()
            # First, so that no file is given to a spare that has died.
            if child_ended in readable:
                child_ended.recv(4096)
                self._reap()
            if self._control in readable:
                connected = self._obey()

    def _obey(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, wire.REQUEST.size, 2)
        if not message:
            return False
        kind, number = wire.REQUEST.unpack(message)
        if kind == wire.FORK:
            self._give_to_child(number, descriptors)
        else:
            self._kill(number)
        return True

    def _give_to_child(self, number: int, descriptors: list[int]) -> None:
        try:
            media, pipe = descriptors
            child = self._child_with(media, pipe)
        except (OSError, ValueError):
            # No process, or no room for the descriptors: the system is out of them for now.
            self._report(wire.STARTED, number, 0)
            self._report(wire.EXITED, number, wire.EXIT_FORK_FAILED)
        else:
            self._children[child.pid] = number
            self._report(wire.STARTED, number, child.pid)
        finally:
            self._spare_is_due = True
            for descriptor in descriptors:
                os.close(descriptor)

    def _child_with(self, media: int, pipe: int) -> Spare:
        """The spare, or one that is forked now: also where the spare died so lately that nobody has told yet."""
        spare, self._spare = self._spare, None
        if spare is not None:
            with contextlib.suppress(OSError):
                return _handed_over(spare, media, pipe)
        return _handed_over(self._fork(), media, pipe)

    def _keep_spare(self) -> None:
        self._spare_is_due = False
        # The next request tries again, and says so if it can't be had.
        with contextlib.suppress(OSError):
            self._spare = self._fork()

    def _fork(self) -> Spare:
        ours, theirs = socket.socketpair()
        with theirs:
            pid = os.fork()
            if pid == 0:
                self._decode_and_exit(theirs.fileno())
        self._children[pid] = None
        return Spare(pid, ours)

    def _decode_and_exit(self, handover: int) -> NoReturn:
        exit_code = wire.EXIT_UNCONFINED
        try:
            sandbox.die_with_parent(self._pid)
            (handover,) = sandbox.keep_only_descriptors(handover)
            media, pipe = sandbox.keep_only_descriptors(*_received(handover))
            file = files.opened(media)
            sandbox.confine(
                memory_bytes=self._memory_bytes, cpu_seconds=self._cpu_seconds, filter_calls=self._filter_calls
            )
            exit_code = wire.EXIT_DECODING_FAILED
            # The service may leave before it kills.
            with contextlib.suppress(BrokenPipeError):
                decoding.decode(file, pipe)
            exit_code = 0
        finally:
            os._exit(exit_code)

    def _kill(self, number: int) -> None:
        for pid, child_number in self._children.items():
            if child_number == number:
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            number = self._children.pop(pid)
            if number is not None:
                self._report(wire.EXITED, number, os.waitstatus_to_exitcode(status))
            elif self._spare is not None and self._spare.pid == pid:
                self._spare.handover.close()
                self._spare = None

    def _report(self, kind: bytes, number: int, value: int) -> None:
        self._control.sendall(wire.REPORT.pack(kind, number, value))


def _handed_over(child: Spare, media: int, pipe: int) -> Spare:
    with child.handover:
        socket.send_fds(child.handover, [wire.FORK], [media, pipe])
    return child


def _received(handover: int) -> list[int]:
    """The file and the pipe, whenever they come; nothing when the zygote has ended."""
    with socket.socket(fileno=handover) as given:
        _, descriptors, _, _ = socket.recv_fds(given, len(wire.FORK), 2)
    return descriptors


def _wake_on_child_signal() -> socket.socket:
    """Readable when a child has ended."""
    readable, writable = socket.socketpair()
    writable.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda number, stack: None)
    signal.set_wakeup_fd(writable.detach(), warn_on_full_buffer=False)
    return readable


if __name__ == "__main__":
    main()
