"""What a caller may ask of /v1/audio/transcriptions, and what comes back."""

import json

import httpx
import pytest

from gateway.models.served import OPENAI_ALIASES
from speechkit.domain.options import TEMPERATURE_LADDER
from tests.doors.forms import wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway


async def transcribe(client: httpx.AsyncClient, **fields: str | list[str]) -> httpx.Response:
    data = {"model": "whisper-1"} | fields
    return await client.post(TRANSCRIPTIONS, data=data, files={"file": ("speech.wav", wav(1.7))})


async def test_answer_is_json_with_the_text_and_the_seconds_begun(client: httpx.AsyncClient) -> None:
    response = await transcribe(client)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.content == b'{"text":"Hello 0.","usage":{"type":"duration","seconds":2}}'


async def test_gpt_transcribe_says_which_language_was_heard(client: httpx.AsyncClient) -> None:
    """In json, as OpenAI's does; other models and formats stay as they are."""
    assert (await transcribe(client, model="gpt-transcribe")).json()["languages"] == [{"code": "en"}]
    for others in ({"model": "whisper-1"}, {"model": "gpt-transcribe", "response_format": "verbose_json"}):
        assert "languages" not in (await transcribe(client, **others)).json()
    data, files = {"model": "gpt-transcribe"}, {"file": ("silence.wav", wav(1, amplitude=0))}
    assert (await client.post(TRANSCRIPTIONS, data=data, files=files)).json()["languages"] == []
    translation = await client.post("/v1/audio/translations", data=data, files=files)
    assert translation.json() == {"text": ""}


async def test_translations_take_what_transcriptions_take(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    """More than OpenAI's: the spoken language, word times and log probabilities."""

    async def translate(**fields: str) -> httpx.Response:
        files = {"file": ("speech.wav", wav(1.7))}
        return await client.post("/v1/audio/translations", data={"model": "whisper-1"} | fields, files=files)

    assert (await translate(language="de", **{"include[]": "logprobs"})).json()["logprobs"]
    assert (gateway.recognizer.calls[0].options.task, gateway.recognizer.calls[0].options.language) == (
        "translate",
        "de",
    )
    words = await translate(response_format="verbose_json", **{"timestamp_granularities[]": "word"})
    assert [word["word"] for word in words.json()["words"]] == ["Hello", "1"]


@pytest.mark.parametrize("response_format", ["text", "srt", "vtt"])
async def test_text_formats_are_labelled_as_plain_text(client: httpx.AsyncClient, response_format: str) -> None:
    """Labelled as JSON, OpenAI's Node client would try to parse them and throw."""
    response = await transcribe(client, response_format=response_format)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Hello 0." in response.text


async def test_verbose_json_has_segments_and_no_words_unless_asked(client: httpx.AsyncClient) -> None:
    body = (await transcribe(client, response_format="verbose_json")).json()
    assert list(body) == ["task", "language", "duration", "text", "segments", "usage"]
    assert (body["language"], body["duration"], body["text"]) == ("english", 1.7, "Hello 0.")


@pytest.mark.parametrize(
    ("granularities", "keys"),
    [(["word"], {"words"}), (["segment"], {"segments"}), (["word", "segment"], {"words", "segments"})],
)
@pytest.mark.parametrize("name", ["timestamp_granularities[]", "timestamp_granularities"])
async def test_granularities_choose_what_is_timed(
    client: httpx.AsyncClient, name: str, granularities: list[str], keys: set[str]
) -> None:
    """With brackets, as OpenAI's clients write arrays, and without."""
    response = await transcribe(client, response_format="verbose_json", **{name: granularities})
    assert set(response.json()) & {"words", "segments"} == keys


async def test_word_times_are_measured_only_when_asked_for(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    await transcribe(client, response_format="verbose_json")
    await transcribe(client, response_format="verbose_json", **{"timestamp_granularities[]": "word"})
    assert [call.options.word_timestamps for call in gateway.recognizer.calls] == [False, True]


async def test_language_and_prompt_reach_the_recognizer(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    await transcribe(client, language=" DE ", prompt="Grüße aus Köln")
    (call,) = gateway.recognizer.calls
    assert (call.options.language, call.options.prompt) == ("de", "Grüße aus Köln")


@pytest.mark.parametrize(
    ("temperature", "tried"),
    [("", TEMPERATURE_LADDER), ("0", TEMPERATURE_LADDER), ("0.0", TEMPERATURE_LADDER), ("0.3", (0.3,)), ("1", (1.0,))],
)
async def test_temperature_0_means_the_ladder_and_any_other_stands_alone(
    gateway: FakeGateway, client: httpx.AsyncClient, temperature: str, tried: tuple[float, ...]
) -> None:
    """OpenAI: at 0 the model raises the temperature by itself until the result looks right."""
    await transcribe(client, temperature=temperature)
    assert gateway.recognizer.calls[0].options.temperatures == tried


@pytest.mark.parametrize("model", ["whisper-base", *OPENAI_ALIASES])
async def test_openai_names_are_served_by_our_model(
    gateway: FakeGateway, client: httpx.AsyncClient, model: str
) -> None:
    response = await transcribe(client, model=model)
    assert response.status_code == 200
    assert gateway.recognizer.calls[0].options.model == "whisper-base"


async def test_empty_fields_are_unset_and_unknown_ones_ignored(client: httpx.AsyncClient) -> None:
    """Generated clients send "" for what they leave unset; `extra_body` of OpenAI's arrives as form fields."""
    response = await transcribe(
        client, language="", prompt="", response_format="", temperature="", colour="blue", **{"include[]": ""}
    )
    assert response.status_code == 200
    assert json.loads(response.content)["text"] == "Hello 0."


async def test_silence_is_an_empty_transcript(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    """Not an invented one: the recognizer is not even asked."""
    files = {"file": ("silence.wav", wav(3, amplitude=0))}
    response = await client.post(TRANSCRIPTIONS, data={"model": "whisper-1"}, files=files)
    assert response.json() == {"text": "", "usage": {"type": "duration", "seconds": 3}}
    assert gateway.recognizer.calls == []


async def test_the_upload_is_gone_when_the_answer_is_there(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    await transcribe(client)
    await client.post(TRANSCRIPTIONS, data={"model": "nope"}, files={"file": ("speech.wav", wav(1))})
    assert len(gateway.spools) == 2
    assert gateway.open_spools == 0
