"""Makes the kernel end a process when its parent ends, however that happens: SIGKILL leaves nobody to clean up."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def die_with_parent(*, signal_number: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn` for subprocesses; the signal comes when the thread that started the child ends.

    On systems without prctl (macOS) it does nothing.
    """
    parent = os.getpid()
    # Loaded before the fork: the child of a threaded process may not import or allocate much.
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def in_child() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal_number)
            if os.getppid() != parent:  # the parent ended before the call above
                os._exit(1)

    return in_child


def end_with_parent() -> None:
    """The same for this process itself: the parent's death comes as SIGTERM, so that there is a clean stop."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
