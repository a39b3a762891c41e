"""A KeyStore in a dictionary, which can be away."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from speechkit.domain.errors import StoreUnavailable
from speechkit.domain.keys import ApiKey


@dataclass
class FakeKeyStore:
    keys: dict[str, ApiKey] = field(default_factory=dict)
    away: bool = False
    finds: int = 0

    async def add(self, key: ApiKey) -> None:
        self._reach()
        self.keys[key.id] = key

    async def find(self, key_hash: str) -> ApiKey | None:
        self.finds += 1
        self._reach()
        return next((key for key in self.keys.values() if key.hash == key_hash), None)

    async def all(self) -> tuple[ApiKey, ...]:
        self._reach()
        return tuple(sorted(self.keys.values(), key=lambda key: (key.created_at, key.id)))

    async def revoke(self, key_id: str, *, now: datetime) -> ApiKey | None:
        self._reach()
        if key := self.keys.get(key_id):
            self.keys[key_id] = key = replace(key, revoked_at=key.revoked_at or now)
        return key

    async def ready(self) -> bool:
        return not self.away

    def _reach(self) -> None:
        if self.away:
            raise StoreUnavailable("away")
