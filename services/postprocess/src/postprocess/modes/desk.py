"""The desk of modes: the built-in ones with what a tenant has changed of them, and the tenant's own.

What may be written of one stands in `words`; rows are the ModeStore's matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from postprocess.modes.built_in import BUILT_IN, VERBATIM
from postprocess.modes.words import changed_words, check_mode, with_words, words_of
from speechkit.domain.endpoints import KeptEndpoint
from speechkit.domain.errors import EndpointNotFound, InvalidRequest, ModeNotFound, NameTaken
from speechkit.domain.modes import Mode, ModeChanges
from speechkit.ports import EndpointStore, ModeStore, ModeWords

MOST_MODES = 200


@dataclass(frozen=True, kw_only=True)
class ModeDesk:
    store: ModeStore
    endpoints: EndpointStore

    async def create(self, draft: Mode, *, tenant: str) -> Mode:
        check_mode(draft)
        if draft.name in BUILT_IN:
            raise NameTaken(f"'{draft.name}' is built in. Change it, or choose another name.", param="name")
        if len(await self.store.all(tenant=tenant)) >= MOST_MODES:
            raise InvalidRequest(f"There are {MOST_MODES} modes already. Delete one that is not used any more.")
        there = await self.endpoints.all(tenant=tenant)
        _check_endpoints(draft, there)
        await self.store.add(draft.name, words_of(draft), tenant=tenant)
        return _shown(draft, there)

    async def get(self, name: str, *, tenant: str) -> Mode:
        mode = mode_named(name, await self.store.get(name, tenant=tenant))
        return _shown(mode, await self.endpoints.all(tenant=tenant))

    async def all(self, *, tenant: str) -> tuple[Mode, ...]:
        said = await self.store.all(tenant=tenant)
        names = [*BUILT_IN, *(name for name in said if name not in BUILT_IN)]
        there = await self.endpoints.all(tenant=tenant)
        return tuple(_shown(mode_named(name, said.get(name)), there) for name in names)

    async def update(self, name: str, changes: ModeChanges, *, tenant: str) -> Mode:
        if name == VERBATIM:
            raise InvalidRequest("verbatim asks no model, so that there is nothing to change.", param="name")
        words = await self.store.get(name, tenant=tenant)
        new_words = {**(words or {}), **changed_words(changes)}
        mode_named(name, words)
        changed = mode_named(name, new_words)
        check_mode(changed)
        there = await self.endpoints.all(tenant=tenant)
        _check_endpoints(_with_endpoints_of(changes), there)
        await self.store.put(name, new_words, tenant=tenant)
        return _shown(changed, there)

    async def delete(self, name: str, *, tenant: str) -> None:
        if not await self.store.delete(name, tenant=tenant) and name not in BUILT_IN:
            raise _not_found()


def mode_named(name: str, words: ModeWords | None) -> Mode:
    """As the tenant has it, who says this of it; raises ModeNotFound."""
    built_in = BUILT_IN.get(name)
    if built_in is None and words is None:
        raise _not_found()
    mode = replace(built_in, changed=bool(words)) if built_in else Mode(name=name)
    return with_words(mode, words or {})


def endpoints_of(mode: Mode, there: Sequence[KeptEndpoint]) -> tuple[KeptEndpoint, ...]:
    """Those that the mode asks, in this order; none where it needs another."""
    asked = _named(mode.endpoint_id, there)
    if asked is None:
        return ()
    fallback = _named(mode.fallback_endpoint_id, there) if mode.fallback_endpoint_id else None
    return (asked, fallback) if fallback and fallback is not asked else (asked,)


def _named(endpoint_id: str, there: Sequence[KeptEndpoint]) -> KeptEndpoint | None:
    if endpoint_id:
        return next((endpoint for endpoint in there if endpoint.id == endpoint_id), None)
    return next((endpoint for endpoint in there if endpoint.is_default), None)


def _shown(mode: Mode, there: Sequence[KeptEndpoint]) -> Mode:
    return replace(mode, needs_endpoint=mode.name != VERBATIM and not endpoints_of(mode, there))


def _with_endpoints_of(changes: ModeChanges) -> Mode:
    """Only what is newly named must be there: another endpoint may be deleted already."""
    return Mode(name="", endpoint_id=changes.endpoint_id or "", fallback_endpoint_id=changes.fallback_endpoint_id or "")


def _check_endpoints(mode: Mode, there: Sequence[KeptEndpoint]) -> None:
    ids = {endpoint.id for endpoint in there}
    for param in ("endpoint_id", "fallback_endpoint_id"):
        named = getattr(mode, param)
        if named and named not in ids:
            raise EndpointNotFound(f"There is no endpoint of the id in {param}. List them to see which.", param=param)


def _not_found() -> ModeNotFound:
    return ModeNotFound("There is no such mode. List them to see which there are.", param="mode")
