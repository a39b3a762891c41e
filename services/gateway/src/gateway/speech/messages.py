"""Between the messages of speech.proto and the domain, both ways; options that are wrong are refused by the domain.

How messages travel is the matter of `servicer`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from earshot.jobs.v1.jobs_pb2 import JobConfig
from earshot.speech.v1 import speech_pb2 as proto
from gateway.models.served import ServedModel, ServedModels
from gateway.refinement.choice import mode_choice
from gateway.speech.chunking import HIGHEST_THRESHOLD, LONGEST_MS, bounded
from speechkit.domain.chunking import Chunking
from speechkit.domain.errors import InvalidRequest
from speechkit.domain.options import TEMPERATURE_LADDER, Task, TranscriptionOptions
from speechkit.domain.pcm import PcmEncoding, PcmFormat
from speechkit.domain.refined import ModeChoice, RefinedTranscript, warnings_of
from speechkit.domain.refinement import RefineWarning
from speechkit.domain.transcript import Segment, Transcript

TASKS = {
    proto.TASK_UNSPECIFIED: Task.TRANSCRIBE,
    proto.TASK_TRANSCRIBE: Task.TRANSCRIBE,
    proto.TASK_TRANSLATE: Task.TRANSLATE,
}

ENCODINGS = {proto.PCM_ENCODING_S16LE: PcmEncoding.S16LE, proto.PCM_ENCODING_F32LE: PcmEncoding.F32LE}


SpeechConfig = proto.TranscriptionConfig | JobConfig
"""Whose fields about speech are the same."""


@dataclass(frozen=True, kw_only=True)
class AskedStream:
    options: TranscriptionOptions
    pcm: PcmFormat | None
    """None: a file in a container, whose content says what it is."""
    mode: ModeChoice | None
    """What refines the transcript; None: nothing does."""


def read_config(config: proto.TranscriptionConfig, *, models: ServedModels) -> AskedStream:
    served = asked_model(config, models)
    return AskedStream(
        options=recognition_options(config, served),
        pcm=_pcm_format(config.raw_pcm) if config.HasField("raw_pcm") else None,
        mode=asked_mode(config, served),
    )


def asked_model(config: SpeechConfig, models: ServedModels) -> ServedModel:
    if not config.model:
        raise InvalidRequest("The config must name a model; ListModels says which there are.", param="model")
    return models.resolve(config.model)


def recognition_options(config: SpeechConfig, served: ServedModel) -> TranscriptionOptions:
    """What is asked of the model, by the config or else by the served model's defaults."""
    if config.task not in TASKS:
        raise InvalidRequest("task must be TASK_TRANSCRIBE or TASK_TRANSLATE.", param="task")
    temperature = config.temperature if config.HasField("temperature") else served.defaults.temperature
    return TranscriptionOptions(
        model=served.triton_model,
        language=config.language.strip().lower() or served.defaults.language,
        task=TASKS[config.task],
        prompt=config.prompt or served.defaults.prompt,
        hotwords=", ".join(config.keywords or served.defaults.keywords),
        temperatures=_temperatures(temperature),
        word_timestamps=config.word_timestamps,
        logprobs=config.logprobs,
        chunking=_chunking(config.voice_detection),
    )


def asked_mode(config: SpeechConfig, served: ServedModel, *, secure: bool = False) -> ModeChoice | None:
    return mode_choice(config.mode.strip(), served, strict=config.strict_refinement, secure=secure)


def segment_message(segment: Segment, *, logprobs: bool) -> proto.Segment:
    return proto.Segment(
        start_seconds=segment.start,
        end_seconds=segment.end,
        text=segment.text,
        words=[
            proto.Word(start_seconds=word.start, end_seconds=word.end, text=word.text, probability=word.probability)
            for word in segment.words
        ],
        tokens=_tokens(segment) if logprobs and segment.token_logprobs else [],
        avg_logprob=_measured(segment.avg_logprob),
        no_speech_prob=_measured(segment.no_speech_prob),
    )


def transcript_message(transcript: Transcript) -> proto.Transcript:
    return proto.Transcript(
        text=transcript.text,
        language=transcript.language,
        duration_seconds=transcript.duration_seconds,
        # Rounding first keeps 2.0000001 s at 2, as over HTTP.
        usage=proto.Usage(audio_seconds=math.ceil(round(transcript.duration_seconds, 3))),
        raw_text=transcript.raw.text if isinstance(transcript, RefinedTranscript) else "",
        warnings=warning_messages(warnings_of(transcript)),
    )


def warning_messages(warnings: Iterable[RefineWarning]) -> list[proto.RefineWarning]:
    return [proto.RefineWarning(check=warning.check, message=warning.message) for warning in warnings]


def model_list(models: ServedModels) -> proto.ListModelsResponse:
    return proto.ListModelsResponse(models=[proto.Model(id=model.id) for model in models.all])


def _chunking(detection: proto.VoiceDetection) -> Chunking:
    def given(name: str, *, most: float) -> float | None:
        if not detection.HasField(name):
            return None
        field = f"voice_detection.{name}"
        return bounded(getattr(detection, name), most=most, name=field, param=field)

    return Chunking(
        threshold=given("threshold", most=HIGHEST_THRESHOLD),
        prefix_padding_ms=given("prefix_padding_ms", most=LONGEST_MS),
        silence_duration_ms=given("silence_duration_ms", most=LONGEST_MS),
    )


def _pcm_format(raw_pcm: proto.RawPcm) -> PcmFormat:
    if raw_pcm.encoding not in ENCODINGS:
        raise InvalidRequest("encoding must be PCM_ENCODING_S16LE or PCM_ENCODING_F32LE.", param="raw_pcm.encoding")
    return PcmFormat(encoding=ENCODINGS[raw_pcm.encoding], rate_hertz=raw_pcm.sample_rate_hertz)


def _temperatures(temperature: float) -> tuple[float, ...]:
    """As over HTTP: 0, the default, lets the model climb its ladder; another value is the only one tried."""
    return TEMPERATURE_LADDER if temperature == 0 else (temperature,)


def _tokens(segment: Segment) -> list[proto.Token]:
    return [
        proto.Token(text=text, logprob=logprob)
        for text, logprob in zip(segment.token_texts, segment.token_logprobs, strict=True)
        if text  # a timestamp spells nothing
    ]


def _measured(value: float) -> float | None:
    return None if math.isnan(value) else value
