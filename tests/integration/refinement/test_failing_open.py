"""A dead, slow, wrong or overloaded endpoint never costs the transcript, nor more time than the caller has."""

import asyncio
import time
from pathlib import Path

import pytest

from speechkit.adapters.postprocess import Postprocess, open_postprocess
from speechkit.domain.endpoints import EndpointDraft
from speechkit.domain.errors import DeadlineExceeded, ModeNotFound, RefinementFailed, RefinerUnavailable
from speechkit.domain.modes import Mode, ModeChanges
from tests.chat.dialects import json_reply
from tests.chat.server import (
    ChatServer,
    Misbehaviour,
    chat_server,
    drip,
    endless,
    hang,
    reset,
    stalls_after,
    too_short,
)
from tests.chat.service import TENANT, endpoint_at, running_postprocess, to_refine

SAID = "um the meeting is moved to Thursday at nine"
CLEAN = "The meeting is moved to Thursday at nine."
BUSY = json_reply({"error": {"message": "slow down"}}, status=429, headers="retry-after: 0\r\n")
BROKEN = json_reply({"error": {"message": "boom"}}, status=500)


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postprocess.chat.client.FIRST_WAIT_SECONDS", 0.01)


MISBEHAVIOURS: dict[str, tuple[Misbehaviour, str]] = {
    "hangs": (hang, "endpoint_timeout"),
    "drips": (drip, "endpoint_timeout"),
    "stalls in the middle": (stalls_after("The meeting"), "endpoint_timeout"),
    "resets": (reset, "endpoint_unavailable"),
    "promises more than it sends": (too_short, "endpoint_unavailable"),
    "never stops": (endless, "endpoint_wrong"),
}


@pytest.mark.parametrize("behaviour", MISBEHAVIOURS)
async def test_whatever_a_server_does_the_words_are_back_in_time(
    behaviour: str, postprocess: Postprocess, server: ChatServer
) -> None:
    server.always, check = MISBEHAVIOURS[behaviour]
    await endpoint_at(postprocess, server)
    started = time.monotonic()
    refined = await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=2)
    assert time.monotonic() - started < 2
    assert (refined.text, refined.refined, refined.endpoint_id) == (SAID, False, "")
    assert [warning.check for warning in refined.warnings] == [check]


async def test_a_server_that_is_not_there_costs_no_word(postprocess: Postprocess, unused_tcp_port: int) -> None:
    draft = EndpointDraft(name="dead", base_url=f"http://127.0.0.1:{unused_tcp_port}/v1", model="m")
    endpoint = await postprocess.endpoints.create(draft, tenant=TENANT)
    refined = await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=5)
    assert (refined.text, [warning.check for warning in refined.warnings]) == (SAID, ["endpoint_unavailable"])
    assert "can't be reached" in (await postprocess.endpoints.test(endpoint.id, tenant=TENANT)).error


async def test_a_server_that_answers_slower_than_it_may_is_given_up(data_dir: Path, server: ChatServer) -> None:
    """Before the caller's time is over: somebody who says nothing for so long has gone."""
    server.always = hang
    async with running_postprocess(data_dir, endpoint_idle_seconds=1.0) as postprocess:
        await endpoint_at(postprocess, server)
        started = time.monotonic()
        refined = await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=30)
    assert time.monotonic() - started < 5
    assert [warning.check for warning in refined.warnings] == ["endpoint_timeout"]


@pytest.mark.parametrize("failure", [BUSY, BROKEN, reset], ids=["busy", "broken", "reset"])
async def test_what_may_pass_is_tried_again(
    failure: Misbehaviour, postprocess: Postprocess, server: ChatServer
) -> None:
    server.failures = [failure, failure]
    await endpoint_at(postprocess, server)
    assert (await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)).text == CLEAN
    assert len(server.chats) == 3


async def test_what_will_not_pass_is_not_tried_again(postprocess: Postprocess, server: ChatServer) -> None:
    server.always = json_reply({"error": {"message": "no such model"}}, status=404)
    await endpoint_at(postprocess, server)
    await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)
    assert len(server.chats) == 1


async def test_a_server_that_names_the_wait_is_given_it_or_left_alone(
    postprocess: Postprocess, server: ChatServer
) -> None:
    def busy(seconds: str) -> None:
        server.failures = [json_reply({"error": "slow down"}, status=429, headers=f"retry-after: {seconds}\r\n")]

    await endpoint_at(postprocess, server)
    busy("0.3")
    started = time.monotonic()
    assert (await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)).text == CLEAN
    assert time.monotonic() - started >= 0.3
    busy("60")
    started = time.monotonic()
    assert (await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)).text == SAID
    assert time.monotonic() - started < 5


async def test_an_endpoint_that_fails_again_and_again_is_left_alone_for_a_while(
    postprocess: Postprocess, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.always = BROKEN
    await endpoint_at(postprocess, server)
    checks = [
        (await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)).warnings[0].check for _ in range(4)
    ]
    assert checks[0] == "endpoint_unavailable"
    assert checks[-2:] == ["endpoint_resting"] * 2
    assert len(server.chats) == 5
    monkeypatch.setattr("postprocess.chat.breaker.REST_SECONDS", 0.0)
    server.always = None
    await postprocess.endpoints.create(
        EndpointDraft(name="other", base_url=server.base_url, model="m"), tenant="another"
    )
    other = await postprocess.refiner.refine(to_refine(SAID, tenant="another"), deadline_seconds=10)
    assert other.text == CLEAN, "another tenant's endpoint has no share in it"


async def test_a_mode_falls_back_to_its_other_endpoint(postprocess: Postprocess, server: ChatServer) -> None:
    async with chat_server() as dead:
        dead.always = BROKEN
        first = await endpoint_at(postprocess, dead, name="first")
        second = await endpoint_at(postprocess, server, name="second")
        changes = ModeChanges(endpoint_id=first.id, fallback_endpoint_id=second.id)
        await postprocess.modes.update("clean-up", changes, tenant=TENANT)
        refined = await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)
    assert dead.chats
    assert (refined.text, refined.endpoint_id, refined.warnings) == (CLEAN, second.id, ())


async def test_a_mode_without_an_endpoint_gives_the_raw_words(postprocess: Postprocess) -> None:
    refined = await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=5)
    assert (refined.text, [warning.check for warning in refined.warnings]) == (SAID, ["needs_endpoint"])


async def test_a_strict_caller_is_told_instead(postprocess: Postprocess, server: ChatServer) -> None:
    strict = to_refine(SAID, strict=True)
    with pytest.raises(RefinementFailed, match="needs_endpoint"):
        await postprocess.refiner.refine(strict, deadline_seconds=5)
    await endpoint_at(postprocess, server)
    assert (await postprocess.refiner.refine(strict, deadline_seconds=5)).text == CLEAN
    server.always = hang
    with pytest.raises(DeadlineExceeded):
        await postprocess.refiner.refine(strict, deadline_seconds=0.5)
    server.always = BROKEN
    with pytest.raises(RefinementFailed, match="endpoint_unavailable"):
        await postprocess.refiner.refine(strict, deadline_seconds=5)
    with pytest.raises(ModeNotFound):
        await postprocess.refiner.refine(to_refine(SAID, mode="shout", strict=True), deadline_seconds=5)


async def test_without_the_service_the_words_are_there_too(unused_tcp_port: int) -> None:
    async with open_postprocess(f"127.0.0.1:{unused_tcp_port}") as nobody:
        refined = await nobody.refiner.refine(to_refine(SAID), deadline_seconds=5)
        assert (refined.text, [warning.check for warning in refined.warnings]) == (SAID, ["refiner_unavailable"])
        with pytest.raises(RefinerUnavailable):
            await nobody.refiner.refine(to_refine(SAID, strict=True), deadline_seconds=5)
        with pytest.raises(RefinerUnavailable):
            await nobody.modes.create(Mode(name="x", instructions="y"), tenant=TENANT)


async def test_a_caller_who_leaves_takes_the_call_to_the_endpoint_along(
    postprocess: Postprocess, server: ChatServer
) -> None:
    left = asyncio.Event()

    async def until_left(_: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b": still here\n\n")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            left.set()
            raise

    server.always = until_left
    await endpoint_at(postprocess, server)
    refining = asyncio.create_task(postprocess.refiner.refine(to_refine(SAID), deadline_seconds=60))
    while not server.chats:
        await asyncio.sleep(0.01)
    refining.cancel()
    async with asyncio.timeout(5):
        await left.wait()


async def test_no_endpoint_is_asked_for_more_at_once_than_the_operator_allows(
    data_dir: Path, server: ChatServer
) -> None:
    server.delay_seconds = 0.02
    async with running_postprocess(data_dir, endpoint_calls_in_flight=3) as postprocess:
        await endpoint_at(postprocess, server)
        refined = await asyncio.gather(
            *(postprocess.refiner.refine(to_refine(SAID), deadline_seconds=30) for _ in range(20))
        )
    assert {each.text for each in refined} == {CLEAN}
    assert server.most_at_once == 3


async def test_two_hundred_refinements_at_once_are_all_served(postprocess: Postprocess, server: ChatServer) -> None:
    await endpoint_at(postprocess, server)
    said = [f"um parcel number {number} goes to Bergen" for number in range(200)]
    refined = await asyncio.gather(*(postprocess.refiner.refine(to_refine(each), deadline_seconds=60) for each in said))
    assert [each.text for each in refined] == [f"Parcel number {number} goes to Bergen." for number in range(200)]
