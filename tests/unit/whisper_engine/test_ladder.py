"""The ladder ends at a sound text or at silence, and keeps the best of what was tried in vain."""

from dataclasses import replace
from math import nan

import pytest

from whisper_engine import ladder
from whisper_engine.attempts import Attempt
from whisper_engine.options import DecodingOptions

SOUND = Attempt(
    tokens=(1,),
    text=" one",
    temperature=0.0,
    avg_logprob=-0.3,
    no_speech_prob=0.1,
    compression_ratio=1.2,
    cut_off=False,
)
LOOPED = replace(SOUND, compression_ratio=9.0)
UNSURE = replace(SOUND, avg_logprob=-1.5)
NO_SPEECH = replace(SOUND, no_speech_prob=0.9)
SILENT = replace(UNSURE, no_speech_prob=0.9)
DEFAULTS = DecodingOptions()


@pytest.mark.parametrize(
    ("attempt", "good", "silence"),
    [
        (SOUND, True, False),
        (LOOPED, False, False),
        (UNSURE, False, False),
        (NO_SPEECH, True, False),  # a confident text is believed, whatever the first token thought
        (SILENT, True, True),
        (replace(LOOPED, no_speech_prob=0.9), False, True),  # noise, or a list that a higher temperature gets right
        (replace(SOUND, compression_ratio=nan), True, False),
    ],
)
def test_what_ends_the_ladder(*, attempt: Attempt, good: bool, silence: bool) -> None:
    assert ladder.is_good(attempt, DEFAULTS) is good
    assert ladder.is_silence(attempt, DEFAULTS) is silence


@pytest.mark.parametrize(
    ("attempt", "options"),
    [
        (LOOPED, DecodingOptions(compression_ratio_threshold=None)),
        (UNSURE, DecodingOptions(logprob_threshold=None)),
        (LOOPED, DecodingOptions(compression_ratio_threshold=10.0)),
        (UNSURE, DecodingOptions(logprob_threshold=-2.0)),
    ],
)
def test_a_threshold_that_is_off_or_wide_retries_nothing(attempt: Attempt, options: DecodingOptions) -> None:
    assert ladder.is_good(attempt, options)


def test_silence_can_be_kept() -> None:
    assert not ladder.is_silence(SILENT, DecodingOptions(no_speech_threshold=None))


def test_without_a_logprob_threshold_no_speech_alone_decides() -> None:
    assert ladder.is_silence(NO_SPEECH, DecodingOptions(logprob_threshold=None))


def test_the_most_probable_straight_text_is_kept() -> None:
    worse = replace(UNSURE, avg_logprob=-2.0)
    probable_loop = replace(LOOPED, avg_logprob=-0.01)
    assert ladder.best([worse, probable_loop, UNSURE], DEFAULTS) == UNSURE


def test_of_loops_alone_one_is_kept() -> None:
    assert ladder.best([LOOPED, replace(LOOPED, avg_logprob=-0.9)], DEFAULTS) == LOOPED


def test_two_contexts_that_agree_on_a_whole_text_confirm_it() -> None:
    assert ladder.confirms(LOOPED, LOOPED.text, DEFAULTS)
    assert not ladder.confirms(LOOPED, " two", DEFAULTS)
    assert not ladder.confirms(replace(LOOPED, cut_off=True), LOOPED.text, DEFAULTS)
    assert not ladder.confirms(UNSURE, UNSURE.text, DEFAULTS)
