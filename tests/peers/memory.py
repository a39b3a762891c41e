"""The peak memory of a process and all its descendants while something runs.

PSS is summed, so that a page shared by several processes counts once; what Triton shares with its model is such a page.
Sampling leaves out what comes and goes between two samples; one takes about 20 ms of processor time for Earshot's tree.
"""

from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

import psutil

SAMPLES_PER_SECOND = 1
TRITON = "tritonserver"


class PeakMemory:
    """`with PeakMemory(pid) as memory: …; memory.peak_bytes`, and of these what Triton with its model had."""

    def __init__(self, process_id: int) -> None:
        self.peak_bytes = 0
        self.triton_peak_bytes = 0
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
        self.triton_peak_bytes = max(self.triton_peak_bytes, *map(tree_bytes, _named(self._root, TRITON)), 0)


def tree_bytes(root: psutil.Process) -> int:
    """A page that is shared counts once."""
    return _sum_of(root, "pss")


def private_bytes(root: psutil.Process) -> int:
    """Without what is shared, of which a process has more when another ends that has nothing to do with it."""
    return _sum_of(root, "uss")


def _named(root: psutil.Process, name: str) -> Iterator[psutil.Process]:
    for process in root.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.name() == name:
                yield process


def _sum_of(root: psutil.Process, kind: str) -> int:
    """Processes that end while they are counted count nothing."""
    total = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            total += getattr(process.memory_full_info(), kind)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return total
