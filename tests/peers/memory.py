"""The peak memory of a process and all its descendants while something runs.

PSS is summed, so that a page shared by several processes counts once; what Triton shares with its model is such a page.
Sampling leaves out what comes and goes between two samples; one takes about 20 ms of processor time for Earshot's tree.
"""

from threading import Event, Thread
from types import TracebackType
from typing import Self

import psutil

SAMPLES_PER_SECOND = 1


class PeakMemory:
    """`with PeakMemory(pid) as memory: …; memory.peak_bytes`."""

    def __init__(self, process_id: int) -> None:
        self.peak_bytes = 0
        self._root = psutil.Process(process_id)
        self._done = Event()
        self._sampler = Thread(target=self._sample_until_done, daemon=True)

    def __enter__(self) -> Self:
        self._sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._done.set()
        self._sampler.join()
        self._sample()

    def _sample_until_done(self) -> None:
        while not self._done.wait(1 / SAMPLES_PER_SECOND):
            self._sample()

    def _sample(self) -> None:
        self.peak_bytes = max(self.peak_bytes, tree_bytes(self._root))


def tree_bytes(root: psutil.Process) -> int:
    """Processes that end while they are counted count nothing."""
    total = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return total
