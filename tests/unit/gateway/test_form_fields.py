"""The fields that came with newer models: hints, keywords, log probabilities, and chunking in its three spellings."""

import json

import httpx
import pytest

from speechkit.domain.chunking import Chunking
from speechkit.domain.options import Capabilities
from speechkit.domain.windows import WindowRules
from tests.doors.forms import wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway

SERVER_VAD = {"type": "server_vad", "threshold": 0.8, "prefix_padding_ms": 500, "silence_duration_ms": 700}


async def transcribe(client: httpx.AsyncClient, **fields: str | list[str]) -> httpx.Response:
    data = {"model": "gpt-transcribe"} | fields
    return await client.post(TRANSCRIPTIONS, data=data, files={"file": ("speech.wav", wav(1))})


@pytest.mark.parametrize("name", ["languages[]", "languages"])
@pytest.mark.parametrize(
    ("hints", "given", "language"),
    [(["de"], "", "de"), (["DE", "de"], "", "de"), (["de", "fr"], "", ""), (["de", "fr"], "fr", "fr")],
)
async def test_a_single_hint_is_the_language_and_several_leave_it_to_be_detected(
    gateway: FakeGateway, client: httpx.AsyncClient, name: str, hints: list[str], given: str, language: str
) -> None:
    await transcribe(client, **{name: hints}, language=given)
    assert gateway.recognizer.calls[0].options.language == language


async def test_keywords_are_favoured_by_the_model(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    await transcribe(client, **{"keywords[]": ["Earshot", "Köln"]})
    assert gateway.recognizer.calls[0].options.hotwords == "Earshot, Köln"


async def test_log_probabilities_come_with_json(client: httpx.AsyncClient) -> None:
    body = (await transcribe(client, **{"include[]": "logprobs"})).json()
    assert list(body) == ["text", "logprobs", "languages", "usage"]
    assert body["logprobs"][0] == {"token": " Hello", "logprob": -0.25, "bytes": [32, 72, 101, 108, 108, 111]}


async def test_log_probabilities_that_the_engine_does_not_have_are_refused(gateway: FakeGateway) -> None:
    """Never made up."""
    gateway.recognizer.advertised = Capabilities(engine="fake", logprobs=False)
    async with gateway.client() as client:
        response = await transcribe(client, **{"include[]": "logprobs"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "unsupported_value")
    assert response.json()["error"]["param"] == "include[]"


@pytest.mark.parametrize(
    "fields",
    [
        {"chunking_strategy": "auto"},
        {"chunking_strategy": ""},
        {"chunking_strategy": '{"type":"auto"}'},
        {"chunking_strategy": json.dumps(SERVER_VAD)},
        {f"chunking_strategy[{name}]": str(value) for name, value in SERVER_VAD.items()},
        {"chunking_strategy[type]": "server_vad"},
    ],
)
async def test_chunking_is_understood_in_each_spelling(client: httpx.AsyncClient, fields: dict[str, str]) -> None:
    """Python and Node write one field for each member, .NET and Go one field of JSON."""
    assert (await transcribe(client, **fields)).status_code == 200


def test_chunking_moves_what_our_windows_have_and_leaves_the_rest() -> None:
    rules = Chunking(threshold=0.8, prefix_padding_ms=500, silence_duration_ms=700).applied_to(WindowRules())
    assert (rules.speech_threshold, round(rules.silence_threshold, 6)) == (0.8, 0.65)
    assert (rules.padding_seconds, rules.pause_seconds) == (0.5, 0.7)
    assert Chunking().applied_to(rules) == rules


def test_chunking_stays_within_what_windows_can_bear() -> None:
    rules = Chunking(threshold=0.0, prefix_padding_ms=60_000, silence_duration_ms=60_000).applied_to(WindowRules())
    assert rules.silence_threshold == 0.0
    assert (rules.padding_seconds, rules.pause_seconds) == (1.0, rules.gap_seconds)
    assert Chunking(silence_duration_ms=0).applied_to(WindowRules()).pause_seconds == 0.1, (
        "never in the middle of speech"
    )


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"languages[]": "klingon"}, "languages[]"),
        ({"include[]": "usage"}, "include[]"),
        ({"include[]": "logprobs", "response_format": "verbose_json"}, "include[]"),
        ({"chunking_strategy": "sometimes"}, "chunking_strategy"),
        ({"chunking_strategy": "[" * 100_000}, "chunking_strategy"),
        ({"chunking_strategy": '{"type":"semantic_vad"}'}, "chunking_strategy"),
        ({"chunking_strategy[threshold]": "0.5"}, "chunking_strategy"),
        ({"chunking_strategy": '{"type":"server_vad","threshold":1.5}'}, "chunking_strategy[threshold]"),
        ({"chunking_strategy": '{"type":"server_vad","threshold":true}'}, "chunking_strategy[threshold]"),
        ({"chunking_strategy": '{"type":"server_vad","threshold":NaN}'}, "chunking_strategy[threshold]"),
        (
            {"chunking_strategy[type]": "server_vad", "chunking_strategy[silence_duration_ms]": "-1"},
            "chunking_strategy[silence_duration_ms]",
        ),
        ({"known_speaker_names[]": "Anna"}, "known_speaker_names[]"),
        ({"known_speaker_references[]": "data:audio/wav;base64,AA=="}, "known_speaker_references[]"),
        ({"response_format": "diarized_json"}, "response_format"),
    ],
)
async def test_what_can_not_be_done_is_a_400_that_names_its_field(
    gateway: FakeGateway, client: httpx.AsyncClient, fields: dict[str, str], param: str
) -> None:
    response = await transcribe(client, **fields)
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)
    assert gateway.recognizer.calls == []
