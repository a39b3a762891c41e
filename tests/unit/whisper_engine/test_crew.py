"""What the workers take next: the like of the most urgent window, short ones before long ones, none twice."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future

import numpy as np

from whisper_engine.contract import Code, WindowError, WindowRequest, WindowResult
from whisper_engine.crew import Crew
from whisper_engine.mel import SAMPLE_RATE
from whisper_engine.window import Outcome, Window

PATIENCE_SECONDS = 10
SILENCE = WindowResult(segments=(), language="en")


def window(index: int, *, seconds: float, owner: str = "") -> Window:
    samples = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
    return Window(index=index, request=WindowRequest(samples=samples, owner=owner))


class Bench:
    """Steps that only note whom they were given; the first one waits until it is let go, so that others gather."""

    def __init__(self, *, workers: int = 1, rows: int = 4, broken: frozenset[int] = frozenset()) -> None:
        self.encoded: list[list[int]] = []
        self.decoded: list[list[int]] = []
        self._broken = broken
        self._begin = threading.Event()
        self._crew = Crew(workers=workers, encode=self._encode, decode=self._decode, encoded_at_once=1, rows=rows)

    def outcomes(self, windows: Sequence[Window]) -> list[Outcome]:
        futures: list[Future[Outcome]] = [Future() for _ in windows]
        for each, future in zip(windows, futures, strict=True):
            self._crew.give(each, future.set_result)
        self._begin.set()
        return [future.result(timeout=PATIENCE_SECONDS) for future in futures]

    def _encode(self, windows: Sequence[Window]) -> None:
        self._begin.wait(PATIENCE_SECONDS)
        self.encoded.append([each.index for each in windows])
        if self._broken.intersection(self.encoded[-1]):
            raise RuntimeError("broken")
        for each in windows:
            each.encoded = np.zeros((1, 1), np.float32)

    def _decode(self, windows: Sequence[Window]) -> None:
        self.decoded.append([each.index for each in windows])
        for each in windows:
            each.outcome = SILENCE


def test_windows_are_encoded_one_by_one_and_decoded_together() -> None:
    bench = Bench()
    assert bench.outcomes([window(index, seconds=5) for index in range(4)]) == [SILENCE] * 4
    assert bench.encoded == [[0], [1], [2], [3]]
    assert bench.decoded == [[0, 1, 2, 3]]


def test_no_more_rows_are_decoded_together_than_may_be() -> None:
    bench = Bench(rows=2)
    bench.outcomes([window(index, seconds=5) for index in range(5)])
    assert [len(rows) for rows in bench.decoded] == [2, 2, 1]


def test_only_windows_of_one_context_are_decoded_together_and_the_short_ones_first() -> None:
    bench = Bench()
    lengths = [3, 20, 4, 21, 5]
    bench.outcomes([window(index, seconds=seconds) for index, seconds in enumerate(lengths)])
    # The first was taken before the others came.
    assert bench.decoded == [[0, 2, 4], [1, 3]]


def test_a_short_clip_waits_for_a_step_of_a_long_file_and_not_for_the_file() -> None:
    bench = Bench()
    file = [window(index, seconds=5, owner="file") for index in range(8)]
    bench.outcomes([*file, window(8, seconds=4, owner="clip")])
    assert 8 in bench.decoded[0]


def test_the_windows_of_a_file_that_is_alone_are_decoded_together_as_those_of_many_are() -> None:
    bench = Bench()
    bench.outcomes([window(index, seconds=5, owner="file") for index in range(4)])
    assert bench.decoded == [[0, 1, 2, 3]]


def test_few_windows_are_shared_out_among_the_workers() -> None:
    bench = Bench(workers=2)
    bench.outcomes([window(index, seconds=5) for index in range(8)])
    assert max(map(len, bench.decoded)) == 4
    assert sorted(index for rows in bench.decoded for index in rows) == list(range(8))


def test_a_window_that_breaks_a_step_fails_and_the_workers_go_on() -> None:
    bench = Bench(broken=frozenset({1}))
    good, bad, other = bench.outcomes([window(index, seconds=5) for index in range(3)])
    assert isinstance(bad, WindowError)
    assert bad.code is Code.INTERNAL
    assert (good, other) == (SILENCE, SILENCE)
    assert bench.outcomes([window(3, seconds=5)]) == [SILENCE]
