"""The desk of endpoints: saved, changed, doubled, deleted and tested, each tenant's own.

What may be written of one stands in `drafts`, what it is asked in `asking`; rows are the EndpointStore's matter.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from postprocess.chat.client import Target
from postprocess.chat.http import EndpointHttp
from postprocess.endpoints.asking import listed_models, said_hello
from postprocess.endpoints.drafts import MOST_NAME_CHARACTERS, DraftRules, chat_url_of, checked_key, target_of
from speechkit.domain.endpoints import (
    Endpoint,
    EndpointChanges,
    EndpointDraft,
    EndpointTest,
    KeptEndpoint,
    ListedModels,
    key_name,
)
from speechkit.domain.errors import EndpointNotFound, Internal, InvalidRequest
from speechkit.ports import EndpointStore, Modes, Sealer

log = structlog.get_logger(__name__)

MOST_ENDPOINTS = 100


@dataclass(frozen=True, kw_only=True)
class EndpointDesk:
    store: EndpointStore
    modes: Modes
    sealer: Sealer
    rules: DraftRules
    http: EndpointHttp

    async def create(self, draft: EndpointDraft, *, tenant: str) -> Endpoint:
        checked = self.rules.checked(draft)
        await self._check_room(tenant)
        endpoint_id = f"ep_{secrets.token_hex(12)}"
        kept = KeptEndpoint(
            id=endpoint_id,
            tenant=tenant,
            name=checked.name,
            provider=checked.provider,
            base_url=checked.base_url,
            verbatim_url=checked.verbatim_url,
            model=checked.model,
            context_tokens=checked.context_tokens,
            sealed_key=self._sealed(checked.api_key, endpoint_id),
            created_at=datetime.now(UTC),
        )
        return _shown(await self.store.add(kept))

    async def get(self, endpoint_id: str, *, tenant: str) -> Endpoint:
        return _shown(await self._kept(endpoint_id, tenant))

    async def all(self, *, tenant: str) -> tuple[Endpoint, ...]:
        return tuple(_shown(endpoint) for endpoint in await self.store.all(tenant=tenant))

    async def update(self, endpoint_id: str, changes: EndpointChanges, *, tenant: str) -> Endpoint:
        return _shown(await self._changed(endpoint_id, tenant, lambda endpoint: self._with(endpoint, changes)))

    async def duplicate(self, endpoint_id: str, *, tenant: str, name: str = "") -> Endpoint:
        first = await self._kept(endpoint_id, tenant)
        await self._check_room(tenant)
        double_id = f"ep_{secrets.token_hex(12)}"
        double = replace(
            first,
            id=double_id,
            name=name or await self._name_of_a_double(first),
            is_default=False,
            created_at=datetime.now(UTC),
        )
        try:
            double = replace(double, sealed_key=self._sealed(self._key(first), double_id))
        except Internal:
            log.warning("endpoint_key_not_copied", endpoint_id=endpoint_id)
            double = replace(double, sealed_key=None, last_test=None)
        checked = self.rules.checked(_draft_of(double))
        return _shown(await self.store.add(replace(double, name=checked.name)))

    async def delete(self, endpoint_id: str, *, tenant: str) -> tuple[str, ...]:
        before = await self._modes_in_need(tenant)
        if not await self.store.delete(endpoint_id, tenant=tenant):
            raise _not_found()
        return tuple(name for name in await self._modes_in_need(tenant) if name not in before)

    async def test(self, tested: str | EndpointDraft, *, tenant: str) -> EndpointTest:
        target = await self._target(tested, tenant)
        test = await said_hello(self.http, target)
        log.info("endpoint_tested", endpoint_id=target.endpoint_id, passed=test.passed)
        if isinstance(tested, str):
            await self.store.change(tested, tenant=tenant, change=lambda kept: _with_test(kept, test, target))
        return test

    async def models(self, listed: str | EndpointDraft, *, tenant: str) -> ListedModels:
        return await listed_models(self.http, await self._target(listed, tenant))

    def ready_to_ask(self, endpoint: KeptEndpoint) -> Target:
        """Raises Internal where its key can't be read any more."""
        return target_of(endpoint, api_key=self._key(endpoint))

    async def _target(self, endpoint: str | EndpointDraft, tenant: str) -> Target:
        if isinstance(endpoint, str):
            return self.ready_to_ask(await self._kept(endpoint, tenant))
        draft = self.rules.checked(endpoint, to_be_saved=False)
        return target_of(draft, api_key=draft.api_key)

    async def _kept(self, endpoint_id: str, tenant: str) -> KeptEndpoint:
        return _found(await self.store.get(endpoint_id, tenant=tenant))

    async def _changed(
        self, endpoint_id: str, tenant: str, change: Callable[[KeptEndpoint], KeptEndpoint]
    ) -> KeptEndpoint:
        return _found(await self.store.change(endpoint_id, tenant=tenant, change=change))

    def _with(self, endpoint: KeptEndpoint, changes: EndpointChanges) -> KeptEndpoint:
        draft = _draft_of(endpoint)
        said = {
            name: value
            for name in ("name", "provider", "base_url", "verbatim_url", "model", "context_tokens")
            if (value := getattr(changes, name)) is not None
        }
        checked = self.rules.checked(replace(draft, **said))
        changed = replace(
            endpoint,
            name=checked.name,
            provider=checked.provider,
            base_url=checked.base_url,
            verbatim_url=checked.verbatim_url,
            model=checked.model,
            context_tokens=checked.context_tokens,
            is_default=endpoint.is_default if changes.is_default is None else changes.is_default,
        )
        if changes.api_key is not None:
            changed = replace(changed, sealed_key=self._sealed(checked_key(changes.api_key), endpoint.id))
        return changed if chat_url_of(changed) == chat_url_of(endpoint) else replace(changed, last_test=None)

    async def _modes_in_need(self, tenant: str) -> tuple[str, ...]:
        return tuple(mode.name for mode in await self.modes.all(tenant=tenant) if mode.needs_endpoint)

    async def _name_of_a_double(self, first: KeptEndpoint) -> str:
        taken = {endpoint.name for endpoint in await self.store.all(tenant=first.tenant)}
        doubles = (f" copy {number}" if number > 1 else " copy" for number in range(1, MOST_ENDPOINTS + 2))
        names = (first.name[: MOST_NAME_CHARACTERS - len(copy)] + copy for copy in doubles)
        return next(name for name in names if name not in taken)

    async def _check_room(self, tenant: str) -> None:
        if len(await self.store.all(tenant=tenant)) >= MOST_ENDPOINTS:
            raise InvalidRequest(f"There are {MOST_ENDPOINTS} endpoints already. Delete one that is not used any more.")

    def _sealed(self, key: str, endpoint_id: str) -> bytes | None:
        return self.sealer.seal(key.encode(), about=key_name(endpoint_id)) if key else None

    def _key(self, endpoint: KeptEndpoint) -> str:
        sealed = endpoint.sealed_key
        return self.sealer.unseal(sealed, about=key_name(endpoint.id)).decode() if sealed else ""


def _found(endpoint: KeptEndpoint | None) -> KeptEndpoint:
    if endpoint is None:
        raise _not_found()
    return endpoint


def _not_found() -> EndpointNotFound:
    return EndpointNotFound("There is no such endpoint. List them to see which there are.", param="endpoint_id")


def _with_test(kept: KeptEndpoint, test: EndpointTest, target: Target) -> KeptEndpoint:
    """Unless it was the test of a URL that the endpoint has no more."""
    return replace(kept, last_test=test) if chat_url_of(kept) == target.chat_url else kept


def _draft_of(endpoint: KeptEndpoint) -> EndpointDraft:
    return EndpointDraft(
        name=endpoint.name,
        provider=endpoint.provider,
        base_url=endpoint.base_url,
        verbatim_url=endpoint.verbatim_url,
        model=endpoint.model,
        context_tokens=endpoint.context_tokens,
    )


def _shown(endpoint: KeptEndpoint) -> Endpoint:
    return Endpoint(
        id=endpoint.id,
        name=endpoint.name,
        provider=endpoint.provider,
        base_url=endpoint.base_url,
        verbatim_url=endpoint.verbatim_url,
        model=endpoint.model,
        context_tokens=endpoint.context_tokens,
        has_api_key=endpoint.sealed_key is not None,
        chat_url=chat_url_of(endpoint),
        is_default=endpoint.is_default,
        last_test=endpoint.last_test,
        created_at=endpoint.created_at,
    )
