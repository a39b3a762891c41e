"""One fixed transcript in every format, byte by byte as api.openai.com was seen to write them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from speechkit.domain.transcript import Segment, Transcript, Word
from speechkit.formats import Granularity, ResponseFormat, render

FILES = Path(__file__).parent / "formats"

TRANSCRIPT = Transcript(
    task="transcribe",
    language="de",
    duration_seconds=3725.4199999,
    segments=(
        Segment(
            seek=0,
            start=0.0,
            end=2.04,
            text=" „Grüße aus Köln“, sagte sie.",
            tokens=(50364, 2001, 2002, 50466),
            temperature=0.0,
            avg_logprob=-0.20481303334236145,
            compression_ratio=1.2553191489361701,
            no_speech_prob=0.0023455789778381586,
            words=(
                Word(start=0.0, end=0.62, text=" „Grüße", probability=0.91),
                Word(start=0.62, end=0.9, text=" aus", probability=0.99),
                Word(start=0.9, end=1.3800000001, text=" Köln“,", probability=0.97),
                Word(start=1.38, end=1.7, text=" sagte", probability=0.95),
                Word(start=1.7, end=2.04, text=" sie.", probability=0.96),
            ),
        ),
        Segment(
            seek=370_000,
            start=3723.0070000001,
            end=3725.42,
            text=" 漢字 100% “quoted” \\ <b>R&D</b> -->",
            tokens=(50364, 2003, 50485),
            temperature=0.2,
            avg_logprob=-1.0,
            compression_ratio=0.8,
            no_speech_prob=1e-7,
            words=(
                Word(start=3723.007, end=3724.0, text=" 漢字", probability=0.5),
                Word(start=3724.0, end=3724.5, text=" 100%", probability=0.5),
                Word(start=3724.5, end=3725.0, text=" “quoted”", probability=0.5),
                Word(start=3725.0, end=3725.2, text=" ...", probability=0.5),
                Word(start=3725.2, end=3725.42, text=" don't", probability=0.5),
            ),
        ),
    ),
)

SILENCE = Transcript(task="transcribe", language="", duration_seconds=2.0, segments=())

SEGMENTS = frozenset({Granularity.SEGMENT})
WORDS = frozenset({Granularity.WORD})


@pytest.mark.parametrize(
    ("name", "transcript", "response_format", "granularities"),
    [
        ("speech.json", TRANSCRIPT, ResponseFormat.JSON, SEGMENTS),
        ("speech.txt", TRANSCRIPT, ResponseFormat.TEXT, SEGMENTS),
        ("speech.srt", TRANSCRIPT, ResponseFormat.SRT, SEGMENTS),
        ("speech.vtt", TRANSCRIPT, ResponseFormat.VTT, SEGMENTS),
        ("speech.segments.json", TRANSCRIPT, ResponseFormat.VERBOSE_JSON, SEGMENTS),
        ("speech.words.json", TRANSCRIPT, ResponseFormat.VERBOSE_JSON, WORDS),
        ("speech.segments-and-words.json", TRANSCRIPT, ResponseFormat.VERBOSE_JSON, SEGMENTS | WORDS),
        ("silence.json", SILENCE, ResponseFormat.JSON, SEGMENTS),
        ("silence.txt", SILENCE, ResponseFormat.TEXT, SEGMENTS),
        ("silence.srt", SILENCE, ResponseFormat.SRT, SEGMENTS),
        ("silence.vtt", SILENCE, ResponseFormat.VTT, SEGMENTS),
        ("silence.segments.json", SILENCE, ResponseFormat.VERBOSE_JSON, SEGMENTS),
    ],
)
def test_formats_stay_as_they_are(
    same_as_golden: Callable[[Path, bytes], None],
    name: str,
    transcript: Transcript,
    response_format: ResponseFormat,
    granularities: frozenset[Granularity],
) -> None:
    rendered = render(transcript, response_format=response_format, granularities=granularities)
    same_as_golden(FILES / name, rendered.body)
