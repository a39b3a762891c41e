"""What the form of a new job means: the fields of a transcription but for those that shape its answer.

The answer's format is asked for when it is fetched.
"""

from datetime import timedelta

from gateway.intake.multipart import AnyForm
from gateway.jobs.desk import AskedJob
from gateway.models.served import ServedModels
from gateway.refinement.choice import read_mode
from gateway.speech.form import read_boolean, read_choice, recognition_options
from speechkit.domain.addresses import AddressPolicy, check_url
from speechkit.domain.errors import InvalidRequest
from speechkit.domain.jobs import DEFAULT_TTL_SECONDS, LONGEST_TTL_SECONDS
from speechkit.domain.options import Task

LONGEST_KEEP_SECONDS = 10 * 365 * 86_400


def read_job_form(
    form: AnyForm, *, models: ServedModels, receivers: AddressPolicy, mode_in_header: str = ""
) -> AskedJob:
    """`receivers` are those that webhooks may go to."""
    if not (model := form.text("model")):
        raise InvalidRequest("you must provide a model parameter")
    served = models.resolve(model)
    task = read_choice(Task, form.text("task") or Task.TRANSCRIBE, param="task")
    granularities, included, secure = form.texts("timestamp_granularities"), form.texts("include"), read_secure(form)
    return AskedJob(
        model=served.id,
        options=recognition_options(
            form,
            served,
            task=task,
            word_timestamps="word" in granularities,
            logprobs="logprobs" in included,
            discarded="discarded" in included,
        ),
        keep=_keep(form),
        ttl_seconds=_ttl_seconds(form) if secure else None,
        callback_url=(callback_url := read_callback_url(form.text("callback_url"), receivers)),
        callback_transcript=check_callback_transcript(
            asked=read_boolean(form, "callback_transcript"), callback_url=callback_url
        ),
        mode=read_mode(form, served, in_header=mode_in_header, secure=secure),
    )


def read_secure(form: AnyForm) -> bool:
    return read_boolean(form, "secure")


def read_seconds(form: AnyForm, name: str, *, most: int) -> int | None:
    """None where the field is absent or empty."""
    asked = form.text(name).strip()
    if not asked:
        return None
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:12]) <= most:
        raise InvalidRequest(f"{name} must be a whole number of seconds from 1 to {most}.", param=name)
    return int(asked)


def read_callback_url(asked: str, receivers: AddressPolicy) -> str | None:
    if not (url := asked.strip()):
        return None
    check_url(url, policy=receivers, param="callback_url")
    return url


def check_callback_transcript(*, asked: bool, callback_url: str | None) -> bool:
    if asked and callback_url is None:
        raise InvalidRequest(
            "callback_transcript is for a webhook: name its callback_url too, or leave both out.",
            param="callback_transcript",
        )
    return asked


def _keep(form: AnyForm) -> timedelta | None:
    seconds = read_seconds(form, "keep_seconds", most=LONGEST_KEEP_SECONDS)
    return timedelta(seconds=seconds) if seconds else None


def _ttl_seconds(form: AnyForm) -> int:
    return read_seconds(form, "ttl_seconds", most=LONGEST_TTL_SECONDS) or DEFAULT_TTL_SECONDS
