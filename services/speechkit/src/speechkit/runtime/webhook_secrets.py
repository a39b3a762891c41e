"""The secret that signs a tenant's webhooks: made when it is first needed, shown to its owner, changed on demand.

How signatures are written stands in `speechkit.domain.webhooks`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from speechkit.domain.webhooks import OLD_SECRET_SIGNS, new_secret
from speechkit.ports import DeliveryStore, Sealer


@dataclass(frozen=True, kw_only=True)
class WebhookSecrets:
    store: DeliveryStore
    sealer: Sealer

    async def in_use(self, tenant: str) -> tuple[bytes, ...]:
        """The newest first; the one before it signs too, for a day."""
        kept = await self.store.secrets(tenant, unless_there=self._sealed(new_secret(), tenant))
        newest = self.sealer.unseal(kept.current, about=_about(tenant))
        if kept.previous and kept.previous_until and kept.previous_until > datetime.now(UTC):
            return newest, self.sealer.unseal(kept.previous, about=_about(tenant))
        return (newest,)

    async def rotate(self, tenant: str) -> bytes:
        """The new one."""
        await self.in_use(tenant)
        secret = new_secret()
        until = datetime.now(UTC) + OLD_SECRET_SIGNS
        await self.store.rotate(tenant, sealed=self._sealed(secret, tenant), previous_until=until)
        return secret

    def _sealed(self, secret: bytes, tenant: str) -> bytes:
        return self.sealer.seal(secret, about=_about(tenant))


def _about(tenant: str) -> str:
    return f"webhook secret of {tenant}"
