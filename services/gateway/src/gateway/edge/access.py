"""Who may come in, and how much of it: keys and limits, the same at every door.

What a key is and what its limits mean stands in `speechkit.domain`; each door translates its own headers.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import uuid4

import structlog

from gateway.edge.key_cache import FindsKeys
from speechkit.domain.errors import InvalidApiKey, MissingApiKey, QuotaExceeded, RateLimited, StoreUnavailable
from speechkit.domain.keys import ApiKey, key_hash, looks_like_a_key, masked
from speechkit.domain.limits import KeyLimits, Limit, Verdict
from speechkit.ports import LimitStore

log = structlog.get_logger(__name__)

LEASE_SECONDS = 60.0
"""How long a request whose gateway was killed still counts as being answered."""

RENEW_SECONDS = LEASE_SECONDS / 3

NO_KEYS_TENANT = "anyone"


@dataclass(frozen=True)
class Caller:
    key: ApiKey | None = None
    """None where no keys are asked for."""

    @property
    def tenant(self) -> str:
        return self.key.tenant if self.key else NO_KEYS_TENANT

    @property
    def models(self) -> tuple[str, ...]:
        """The served names that are open to the caller; empty means all."""
        return self.key.models if self.key else ()

    @property
    def limits(self) -> KeyLimits:
        return self.key.limits if self.key else KeyLimits()


class Admission:
    """One request that was let in."""

    def __init__(self) -> None:
        self.audio_seconds = 0.0

    def count_audio(self, seconds: float) -> None:
        """This much was transcribed: it counts against the key's day when the request is over."""
        self.audio_seconds += seconds


OnVerdict = Callable[[KeyLimits, Verdict], None]
"""For a door that tells its callers how much is left, of a refused request too."""


class Access:
    def __init__(self, *, keys: FindsKeys | None, limits: LimitStore, refuse_uncounted: bool = False) -> None:
        """Without `keys` everybody may come in; `refuse_uncounted` says what happens when limits can't be looked up."""
        self._keys = keys
        self._limits = limits
        self._refuse_uncounted = refuse_uncounted

    @property
    def keys_required(self) -> bool:
        return self._keys is not None

    async def caller(self, authorization: str | None) -> Caller:
        """Whose key stands in the Authorization header.

        Raises MissingApiKey, InvalidApiKey, or StoreUnavailable when keys can't be looked up: in doubt nobody enters.
        """
        if self._keys is None:
            return Caller()
        secret = _bearer(authorization)
        if not secret:
            raise MissingApiKey(
                "You didn't provide an API key. Send it in an Authorization header, as `Authorization: Bearer "
                "YOUR_KEY`; whoever runs this server makes keys with `earshot keys create`."
            )
        key = await self._keys.find(key_hash(secret)) if looks_like_a_key(secret) else None
        if key is None or key.revoked_at:
            raise InvalidApiKey(
                f"Incorrect API key provided: {masked(secret)}. Ask whoever runs this server for a key; they make "
                "one with `earshot keys create`."
            )
        return Caller(key)

    @asynccontextmanager
    async def admitted(
        self, caller: Caller, *, on_verdict: OnVerdict = lambda _limits, _verdict: None
    ) -> AsyncIterator[Admission]:
        """One request within the caller's limits, counted until the context ends, however it ends.

        Raises RateLimited and QuotaExceeded with the honest wait.
        """
        admission, lease = Admission(), uuid4().hex
        if caller.key is None or not (verdict := await self._verdict(caller.key, lease)):
            yield admission
            return
        on_verdict(caller.limits, verdict)
        if verdict.refused_by:
            raise _refusal(caller.limits, verdict)
        renewing = asyncio.create_task(self._keep(caller.key.id, lease))
        try:
            yield admission
        finally:
            renewing.cancel()
            await self._finish(caller.key.id, lease, admission.audio_seconds)

    async def count(self, name: str, *, most: int, per_seconds: float) -> float:
        """One more of what may happen so often: 0, or the seconds until it may."""
        try:
            return await self._limits.count(name, most=most, per_seconds=per_seconds)
        except StoreUnavailable:
            if self._refuse_uncounted:
                raise
            log.warning("calls_not_counted")
            return 0.0

    async def _verdict(self, key: ApiKey, lease: str) -> Verdict | None:
        """None for a key without limits, and when they can't be looked up and that is no reason to refuse."""
        if not key.limits:
            return None
        try:
            return await self._limits.admit(key.id, key.limits, lease=lease, lease_seconds=LEASE_SECONDS)
        except StoreUnavailable:
            if self._refuse_uncounted:
                raise
            log.warning("limits_not_enforced", key_id=key.id)
            return None

    async def _keep(self, key_id: str, lease: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with suppress(StoreUnavailable):  # the next time is early enough
                await self._limits.renew(key_id, lease=lease, lease_seconds=LEASE_SECONDS)

    async def _finish(self, key_id: str, lease: str, audio_seconds: float) -> None:
        try:
            await self._limits.finish(key_id, lease=lease, audio_seconds=audio_seconds)
        except StoreUnavailable:
            # The answer is there, and the lease ends by itself.
            log.warning("audio_not_counted", key_id=key_id, audio_seconds=audio_seconds)


def _bearer(authorization: str | None) -> str:
    """All that follows the scheme, as OpenAI reads it: keys of other servers hold spaces."""
    scheme, _, secret = (authorization or "").strip().partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _refusal(limits: KeyLimits, verdict: Verdict) -> RateLimited | QuotaExceeded:
    wait = math.ceil(verdict.retry_after_seconds)
    match verdict.refused_by:
        case Limit.AUDIO_SECONDS_PER_DAY:
            return QuotaExceeded(
                f"This API key has used its {limits.audio_seconds_per_day} seconds of audio for today. More is there "
                f"at midnight UTC, in {wait} seconds.",
                retry_after_seconds=wait,
            )
        case Limit.CONCURRENT_REQUESTS:
            return RateLimited(
                f"This API key may have {limits.concurrent_requests} requests answered at once, and has. Send the "
                "next one when one of them has finished.",
                retry_after_seconds=wait,
            )
        case _:
            return RateLimited(
                f"Rate limit reached for this API key: {limits.requests_per_minute} requests per minute. Try again in "
                f"{wait} seconds.",
                retry_after_seconds=wait,
            )
