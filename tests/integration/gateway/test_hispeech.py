"""The HiSpeech-style API over a real socket, field for field, with a worker behind it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.models.served import CONVERSATIONAL, FORMAL
from gateway.settings import GatewaySettings
from speechkit.domain.errors import AudioTooLong
from tests.doors.forms import Part, content_type, multipart, wav
from tests.doors.gateway import FakeGateway
from tests.doors.worker import at_work

UPLOAD = "/api/v1/transcriptions/upload"
STATUS = "/api/v1/transcriptions/transcription-status"
DELETE = "/api/v1/transcriptions"
SPEECH = wav(2.5)
NOBODY = "a91f17d0-0000-4000-8000-000000000000"


@pytest.fixture
async def client(gateway: FakeGateway) -> AsyncIterator[httpx.AsyncClient]:
    gateway.recognizer.says = lambda _: " Good morning. It is 3.5 degrees."
    async with gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def upload(client: httpx.AsyncClient, sound: bytes = SPEECH, /, **fields: str) -> httpx.Response:
    """Its model stands in the query."""
    query = {"stt_model": fields.pop("stt_model")} if "stt_model" in fields else {}
    return await client.post(UPLOAD, params=query, data=fields, files={"file": ("talk.wav", sound)})


async def job_of(client: httpx.AsyncClient, **fields: str) -> str:
    return str((await upload(client, **fields)).json()["job_id"])


async def status(client: httpx.AsyncClient, job_id: str) -> httpx.Response:
    return await client.get(f"{STATUS}/{job_id}")


async def finished(client: httpx.AsyncClient, gateway: FakeGateway, job_id: str) -> None:
    async with asyncio.timeout(10), at_work(gateway):
        while not gateway.jobs.rows[job_id].state.final:
            await asyncio.sleep(0.01)


async def delete(client: httpx.AsyncClient, body: bytes) -> httpx.Response:
    return await client.request("DELETE", DELETE, content=body, headers={"content-type": "application/json"})


def refused(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert list(body) == ["job_id", "error", "success", "status"]
    assert (body["job_id"], body["success"], body["status"]) == (None, False, answer.status_code)
    return body["status"], body["error"]


async def test_an_upload_that_waits_is_answered_with_its_transcript(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    async with at_work(gateway):
        answer = await upload(client, wait_for_result="true")
        body = answer.json()
        assert answer.status_code == 200
        assert list(body.items()) == [
            ("job_id", body["job_id"]),
            ("error", None),
            ("success", True),
            ("secure_mode", False),
            ("return_word_timestamps", False),
            ("status", 200),
            ("transcription", "Good morning. It is 3.5 degrees."),
            ("audio_duration", 3),
        ]
        assert (await status(client, body["job_id"])).json()["status"] == "completed"


@pytest.mark.parametrize("wait", ["false", "0", ""])
async def test_an_upload_that_does_not_wait_is_answered_at_once(
    client: httpx.AsyncClient, gateway: FakeGateway, wait: str
) -> None:
    body = (await upload(client, **({"wait_for_result": wait} if wait else {}))).json()
    assert body == {
        "job_id": body["job_id"],
        "error": None,
        "success": True,
        "secure_mode": False,
        "return_word_timestamps": False,
        "status": 200,
    }
    assert gateway.announced == 1


async def test_a_job_is_processing_and_then_completed_as_often_as_it_is_asked_for(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    job_id = await job_of(client)
    assert (await status(client, job_id)).json() == {"job_id": job_id, "status": "processing", "secure_mode": False}
    await finished(client, gateway, job_id)
    for _ in range(3):
        assert list((await status(client, job_id)).json().items()) == [
            ("job_id", job_id),
            ("status", "completed"),
            ("audio_duration", 3),
            ("title", "Good morning."),
            ("transcription", "Good morning. It is 3.5 degrees."),
            ("secure_mode", False),
        ]


@pytest.mark.parametrize("true", ["true", "True", "1"])
async def test_word_times_are_in_both_answers_when_asked_for(
    client: httpx.AsyncClient, gateway: FakeGateway, true: str
) -> None:
    async with at_work(gateway):
        waited = (await upload(client, wait_for_result=true, return_word_timestamps=true)).json()
        polled = (await status(client, waited["job_id"])).json()
    assert waited["return_word_timestamps"] is True
    assert waited["words"] == polled["words"]
    assert [word["word"] for word in waited["words"]] == ["Good", "morning", "It", "is", "3.5", "degrees"]
    assert all(set(word) == {"word", "start", "end"} for word in waited["words"])


@pytest.mark.parametrize(("asked", "served"), [("", FORMAL), (FORMAL, FORMAL), (CONVERSATIONAL, CONVERSATIONAL)])
async def test_stt_model_names_the_model(
    client: httpx.AsyncClient, gateway: FakeGateway, asked: str, served: str
) -> None:
    assert gateway.jobs.rows[await job_of(client, stt_model=asked)].model == served


async def test_each_name_has_the_defaults_that_the_operator_gives_it(gateway: FakeGateway, tmp_path: Path) -> None:
    names = tmp_path / "models.toml"
    names.write_text(
        f'[[models]]\nname = "{FORMAL}"\ntriton_model = "whisper-base"\nlanguage = "he"\n'
        f'[[models]]\nname = "{CONVERSATIONAL}"\ntriton_model = "whisper-base"\nprompt = "Eh, um..."\n'
    )
    gateway.settings = GatewaySettings(served_models=names)
    async with gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        for served in (FORMAL, CONVERSATIONAL):
            await finished(client, gateway, await job_of(client, stt_model=served))
    asked = [(call.options.language, call.options.prompt) for call in gateway.recognizer.calls]
    assert asked == [("he", ""), ("", "Eh, um...")]


async def test_both_names_are_listed(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/v1/models")).json()
    assert listed == (await client.get("/v1/models")).json()
    assert {FORMAL, CONVERSATIONAL} <= {model["id"] for model in listed["data"]}
    assert (await client.get(f"/api/v1/models/{FORMAL}")).json()["id"] == FORMAL


async def test_a_failed_job_says_why_by_status_and_to_whoever_waits(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    async with at_work(gateway):
        answer = await upload(client, b"no sound", wait_for_result="true")
        body = answer.json()
        assert (answer.status_code, body["status"], body["success"]) == (400, 400, False)
        told = (await status(client, body["job_id"])).json()
    assert told == {
        "job_id": body["job_id"],
        "status": "failed",
        "error": "Audio file might be corrupted or unsupported",
        "secure_mode": False,
    }
    assert body["error"] == told["error"]


async def test_what_another_door_cancelled_is_failed_here(client: httpx.AsyncClient) -> None:
    job_id = await job_of(client)
    await client.post(f"/v1/jobs/{job_id}/cancel")
    told = (await status(client, job_id)).json()
    assert told["status"] == "failed"
    assert "cancelled" in told["error"]


async def test_a_wait_that_is_too_long_gives_the_job_s_id_and_the_job_goes_on(gateway: FakeGateway) -> None:
    gateway.settings = GatewaySettings(request_deadline_seconds=0.3)
    async with gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        answer = await upload(client, wait_for_result="true")
        body = answer.json()
        assert (answer.status_code, body["status"], body["success"]) == (504, 504, False)
        await finished(client, gateway, body["job_id"])
        assert (await status(client, body["job_id"])).json()["status"] == "completed"


async def test_a_deleted_job_is_gone_with_audio_and_transcript(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    job_id = await job_of(client)
    await finished(client, gateway, job_id)
    answer = await delete(client, b'{"transcription_id":"%s"}' % job_id.encode())
    assert answer.json() == {"success": True, "message": "transcription deleted successfully"}
    assert gateway.blobs.names() == []
    assert refused(await status(client, job_id))[0] == 404
    assert refused(await delete(client, b'{"transcription_id":"%s"}' % job_id.encode()))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"id"',
        b"\xff\xfe",
        b"[" * 50_000,
        b"{" * 5,
        b'{"transcription_id":7}',
        b'{"transcription_id":""}',
        b'{"transcription_id":["a"]}',
        b'{"transcription_id":"a"' + b" " * 70_000 + b"}",
    ],
)
async def test_a_deletion_that_names_no_job_is_refused_with_an_example(client: httpx.AsyncClient, body: bytes) -> None:
    told, error = refused(await delete(client, body))
    assert told == 400
    assert '{"transcription_id":"JOB_ID"}' in error


@pytest.mark.parametrize("job_id", [NOBODY, "a\\u0000b", "\\ud800", "x" * 5000, "../../v1/jobs", "%"])
async def test_ids_that_were_never_made_are_404s(client: httpx.AsyncClient, job_id: str) -> None:
    assert refused(await delete(client, b'{"transcription_id":"%s"}' % job_id.encode()))[0] == 404


@pytest.mark.parametrize("job_id", [NOBODY, "%00", "%FF%FE", "%F0%9F%8E%A4", "x" * 5000])
async def test_the_status_of_what_never_was_is_a_404(client: httpx.AsyncClient, job_id: str) -> None:
    assert refused(await status(client, job_id))[0] == 404


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"wait_for_result": "perhaps"}, "wait_for_result must be true or false."),
        ({"secure_mode": "2"}, "secure_mode must be true or false."),
        ({"return_word_timestamps": "yes"}, "return_word_timestamps must be true or false."),
        ({"secure_mode": "true", "ttl": "0"}, "ttl must be a whole number of seconds from 1 to 36000."),
        ({"secure_mode": "true", "ttl": "36001"}, "ttl must be a whole number of seconds from 1 to 36000."),
        ({"secure_mode": "true", "ttl": "1e3"}, "ttl must be a whole number of seconds from 1 to 36000."),
        ({"secure_mode": "true", "ttl": "-5"}, "ttl must be a whole number of seconds from 1 to 36000."),
        ({"secure_mode": "true", "ttl": "\u0665"}, "ttl must be a whole number of seconds from 1 to 36000."),
    ],
)
async def test_fields_that_mean_nothing_are_refused_and_leave_nothing_behind(
    client: httpx.AsyncClient, gateway: FakeGateway, fields: dict[str, str], told: str
) -> None:
    assert refused(await upload(client, **fields)) == (400, told)
    assert gateway.jobs.rows == {}
    assert gateway.blobs.names() == []


async def test_a_standard_job_s_ttl_is_ignored(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    job_id = await job_of(client, ttl="soon")
    assert gateway.jobs.rows[job_id].keep_until is None


async def test_every_failure_below_these_paths_has_their_shape(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    assert refused(await upload(client, stt_model="nobody"))[0] == 404
    assert refused(await client.post(UPLOAD, data={"wait_for_result": "true"}))[0] == 400
    assert refused(await client.post(UPLOAD, content=b"--edge\r\n", headers=content_type()))[0] == 400
    assert refused(await client.get(UPLOAD))[0] == 405
    assert refused(await client.post(DELETE))[0] == 405
    assert refused(await client.get(f"{DELETE}/other"))[0] == 404
    gateway.blobs.fails = True
    no_secret = multipart(Part(name="secure_mode", content=b"false"), Part(name="file", filename="a", content=SPEECH))
    assert refused(await client.post(UPLOAD, content=no_secret, headers=content_type()))[0] == 503


async def test_uploads_past_the_limit_are_refused_before_they_are_read(gateway: FakeGateway) -> None:
    gateway.settings = GatewaySettings(max_job_upload_bytes=1000)
    async with gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        assert refused(await upload(client))[0] == 413


async def test_what_nobody_foresaw_has_their_shape_too(
    client: httpx.AsyncClient, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(gateway.jobs, "get", broken)
    assert refused(await status(client, NOBODY))[0] == 500


async def test_status_calls_are_counted_for_each_job_and_refused_past_the_limit(gateway: FakeGateway) -> None:
    gateway.settings = GatewaySettings(status_calls_per_hour=3)
    async with gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        one, other = await job_of(client), await job_of(client)
        answers = [await status(client, one) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        told, error = refused(answers[-1])
        assert (told, "3 times an hour" in error) == (429, True)
        assert 3500 < int(answers[-1].headers["retry-after"]) <= 3600
        assert (await status(client, other)).status_code == 200


async def test_sixty_calls_an_hour_are_the_default() -> None:
    assert GatewaySettings().status_calls_per_hour == 60


async def test_a_failure_of_the_audio_itself_keeps_its_meaning(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    gateway.recognizer.fails_with = AudioTooLong("Too long.")
    async with at_work(gateway):
        answer = await upload(client, wait_for_result="true")
    assert (answer.status_code, answer.json()["error"]) == (400, "Too long.")
