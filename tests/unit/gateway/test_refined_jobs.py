"""Jobs with a mode: both texts are kept; a refinement that fails costs a warning, or the job where that was asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.settings import GatewaySettings
from speechkit.domain.errors import RefinementFailed, RefinerUnavailable
from speechkit.domain.jobs import JobState
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.worker import at_work
from tests.fakes.web import URL, FakeWeb

JOBS = "/v1/jobs"
HISPEECH = "/api/v1/transcriptions/upload"
SPEECH = {"file": ("talk.wav", wav(2))}
NO = RefinementFailed("The answer lost a number.")


@pytest.fixture
async def client(gateway: FakeGateway) -> AsyncIterator[httpx.AsyncClient]:
    async with at_work(gateway), gateway.client() as client:
        yield client


async def over(client: httpx.AsyncClient, **fields: str) -> dict[str, Any]:
    """The job that was asked for, once it is over."""
    answer = await client.post(JOBS, data={"model": "whisper-1"} | fields, files=SPEECH)
    assert answer.status_code == 202, answer.text
    return await ended(client, answer.json()["id"])


async def ended(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while not JobState((job := (await client.get(f"{JOBS}/{job_id}")).json())["status"]).final:
            await asyncio.sleep(0.01)
    return dict(job)


async def transcript(client: httpx.AsyncClient, job: dict[str, Any], **query: str) -> httpx.Response:
    return await client.get(f"{JOBS}/{job['id']}/transcript", params=query)


async def test_a_job_remembers_its_mode_and_keeps_both_texts(client: httpx.AsyncClient) -> None:
    job = await over(client, mode="clean-up")
    assert (job["status"], job["mode"], job["warnings"]) == ("completed", "clean-up", [])
    refined = (await transcript(client, job)).json()
    assert (refined["text"], refined["raw_text"]) == ("HELLO 0.", "Hello 0.")
    raw = (await transcript(client, job, raw="true")).json()
    assert (raw["text"], "raw_text" in raw) == ("Hello 0.", False)


@pytest.mark.parametrize("response_format", ["text", "srt", "vtt", "verbose_json"])
async def test_every_format_is_there_refined_and_raw(client: httpx.AsyncClient, response_format: str) -> None:
    job = await over(client, mode="clean-up")
    refined = (await transcript(client, job, format=response_format)).text
    raw = (await transcript(client, job, format=response_format, raw="1")).text
    assert "HELLO 0." in refined
    assert "HELLO" not in raw
    if response_format != "verbose_json":
        assert raw.replace("Hello", "HELLO") == refined


async def test_without_a_mode_nobody_is_asked_and_nothing_is_other_than_it_was(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    job = await over(client)
    assert (job["mode"], job["warnings"]) == (None, [])
    assert (await transcript(client, job)).content == (await transcript(client, job, raw="true")).content
    assert gateway.refining.refiner.asked == []


async def test_raw_is_true_or_false(client: httpx.AsyncClient) -> None:
    job = await over(client, mode="clean-up")
    answer = await transcript(client, job, raw="perhaps")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "raw")


async def test_a_job_that_can_not_be_refined_completes_with_a_warning(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    gateway.refining.refiner.failure = NO
    job = await over(client, mode="clean-up")
    assert job["status"] == "completed"
    assert job["warnings"] == [{"check": "refinement_failed", "message": NO.message}]
    answer = await transcript(client, job, format="srt")
    assert "Hello 0." in answer.text
    assert answer.headers["x-earshot-warnings"] == "refinement_failed"


async def test_a_strict_job_fails_instead(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    gateway.refining.refiner.failure = NO
    job = await over(client, mode="clean-up", on_refine_error="fail")
    assert (job["status"], job["error"]) == ("failed", {"code": "refinement_failed", "message": NO.message})


async def test_a_strict_job_waits_for_a_service_that_is_away(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    gateway.refining.refiner.failure = RefinerUnavailable("away")
    fields = {"model": "whisper-1", "mode": "clean-up", "on_refine_error": "fail"}
    job = (await client.post(JOBS, data=fields, files=SPEECH)).json()
    async with asyncio.timeout(10):
        while gateway.jobs.rows[job["id"]].not_before is None:
            await asyncio.sleep(0.01)
    waiting = (await client.get(f"{JOBS}/{job['id']}")).json()
    assert (waiting["status"], waiting["error"]["code"]) == ("queued", "refiner_unavailable")


async def test_a_job_by_url_and_a_header_name_a_mode_too(gateway: FakeGateway) -> None:
    gateway.job_urls = FakeWeb(files={URL: wav(1)})
    async with at_work(gateway), gateway.client() as client:
        body = {"model": "whisper-1", "url": URL, "mode": "clean-up"}
        by_url = await ended(client, (await client.post(JOBS, json=body)).json()["id"])
        headers = {"x-earshot-mode": "email"}
        by_header = await client.post(JOBS, data={"model": "whisper-1"}, files=SPEECH, headers=headers)
    assert (by_url["mode"], by_header.json()["mode"]) == ("clean-up", "email")


@pytest.mark.parametrize("secure", ["true", "false"])
async def test_a_mode_that_is_not_there_is_refused_and_leaves_nothing_behind(
    client: httpx.AsyncClient, gateway: FakeGateway, secure: str
) -> None:
    fields = {"model": "whisper-1", "mode": "nobodys", "secure": secure}
    answer = await client.post(JOBS, data=fields, files=SPEECH)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "mode_not_found")
    assert not gateway.jobs.rows
    assert not gateway.blobs.blobs
    assert not gateway.fleeting._held


async def test_the_same_key_with_another_mode_is_another_request(client: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "once"}
    fields = {"model": "whisper-1", "mode": "clean-up"}
    first, again = [await client.post(JOBS, data=fields, files=SPEECH, headers=key) for _ in range(2)]
    other = await client.post(JOBS, data=fields | {"mode": "email"}, files=SPEECH, headers=key)
    assert (first.json()["id"], again.status_code) == (again.json()["id"], 200)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")


class TestServedModels:
    """Whose default mode holds for jobs, but not for secure ones: what they say leaves the server only on demand."""

    @pytest.fixture
    def gateway(self, tmp_path: Path) -> FakeGateway:
        registry = tmp_path / "models.toml"
        model = '[[models]]\nname = "{}"\ntriton_model = "whisper-base"\n{}\n'
        registry.write_text(
            model.format("model-01052025", 'mode = "clean-up"') + model.format("model-23012026", 'mode = "verbatim"')
        )
        return FakeGateway(settings=GatewaySettings(served_models=registry))

    async def test_hispeech_s_two_models_have_modes_of_their_own(self, client: httpx.AsyncClient) -> None:
        fields = {"wait_for_result": "true"}
        formal = (await client.post(HISPEECH, data=fields, files=SPEECH)).json()
        query = {"stt_model": "model-23012026"}
        conversational = (await client.post(HISPEECH, params=query, data=fields, files=SPEECH)).json()
        assert (formal["transcription"], formal["raw_transcription"]) == ("HELLO 0.", "Hello 0.")
        assert conversational["transcription"] == conversational["raw_transcription"] == "Hello 1."
        status = await client.get(f"/api/v1/transcriptions/transcription-status/{formal['job_id']}")
        assert status.json()["title"] == "HELLO 0."

    async def test_a_secure_job_is_refined_only_where_it_names_its_mode(
        self, client: httpx.AsyncClient, gateway: FakeGateway
    ) -> None:
        plain = await over(client, model="model-01052025", secure="true")
        assert (plain["mode"], gateway.refining.refiner.asked) == (None, [])
        named = await over(client, model="model-01052025", secure="true", mode="clean-up")
        assert (await transcript(client, named)).json()["text"] == "HELLO 1."
        assert not gateway.blobs.blobs, "nothing of it is stored"
        assert "HELLO" not in json.dumps([vars(job) for job in gateway.jobs.rows.values()], default=str)
        fields = {"wait_for_result": "true", "secure_mode": "true"}
        assert "raw_transcription" not in (await client.post(HISPEECH, data=fields, files=SPEECH)).json()
        hispeech = (await client.post(HISPEECH, data=fields | {"mode": "clean-up"}, files=SPEECH)).json()
        assert hispeech["transcription"] == "HELLO 3."
