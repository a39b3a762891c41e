"""What every refiner promises, held by the fake and by the real service over gRPC."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from speechkit.domain.errors import EarshotError, ModeNotFound
from speechkit.ports import Refiner
from tests.chat.server import chat_server, hang
from tests.chat.service import endpoint_at, running_postprocess, to_refine
from tests.chat.writers import transcript_in
from tests.fakes.refiner import FakeRefiner

TEXTS = ["the first thing", "and the second thing"]


@pytest.fixture(params=["fake", "service"])
async def refiner(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Refiner]:
    """Whose model writes in capitals."""
    if request.param == "fake":
        yield FakeRefiner()
        return
    async with (
        chat_server(write=lambda messages: transcript_in(messages).upper()) as server,
        running_postprocess(tmp_path) as postprocess,
    ):
        await endpoint_at(postprocess, server)
        yield postprocess.refiner


@pytest.fixture(params=["fake", "service"])
async def silent_refiner(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Refiner]:
    """Whose endpoint never answers."""
    if request.param == "fake":
        yield FakeRefiner(delay_seconds=60)
        return
    async with chat_server() as server, running_postprocess(tmp_path) as postprocess:
        server.always = hang
        await endpoint_at(postprocess, server)
        yield postprocess.refiner


async def test_text_is_refined_and_the_raw_one_kept(refiner: Refiner) -> None:
    refined = await refiner.refine(to_refine(texts=TEXTS), deadline_seconds=10)
    assert refined.text == "THE FIRST THING AND THE SECOND THING"
    assert refined.raw_text == "the first thing and the second thing"
    assert (refined.passages, refined.warnings, refined.refined) == ((), (), True)
    assert refined.endpoint_id
    assert refined.model


async def test_passages_come_back_with_their_ids_times_and_leading_spaces(refiner: Refiner) -> None:
    asked = to_refine(texts=TEXTS, keep_passages=True)
    refined = await refiner.refine(asked, deadline_seconds=10)
    assert [(each.id, each.start, each.end) for each in refined.passages] == [(0, 0.0, 1.0), (1, 1.0, 2.0)]
    assert [each.text for each in refined.passages] == [" THE FIRST THING", " AND THE SECOND THING"]
    assert refined.text == "THE FIRST THING AND THE SECOND THING"


async def test_verbatim_is_what_was_said_without_a_warning(refiner: Refiner) -> None:
    asked = to_refine(texts=TEXTS, mode="verbatim", keep_passages=True)
    refined = await refiner.refine(asked, deadline_seconds=10)
    assert (refined.text, refined.passages) == (asked.raw_text, asked.passages)
    assert (refined.warnings, refined.refined) == ((), False)


async def test_a_mode_that_is_not_there_costs_no_word_unless_the_caller_is_strict(refiner: Refiner) -> None:
    refined = await refiner.refine(to_refine("hello there", mode="nosuch"), deadline_seconds=10)
    assert (refined.text, [warning.check for warning in refined.warnings]) == ("hello there", ["mode_not_found"])
    with pytest.raises(ModeNotFound):
        await refiner.refine(to_refine("hello there", mode="nosuch", strict=True), deadline_seconds=10)


async def test_the_deadline_is_kept_whatever_the_endpoint_does(silent_refiner: Refiner) -> None:
    async with asyncio.timeout(5):
        refined = await silent_refiner.refine(to_refine("hello there"), deadline_seconds=0.5)
        assert (refined.text, refined.refined, len(refined.warnings)) == ("hello there", False, 1)
        with pytest.raises(EarshotError):
            await silent_refiner.refine(to_refine("hello there", strict=True), deadline_seconds=0.5)


async def test_a_caller_may_leave(silent_refiner: Refiner) -> None:
    refining = asyncio.create_task(silent_refiner.refine(to_refine("hello there"), deadline_seconds=60))
    await asyncio.sleep(0.1)
    refining.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await refining
