"""The two JSON bodies of a transcription: `json` and `verbose_json`, keys in the order that OpenAI writes them.

Every number must be finite: an engine that can't measure one has it filled in, or is refused, before this point. Two
may be missing all the same, because only some texts lack them: avg_logprob is null then, logprobs has no entries.
"""

import json
import math
import unicodedata
from collections.abc import Iterable
from typing import Any

from speechkit.domain.languages import LANGUAGE_NAMES
from speechkit.domain.options import Task
from speechkit.domain.refined import RefinedTranscript
from speechkit.domain.refinement import RefineWarning
from speechkit.domain.transcript import Discarded, Segment, Transcript, Word

BRACKETS_AND_QUOTES = {"Ps", "Pe", "Pi", "Pf"}
"""Unicode's categories of them, of every script."""

SENTENCE_MARKS = frozenset("\"'-.…,;:!?¿¡。，、；：！？")
"""With brackets and quotes: what Whisper's aligner merges into the word beside it, and OpenAI's list leaves out."""


ENGLISH = "english"
"""What a translation is in, whatever was spoken."""


def write_json(transcript: Transcript, *, logprobs: bool, languages: bool) -> bytes:
    body: dict[str, Any] = {"text": transcript.text} | refinement_body(transcript)
    if logprobs:
        body["logprobs"] = transcript_logprobs(transcript)
    if languages:
        body["languages"] = heard_languages(transcript)
    return _encode(body | _usage(transcript))


def write_verbose_json(transcript: Transcript, *, segments: bool, words: bool) -> bytes:
    return _encode(verbose_body(transcript, segments=segments, words=words))


def verbose_body(transcript: Transcript, *, segments: bool, words: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "task": transcript.task,
        "language": ENGLISH
        if transcript.task == Task.TRANSLATE
        else LANGUAGE_NAMES.get(transcript.language, transcript.language),
        "duration": _seconds(transcript.duration_seconds),
        "text": transcript.text,
    } | refinement_body(transcript)
    if segments:
        body["segments"] = [_segment(index, segment) for index, segment in enumerate(transcript.segments)]
    if words:
        body["words"] = [word for word in map(_word, transcript.words) if word["word"]]
    if transcript.discarded is not None:
        body["discarded"] = [_discarded(each) for each in transcript.discarded]
    return body | _usage(transcript)


def refinement_body(transcript: Transcript) -> dict[str, Any]:
    """What a refined transcript has beside its text."""
    if not isinstance(transcript, RefinedTranscript):
        return {}
    body: dict[str, Any] = {"raw_text": transcript.raw.text}
    if transcript.warnings:
        body["warnings"] = warnings_json(transcript.warnings)
    return body


def warnings_json(warnings: Iterable[RefineWarning]) -> list[dict[str, str]]:
    return [{"check": warning.check, "message": warning.message} for warning in warnings]


def heard_languages(transcript: Transcript) -> list[dict[str, str]]:
    """Whisper hears one language in a file, and none in silence."""
    return [{"code": transcript.language}] if transcript.language else []


def transcript_logprobs(transcript: Transcript) -> list[dict[str, Any]]:
    return [entry for segment in transcript.segments for entry in token_logprobs(segment)]


def token_logprobs(segment: Segment) -> list[dict[str, Any]]:
    """Timestamps, which spell nothing, are left out; a part of a character is exact in `bytes` alone."""
    if not segment.token_logprobs:
        return []
    return [
        {"token": text.decode(errors="replace"), "logprob": _measure(logprob), "bytes": list(text)}
        for text, logprob in zip(segment.token_texts, segment.token_logprobs, strict=True)
        if text
    ]


def _segment(index: int, segment: Segment) -> dict[str, Any]:
    return {
        "id": index,
        "seek": segment.seek,
        "start": _seconds(segment.start),
        "end": _seconds(segment.end),
        "text": segment.text,
        "tokens": segment.tokens,
        "temperature": _measure(segment.temperature),
        "avg_logprob": None if math.isnan(segment.avg_logprob) else _measure(segment.avg_logprob),
        "compression_ratio": _measure(segment.compression_ratio),
        "no_speech_prob": _measure(segment.no_speech_prob),
    }


def _discarded(each: Discarded) -> dict[str, Any]:
    return {"start": _seconds(each.start), "end": _seconds(each.end), "text": each.text, "guard": each.guard}


def _word(word: Word) -> dict[str, Any]:
    return {"word": _without_punctuation(word.text.strip()), "start": _seconds(word.start), "end": _seconds(word.end)}


def _without_punctuation(text: str) -> str:
    bare = [index for index, character in enumerate(text) if not _is_punctuation(character)]
    return text[bare[0] : bare[-1] + 1] if bare else ""


def _is_punctuation(character: str) -> bool:
    return character in SENTENCE_MARKS or unicodedata.category(character) in BRACKETS_AND_QUOTES


def _usage(transcript: Transcript) -> dict[str, Any]:
    """OpenAI bills whole seconds, begun ones included; rounding first keeps 2.0000001 s at 2.

    Translations have none there.
    """
    if transcript.task == Task.TRANSLATE:
        return {}
    return {"usage": {"type": "duration", "seconds": math.ceil(_seconds(transcript.duration_seconds))}}


def _seconds(value: float) -> float:
    """To the millisecond: finer digits are float noise, Whisper's own clock ticks at 20 ms."""
    return round(float(value), 3)


def _measure(value: float) -> float:
    """Six digits tell every difference that matters and hide float32's noise."""
    return round(float(value), 6)


def _encode(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
