"""One claimed job from its audio to its transcript, or to the reason why there is none.

Which job is next, and how many run at once, is the matter of `consumer`.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from speechkit.domain.errors import EarshotError, Internal, StoreUnavailable
from speechkit.domain.jobs import Failure, Job, JobState, next_try
from speechkit.domain.options import Priority
from speechkit.domain.refined import warnings_of
from speechkit.domain.transcript import Transcript
from speechkit.formats.kept import write_kept
from speechkit.pipeline import Pipeline
from speechkit.ports import JobStore, LimitStore, ReadBlob, Refiner, Sealer, SeekableMedia
from speechkit.refining import refine
from speechkit.runtime.job_blobs import JobBlobs
from speechkit.runtime.measured import count_transcript
from worker.measuring import count_end, count_repeat
from worker.remembering import RememberingRecognizer

log = structlog.get_logger(__name__)

TELL_SECONDS = 2.0
"""Between two words on how far the job has come."""

LONGEST_REFINEMENT_SECONDS = 3_600.0
"""Of a job that may take half a day itself: what is not refined by then stays raw."""

OpenMedia = Callable[[ReadBlob, int], AbstractAsyncContextManager[SeekableMedia]]
"""A blob of this many bytes as something that the decoder can seek in."""


@dataclass(frozen=True, kw_only=True)
class JobRunner:
    jobs: JobStore
    blobs: JobBlobs
    sealer: Sealer
    limits: LimitStore
    open_media: OpenMedia
    pipeline: Pipeline
    refiner: Refiner
    lease: timedelta
    deadline_seconds: float

    async def run(self, job: Job) -> None:
        """To the job's end, or until the claim is another's. Cancelling it hands the job back to whoever is next."""
        recognizer = await self._remembering(job)
        renewing = asyncio.create_task(self._keep_lease(job, recognizer))
        work = asyncio.create_task(self._transcribe(job, recognizer))
        try:
            await asyncio.wait({renewing, work}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                remembered = job.fence > 1 or recognizer.has_remembered
                await self._finish(replace(job, progress=recognizer.progress), work, remembered=remembered)
            else:
                log.info("job_left", job_id=job.id, why="cancelled, deleted, or claimed by another worker")
        except asyncio.CancelledError:
            with suppress(StoreUnavailable):  # then its lease ends by itself
                await self.jobs.put_back(job, now=_now(), not_before=None, failure=None)
            raise
        finally:
            for task in (renewing, work):
                task.cancel()
            await asyncio.gather(renewing, work, return_exceptions=True)

    async def _remembering(self, job: Job) -> RememberingRecognizer:
        # The first claim of a job has no predecessor to go on from.
        sealed = await self.jobs.heard(job) if job.fence > 1 else {}
        heard: dict[str, bytes] = {}
        for window, each in sealed.items():
            with suppress(Internal):  # its master key is gone since: it is heard again
                heard[window] = self.sealer.unseal(each, about=job.id)

        async def remember(window: str, hypothesis: bytes) -> None:
            if not job.secure:
                with suppress(StoreUnavailable):  # then it is heard again, should this worker die
                    await self.jobs.remember(job, window=window, heard=self.sealer.seal(hypothesis, about=job.id))

        return RememberingRecognizer(self.pipeline.recognizer, heard=heard, remember=remember)

    async def _keep_lease(self, job: Job, recognizer: RememberingRecognizer) -> None:
        """Returns when there is nothing left to keep."""
        while True:
            await asyncio.sleep(min(TELL_SECONDS, self.lease.total_seconds() / 3))
            with suppress(StoreUnavailable):  # the next time is early enough
                if not await self.jobs.renew(job, now=_now(), lease=self.lease, progress=recognizer.progress):
                    return

    async def _transcribe(self, job: Job, recognizer: RememberingRecognizer) -> Transcript:
        pipeline = replace(self.pipeline, recognizer=recognizer)
        options = replace(await self.blobs.options(job), priority=Priority.JOB)
        time = asyncio.get_running_loop().time
        deadline = time() + self.deadline_seconds
        async with self.open_media(self.blobs.reader(job), job.audio_bytes) as media:
            transcript = await pipeline.complete(media, options, deadline_seconds=deadline - time())
        if job.mode:
            await recognizer.remember_last()
            transcript = await refine(
                transcript,
                job.mode,
                refiner=self.refiner,
                tenant=job.tenant,
                keep_segments=True,  # nobody knows yet which format will be asked for
                keywords=options.keywords,
                deadline_seconds=min(LONGEST_REFINEMENT_SECONDS, deadline - time()),
            )
        await self.blobs.put_transcript(job, write_kept(transcript))
        return transcript

    async def _finish(self, job: Job, work: "asyncio.Task[Transcript]", *, remembered: bool) -> None:
        if error := work.exception():
            over = await self._fail(job, error)
        else:
            over = await self._complete(job, work.result(), remembered=remembered)
        if over and job.secure:
            await self.blobs.delete_audio(job.id, secure=True)

    async def _complete(self, job: Job, transcript: Transcript, *, remembered: bool) -> bool:
        completed = await self.jobs.complete(
            job,
            now=_now(),
            audio_seconds=transcript.duration_seconds,
            language=transcript.language,
            warnings=warnings_of(transcript),
            remembered=remembered,
        )
        if completed:
            count_end(job, JobState.COMPLETED)
            count_transcript(transcript, model=job.options.model)
            await self._count(job, transcript)
        else:
            await self.blobs.delete_transcript(job)  # nobody will ask for it
        log.info("job_completed" if completed else "job_left", job_id=job.id, tenant=job.tenant, tries=job.tries)
        return completed

    async def _count(self, job: Job, transcript: Transcript) -> None:
        """Against the day of the key that asked for it, as if the key had waited for it."""
        if job.key_id is None:
            return
        try:
            await self.limits.finish(job.key_id, lease=job.id, audio_seconds=transcript.duration_seconds)
        except StoreUnavailable:
            log.warning("audio_not_counted", key_id=job.key_id, audio_seconds=transcript.duration_seconds)

    async def _fail(self, job: Job, error: BaseException) -> bool:
        """Whether it has failed for good."""
        if not isinstance(error, EarshotError):
            # An exception's message may quote what was said.
            log.error("job_broke", job_id=job.id, error=type(error).__name__, exc_info=None if job.secure else error)
            error = Internal(
                "The transcription failed for a reason that nobody foresaw; it stands in the server's log."
            )
        failure = Failure(reason=error.reason, message=error.message)
        now = _now()
        again = next_try(tries=job.tries, reason=error.reason, now=now)
        log.info("job_failed", job_id=job.id, tenant=job.tenant, reason=error.reason.value, again_at=again)
        if again:
            if await self.jobs.put_back(job, now=now, not_before=again, failure=failure):
                count_repeat(failure)
            return False
        failed = await self.jobs.fail(job, now=now, failure=failure)
        if failed:
            count_end(job, JobState.FAILED, failure)
        return failed


def _now() -> datetime:
    return datetime.now(UTC)
