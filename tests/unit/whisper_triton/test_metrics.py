"""Workers count side by side, and Triton's backend dies of it unless they take turns."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, ClassVar

import pytest

from whisper_engine import Code, WindowError, Work


class OneAtATime:
    """A metric of the backend, which holds what it was told until the server has read it."""

    busy = threading.Lock()
    told: ClassVar[list[float]] = []

    def increment(self, value: float) -> None:
        assert self.busy.acquire(blocking=False), "two threads at once: the server would read memory that was freed"
        time.sleep(0.001)
        self.told.append(value)
        self.busy.release()

    set = increment


class Family:
    COUNTER, GAUGE = "counter", "gauge"

    def __init__(self, **_: Any) -> None: ...

    def Metric(self, **_: Any) -> OneAtATime:  # noqa: N802 - the backend's name
        return OneAtATime()


@pytest.fixture
def metrics() -> Iterator[Any]:
    stub = ModuleType("triton_python_backend_utils")
    stub.MetricFamily = Family  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, stub.__name__, stub)
        patch.delitem(sys.modules, "whisper_triton.metrics", raising=False)
        from whisper_triton.metrics import Metrics

        yield Metrics("whisper-base")
        sys.modules.pop("whisper_triton.metrics")


def test_two_workers_never_tell_triton_something_at_the_same_time(metrics: Any) -> None:
    OneAtATime.told.clear()
    failure = WindowError(Code.INTERNAL, "")
    work = Work(encode_seconds=1.0, decode_seconds=1.0)
    with ThreadPoolExecutor(4) as workers:
        for done in [
            workers.submit(count)
            for _ in range(10)
            for count in (
                lambda: metrics.count_window(None, failure),
                lambda: metrics.count_work(work),
                lambda: metrics.count_batch(1),
            )
        ]:
            done.result()
    assert len(OneAtATime.told) == 10 * 5
