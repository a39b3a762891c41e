"""What nobody can have said is taken out, with the reason; what somebody may have said is kept."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from speechkit.domain.audio import SAMPLE_RATE
from speechkit.domain.guards import Guard, sift
from speechkit.domain.invented_phrases import INVENTED_PHRASES
from speechkit.domain.languages import LANGUAGE_NAMES
from speechkit.domain.transcript import Discarded, Segment
from speechkit.domain.windows import FRAME_SAMPLES, Window

SURE = Segment(
    start=10.0,
    end=12.0,
    text=" Thanks for watching!",
    tokens=(),
    temperature=0.0,
    avg_logprob=-0.2,
    compression_ratio=1.0,
    no_speech_prob=0.01,
)


def window(seconds: float = 4.0, *, speech: float = 0.95, from_second: float = 10.0) -> Window:
    count = int(seconds * SAMPLE_RATE)
    offset = int(from_second * SAMPLE_RATE)
    return Window(
        offset_samples=offset,
        samples=np.zeros(count, np.float32),
        owned_from_samples=offset,
        owned_until_samples=offset + count,
        frame_probabilities=np.full(-(-count // FRAME_SAMPLES), speech, np.float32),
    )


def guards_of(segment: Segment, heard_in: Window, *, silent: bool = False) -> list[str]:
    kept, discarded = sift([segment], heard_in, silent=silent)
    assert len(kept) + len(discarded) == 1
    return [each.guard for each in discarded]


def test_a_known_phrase_that_somebody_plainly_says_is_kept() -> None:
    assert guards_of(SURE, window()) == []


@pytest.mark.parametrize(
    ("segment", "heard_in"),
    [
        (replace(SURE, no_speech_prob=0.8), window(speech=0.4)),
        (replace(SURE, avg_logprob=-0.9), window(speech=0.4)),
        (replace(SURE, no_speech_prob=0.8, avg_logprob=-0.9), window()),
    ],
)
def test_a_known_phrase_against_which_two_signs_speak_is_taken_out(segment: Segment, heard_in: Window) -> None:
    assert guards_of(segment, heard_in) == [Guard.PHRASE]


@pytest.mark.parametrize(
    ("segment", "heard_in"),
    [
        (replace(SURE, no_speech_prob=0.8), window()),
        (replace(SURE, avg_logprob=-0.9), window()),
        (SURE, window(speech=0.4)),
        (replace(SURE, avg_logprob=nan, no_speech_prob=nan), window(speech=0.4)),
    ],
)
def test_one_sign_is_not_enough(segment: Segment, heard_in: Window) -> None:
    assert guards_of(segment, heard_in) == []


def test_any_other_text_is_kept_whatever_the_signs() -> None:
    doubtful = replace(SURE, text=" Thanks for watching my cat.", no_speech_prob=0.9, avg_logprob=-0.99)
    assert guards_of(doubtful, window(speech=0.1)) == []


@pytest.mark.parametrize("spelled", ["THANKS FOR WATCHING", " thanks, for watching…", "Thanks for\u00a0watching！"])
def test_marks_capitals_and_white_space_make_no_difference(spelled: str) -> None:
    assert guards_of(replace(SURE, text=spelled, no_speech_prob=0.8), window(speech=0.1)) == [Guard.PHRASE]


def test_speech_is_looked_for_in_the_segment_s_own_time() -> None:
    """The window's beginning is speech, its end is not: the phrase stands at the end."""
    heard_in = window(8.0)
    heard_in.frame_probabilities[125:] = 0.05
    at_the_end = replace(SURE, start=15.0, end=17.5, avg_logprob=-0.8)
    assert guards_of(at_the_end, heard_in) == [Guard.PHRASE]
    assert guards_of(replace(at_the_end, start=10.0, end=13.0), heard_in) == []


@pytest.mark.parametrize(("start", "end"), [(10.0, 10.0), (14.0, 14.0), (9.0, 9.5), (20.0, 30.0)])
def test_times_at_and_beyond_the_window_s_edges_break_nothing(start: float, end: float) -> None:
    odd = replace(SURE, start=start, end=end, no_speech_prob=0.8)
    assert guards_of(odd, window(speech=0.1)) == [Guard.PHRASE]


@pytest.mark.parametrize(
    "text",
    [
        " So we went there and then we came back again and nobody had seen us at all." * 2,
        "今天天气非常好我们一起去公园散步吧然后再回家吃饭好吗" * 2,
    ],
)
def test_more_than_anybody_can_say_in_a_second_is_taken_out(text: str) -> None:
    assert guards_of(replace(SURE, text=text), window(1.0)) == [Guard.PACE]
    assert guards_of(replace(SURE, text=text), window(9.0)) == []


@pytest.mark.parametrize("text", [" Yes.", " Unbelievable!", "そうですね", " 1 800 555 01 99"])
def test_a_quick_word_in_a_short_window_is_kept(text: str) -> None:
    assert guards_of(replace(SURE, text=text), window(0.5)) == []


def test_what_the_engine_takes_for_silence_is_told_as_that() -> None:
    kept, discarded = sift([SURE], window(), silent=True)
    assert kept == ()
    assert discarded == (Discarded(start=10.0, end=12.0, text=" Thanks for watching!", guard="silence"),)


def test_an_empty_text_is_neither_kept_as_silence_nor_told() -> None:
    assert sift([replace(SURE, text=" ")], window(), silent=True) == ((), ())
    assert sift([], window(), silent=False) == ((), ())


def test_the_phrases_are_of_languages_that_there_are_and_as_they_are_compared() -> None:
    assert INVENTED_PHRASES.keys() <= LANGUAGE_NAMES.keys()
    for phrases in INVENTED_PHRASES.values():
        assert len(set(phrases)) == len(phrases)
        assert all(phrase == phrase.lower().strip() for phrase in phrases)
