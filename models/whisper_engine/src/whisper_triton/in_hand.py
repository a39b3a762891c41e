"""How many windows the engine has been given and not answered, and whether it may be given more."""

import threading


class InHand:
    def __init__(self, room: int) -> None:
        """`room`: from so many on, windows wait where priorities and time limits are minded: in Triton's queue."""
        self._room = room
        self._count = 0
        self._changed = threading.Condition()

    def take(self) -> None:
        with self._changed:
            self._count += 1

    def answered(self) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count < self._room)

    def wait_for_all(self, *, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0, timeout=seconds)
