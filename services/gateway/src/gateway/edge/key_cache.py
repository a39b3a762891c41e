"""Keys that were found a moment ago, so that most requests need no look into the database.

Only keys that work are remembered: a new one works at once, and guesses fill no memory.
"""

import time
from collections.abc import Callable
from typing import Protocol

from speechkit.domain.keys import ApiKey

MAX_KEYS = 10_000


class FindsKeys(Protocol):
    async def find(self, key_hash: str) -> ApiKey | None: ...


class KeyCache:
    def __init__(self, store: FindsKeys, *, ttl_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self._found: dict[str, tuple[float, ApiKey]] = {}

    async def find(self, key_hash: str) -> ApiKey | None:
        until, key = self._found.get(key_hash, (0.0, None))
        asked_at = self._clock()
        if key and asked_at < until:
            return key
        key = await self._store.find(key_hash)
        self._found.pop(key_hash, None)
        if key and not key.revoked_at:
            if len(self._found) >= MAX_KEYS:
                self._found.pop(next(iter(self._found)))  # the one that was looked up longest ago
            self._found[key_hash] = asked_at + self._ttl_seconds, key
        return key
