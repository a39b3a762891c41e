"""Modes: the built-in ones for everybody, changed for one tenant alone, and a tenant's own."""

from dataclasses import replace
from typing import Any

import pytest

from speechkit.adapters.postprocess import Postprocess
from speechkit.domain.errors import EndpointNotFound, InvalidRequest, ModeNotFound, NameTaken, UnknownLanguage
from speechkit.domain.modes import Mode, ModeChanges, ModeLimits
from tests.chat.server import ChatServer
from tests.chat.service import TENANT, endpoint_at

BUILT_IN = ["clean-up", "email", "notes", "summary", "subtitles", "translate", "verbatim"]

OWN = Mode(name="minutes", instructions="Write minutes.", limits=ModeLimits.SHORTENING, keywords=("Ana", "Bergen"))


async def test_every_tenant_has_the_built_in_modes(postprocess: Postprocess) -> None:
    modes = await postprocess.modes.all(tenant=TENANT)
    assert [mode.name for mode in modes] == BUILT_IN
    assert all(mode.built_in and not mode.changed for mode in modes)
    assert {mode.name for mode in modes if not mode.needs_endpoint} == {"verbatim"}
    assert {mode.name for mode in modes if mode.keeps_segments} == {"clean-up", "subtitles", "translate", "verbatim"}


async def test_a_mode_of_a_tenant_s_own_comes_back_as_it_was_written(
    postprocess: Postprocess, server: ChatServer
) -> None:
    endpoint = await endpoint_at(postprocess, server)
    draft = replace(
        OWN,
        description="For the board",
        endpoint_id=endpoint.id,
        fallback_endpoint_id=endpoint.id,
        temperature=0.7,
        max_tokens=500,
        target_language="de",
    )
    assert await postprocess.modes.create(draft, tenant=TENANT) == draft
    assert await postprocess.modes.get("minutes", tenant=TENANT) == draft
    assert [mode.name for mode in await postprocess.modes.all(tenant=TENANT)] == [*BUILT_IN, "minutes"]
    with pytest.raises(ModeNotFound):
        await postprocess.modes.get("minutes", tenant="another")


async def test_what_is_not_named_in_a_change_stays(postprocess: Postprocess) -> None:
    made = await postprocess.modes.create(OWN, tenant=TENANT)
    changed = await postprocess.modes.update("minutes", ModeChanges(temperature=0.2), tenant=TENANT)
    assert changed == replace(made, temperature=0.2)
    changed = await postprocess.modes.update("minutes", ModeChanges(keywords=(), instructions="Now."), tenant=TENANT)
    assert changed == replace(made, temperature=0.2, keywords=(), instructions="Now.")


async def test_a_built_in_mode_is_changed_for_one_tenant_and_can_be_had_back(postprocess: Postprocess) -> None:
    before = await postprocess.modes.get("clean-up", tenant=TENANT)
    changed = await postprocess.modes.update("clean-up", ModeChanges(instructions="Shout."), tenant=TENANT)
    assert (changed.instructions, changed.changed, changed.built_in) == ("Shout.", True, True)
    assert await postprocess.modes.get("clean-up", tenant="another") == before
    await postprocess.modes.delete("clean-up", tenant=TENANT)
    assert await postprocess.modes.get("clean-up", tenant=TENANT) == before


async def test_names_are_taken_once(postprocess: Postprocess) -> None:
    await postprocess.modes.create(OWN, tenant=TENANT)
    await postprocess.modes.create(OWN, tenant="another")
    for name in ("minutes", "clean-up"):
        with pytest.raises(NameTaken):
            await postprocess.modes.create(replace(OWN, name=name), tenant=TENANT)


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"name": ""}, "name"),
        ({"name": "Minutes"}, "name"),
        ({"name": "../etc"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"instructions": "  "}, "instructions"),
        ({"instructions": "x" * 8001}, "instructions"),
        ({"description": "x" * 501}, "description"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"max_tokens": 200_001}, "max_tokens"),
        ({"keywords": ("",)}, "keywords"),
        ({"keywords": ("x",) * 201}, "keywords"),
    ],
)
async def test_what_cannot_be_used_is_not_saved(said: dict[str, Any], param: str, postprocess: Postprocess) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await postprocess.modes.create(replace(OWN, **said), tenant=TENANT)
    assert refused.value.param == param
    assert len(await postprocess.modes.all(tenant=TENANT)) == len(BUILT_IN)


async def test_an_endpoint_that_is_not_there_and_a_language_that_nobody_speaks_are_refused(
    postprocess: Postprocess,
) -> None:
    with pytest.raises(EndpointNotFound):
        await postprocess.modes.create(replace(OWN, endpoint_id="ep_x"), tenant=TENANT)
    with pytest.raises(EndpointNotFound):
        await postprocess.modes.update("email", ModeChanges(fallback_endpoint_id="ep_x"), tenant=TENANT)
    with pytest.raises(UnknownLanguage):
        await postprocess.modes.update("translate", ModeChanges(target_language="xx"), tenant=TENANT)


async def test_modes_that_are_not_there_and_verbatim_cannot_be_changed(postprocess: Postprocess) -> None:
    with pytest.raises(ModeNotFound):
        await postprocess.modes.update("minutes", ModeChanges(temperature=0.1), tenant=TENANT)
    with pytest.raises(ModeNotFound):
        await postprocess.modes.delete("minutes", tenant=TENANT)
    with pytest.raises(InvalidRequest, match="asks no model"):
        await postprocess.modes.update("verbatim", ModeChanges(temperature=0.1), tenant=TENANT)
