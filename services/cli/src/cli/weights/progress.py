"""Shows how far a long step is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 5.0
"""Often enough to show life in a CI log, rare enough not to fill it."""


class Meter(Protocol):
    def set(self, done_bytes: int) -> None: ...


@contextmanager
def metered(label: str, *, total_bytes: int, stream: TextIO | None = None) -> Iterator[Meter]:
    stream = stream or sys.stderr
    if stream.isatty():
        with tqdm(total=total_bytes, desc=label, unit="B", unit_scale=True, file=stream) as bar:
            yield _BarMeter(bar)
    else:
        meter = _LineMeter(label, total_bytes, stream)
        yield meter
        meter.finish()


class _BarMeter:
    def __init__(self, bar: "tqdm[None]") -> None:
        self._bar = bar

    def set(self, done_bytes: int) -> None:
        self._bar.update(done_bytes - self._bar.n)


class _LineMeter:
    def __init__(self, label: str, total_bytes: int, stream: TextIO) -> None:
        self._label = label
        self._total_bytes = total_bytes
        self._stream = stream
        self._done_bytes = 0
        self._next_line_at = time.monotonic() + SECONDS_BETWEEN_LINES

    def set(self, done_bytes: int) -> None:
        self._done_bytes = done_bytes
        if time.monotonic() >= self._next_line_at:
            self.finish()
            self._next_line_at = time.monotonic() + SECONDS_BETWEEN_LINES

    def finish(self) -> None:
        print(f"{self._label}: {self._done_bytes / 1e6:.1f} of {self._total_bytes / 1e6:.1f} MB", file=self._stream)
