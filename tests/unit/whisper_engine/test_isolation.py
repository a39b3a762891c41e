"""Windows share a call and nothing else: what breaks or cancels one leaves the others alone."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from whisper_engine.contract import Code, WindowError, WindowRequest
from whisper_engine.engine import _together
from whisper_engine.window import Window


def windows(count: int, *, cancelled: frozenset[int] = frozenset()) -> list[Window]:
    samples = np.zeros(16_000, np.float32)
    return [
        Window(index=index, request=WindowRequest(samples=samples, is_cancelled=partial(cancelled.__contains__, index)))
        for index in range(count)
    ]


class Stage:
    """Marks the windows it is given, unless one of them is the culprit."""

    def __init__(self, culprit: int | None = None, error: Exception | None = None) -> None:
        self.culprit, self.error = culprit, error or RuntimeError("broken")
        self.calls: list[list[int]] = []

    def __call__(self, given: Sequence[Window]) -> None:
        self.calls.append([window.index for window in given])
        if self.culprit in self.calls[-1]:
            raise self.error
        for window in given:
            window.language = "done"


def test_windows_go_through_a_stage_together() -> None:
    stage = Stage()
    _together(stage, windows(3))
    assert stage.calls == [[0, 1, 2]]


def test_only_the_culprit_fails() -> None:
    batch = windows(3)
    _together(Stage(culprit=1), batch)
    assert [window.language for window in batch] == ["done", "", "done"]
    failure = batch[1].outcome
    assert isinstance(failure, WindowError)
    assert failure.code is Code.INTERNAL
    assert "broken" in failure.message


def test_a_refusal_keeps_its_code() -> None:
    batch = windows(2)
    _together(Stage(culprit=0, error=WindowError(Code.INVALID, "no")), batch)
    assert isinstance(batch[0].outcome, WindowError)
    assert batch[0].outcome.code is Code.INVALID
    assert batch[1].outcome is None


def test_a_cancelled_window_takes_no_further_part() -> None:
    stage, batch = Stage(), windows(3, cancelled=frozenset({1}))
    _together(stage, batch)
    assert stage.calls == [[0, 2]]
    assert isinstance(batch[1].outcome, WindowError)
    assert batch[1].outcome.code is Code.CANCELLED
