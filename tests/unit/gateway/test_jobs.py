"""`/v1/jobs`: accepted now, worked on later, reported faithfully, and nobody else's business."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.settings import GatewaySettings
from speechkit.adapters.ephemeral.memory_blobs import MemoryBlobs
from speechkit.domain.chunking import Chunking
from speechkit.domain.errors import NotFound, Reason
from speechkit.domain.jobs import Failure, Job, JobState, audio_blob
from speechkit.domain.options import Task
from speechkit.domain.transcript import Segment, Transcript
from speechkit.formats.kept import write_kept
from tests.doors.events import DONE, read_events
from tests.doors.forms import Part, content_type, multipart, wav
from tests.doors.gateway import FakeGateway

JOBS = "/v1/jobs"
TENANT = "anyone"
SOUND = wav(1)


def form(**fields: str) -> bytes:
    asked = {"model": "whisper-1"} | fields
    parts = [Part(name=name, content=value.encode()) for name, value in asked.items() if value]
    return multipart(*parts, Part(name="file", filename="talk.wav", content=SOUND))


async def created(client: httpx.AsyncClient, key: str = "", **fields: str) -> httpx.Response:
    headers = content_type() | ({"idempotency-key": key} if key else {})
    return await client.post(JOBS, content=form(**fields), headers=headers)


async def completed(gateway: FakeGateway) -> Job:
    """The job that waits, as a worker leaves it."""
    now = datetime.now(UTC)
    job = await gateway.jobs.claim(now=now, lease=timedelta(minutes=1))
    assert job is not None
    segment = Segment(
        start=0.0,
        end=1.0,
        text=" Hello.",
        tokens=(1,),
        temperature=0.0,
        avg_logprob=-0.2,
        compression_ratio=1.0,
        no_speech_prob=0.0,
    )
    transcript = Transcript(task="transcribe", language="en", duration_seconds=1.0, segments=(segment,))

    await gateway.job_blobs.put_transcript(job, write_kept(transcript))
    await gateway.jobs.complete(job, now=now, audio_seconds=1.0, language="en")
    return job


async def test_a_job_is_accepted_with_its_audio_and_its_options(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        asked = {"chunking_strategy[type]": "server_vad", "chunking_strategy[threshold]": "0.7"}
        answer = await created(client, language="de", task="translate", keep_seconds="60", **asked)
        assert answer.status_code == 202
        body = answer.json()
        assert answer.headers["location"] == f"{JOBS}/{body['id']}"
        assert (body["object"], body["status"], body["model"]) == ("job", "queued", "whisper-1")
        assert body["expires_at"] == body["created_at"] + 60
        assert (await client.get(f"{JOBS}/{body['id']}")).json() == body
    job = await gateway.jobs.get(body["id"], tenant=TENANT)
    assert job is not None
    assert (job.options.model, job.options.language, job.options.task) == ("whisper-base", "de", Task.TRANSLATE)
    assert job.options.chunking == Chunking(threshold=0.7)
    assert job.audio_bytes == len(SOUND)
    assert await gateway.blobs.read(audio_blob(job.id)) == SOUND
    assert gateway.announced == 1


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": ""}, None),
        ({"language": "klingon"}, "language"),
        ({"keep_seconds": "soon"}, "keep_seconds"),
        ({"keep_seconds": "9" * 40}, "keep_seconds"),
        ({"task": "sing"}, "task"),
        ({"temperature": "2"}, "temperature"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_leaves_nothing_behind(
    gateway: FakeGateway, fields: dict[str, str], param: str | None
) -> None:
    async with gateway.client() as client:
        answer = await created(client, **fields)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert gateway.blobs.names() == []
    assert gateway.announced == 0


async def test_a_form_without_sound_or_that_breaks_off_leaves_nothing_behind(gateway: FakeGateway) -> None:
    model = Part(name="model", content=b"whisper-1")
    empty_file = Part(name="file", filename="talk.wav", content=b"")
    async with gateway.client() as client:
        for body in (multipart(model), multipart(model, empty_file), form()[:-30]):
            answer = await client.post(JOBS, content=body, headers=content_type())
            assert answer.status_code == 400
    assert gateway.blobs.names() == []


async def test_the_same_key_answers_with_the_same_job_and_refuses_another_request(gateway: FakeGateway) -> None:
    key = "upload-17"
    async with gateway.client() as client:
        first = await created(client, key)
        again = await created(client, key)
        other = await created(client, key, language="de")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    assert other.status_code == 409
    assert other.json()["error"]["code"] == "idempotency_key_reused"
    assert len(gateway.blobs.names()) == 1


async def test_a_transcript_comes_in_every_format_once_there_is_one(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        job_id = (await created(client)).json()["id"]
        early = await client.get(f"{JOBS}/{job_id}/transcript")
        assert (early.status_code, early.json()["error"]["code"]) == (409, "job_not_completed")
        await completed(gateway)
        job = (await client.get(f"{JOBS}/{job_id}")).json()
        assert (job["status"], job["duration"], job["language"]) == ("completed", 1.0, "en")
        assert (await client.get(f"{JOBS}/{job_id}/transcript")).json()["text"] == "Hello."
        srt = await client.get(f"{JOBS}/{job_id}/transcript?format=srt")
        assert srt.text == "1\n00:00:00,000 --> 00:00:01,000\nHello.\n\n\n"
        wrong = await client.get(f"{JOBS}/{job_id}/transcript?format=mp3")
        assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "format")


async def test_a_failed_job_says_why(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        job_id = (await created(client)).json()["id"]
        job = await gateway.jobs.claim(now=datetime.now(UTC), lease=timedelta(minutes=1))
        assert job is not None
        failure = Failure(reason=Reason.UNSUPPORTED_MEDIA, message="This is no sound.")
        await gateway.jobs.fail(job, now=datetime.now(UTC), failure=failure)
        body = (await client.get(f"{JOBS}/{job_id}")).json()
    assert body["status"] == "failed"
    assert body["error"] == {"code": "unsupported_media", "message": "This is no sound."}


async def test_a_cancelled_job_stays_cancelled(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        job_id = (await created(client)).json()["id"]
        for _ in range(2):
            assert (await client.post(f"{JOBS}/{job_id}/cancel")).json()["status"] == "cancelled"
    assert await gateway.jobs.claim(now=datetime.now(UTC), lease=timedelta(minutes=1)) is None


async def test_a_deleted_job_is_gone_with_its_audio_and_transcript(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        job_id = (await created(client)).json()["id"]
        await completed(gateway)
        assert len(gateway.blobs.names()) == 2
        assert (await client.delete(f"{JOBS}/{job_id}")).status_code == 204
        for answer in (await client.get(f"{JOBS}/{job_id}"), await client.delete(f"{JOBS}/{job_id}")):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "job_not_found")
    assert gateway.blobs.names() == []


async def test_jobs_are_listed_page_by_page_the_newest_first(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        ids = [(await created(client)).json()["id"] for _ in range(5)]
        pages: list[list[str]] = []
        query: dict[str, Any] = {"limit": 2}
        while True:
            page = (await client.get(JOBS, params=query)).json()
            pages.append([job["id"] for job in page["data"]])
            if not page["has_more"]:
                break
            query["after"] = page["last_id"]
        assert [len(page) for page in pages] == [2, 2, 1]
        assert [job_id for page in pages for job_id in page] == ids[::-1]
        done = await completed(gateway)
        found = (await client.get(JOBS, params={"status": "completed"})).json()["data"]
        assert [job["id"] for job in found] == [done.id]
        for wrong in ({"limit": "0"}, {"limit": "1e9"}, {"status": "lost"}):
            assert (await client.get(JOBS, params=wrong)).status_code == 400
        assert (await client.get(JOBS, params={"after": "job_none"})).status_code == 404


async def test_a_followed_job_tells_each_change_until_it_is_over(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        job_id = (await created(client)).json()["id"]
        following = asyncio.create_task(client.get(f"{JOBS}/{job_id}/events"))
        await asyncio.sleep(0.1)
        await completed(gateway)
        answer = await asyncio.wait_for(following, 5)
        events = read_events(answer.content)
        assert [event["type"] for event in events[:-1]] == ["job.queued", "job.completed"]
        assert events[-2]["job"] == (await client.get(f"{JOBS}/{job_id}")).json()
        assert events[-1] == DONE
        assert (await client.get(f"{JOBS}/job_none/events")).status_code == 404


async def test_a_job_that_is_deleted_while_it_is_followed_ends_the_stream_with_the_reason(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        job_id = (await created(client)).json()["id"]
        following = asyncio.create_task(client.get(f"{JOBS}/{job_id}/events"))
        await asyncio.sleep(0.1)
        await client.delete(f"{JOBS}/{job_id}")
        events = read_events((await asyncio.wait_for(following, 5)).content)
    assert events[-1]["error"]["code"] == "job_not_found"


async def test_the_caller_s_own_words_stand_in_no_row(gateway: FakeGateway) -> None:
    """A prompt may tell what is spoken about: it lies with the audio, sealed as that is."""
    async with gateway.client() as client:
        job_id = (await created(client, prompt="About Mrs. Smith's knee.")).json()["id"]
    job = gateway.jobs.rows[job_id]
    assert (job.has_hints, job.options.prompt) == (True, "")
    assert (await gateway.job_blobs.options(job)).prompt == "About Mrs. Smith's knee."


async def secure_job(client: httpx.AsyncClient, **fields: str) -> str:
    answer = await created(client, secure="true", **fields)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def test_a_secure_job_leaves_nothing_in_the_blob_store_and_is_read_once(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        job_id = await secure_job(client, prompt="a name")
        job = await completed(gateway)
        assert job.secure
        assert gateway.blobs.names() == []
        assert (await client.get(f"{JOBS}/{job_id}/transcript?format=mp3")).status_code == 400, "that is no read"
        answers = await asyncio.gather(*(client.get(f"{JOBS}/{job_id}/transcript") for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
        (gone, *_) = [answer.json()["error"] for answer in answers if answer.status_code == 404]
        assert "read once" in gone["message"]
        assert (await client.get(f"{JOBS}/{job_id}")).json()["secure"] is True


async def test_a_secure_transcript_that_nobody_reads_ends_with_its_time(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        job_id = await secure_job(client, ttl_seconds="1")
        await completed(gateway)
        await asyncio.sleep(1.1)
        assert (await client.get(f"{JOBS}/{job_id}/transcript")).status_code == 404


@pytest.mark.parametrize("over", ["cancel", "delete"])
async def test_a_secure_job_that_is_given_up_leaves_nothing_in_memory(gateway: FakeGateway, over: str) -> None:
    async with gateway.client() as client:
        job_id = await secure_job(client)
        call = client.delete(f"{JOBS}/{job_id}") if over == "delete" else client.post(f"{JOBS}/{job_id}/cancel")
        assert (await call).status_code in (200, 204)
    with pytest.raises(NotFound):
        await gateway.fleeting.read(audio_blob(job_id))


async def test_whether_a_job_is_secure_is_known_before_its_first_byte_is_stored(gateway: FakeGateway) -> None:
    """Or it is refused: what was on a disk once can't be taken back."""
    late = multipart(
        Part(name="model", content=b"whisper-1"),
        Part(name="file", filename="talk.wav", content=SOUND),
        Part(name="secure", content=b"true"),
    )
    async with gateway.client() as client:
        answer = await client.post(JOBS, content=late, headers=content_type())
        assert answer.status_code == 400
        assert "before the file" in answer.json()["error"]["message"]
        for wrong in ({"secure": "perhaps"}, {"secure": "true", "ttl_seconds": "36001"}):
            assert (await created(client, **wrong)).status_code == 400
    assert gateway.blobs.names() == []


async def test_no_more_secure_jobs_are_taken_than_memory_holds(gateway: FakeGateway) -> None:
    gateway.fleeting = MemoryBlobs(room_bytes=2 * len(SOUND))
    async with gateway.client() as client:
        first = await secure_job(client)
        await secure_job(client)
        full = await created(client, secure="true")
        assert (full.status_code, full.json()["error"]["code"]) == (429, "overloaded")
        await client.delete(f"{JOBS}/{first}")
        await secure_job(client)


async def test_an_upload_past_the_limit_leaves_nothing_behind() -> None:
    gateway = FakeGateway(settings=GatewaySettings(max_job_upload_bytes=1_000))
    async with gateway.client() as client:
        assert (await created(client)).status_code == 413
    assert gateway.blobs.names() == []


async def test_a_store_that_takes_no_more_stops_the_upload(gateway: FakeGateway) -> None:
    """The failure is told at once, not when the client has sent everything."""
    gateway.blobs.fails = True
    async with gateway.client() as client:
        answer = await asyncio.wait_for(created(client), 5)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_unavailable")
    assert (await gateway.jobs.claim(now=datetime.now(UTC), lease=timedelta(minutes=1))) is None


def test_states_on_the_wire_are_the_domain_s() -> None:
    assert {state.value for state in JobState} == {"queued", "running", "completed", "failed", "cancelled"}
