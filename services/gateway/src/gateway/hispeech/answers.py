"""What the HiSpeech-style API answers: an upload with or without its transcript, a job's status, a deletion.

What the answers are made from is the matter of `routes`; what is the same in all its errors, of `edge.hispeech_wire`.
"""

import math
import re
from typing import Any

from starlette.responses import JSONResponse, Response

from gateway.edge.hispeech_wire import error_body
from speechkit.domain.errors import Reason
from speechkit.domain.jobs import MAX_TITLE_CHARACTERS, Failure, Job, JobState
from speechkit.domain.transcript import Transcript
from speechkit.formats.json_bodies import refinement_body, verbose_body

SENTENCE = re.compile(r".+?(?:[.!?…؟।]+[\"'”’»)\]]*(?=\s|$)|[。！？]+|$)", re.DOTALL)
"""Up to its first end: a point inside a number is none, and Chinese and Japanese put no space after theirs."""

STATES = {
    JobState.QUEUED: "processing",
    JobState.RUNNING: "processing",
    JobState.COMPLETED: "completed",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
}
"""The API has no word for what another door cancelled; clients stop asking at `failed`."""


def upload_answer(job: Job, transcript: Transcript | None = None) -> Response:
    body: dict[str, Any] = {
        "job_id": job.id,
        "error": None,
        "success": True,
        "secure_mode": job.secure,
        "return_word_timestamps": job.options.word_timestamps,
        "status": 200,
    }
    if transcript:
        body |= {"transcription": transcript.text, "audio_duration": _begun_seconds(transcript)} | _rest(transcript)
    if job.ttl_seconds is not None:
        body["ttl"] = job.ttl_seconds
    return JSONResponse(body)


def status_answer(job: Job, transcript: Transcript | None = None) -> Response:
    body: dict[str, Any] = {"job_id": job.id, "status": STATES[job.state]}
    if transcript:
        body |= {
            "audio_duration": _begun_seconds(transcript),
            "title": title_of(transcript.text),
            "transcription": transcript.text,
        } | _rest(transcript)
    if body["status"] == "failed":
        body["error"] = failure_of(job).message
    return JSONResponse(body | {"secure_mode": job.secure})


def deleted_answer() -> Response:
    return JSONResponse({"success": True, "message": "transcription deleted successfully"})


def failed_answer(job: Job, failure: Failure) -> Response:
    """Of an upload that became a job, and waited for it in vain."""
    body = error_body(failure.reason, failure.message, job_id=job.id)
    return JSONResponse(body, status_code=body["status"])


def failure_of(job: Job) -> Failure:
    return job.failure or Failure(
        reason=Reason.JOB_NOT_COMPLETED, message="The job was cancelled before it had a transcript."
    )


def title_of(text: str) -> str:
    """The first sentence, or as many of its words as a title has room for."""
    sentence = SENTENCE.match(text[: 2 * MAX_TITLE_CHARACTERS])  # a longer sentence is cut in any case
    title = " ".join(sentence.group().split()) if sentence else ""
    if len(title) <= MAX_TITLE_CHARACTERS:
        return title
    kept = title[: MAX_TITLE_CHARACTERS - 1]
    return f"{kept[: kept.rfind(' ')] if ' ' in kept else kept}…"


def _rest(transcript: Transcript) -> dict[str, Any]:
    """Words where they were asked for, of which silence has none; what was heard, where a mode has refined it."""
    words = verbose_body(transcript, segments=False, words=True)["words"]
    refinement = refinement_body(transcript)
    if refinement:
        refinement["raw_transcription"] = refinement.pop("raw_text")
    return ({"words": words} if words else {}) | refinement


def _begun_seconds(transcript: Transcript) -> int:
    return math.ceil(round(transcript.duration_seconds, 3))
