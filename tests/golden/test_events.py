"""One fixed transcript as a stream of events, in every format, with what a delta may have to wait for."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from speechkit.domain.transcript import Segment, Transcript
from speechkit.formats import Granularity, ResponseFormat, TranscriptEvents, render

FILES = Path(__file__).parent / "events"

SEGMENT = Segment(
    start=0.0,
    end=2.04,
    text=" „Grüße“ 漢",
    tokens=(50364, 2001, 2002, 2003, 2004, 50466),
    temperature=0.0,
    avg_logprob=-0.2,
    compression_ratio=1.25,
    no_speech_prob=0.002,
    token_texts=(b"", " „Grüße“".encode(), b" ", b"\xe6\xbc", b"\xa2", b""),
    token_logprobs=(-0.1, -0.2000000001, -0.3, -1.5, -0.001, -0.2),
)

SPACE = replace(SEGMENT, start=2.04, end=2.5, text=" ", tokens=(2002,), token_texts=(b" ",), token_logprobs=(-3.0,))

SPEECH = Transcript(
    task="transcribe",
    language="de",
    duration_seconds=5.0,
    segments=(SPACE, SEGMENT, replace(SPACE, start=3.0, end=3.5), replace(SEGMENT, start=3.5, end=4.0), SPACE),
)
TRANSLATION = replace(SPEECH, task="translate")
SILENCE = replace(SPEECH, language="", segments=())


def events(transcript: Transcript, response_format: ResponseFormat, *, logprobs: bool) -> list[dict[str, object]]:
    writer = TranscriptEvents(response_format=response_format, granularities=frozenset(Granularity), logprobs=logprobs)
    written = [event for segment in transcript.segments for event in writer.add(segment)]
    return written + list(writer.finish(transcript))


@pytest.mark.parametrize("response_format", list(ResponseFormat))
@pytest.mark.parametrize(
    ("name", "transcript"), [("speech", SPEECH), ("translation", TRANSLATION), ("silence", SILENCE)]
)
def test_events_stay_as_they_are_and_deltas_add_up(
    same_as_golden: Callable[[Path, bytes], None], name: str, transcript: Transcript, response_format: ResponseFormat
) -> None:
    *deltas, done = events(transcript, response_format, logprobs=response_format is ResponseFormat.JSON)
    assert "".join(str(delta["delta"]) for delta in deltas) == done["text"]
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in [*deltas, done])
    same_as_golden(FILES / f"{name}.{response_format.value}.jsonl", lines.encode())


@pytest.mark.parametrize(("name", "transcript"), [("speech", SPEECH), ("translation", TRANSLATION)])
def test_whole_answers_with_log_probabilities_stay_as_they_are(
    same_as_golden: Callable[[Path, bytes], None], name: str, transcript: Transcript
) -> None:
    body = render(transcript, response_format=ResponseFormat.JSON, logprobs=True).body
    same_as_golden(FILES / f"{name}.logprobs.json", body)


@pytest.mark.parametrize(("name", "transcript"), [("speech", SPEECH), ("silence", SILENCE)])
def test_languages_that_were_heard_stay_as_they_are(
    same_as_golden: Callable[[Path, bytes], None], name: str, transcript: Transcript
) -> None:
    """In a whole answer, and on the last event of a stream."""
    body = render(transcript, response_format=ResponseFormat.JSON, languages=True).body
    (done,) = TranscriptEvents(languages=True).finish(replace(transcript, segments=()))
    same_as_golden(FILES / f"{name}.languages.json", body + b"\n" + json.dumps(done).encode() + b"\n")


@pytest.mark.parametrize("response_format", [ResponseFormat.JSON, ResponseFormat.VERBOSE_JSON])
def test_whole_translations_stay_as_they_are(
    same_as_golden: Callable[[Path, bytes], None], response_format: ResponseFormat
) -> None:
    """No usage, and in English whatever was spoken."""
    body = render(TRANSLATION, response_format=response_format).body
    same_as_golden(FILES / f"translation.{response_format.value}", body)
