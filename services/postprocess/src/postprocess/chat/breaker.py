"""A circuit breaker: an endpoint that fails again and again is left alone for a while, then asked by one request.

Pure: the time is passed in. What counts as a failure is said by `client`.
"""

from dataclasses import dataclass

from postprocess.chat.failures import ChatFailed, Trouble

FAILURES = 5
REST_SECONDS = 30.0


@dataclass
class Breaker:
    failures: int = 0
    """One after another."""
    rests_until: float = 0.0

    def check(self, now: float) -> None:
        """Raises ChatFailed while it rests. Afterwards the first who comes asks; the others, once that went well."""
        if self.failures < FAILURES:
            return
        if now < self.rests_until:
            raise ChatFailed(Trouble.RESTING, "The endpoint failed several times in a row, and is left alone a while.")
        self.rests_until = now + REST_SECONDS

    def went_well(self) -> None:
        self.failures = 0

    def failed(self, now: float) -> None:
        self.failures += 1
        if self.failures >= FAILURES:
            self.rests_until = now + REST_SECONDS
