"""What every request gets at the edge: an id, headers, a line in the log, a place in the metrics; and the probes."""

import re

import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from tests.doors.forms import wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway

SECRET_PROMPT = "the name of the patient"


async def transcribe(client: httpx.AsyncClient) -> httpx.Response:
    data = {"model": "whisper-1", "prompt": SECRET_PROMPT}
    return await client.post(TRANSCRIPTIONS, data=data, files={"file": ("confidential.wav", wav(2))})


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize("path", ["/v1/models", "/nowhere"])
async def test_answers_of_every_kind_carry_openai_s_headers(client: httpx.AsyncClient, path: str) -> None:
    first, second = await client.get(path), await client.get(path)
    for response in (first, second):
        assert re.fullmatch(r"req_[0-9a-f]{32}", response.headers["x-request-id"])
        assert int(response.headers["openai-processing-ms"]) >= 0
        assert response.headers["openai-version"] == "2020-10-01"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_the_log_names_the_request_and_nothing_that_was_said(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        response = await transcribe(client)
    (finished,) = [line for line in lines if line["event"] == "request_finished"]
    assert (finished["route"], finished["method"], finished["status"]) == (TRANSCRIPTIONS, "POST", 200)
    assert response.json()["text"] == "Hello 0."
    for private in ("Hello", SECRET_PROMPT, "confidential"):
        assert private not in str(lines)


async def test_the_log_says_why_a_request_was_refused_and_does_not_quote_it(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        data = {"model": "whisper-1", "language": SECRET_PROMPT}
        await client.post(TRANSCRIPTIONS, data=data, files={"file": ("speech.wav", wav(1))})
    assert [(line["event"], line.get("reason"), line.get("param")) for line in lines] == [
        ("request_refused", "unknown_language", "language"),
        ("request_finished", None, None),
    ]
    assert SECRET_PROMPT not in str(lines)


async def test_requests_audio_and_windows_are_counted(client: httpx.AsyncClient) -> None:
    watched = [
        ("earshot_http_requests_total", {"route": TRANSCRIPTIONS, "method": "POST", "status": "200"}, 1),
        ("earshot_http_request_seconds_count", {"route": TRANSCRIPTIONS}, 1),
        ("earshot_audio_seconds_total", {"model": "whisper-base"}, 2),
        ("earshot_segments_total", {"model": "whisper-base"}, 1),
        ("earshot_windows_total", {"model": "whisper-base", "outcome": "ok"}, 1),
        ("earshot_window_recognition_seconds_count", {"model": "whisper-base"}, 1),
    ]
    before = [counted(name, **labels) for name, labels, _ in watched]
    await transcribe(client)
    after = [counted(name, **labels) for name, labels, _ in watched]
    assert [end - start for start, end in zip(before, after, strict=True)] == [more for *_, more in watched]
    assert counted("earshot_http_requests_in_flight") == 0


async def test_what_callers_make_up_does_not_become_a_time_series(client: httpx.AsyncClient) -> None:
    await client.request("BREW", "/coffee/17")
    exposed = (await client.get("/metrics")).text
    assert 'method="other",route="unmatched",status="404"' in exposed
    assert "coffee" not in exposed
    assert "BREW" not in exposed


async def test_alive_is_not_ready(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    async def recognizer_ready() -> bool:
        return await gateway.recognizer.ready("whisper-base")

    gateway.readiness.add("recognizer", recognizer_ready)
    assert (await client.get("/readyz")).json() == {"status": "ready", "checks": {"recognizer": True}}
    gateway.recognizer.is_ready = False
    response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "not_ready", "checks": {"recognizer": False}}
    assert (await client.get("/healthz")).json() == {"status": "alive"}


async def test_probes_leave_no_lines_in_the_log(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await client.get(path)).status_code == 200
    assert lines == []
