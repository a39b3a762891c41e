"""`/v1/jobs` as the API's description tells it: its paths, and the schemas that only they use.

What both descriptions share is the matter of `schemas`; how they are put together, of `document`.
"""

from typing import Any

from gateway.description.parts import ERRORS, HEADERS, MODE_HEADER, errors, json_answer
from gateway.description.schemas import FORM_FIELDS, INTEGER, Schema, array, choice, number, object_of, ref, text
from gateway.intake.forms import UploadLimits
from gateway.jobs.answers import MOST_LISTED
from gateway.jobs.form import LONGEST_KEEP_SECONDS
from speechkit.domain.addresses import MAX_URL_CHARACTERS
from speechkit.domain.jobs import DEFAULT_TTL_SECONDS, LONGEST_TTL_SECONDS, MAX_IDEMPOTENCY_KEY_CHARACTERS, JobState
from speechkit.domain.webhooks import MOST_REMEMBERED, DeliveryState

ALWAYS = frozenset({401, 405, 500, 503})
OF_UPLOADS = frozenset({400, 401, 404, 405, 409, 413, 429, 500, 503, 504})

JOB_ERRORS = ERRORS | {
    404: ("NotFound", "There is no such job or model; another caller's job is none."),
    409: ("Conflict", "The job is not in the state for this, or its Idempotency-Key came with another request."),
}

_SHARED_FIELDS = (
    "model",
    "language",
    "languages[]",
    "prompt",
    "keywords[]",
    "temperature",
    "timestamp_granularities[]",
    "include[]",
    "mode",
    "on_refine_error",
)

JOB_FIELDS: dict[str, Schema] = {name: FORM_FIELDS[name] for name in _SHARED_FIELDS} | {
    "task": ref("Task"),
    "keep_seconds": {
        "type": "integer",
        "minimum": 1,
        "maximum": LONGEST_KEEP_SECONDS,
        "description": "When the job and all that is its are deleted.",
    },
    "secure": {
        "type": "boolean",
        "description": "Nothing is stored: audio and transcript are in memory alone, and the transcript is read once. "
        "Must stand before the file.",
    },
    "ttl_seconds": {
        "type": "integer",
        "minimum": 1,
        "maximum": LONGEST_TTL_SECONDS,
        "description": f"Of a secure job: how long an unread transcript is there, {DEFAULT_TTL_SECONDS} if left out.",
    },
    "callback_url": text(
        "Who is told when the job is over, by a webhook after the Standard Webhooks specification; "
        "`GET /v1/jobs/{job_id}/deliveries` says what became of it.",
        format="uri",
        maxLength=MAX_URL_CHARACTERS,
    ),
    "callback_transcript": {
        "type": "boolean",
        "description": "The webhook of a completed job carries its transcript too, in `data.transcript`, as "
        "`verbose_json` has it. A secure job's is gone once its receiver took it.",
    },
    "file": FORM_FIELDS["file"],
}
"""The file last: clients send fields in this order, and whether a job is secure must be known before."""

_BY_URL: dict[str, Schema] = {name: schema for name, schema in JOB_FIELDS.items() if name != "file"} | {
    "url": text(
        "Where the audio is fetched from, in place of a file: from hosts that the server's administrator has listed. "
        "The form takes it too.",
        format="uri",
        maxLength=MAX_URL_CHARACTERS,
    )
}

_TIME: Schema = {"type": "integer", "nullable": True, "description": "Unix time; null while it has not come."}

JOB_SCHEMAS: dict[str, Schema] = {
    "JobForm": object_of(JOB_FIELDS, optional=tuple(JOB_FIELDS.keys() - {"file", "model"})),
    "JobByUrl": object_of(_BY_URL, optional=tuple(_BY_URL.keys() - {"url", "model"})),
    "JobStatus": choice(JobState, "`completed`, `failed` and `cancelled` are for good."),
    "JobProgress": object_of(
        {
            "windows_done": INTEGER,
            "windows_known": {"type": "integer", "description": "Grows while the file is still being decoded."},
            "seconds_done": number("Seconds of speech that were heard."),
        }
    ),
    "JobError": object_of({"code": text("Never changes its meaning."), "message": text("What to do next.")}),
    "Job": object_of(
        {
            "id": text(),
            "object": text(enum=["job"]),
            "status": ref("JobStatus"),
            "model": text("As it was asked for."),
            "created_at": INTEGER,
            "started_at": _TIME,
            "finished_at": _TIME,
            "expires_at": {"type": "integer", "nullable": True, "description": "When all of it is deleted."},
            "secure": {"type": "boolean"},
            "tries": {"type": "integer", "description": "How often a worker has begun it."},
            "progress": ref("JobProgress"),
            "language": text("In ISO 639-1, once it is completed.", nullable=True),
            "duration": number("Seconds of sound, once it is completed.", nullable=True),
            "mode": text("That its transcript is refined by.", nullable=True),
            "warnings": array(
                ref("RefineWarning"),
                "Of a completed job: why the text, or a part of it, is raw although it has a mode.",
            ),
            "error": {
                "nullable": True,
                "description": "Why it failed, or why it waits for another try.",
                "allOf": [ref("JobError")],
            },
        }
    ),
    "JobList": object_of(
        {
            "object": text(enum=["list"]),
            "data": array(ref("Job"), "The newest first."),
            "first_id": text(nullable=True),
            "last_id": text("`after` it the next page begins.", nullable=True),
            "has_more": {"type": "boolean"},
        }
    ),
    "Delivery": object_of(
        {
            "id": text("As the webhook's `webhook-id` has it, however often it is sent."),
            "object": text(enum=["job.delivery"]),
            "job_id": text(),
            "event": text("What is told.", enum=[f"job.{state.value}" for state in JobState if state.final]),
            "url": text("As the job was asked for."),
            "status": choice(DeliveryState, "`given_up` after some three days, or when the receiver answers 410."),
            "attempts": {"type": "integer", "description": "Since it was last asked for."},
            "created_at": INTEGER,
            "next_attempt_at": _TIME,
            "delivered_at": _TIME,
            "last_status_code": {"type": "integer", "nullable": True, "description": "What the receiver answered."},
            "last_error": text("Why the last attempt failed.", nullable=True),
            "history": array(
                object_of(
                    {
                        "at": INTEGER,
                        "status_code": {"type": "integer", "nullable": True},
                        "error": text(nullable=True),
                    }
                ),
                f"The attempts that ended, the newest {MOST_REMEMBERED}.",
            ),
        }
    ),
    "DeliveryList": object_of(
        {"object": text(enum=["list"]), "data": array(ref("Delivery"), "In the order of what they tell.")}
    ),
    "JobEvent": object_of(
        {"type": text("`job.` and the status.", enum=[f"job.{state.value}" for state in JobState]), "job": ref("Job")},
        description="The JSON after `data: `; a last line `data: [DONE]` ends the stream when the job is over.",
    ),
}


def job_paths(limits: UploadLimits) -> dict[str, Any]:
    one = [_parameter("job_id", "path", text("As POST /v1/jobs gave it."))]
    delivery = [*one, _parameter("delivery_id", "path", text("As the list of deliveries gave it."))]
    return {
        "/v1/jobs": {"post": _create(limits), "get": _list()},
        "/v1/jobs/{job_id}": {
            "get": _operation("retrieveJob", "One job", one, ok=json_answer("The job.", "Job")),
            "delete": _operation("deleteJob", "Delete a job with all that is its", one, ok=_NOTHING, status=204),
        },
        "/v1/jobs/{job_id}/cancel": {
            "post": _operation("cancelJob", "Cancel a job", one, ok=json_answer("The job, which is over.", "Job"))
        },
        "/v1/jobs/{job_id}/transcript": {"get": _transcript(one)},
        "/v1/jobs/{job_id}/events": {"get": _operation("followJob", "Follow a job", one, ok=_EVENTS)},
        "/v1/jobs/{job_id}/deliveries": {
            "get": _operation(
                "listDeliveries", "The webhooks of a job", one, ok=json_answer("All of them.", "DeliveryList")
            )
        },
        "/v1/jobs/{job_id}/deliveries/{delivery_id}/redeliver": {
            "post": _operation("redeliver", "Send a webhook once more", delivery, ok=_REPEATED, status=202)
        },
    }


_RAW = "What was heard, although a mode has refined it."
_NOTHING: dict[str, Any] = {"description": "It is gone.", "headers": HEADERS}
_REPEATED = json_answer("It is sent in a moment.", "Delivery")
_EVENTS: dict[str, Any] = {
    "description": "The job as it is, and again whenever that changes, until it is over.",
    "content": {"text/event-stream": {"schema": ref("JobEvent")}},
}


def _create(limits: UploadLimits) -> dict[str, Any]:
    accepted = json_answer("The job, which waits for a worker.", "Job")
    accepted["headers"] = HEADERS | {"location": {"description": "Where the job is.", "schema": {"type": "string"}}}
    again = json_answer("The job of the same Idempotency-Key and request, from before.", "Job")
    meaning = "Of your choice; a repeated request makes no second job."
    key = _parameter("Idempotency-Key", "header", text(meaning, minLength=1, maxLength=MAX_IDEMPOTENCY_KEY_CHARACTERS))
    return {
        "operationId": "createJob",
        "tags": ["Jobs"],
        "summary": "Speech into text, later",
        "description": f"The whole body may have {limits.body_bytes} bytes. Unknown fields are ignored. In place of "
        "`file` or `url`, a form or JSON may have `upload`: the id of an upload that was made at `/v1/uploads` and has "
        "all its bytes.",
        "parameters": [key | {"required": False}, MODE_HEADER],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": ref("JobForm")},
                "application/json": {"schema": ref("JobByUrl")},
            },
        },
        "responses": {"200": again, "202": accepted} | errors(OF_UPLOADS, table=JOB_ERRORS),
    }


def _list() -> dict[str, Any]:
    query = [
        _parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "default": 20}),
        _parameter("after", "query", text("The id of the last job of the page before.")),
        _parameter("status", "query", array(ref("JobStatus"), "Jobs in one of these; all if left out.")),
    ]
    optional = [each | {"required": False} for each in query]
    return _operation("listJobs", "The caller's jobs", optional, ok=json_answer("A page.", "JobList"), also={400})


def _transcript(one: list[dict[str, Any]]) -> dict[str, Any]:
    formats = _parameter("format", "query", ref("ResponseFormat")) | {"required": False}
    answer = {
        "description": "In the format that was asked for. Of a secure job this is the one read.",
        "headers": HEADERS,
        "content": {
            "application/json": {"schema": ref("AnyTranscription")},
            "text/plain": {"schema": {"type": "string"}},
        },
    }
    raw = _parameter("raw", "query", {"type": "boolean", "description": _RAW}) | {"required": False}
    return _operation("retrieveTranscript", "The transcript of a job", [*one, formats, raw], ok=answer, also={400, 409})


def _operation(
    name: str,
    summary: str,
    parameters: list[dict[str, Any]],
    *,
    ok: dict[str, Any],
    status: int = 200,
    also: set[int] | None = None,
) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["Jobs"],
        "summary": summary,
        "parameters": parameters,
        "responses": {str(status): ok} | errors(ALWAYS | {404} | (also or set()), table=JOB_ERRORS),
    }


def _parameter(name: str, place: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": schema}
