"""What the form of a new job means: the fields of a transcription but for those that shape its answer.

The answer's format is asked for when it is fetched.
"""

from dataclasses import dataclass
from datetime import timedelta

from gateway.multipart import AnyForm
from gateway.served_models import ServedModels
from gateway.transcription_form import read_choice, recognition_options
from speechkit.domain.errors import InvalidRequest
from speechkit.domain.options import Task, TranscriptionOptions

LONGEST_KEEP_SECONDS = 10 * 365 * 86_400


@dataclass(frozen=True, kw_only=True)
class AskedJob:
    model: str
    options: TranscriptionOptions
    keep: timedelta | None
    """How long everything of the job is kept; None is until it is deleted."""


def read_job_form(form: AnyForm, *, models: ServedModels) -> AskedJob:
    if not (model := form.text("model")):
        raise InvalidRequest("you must provide a model parameter")
    served = models.resolve(model)
    task = read_choice(Task, form.text("task") or Task.TRANSCRIBE, param="task")
    granularities = form.texts("timestamp_granularities")
    return AskedJob(
        model=served.id,
        options=recognition_options(
            form,
            served,
            task=task,
            word_timestamps="word" in granularities,
            logprobs="logprobs" in form.texts("include"),
        ),
        keep=_keep(form),
    )


def _keep(form: AnyForm) -> timedelta | None:
    asked = form.text("keep_seconds").strip()
    if not asked:
        return None
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:12]) <= LONGEST_KEEP_SECONDS:
        raise InvalidRequest(
            f"keep_seconds must be a whole number of seconds from 1 to {LONGEST_KEEP_SECONDS}.", param="keep_seconds"
        )
    return timedelta(seconds=int(asked))
