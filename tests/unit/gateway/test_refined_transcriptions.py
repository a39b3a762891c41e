"""A mode refines the answer and never costs it; without one nothing is other than it was."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.settings import GatewaySettings
from speechkit.domain.errors import RefinementFailed, RefinerUnavailable, StoreUnavailable
from tests.doors.events import DONE, read_events
from tests.doors.forms import wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway
from tests.doors.keyed_gateway import KeyedGateway

TRANSLATIONS = "/v1/audio/translations"
SPEECH = {"file": ("speech.wav", wav(1.7))}
AWAY = RefinerUnavailable("The post-processing service can't be reached just now.")


async def ask(client: httpx.AsyncClient, path: str = TRANSCRIPTIONS, **fields: Any) -> httpx.Response:
    headers = fields.pop("headers", None)
    return await client.post(path, data={"model": "whisper-1"} | fields, files=SPEECH, headers=headers)


@pytest.mark.parametrize("path", [TRANSCRIPTIONS, TRANSLATIONS])
async def test_the_answer_has_the_refined_text_and_the_raw_one(client: httpx.AsyncClient, path: str) -> None:
    answer = (await ask(client, path, mode="clean-up")).json()
    assert (answer["text"], answer["raw_text"]) == ("HELLO 0.", "Hello 0.")
    assert "warnings" not in answer


@pytest.mark.parametrize("response_format", ["json", "text", "srt", "vtt", "verbose_json"])
async def test_without_a_mode_the_answer_is_byte_for_byte_what_it_was(
    client: httpx.AsyncClient, gateway: FakeGateway, response_format: str
) -> None:
    plain = await ask(client, response_format=response_format)
    gateway.recognizer.calls.clear()
    empty = await ask(client, response_format=response_format, mode="", on_refine_error="")
    assert plain.content == empty.content
    assert b"raw_text" not in plain.content
    assert gateway.refining.refiner.asked == []


async def test_the_mode_may_stand_in_a_header_and_the_field_goes_first(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    headers = {"x-earshot-mode": "email"}
    assert (await ask(client, headers=headers)).json()["text"] == "HELLO 0."
    await ask(client, headers=headers, mode="summary")
    assert [asked.mode for asked in gateway.refining.refiner.asked] == ["email", "summary"]


async def test_a_served_model_may_have_a_mode_which_a_request_can_do_without(tmp_path: Path) -> None:
    registry = tmp_path / "models.toml"
    registry.write_text('[[models]]\nname = "notes"\ntriton_model = "whisper-base"\nmode = "clean-up"\n')
    gateway = FakeGateway(settings=GatewaySettings(served_models=registry))
    async with gateway.client() as client:
        assert (await ask(client, model="notes")).json()["raw_text"] == "Hello 0."
        verbatim = (await ask(client, model="notes", mode="verbatim")).json()
    assert verbatim["text"] == verbatim["raw_text"] == "Hello 1."


@pytest.mark.parametrize("response_format", ["srt", "vtt"])
async def test_subtitles_are_refined_in_their_times(client: httpx.AsyncClient, response_format: str) -> None:
    raw = (await ask(client, response_format=response_format)).text
    refined = (await ask(client, response_format=response_format, mode="subtitles")).text
    assert refined == raw.replace("Hello 0.", "HELLO 1.")


async def test_a_segment_of_fillers_alone_has_no_cue_and_keeps_its_id(gateway: FakeGateway) -> None:
    gateway.refining.refiner.write = lambda _: ""
    async with gateway.client() as client:
        assert (await ask(client, response_format="srt", mode="clean-up")).text == "\n"
        (segment,) = (await ask(client, response_format="verbose_json", mode="clean-up")).json()["segments"]
    assert (segment["id"], segment["text"], segment["start"]) == (0, "", 0.0)


async def test_verbose_json_has_refined_segments_and_words_as_they_were_heard(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    granularities = {"timestamp_granularities[]": ["segment", "word"]}
    answer = (
        await ask(client, TRANSCRIPTIONS, response_format="verbose_json", mode="clean-up", **granularities)
    ).json()
    assert (answer["text"], answer["raw_text"]) == ("HELLO 0.", "Hello 0.")
    assert [segment["text"] for segment in answer["segments"]] == [" HELLO 0."]
    assert answer["words"][0]["word"] == "Hello"
    assert gateway.refining.refiner.asked[0].keep_passages


async def test_text_alone_is_refined_as_a_whole(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    assert (await ask(client, response_format="text", mode="clean-up")).text == "HELLO 0.\n"
    assert not gateway.refining.refiner.asked[0].keep_passages


async def test_the_refiner_is_told_who_asks_in_which_language_and_what_must_stay() -> None:
    keyed = KeyedGateway()
    secret, _ = await keyed.key(tenant="acme")
    async with keyed.client(secret) as client:
        await ask(client, TRANSCRIPTIONS, mode="clean-up", language="de", **{"keywords[]": ["Earshot", "Triton"]})
        await ask(client, TRANSLATIONS, mode="clean-up", language="de")
    first, second = keyed.gateway.refining.refiner.asked
    assert (first.tenant, first.language, first.keywords) == ("acme", "de", ("Earshot", "Triton"))
    assert second.language == "en", "a translation is in English, whatever was spoken"


@pytest.mark.parametrize("response_format", ["json", "verbose_json", "text", "srt", "vtt"])
async def test_a_refiner_that_is_away_costs_a_warning_and_no_word(gateway: FakeGateway, response_format: str) -> None:
    gateway.refining.refiner.failure = gateway.refining.modes.failure = AWAY
    async with gateway.client() as client:
        response = await ask(client, response_format=response_format, mode="clean-up")
    assert response.status_code == 200
    assert "Hello 0." in response.text
    assert response.headers["x-earshot-warnings"] == "refiner_unavailable"
    if "json" in response_format:
        assert response.json()["warnings"] == [{"check": "refiner_unavailable", "message": AWAY.message}]
        assert response.json()["raw_text"] == response.json()["text"]


async def test_a_strict_caller_gets_an_error_instead(gateway: FakeGateway) -> None:
    gateway.refining.refiner.failure = RefinementFailed("The answer lost a number.")
    async with gateway.client() as client:
        response = await ask(client, mode="clean-up", on_refine_error="fail")
    assert response.status_code == 502
    assert response.json()["error"]["code"] == "refinement_failed"
    assert response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("name", ["nobody's", "Clean-Up", "a" * 65, "no\0pe", "../clean-up", "nobodys"])
async def test_a_mode_that_is_not_there_is_refused_before_anything_is_heard(
    client: httpx.AsyncClient, gateway: FakeGateway, name: str
) -> None:
    response = await ask(client, mode=name)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "mode_not_found"
    assert gateway.recognizer.calls == []


async def test_on_refine_error_takes_two_words_and_no_others(client: httpx.AsyncClient) -> None:
    response = await ask(client, mode="clean-up", on_refine_error="explode")
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "on_refine_error"


async def test_modes_that_can_not_be_looked_up_are_no_reason_to_refuse(gateway: FakeGateway) -> None:
    gateway.refining.modes.failure = StoreUnavailable("away")
    async with gateway.client() as client:
        assert (await ask(client, mode="clean-up")).json()["text"] == "HELLO 0."


async def test_silence_asks_no_refiner(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    files = {"file": ("silence.wav", wav(2, amplitude=0))}
    fields = {"model": "whisper-1", "mode": "clean-up", "on_refine_error": "fail"}
    answer = (await client.post(TRANSCRIPTIONS, data=fields, files=files)).json()
    assert (answer["text"], answer["raw_text"]) == ("", "")
    assert gateway.refining.refiner.asked == []


async def test_a_stream_s_deltas_are_raw_and_its_end_has_both_texts(client: httpx.AsyncClient) -> None:
    delta, done, end = read_events((await ask(client, mode="clean-up", stream="true")).content)
    assert delta == {"type": "transcript.text.delta", "delta": "Hello 0."}
    assert done == {"type": "transcript.text.done", "text": "HELLO 0.", "raw_text": "Hello 0."}
    assert end == DONE


async def test_a_stream_of_subtitles_ends_in_refined_ones(client: httpx.AsyncClient) -> None:
    *deltas, done, _ = read_events((await ask(client, mode="subtitles", stream="true", response_format="vtt")).content)
    assert "".join(delta["delta"] for delta in deltas) == done["raw_text"]
    assert done["text"] == done["raw_text"].replace("Hello", "HELLO")


async def test_a_stream_says_that_it_lives_while_its_text_is_refined() -> None:
    gateway = FakeGateway(settings=GatewaySettings(stream_keepalive_seconds=0.05))
    gateway.refining.refiner.delay_seconds = 0.3
    async with gateway.client() as client:
        body = (await ask(client, mode="clean-up", stream="true")).content
    _, _, after_the_delta = body.partition(b"\r\n\r\n")
    assert after_the_delta.count(b": keep-alive") >= 2
    assert read_events(body)[1]["text"] == "HELLO 0."


async def test_a_stream_ends_with_a_warning_or_for_strict_callers_with_the_error(gateway: FakeGateway) -> None:
    gateway.refining.refiner.failure = RefinementFailed("The answer lost a number.")
    async with gateway.client() as client:
        warned = read_events((await ask(client, mode="clean-up", stream="true")).content)
        failed = read_events((await ask(client, mode="clean-up", stream="true", on_refine_error="fail")).content)
    assert warned[1]["text"] == warned[1]["raw_text"] == "Hello 0."
    assert [warning["check"] for warning in warned[1]["warnings"]] == ["refinement_failed"]
    assert failed[-1]["error"]["code"] == "refinement_failed"


async def test_a_refiner_that_hangs_gives_the_raw_text_before_the_request_s_time_is_over() -> None:
    gateway = FakeGateway(settings=GatewaySettings(request_deadline_seconds=1.5))
    gateway.refining.refiner.delay_seconds = 60
    async with gateway.client() as client:
        answer = await asyncio.wait_for(ask(client, mode="clean-up"), 1.5)
    assert answer.json()["text"] == "Hello 0."
    assert [warning["check"] for warning in answer.json()["warnings"]] == ["deadline_exceeded"]


async def test_what_was_heard_counts_although_the_refinement_failed() -> None:
    keyed = KeyedGateway()
    secret, key = await keyed.key(audio_seconds_per_day=3)
    keyed.gateway.refining.refiner.failure = RefinementFailed("no")
    async with keyed.client(secret) as client:
        assert (await ask(client, mode="clean-up", on_refine_error="fail")).status_code == 502
        assert (await ask(client, mode="clean-up")).status_code == 200
        assert (await ask(client)).status_code == 429, f"{key.id} has used its day"
