"""Limits counted in this process, for a gateway that is alone.

The arithmetic is the domain's; several gateways share their counts through Redis.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from speechkit.domain.limits import KeyLimits, Usage, Verdict, admit, count, finish, renew


@dataclass(frozen=True)
class _Count:
    times: tuple[float, ...]
    forget_at: float


class MemoryLimitStore:
    """Atomic because nothing here awaits."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._usages: defaultdict[str, Usage] = defaultdict(Usage)
        self._counts: dict[str, _Count] = {}

    async def admit(self, key_id: str, limits: KeyLimits, *, lease: str, lease_seconds: float) -> Verdict:
        self._usages[key_id], verdict = admit(
            self._usages[key_id], limits, lease=lease, lease_seconds=lease_seconds, now=self._clock()
        )
        return verdict

    async def renew(self, key_id: str, *, lease: str, lease_seconds: float) -> None:
        self._usages[key_id] = renew(self._usages[key_id], lease=lease, lease_seconds=lease_seconds, now=self._clock())

    async def finish(self, key_id: str, *, lease: str, audio_seconds: float) -> None:
        self._usages[key_id] = finish(self._usages[key_id], lease=lease, audio_seconds=audio_seconds, now=self._clock())

    async def count(self, name: str, *, most: int, per_seconds: float) -> float:
        now = self._clock()
        self._forget_the_oldest(now)
        known = self._counts.pop(name, None)
        times, wait = count(known.times if known else (), most=most, per_seconds=per_seconds, now=now)
        self._counts[name] = _Count(times=times, forget_at=now + per_seconds)
        return wait

    def _forget_the_oldest(self, now: float) -> None:
        """Names come and go with jobs; they stand in the order of their last calls."""
        for name in [*takewhile(lambda name: self._counts[name].forget_at <= now, self._counts)]:
            del self._counts[name]

    async def ready(self) -> bool:
        return True
