"""A claimed job ends in its transcript, in a later try, or in the reason why there is none; never in two of them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.adapters.ephemeral.memory_blobs import MemoryBlobs
from speechkit.adapters.media.spool import spooled
from speechkit.domain.errors import NotFound, RecognizerUnavailable, StoreUnavailable, UnsupportedMedia
from speechkit.domain.jobs import MAX_OUTAGE_TRIES, MAX_TRIES, Job, JobState, audio_blob, transcript_blob
from speechkit.domain.limits import KeyLimits, Limit
from speechkit.domain.options import Priority, TranscriptionOptions
from speechkit.domain.refined import ModeChoice, as_heard
from speechkit.formats.kept import read_kept, write_kept
from speechkit.pipeline import Pipeline
from speechkit.runtime.job_blobs import JobBlobs
from speechkit.runtime.tracing import add_trace
from tests.doors.forms import wav
from tests.doors.waiting import until
from tests.fakes.blob_store import FakeBlobStore
from tests.fakes.job_store import FakeJobStore
from tests.fakes.media_decoder import FakeMediaDecoder
from tests.fakes.recognizer import MODEL, FakeRecognizer
from tests.fakes.refiner import FakeRefiner
from tests.fakes.sealer import FakeSealer
from tests.fakes.voice_detector import FakeVoiceDetector
from worker.measuring import measured
from worker.transcribing import JobRunner

LEASE = timedelta(seconds=0.3)


class Bench:
    """A worker's parts, with a stand-in recognizer."""

    def __init__(self) -> None:
        self.jobs, self.blobs, self.recognizer = FakeJobStore(), FakeBlobStore(), FakeRecognizer()
        self.refiner = FakeRefiner()
        self.memory, self.limits = MemoryBlobs(room_bytes=10_000_000), MemoryLimitStore()
        self.runner = JobRunner(
            jobs=self.jobs,
            blobs=JobBlobs(lasting=self.blobs, fleeting=self.memory),
            sealer=FakeSealer(),
            limits=self.limits,
            open_media=spooled,
            pipeline=Pipeline(
                decoder=FakeMediaDecoder(), voice_detector=FakeVoiceDetector(), recognizer=self.recognizer
            ),
            refiner=self.refiner,
            lease=LEASE,
            deadline_seconds=10,
        )

    async def claimed(self, audio: bytes | None = None, **changes: Any) -> Job:
        job = Job(
            id="job_1",
            tenant="a",
            model="whisper-1",
            options=TranscriptionOptions(model=MODEL),
            audio_bytes=len(wav(2)),
            created_at=datetime.now(UTC),
        )

        job = replace(job, **changes)

        async def parts() -> AsyncIterator[bytes]:
            yield wav(2) if audio is None else audio

        await self.runner.blobs.put_audio(job.id, parts(), secure=job.secure)
        await self.jobs.add(job)
        return await self.claim()

    async def claim(self) -> Job:
        job = await self.jobs.claim(now=datetime.now(UTC) + timedelta(hours=1), lease=LEASE)
        assert job is not None
        return job

    async def job(self) -> Job:
        job = await self.jobs.get("job_1", tenant="a")
        assert job is not None
        return job


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_job_ends_in_its_transcript(bench: Bench) -> None:
    await bench.runner.run(await bench.claimed())
    job = await bench.job()
    assert (job.state, job.audio_seconds, job.language) == (JobState.COMPLETED, 2.0, "en")
    assert (job.progress.windows_done, job.progress.windows_known) == (1, 1)
    assert read_kept(await bench.blobs.read(transcript_blob(job))).text == "Hello 0."
    assert {call.options.priority for call in bench.recognizer.calls} == {Priority.JOB}


async def test_a_job_with_a_mode_keeps_the_refined_text_and_the_raw_one_byte_for_byte(bench: Bench) -> None:
    await bench.runner.run(await bench.claimed(mode=ModeChoice(name="clean-up")))
    refined = read_kept(await bench.blobs.read(transcript_blob(await bench.job())))
    plain = Bench()
    await plain.runner.run(await plain.claimed())
    assert (refined.text, bench.refiner.asked[0].tenant) == ("HELLO 0.", "a")
    assert write_kept(as_heard(refined)) == await plain.blobs.read(transcript_blob(await plain.job()))


async def test_a_worker_that_dies_while_a_text_is_refined_costs_no_window(bench: Bench) -> None:
    bench.refiner.delay_seconds = 30
    running = asyncio.create_task(bench.runner.run(await bench.claimed(mode=ModeChoice(name="clean-up"))))
    await until(lambda: bool(bench.refiner.asked))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert bench.refiner.cancelled == 1
    bench.refiner.delay_seconds = 0
    await bench.runner.run(await bench.claim())
    assert read_kept(await bench.blobs.read(transcript_blob(await bench.job()))).text == "HELLO 0."
    assert len(bench.recognizer.calls) == 1


async def test_what_may_pass_is_tried_again_later_and_then_goes_on_where_it_was(bench: Bench) -> None:
    bench.recognizer.fails_with = RecognizerUnavailable("away")
    await bench.runner.run(await bench.claimed())
    job = await bench.job()
    assert job.state is JobState.QUEUED
    assert job.failure
    assert job.not_before
    bench.recognizer.fails_with = None
    await bench.runner.run(await bench.claim())
    assert (await bench.job()).state is JobState.COMPLETED


async def test_the_last_try_fails_for_good(bench: Bench) -> None:
    bench.recognizer.fails_with = RecognizerUnavailable("away")
    await bench.runner.run(replace(await bench.claimed(), tries=MAX_OUTAGE_TRIES))
    job = await bench.job()
    assert job.state is JobState.FAILED
    assert job.failure
    assert job.failure.message == "away"


async def test_a_file_that_is_none_fails_at_once(bench: Bench) -> None:
    await bench.runner.run(await bench.claimed(b"no media"))
    job = await bench.job()
    assert job.state is JobState.FAILED
    assert job.failure
    assert job.failure.reason is UnsupportedMedia.reason


async def test_a_cancelled_job_is_left_within_a_lease(bench: Bench) -> None:
    bench.recognizer.delay_seconds = 30
    running = asyncio.create_task(bench.runner.run(await bench.claimed()))
    await until(lambda: bench.recognizer.in_flight == 1)
    await bench.jobs.cancel("job_1", tenant="a", now=datetime.now(UTC))
    await asyncio.wait_for(running, LEASE.total_seconds() * 3)
    assert bench.recognizer.in_flight == 0
    assert (await bench.job()).state is JobState.CANCELLED


async def test_a_worker_that_leaves_hands_its_job_back_as_if_it_had_not_been_claimed(bench: Bench) -> None:
    bench.recognizer.delay_seconds = 30
    running = asyncio.create_task(bench.runner.run(await bench.claimed()))
    await until(lambda: bench.recognizer.in_flight == 1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    job = await bench.job()
    assert (job.state, job.tries, job.failure, job.not_before) == (JobState.QUEUED, 0, None, None)


async def test_a_worker_that_lost_its_job_writes_nothing(bench: Bench) -> None:
    """Its lease was over, and another has claimed the job: the newest claim's transcript is the only one."""
    old = await bench.claimed()
    await bench.jobs.reap(now=datetime.now(UTC) + timedelta(hours=2))
    new = await bench.claim()
    await bench.runner.run(old)
    assert (await bench.job()).state is JobState.RUNNING
    await bench.runner.run(new)
    job = await bench.job()
    assert job.state is JobState.COMPLETED
    assert transcript_blob(job) != transcript_blob(old)
    assert read_kept(await bench.blobs.read(transcript_blob(job))).text


async def test_a_window_that_was_remembered_under_a_key_that_is_gone_is_heard_again(bench: Bench) -> None:
    old = await bench.claimed()
    await bench.jobs.remember(old, window="some window", heard=b"sealed by nobody who is known")
    await bench.jobs.reap(now=datetime.now(UTC) + timedelta(hours=2))
    await bench.runner.run(await bench.claim())
    assert (await bench.job()).state is JobState.COMPLETED


async def test_a_secure_job_is_remembered_nowhere_and_its_audio_goes_once_it_was_heard(bench: Bench) -> None:
    await bench.runner.run(await bench.claimed(ttl_seconds=60))
    job = await bench.job()
    assert job.state is JobState.COMPLETED
    assert bench.blobs.names() == []
    assert not any(bench.jobs.windows.values())
    with pytest.raises(NotFound):
        await bench.memory.read(audio_blob(job.id))
    assert read_kept(await bench.runner.blobs.transcript(job)).text == "Hello 0."


async def test_a_secure_job_whose_audio_is_gone_fails_and_says_so(bench: Bench) -> None:
    """As after a restart of the one process in whose memory it was."""
    job = await bench.claimed(ttl_seconds=60)
    await bench.memory.delete(audio_blob(job.id))
    await bench.runner.run(job)
    over = await bench.job()
    assert over.state is JobState.FAILED
    assert over.failure
    assert "Send it again" in over.failure.message


async def test_a_fault_over_a_secure_job_is_logged_without_what_the_exception_says(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.recognizer, "fails_with", RuntimeError("could not parse 'Mrs. Smith has a knee'"))
    with capture_logs() as lines:
        await bench.runner.run(replace(await bench.claimed(ttl_seconds=60), tries=MAX_TRIES))
    assert "Smith" not in repr(lines)
    assert "job_broke" in repr(lines)


async def test_hints_reach_the_recognizer(bench: Bench) -> None:
    asked = TranscriptionOptions(model=MODEL, prompt="Mrs. Smith", hotwords="knee")
    await bench.runner.blobs.put_hints("job_1", asked, secure=False)
    await bench.runner.run(await bench.claimed(has_hints=True))
    assert {(call.options.prompt, call.options.hotwords) for call in bench.recognizer.calls} == {("Mrs. Smith", "knee")}


async def test_a_store_that_is_away_for_a_moment_costs_a_memory_and_not_the_job(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> bool:
        raise StoreUnavailable("away")

    monkeypatch.setattr(bench.jobs, "remember", away)
    await bench.runner.run(await bench.claimed())
    assert (await bench.job()).state is JobState.COMPLETED


async def test_a_job_s_audio_counts_against_the_day_of_its_key_once_it_is_completed(bench: Bench) -> None:
    day = KeyLimits(audio_seconds_per_day=2)
    job = await bench.claimed(key_id="key_1")
    assert (await bench.limits.admit("key_1", day, lease="before", lease_seconds=60)).refused_by is None
    await bench.runner.run(job)
    after = await bench.limits.admit("key_1", day, lease="after", lease_seconds=60)
    assert after.refused_by is Limit.AUDIO_SECONDS_PER_DAY


async def test_what_is_logged_of_a_job_names_the_trace_that_it_was_asked_for_in(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(bench.jobs, "complete", lambda *_, **__: _true(seen))
    trace = "0af7651916cd43dd8448eb211c80319c"
    await measured(bench.runner.run)(await bench.claimed(traceparent=f"00-{trace}-b7ad6b7169203331-01"))
    assert seen == [trace]


async def _true(seen: list[str]) -> bool:
    seen.append(add_trace(None, "info", {})["trace_id"])
    return True
