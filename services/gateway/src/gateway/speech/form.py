"""What the form fields of a transcription mean, in OpenAI's names, checked before any work is done.

Options that hold for every door are validated by `speechkit.domain.options`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from gateway.intake.multipart import AnyForm, Form, S, Spool
from gateway.models.served import FORMAL, ServedModel, ServedModels
from gateway.refinement.choice import read_mode
from gateway.speech.chunking import read_chunking
from speechkit.domain.errors import InvalidRequest, UnknownLanguage, UnsupportedOption
from speechkit.domain.languages import LANGUAGE_NAMES
from speechkit.domain.options import TEMPERATURE_LADDER, Task, TranscriptionOptions
from speechkit.domain.refined import ModeChoice
from speechkit.formats import Granularity, ResponseFormat
from speechkit.ports import SeekableMedia

GRANULARITIES = "timestamp_granularities[]"
INCLUDE = "include[]"
LANGUAGES = "languages[]"
SPEAKERS = ("known_speaker_names", "known_speaker_references")
TELLS_LANGUAGES = "gpt-transcribe"
"""The one of OpenAI's models that does, in json."""
DIARIZED_JSON = "diarized_json"
TIMED = frozenset({ResponseFormat.SRT, ResponseFormat.VTT, ResponseFormat.VERBOSE_JSON})
BOOLEANS = {"": False, "false": False, "0": False, "true": True, "1": True}

Choice = TypeVar("Choice", bound=StrEnum)


class Include(StrEnum):
    LOGPROBS = "logprobs"
    DISCARDED = "discarded"


_INCLUDING = {Include.LOGPROBS: ResponseFormat.JSON, Include.DISCARDED: ResponseFormat.VERBOSE_JSON}
"""The one format that has a place for it."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """In what the paths that take such a form differ."""

    default_format: ResponseFormat
    default_model: str = ""
    """Without one, the model has to be named."""
    undetected: str = ""
    """What verbose_json calls the language unless the request names one; else it is the one that was heard."""


OPENAI = Manner(default_format=ResponseFormat.JSON)
HISPEECH = Manner(default_format=ResponseFormat.VERBOSE_JSON, default_model=FORMAL, undetected="auto")


@dataclass(frozen=True, kw_only=True)
class AskedTranscription:
    media: SeekableMedia
    options: TranscriptionOptions
    response_format: ResponseFormat
    granularities: frozenset[Granularity]
    languages: bool
    """Whether the answer says which were heard."""
    called_language: str
    """What verbose_json calls the language, if not what was heard."""
    stream: bool
    mode: ModeChoice | None
    """What refines the transcript; None: nothing does."""

    @property
    def shows_times(self) -> bool:
        """Whether segments stand in the answer."""
        return self.response_format in TIMED and (
            self.response_format is not ResponseFormat.VERBOSE_JSON or Granularity.SEGMENT in self.granularities
        )


def read_transcription_form(
    form: Form[Spool],
    *,
    models: ServedModels,
    task: Task = Task.TRANSCRIBE,
    manner: Manner = OPENAI,
    mode_in_header: str = "",
) -> AskedTranscription:
    """Fields that are not known are ignored, as OpenAI ignores them; "" is the same as absent."""
    media = require_file(form)
    model = form.text("model")
    if not (model or manner.default_model):
        raise InvalidRequest("you must provide a model parameter")
    _refuse_speakers(form)
    served = models.resolve_or(model, default=manner.default_model)
    response_format = _response_format(form, default=manner.default_format)
    granularities, included = _granularities(form, response_format), _included(form, response_format)
    options = recognition_options(
        form,
        served,
        task=task,
        word_timestamps=Granularity.WORD in granularities,
        logprobs=Include.LOGPROBS in included,
        discarded=Include.DISCARDED in included,
    )
    return AskedTranscription(
        media=media,
        options=options,
        response_format=response_format,
        granularities=granularities,
        languages=(served.id, task, response_format) == (TELLS_LANGUAGES, Task.TRANSCRIBE, ResponseFormat.JSON),
        called_language="" if options.language else manner.undetected,
        stream=read_boolean(form, "stream"),
        mode=read_mode(form, served, in_header=mode_in_header),
    )


def require_file(form: Form[S]) -> S:
    if form.file is None:
        raise InvalidRequest("body -> file: field required. Send the audio as a part named `file`.")
    return form.file


def read_boolean(form: AnyForm, name: str) -> bool:
    return truth(form.text(name), param=name)


def truth(value: str, *, param: str) -> bool:
    asked = value.strip().lower()
    if asked not in BOOLEANS:
        raise InvalidRequest(f"{param} must be true or false.", param=param)
    return BOOLEANS[asked]


def recognition_options(
    form: AnyForm, served: ServedModel, *, task: Task, word_timestamps: bool, logprobs: bool, discarded: bool = False
) -> TranscriptionOptions:
    """What is asked of the model, by the fields or else by the served model's defaults."""
    return TranscriptionOptions(
        model=served.triton_model,
        language=_language(form) or served.defaults.language,
        task=task,
        prompt=form.text("prompt") or served.defaults.prompt,
        hotwords=", ".join(form.texts("keywords") or served.defaults.keywords),
        temperatures=_temperatures(form, default=served.defaults.temperature),
        word_timestamps=word_timestamps,
        logprobs=logprobs,
        discarded=discarded,
        chunking=read_chunking(form),
    )


def read_choice(kind: type[Choice], value: str, *, param: str) -> Choice:
    try:
        return kind(value)
    except ValueError as error:
        supported = ", ".join(f"'{each}'" for each in kind)
        raise InvalidRequest(
            f"Invalid value: '{value[:100]}'. Supported values are: {supported}.", param=param
        ) from error


def _language(form: AnyForm) -> str:
    """One hint is as good as `language`; among several the model still has to find out which one it hears."""
    hints = [hint.strip().lower() for hint in form.texts(LANGUAGES.removesuffix("[]"))]
    for hint in hints:
        if hint not in LANGUAGE_NAMES:
            raise UnknownLanguage(
                f"Invalid language '{hint[:20]}'. Language parameter must be specified in ISO-639-1 format.",
                param=LANGUAGES,
            )
    return form.text("language").strip().lower() or (hints[0] if len(set(hints)) == 1 else "")


def _included(form: AnyForm, response_format: ResponseFormat) -> frozenset[Include]:
    included = frozenset(read_choice(Include, value, param=INCLUDE) for value in form.texts(INCLUDE.removesuffix("[]")))
    for each in included:
        if response_format is not _INCLUDING[each]:
            needed = _INCLUDING[each].value
            raise InvalidRequest(f"`response_format` must be `{needed}` if `include[]` is `{each}`.", param=INCLUDE)
    return included


def _refuse_speakers(form: AnyForm) -> None:
    for name in SPEAKERS:
        if form.texts(name):
            raise UnsupportedOption(
                f"This server can't tell speakers apart yet; leave out {name}[].", param=f"{name}[]"
            )


def _response_format(form: AnyForm, *, default: ResponseFormat) -> ResponseFormat:
    asked = form.text("response_format")
    if asked == DIARIZED_JSON:
        raise UnsupportedOption(
            "response_format 'diarized_json' is not compatible with this server, which can't tell speakers apart. "
            "Use 'verbose_json' instead.",
            param="response_format",
        )
    return read_choice(ResponseFormat, asked, param="response_format") if asked else default


def _granularities(form: AnyForm, response_format: ResponseFormat) -> frozenset[Granularity]:
    asked = form.texts(GRANULARITIES.removesuffix("[]"))
    if not asked:
        return frozenset({Granularity.SEGMENT})
    if response_format is not ResponseFormat.VERBOSE_JSON:
        raise InvalidRequest(
            f"`response_format` must be `verbose_json` if `{GRANULARITIES}` is provided", param=GRANULARITIES
        )
    return frozenset(read_choice(Granularity, value, param=GRANULARITIES) for value in asked)


def _temperatures(form: AnyForm, *, default: float) -> tuple[float, ...]:
    """As OpenAI documents it: 0, the default, lets the model climb its ladder; another value is the only one tried."""
    asked = form.text("temperature")
    try:
        temperature = float(asked or default)
    except ValueError as error:
        raise InvalidRequest("temperature must be a number from 0 to 1.", param="temperature") from error
    return TEMPERATURE_LADDER if temperature == 0 else (temperature,)
