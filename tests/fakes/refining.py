"""The post-processing service's ports in memory, for the doors in front of it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from gateway.refinement.refining import Refining
from speechkit.domain.endpoints import Endpoint, EndpointChanges, EndpointDraft, EndpointTest, ListedModels
from speechkit.domain.errors import EarshotError, EndpointNotFound, InvalidRequest, ModeNotFound, NameTaken
from speechkit.domain.modes import Mode, ModeChanges
from speechkit.domain.refined import MODE_NAME
from tests.fakes.refiner import MODES, FakeRefiner

NOW = datetime(2026, 2, 3, tzinfo=UTC)


@dataclass
class FakeEndpoints:
    kept: dict[tuple[str, str], Endpoint] = field(default_factory=dict)
    """By tenant and id."""
    keys: dict[str, str] = field(default_factory=dict)
    tested: list[str | EndpointDraft] = field(default_factory=list)
    failure: EarshotError | None = None

    async def create(self, draft: EndpointDraft, *, tenant: str) -> Endpoint:
        self._fail()
        if any(kept.name == draft.name for (owner, _), kept in self.kept.items() if owner == tenant):
            raise NameTaken("There is one of this name.", param="name")
        endpoint = Endpoint(
            id=f"endpoint_{len(self.kept) + 1}",
            name=draft.name,
            provider=draft.provider,
            base_url=draft.base_url,
            verbatim_url=draft.verbatim_url,
            model=draft.model,
            context_tokens=draft.context_tokens,
            has_api_key=bool(draft.api_key),
            chat_url=f"{draft.base_url}/chat/completions",
            is_default=not self.kept,
            last_test=None,
            created_at=NOW,
        )
        self.kept[tenant, endpoint.id], self.keys[endpoint.id] = endpoint, draft.api_key
        return endpoint

    async def get(self, endpoint_id: str, *, tenant: str) -> Endpoint:
        self._fail()
        try:
            return self.kept[tenant, endpoint_id]
        except KeyError:
            raise EndpointNotFound("There is no such endpoint.") from None

    async def all(self, *, tenant: str) -> tuple[Endpoint, ...]:
        self._fail()
        return tuple(endpoint for (owner, _), endpoint in self.kept.items() if owner == tenant)

    async def update(self, endpoint_id: str, changes: EndpointChanges, *, tenant: str) -> Endpoint:
        endpoint = await self.get(endpoint_id, tenant=tenant)
        if changes.api_key is not None:
            self.keys[endpoint_id] = changes.api_key
        endpoint = replace(endpoint, name=changes.name or endpoint.name, has_api_key=bool(self.keys[endpoint_id]))
        self.kept[tenant, endpoint_id] = endpoint
        return endpoint

    async def duplicate(self, endpoint_id: str, *, tenant: str, name: str = "") -> Endpoint:
        first = await self.get(endpoint_id, tenant=tenant)
        double = replace(first, id=f"endpoint_{len(self.kept) + 1}", name=name or f"{first.name} copy")
        self.kept[tenant, double.id], self.keys[double.id] = double, self.keys[first.id]
        return double

    async def delete(self, endpoint_id: str, *, tenant: str) -> tuple[str, ...]:
        await self.get(endpoint_id, tenant=tenant)
        del self.kept[tenant, endpoint_id]
        return ("clean-up",)

    async def test(self, tested: str | EndpointDraft, *, tenant: str) -> EndpointTest:
        if isinstance(tested, str):
            await self.get(tested, tenant=tenant)
        self.tested.append(tested)
        return EndpointTest(passed=True, reply="Hello!", tested_at=NOW)

    async def models(self, listed: str | EndpointDraft, *, tenant: str) -> ListedModels:
        if isinstance(listed, str):
            await self.get(listed, tenant=tenant)
        return ListedModels(models=("llama3.2", "qwen3"))

    def _fail(self) -> None:
        if self.failure:
            raise self.failure


@dataclass
class FakeModes:
    own: dict[tuple[str, str], Mode] = field(default_factory=dict)
    """By tenant and name."""
    failure: EarshotError | None = None

    async def create(self, draft: Mode, *, tenant: str) -> Mode:
        if not MODE_NAME.fullmatch(draft.name):
            raise InvalidRequest("name must be at most 64 of a-z, 0-9, - and _.", param="name")
        if draft.name in MODES or (tenant, draft.name) in self.own:
            raise NameTaken("There is one of this name.", param="name")
        self.own[tenant, draft.name] = draft
        return draft

    async def get(self, name: str, *, tenant: str) -> Mode:
        if self.failure:
            raise self.failure
        if name in MODES:
            return self.own.get((tenant, name), Mode(name=name, built_in=True))
        try:
            return self.own[tenant, name]
        except KeyError:
            raise ModeNotFound("There is no such mode.", param="mode") from None

    async def all(self, *, tenant: str) -> tuple[Mode, ...]:
        own = [mode for (owner, name), mode in self.own.items() if owner == tenant and name not in MODES]
        return (*[await self.get(name, tenant=tenant) for name in MODES], *own)

    async def update(self, name: str, changes: ModeChanges, *, tenant: str) -> Mode:
        mode = await self.get(name, tenant=tenant)
        said = {key: value for key, value in vars(changes).items() if value is not None}
        self.own[tenant, name] = replace(mode, **said)
        return self.own[tenant, name]

    async def delete(self, name: str, *, tenant: str) -> None:
        await self.get(name, tenant=tenant)
        self.own.pop((tenant, name), None)


@dataclass
class FakeRefining:
    refiner: FakeRefiner = field(default_factory=FakeRefiner)
    endpoints: FakeEndpoints = field(default_factory=FakeEndpoints)
    modes: FakeModes = field(default_factory=FakeModes)

    def parts(self) -> Refining:
        return Refining(refiner=self.refiner, endpoints=self.endpoints, modes=self.modes)
