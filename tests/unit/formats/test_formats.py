"""What the formats promise beyond their golden files."""

import json
import math
from dataclasses import replace
from typing import Any, cast

import pytest

from speechkit.domain.transcript import Segment, Transcript, Word
from speechkit.formats import Granularity, ResponseFormat, render
from speechkit.formats.json_bodies import token_logprobs

SEGMENT = Segment(
    start=0.0,
    end=2.0,
    text=" Hello.",
    tokens=(50364, 2425, 13, 50464),
    temperature=0.0,
    avg_logprob=-0.3,
    compression_ratio=1.0,
    no_speech_prob=0.01,
)


def written(response_format: str, *segments: Segment, duration_seconds: float = 2.0, words: bool = False) -> bytes:
    transcript = Transcript(
        task="transcribe", language="en", duration_seconds=duration_seconds, segments=segments or (SEGMENT,)
    )
    granularities = {Granularity.SEGMENT} | ({Granularity.WORD} if words else set())
    return render(transcript, response_format=ResponseFormat(response_format), granularities=granularities).body


def test_bodies_recorded_from_openai() -> None:
    """The bytes that api.openai.com sent for such a transcript."""
    assert written("json") == b'{"text":"Hello.","usage":{"type":"duration","seconds":2}}'
    assert written("text") == b"Hello.\n"
    assert written("srt") == b"1\n00:00:00,000 --> 00:00:02,000\nHello.\n\n\n"
    assert written("vtt") == b"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nHello.\n\n"


@pytest.mark.parametrize(
    ("duration_seconds", "billed"), [(0.1, 1), (1.7, 2), (2.0, 2), (2.0000001, 2), (2.001, 3), (7200.0, 7200)]
)
def test_usage_counts_seconds_begun(duration_seconds: float, billed: int) -> None:
    body = json.loads(written("json", duration_seconds=duration_seconds))
    assert body["usage"] == {"type": "duration", "seconds": billed}


def test_a_text_whose_log_probability_was_not_measured_says_null_and_lists_none() -> None:
    """As TensorRT-LLM's sampled texts; nothing is put in its place."""
    sampled = replace(SEGMENT, temperature=0.4, avg_logprob=math.nan, token_texts=(b"", b" Hello", b".", b""))
    body = json.loads(written("verbose_json", sampled))
    assert body["segments"][0]["avg_logprob"] is None
    assert token_logprobs(sampled) == []
    assert len(token_logprobs(replace(sampled, token_logprobs=(-0.1, -0.2, -0.3, -0.4)))) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            (field, value)
            for field in ("compression_ratio", "no_speech_prob", "temperature")
            for value in (math.nan, math.inf)
        ),
        ("avg_logprob", math.inf),
    ],
)
def test_numbers_that_are_none_never_leave(field: str, value: float) -> None:
    """JSON has no NaN, and strict clients want a number: whoever lets one come this far has to mend it there."""
    with pytest.raises(ValueError, match="JSON compliant"):
        written("verbose_json", replace(SEGMENT, **cast(Any, {field: value})))


@pytest.mark.parametrize(
    ("spoken", "listed"),
    [
        (" Hello,", "Hello"), (" “Hello”", "Hello"), (" don't", "don't"), (" (sic)", "sic"), (" 100%", "100%"),
        (" $5.50", "$5.50"), (" well-known", "well-known"), ("好。", "好"),
        ("„Grüße“", "Grüße"), ("「はい」", "はい"), (" C#", "C#"),
    ],
)  # fmt: skip
def test_words_are_listed_without_the_punctuation_around_them(spoken: str, listed: str) -> None:
    word = Word(start=0.0, end=1.0, text=spoken, probability=1.0)
    body = json.loads(written("verbose_json", replace(SEGMENT, words=(word,)), words=True))
    assert body["words"] == [{"word": listed, "start": 0.0, "end": 1.0}]


@pytest.mark.parametrize("response_format", ["srt", "vtt"])
def test_text_can_not_break_out_of_its_cue(response_format: str) -> None:
    hostile = replace(SEGMENT, text=" one\n\n2\n00:00:09,000 --> 00:00:10,000\nforged")
    body = written(response_format, hostile).decode()
    assert body.count("-->") == 1
    assert "forged" in body


def test_times_past_the_hour_and_near_the_next_second() -> None:
    late = replace(SEGMENT, start=3599.9996, end=360_000.0)
    assert b"01:00:00,000 --> 100:00:00,000" in written("srt", late)


def test_wordless_segments_have_no_cue_and_numbers_stay_in_step() -> None:
    body = written("srt", SEGMENT, replace(SEGMENT, text="  "), SEGMENT).decode()
    assert [line for line in body.splitlines() if line.isdigit()] == ["1", "2"]


def test_a_language_openai_has_no_name_for_is_given_as_its_code() -> None:
    transcript = Transcript(task="transcribe", language="xx", duration_seconds=1.0, segments=())
    body = render(transcript, response_format=ResponseFormat.VERBOSE_JSON).body
    assert json.loads(body)["language"] == "xx"
