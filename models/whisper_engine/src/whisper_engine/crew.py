"""Workers on windows as they come: what each does next, and which windows it does it to together.

What is done to a window is the matter of `engine`.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from whisper_engine.contract import Code, WindowError
from whisper_engine.mel import FRAMES_PER_SECOND
from whisper_engine.turns import Turns
from whisper_engine.window import Outcome, Window


@dataclass(kw_only=True, eq=False)
class Waiting:
    """A window in hand, and whom to tell when its outcome is known."""

    window: Window
    answer: Callable[[Outcome], None]
    cost: float
    """Seconds of context, as it was when the window came."""
    rank: float
    number: int = field(default_factory=count().__next__)

    @property
    def order(self) -> tuple[float, int]:
        return self.rank, self.number


class Crew:
    """Threads that live as long as the process. A step takes windows of one kind and leaves some with an outcome."""

    def __init__(
        self,
        *,
        workers: int,
        encode: Callable[[Sequence[Window]], None],
        decode: Callable[[Sequence[Window]], None],
        encoded_at_once: int,
        rows: int,
    ) -> None:
        self._workers = workers
        self._encode, self._decode = encode, decode
        self._encoded_at_once, self._rows = encoded_at_once, rows
        self._waiting: list[Waiting] = []
        self._turns = Turns()
        self._changed = threading.Condition()
        for _ in range(workers):
            threading.Thread(target=self._work, name="whisper", daemon=True).start()

    def give(self, window: Window, answer: Callable[[Outcome], None]) -> None:
        """`answer` is called once, by a worker, when the window has its outcome; it must not raise."""
        cost = window.context_frames / FRAMES_PER_SECOND
        with self._changed:
            rank = self._turns.rank(window.owner, cost)
            self._waiting.append(Waiting(window=window, answer=answer, cost=cost, rank=rank))
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                step, taken = self._next()
                for each in taken:
                    self._waiting.remove(each)
            _step(step, [each.window for each in taken])
            for each in taken:
                if each.window.outcome is not None:
                    each.answer(each.window.outcome)
            with self._changed:
                for each in taken:
                    if each.window.outcome is None:
                        self._waiting.append(each)
                    else:
                        self._turns.done(each.window.owner, each.cost)
                self._changed.notify_all()

    def _next(self) -> tuple[Callable[[Sequence[Window]], None], list[Waiting]]:
        """The most urgent window's next step, together with its like.

        Rows are encoded until there are enough to decode, and shared out among the workers when there are few.
        """
        ordered = sorted(self._waiting, key=lambda each: each.order)
        first = ordered[0].window
        together = _together(ordered)
        unheard = [each for each in together if each.window.encoded is None and each.window.shares_context(first)]
        if first.encoded is None:
            return self._encode, unheard[: self._encoded_at_once]
        alike = [each for each in together if each.window.stage == first.stage]
        if unheard and len(alike) < self._rows and first.first_look is None:
            return self._encode, unheard[: self._encoded_at_once]
        share = -(-len(ordered) // self._workers)
        return self._decode, alike[: min(self._rows, share)]


def _together(ordered: Sequence[Waiting]) -> Sequence[Waiting]:
    """Whose work the most urgent may be made to wait for: its near neighbours', or all of it where one file waits."""
    first = ordered[0]
    if all(each.window.owner == first.window.owner for each in ordered):
        return ordered
    return [each for each in ordered if each.rank <= first.rank + first.cost]


def _step(step: Callable[[Sequence[Window]], None], windows: Sequence[Window]) -> None:
    """A worker outlives whatever a step breaks on; its windows have a right to an answer."""
    try:
        step(windows)
    except Exception as error:  # noqa: BLE001 - see above
        for window in windows:
            window.outcome = window.outcome or WindowError(
                Code.INTERNAL, f"the engine failed: {type(error).__name__}: {error}"
            )
