"""Limits counted in this process, for a gateway that is alone.

The arithmetic is the domain's; several gateways share their counts through Redis.
"""

import time
from collections import defaultdict
from collections.abc import Callable

from speechkit.domain.limits import KeyLimits, Usage, Verdict, admit, finish, renew


class MemoryLimitStore:
    """Atomic because nothing here awaits."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._usages: defaultdict[str, Usage] = defaultdict(Usage)

    async def admit(self, key_id: str, limits: KeyLimits, *, lease: str, lease_seconds: float) -> Verdict:
        self._usages[key_id], verdict = admit(
            self._usages[key_id], limits, lease=lease, lease_seconds=lease_seconds, now=self._clock()
        )
        return verdict

    async def renew(self, key_id: str, *, lease: str, lease_seconds: float) -> None:
        self._usages[key_id] = renew(self._usages[key_id], lease=lease, lease_seconds=lease_seconds, now=self._clock())

    async def finish(self, key_id: str, *, lease: str, audio_seconds: float) -> None:
        self._usages[key_id] = finish(self._usages[key_id], lease=lease, audio_seconds=audio_seconds, now=self._clock())

    async def ready(self) -> bool:
        return True
