"""What the form of a HiSpeech-style upload means, in that API's names."""

from dataclasses import dataclass

from gateway.intake.multipart import AnyForm
from gateway.jobs.desk import AskedJob
from gateway.jobs.form import read_seconds
from gateway.models.served import FORMAL, ServedModels
from gateway.refinement.choice import read_mode
from gateway.speech.form import read_boolean, recognition_options
from speechkit.domain.jobs import DEFAULT_TTL_SECONDS, LONGEST_TTL_SECONDS
from speechkit.domain.options import Task

SECURE_MODE = "secure_mode"


@dataclass(frozen=True, kw_only=True)
class AskedUpload:
    job: AskedJob
    waits: bool
    """Whether the answer is to be the transcript, however long that takes."""


def read_upload_form(form: AnyForm, *, stt_model: str, models: ServedModels, mode_in_header: str = "") -> AskedUpload:
    served = models.resolve_or(stt_model, default=FORMAL)
    options = recognition_options(
        form,
        served,
        task=Task.TRANSCRIBE,
        word_timestamps=read_boolean(form, "return_word_timestamps"),
        logprobs=False,
    )
    ttl_seconds = _ttl_seconds(form)
    mode = read_mode(form, served, in_header=mode_in_header, secure=ttl_seconds is not None)
    return AskedUpload(
        job=AskedJob(model=served.id, options=options, ttl_seconds=ttl_seconds, mode=mode),
        waits=read_boolean(form, "wait_for_result"),
    )


def read_secure_mode(form: AnyForm) -> bool | None:
    """None where nothing is said of it, which a field after the file may still do."""
    return read_boolean(form, SECURE_MODE) if form.text(SECURE_MODE) else None


def _ttl_seconds(form: AnyForm) -> int | None:
    """A standard job's is ignored, whatever it says."""
    if not read_secure_mode(form):
        return None
    return read_seconds(form, "ttl", most=LONGEST_TTL_SECONDS) or DEFAULT_TTL_SECONDS
