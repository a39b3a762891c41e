"""Takes from a process all that decoding does not need: files, network, other processes, and more than its share.

The limits hold on every system; on Linux a system call filter stands behind them (see `seccomp`). macOS has no
working limit on memory and no filter, so there the process is confined less.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

from speechkit.adapters.media import seccomp

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4

_libc = ctypes.CDLL(None)


def die_with_parent(parent_pid: int) -> None:
    """On Linux: SIGKILL for this process as soon as its parent is gone, however the parent ended."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(0)


def keep_only_descriptors(*kept: int) -> tuple[int, ...]:
    """Closes every other descriptor; these, which must ascend, are 0, 1, … afterwards."""
    for number, descriptor in enumerate(kept):
        os.dup2(descriptor, number)
    for descriptor in [int(entry.name) for entry in Path("/dev/fd").iterdir()]:
        if descriptor >= len(kept):
            # The listing's own descriptor is in the list and closed by now.
            with contextlib.suppress(OSError):
                os.close(descriptor)
    return tuple(range(len(kept)))


def confine(*, memory_bytes: int, cpu_seconds: int, filter_calls: bool) -> None:
    """From here on this process computes, uses the descriptors that it has, and does nothing else."""
    if sys.platform == "linux":
        # Children begin with the zygote's address space, so what a file may use is counted on top of it.
        _limit(resource.RLIMIT_AS, _address_space_bytes() + memory_bytes)
        # Not dumpable: another process of the same user can't attach to it or read its memory.
        _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    # At the soft limit SIGXCPU ends the process, which tells this cause from a SIGKILL by the kernel's memory killer.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, 0)
    if filter_calls:
        seccomp.install()


def calls_can_be_filtered() -> bool:
    """Tried out in a child, because a filter can't be taken off again; some containers' kernels refuse it."""
    if not seccomp.supported():
        return False
    if (pid := os.fork()) == 0:
        try:
            seccomp.install()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))


def _address_space_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
