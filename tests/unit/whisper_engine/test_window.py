"""The way of a window's attempts: first its own context, then the full one, then hotter."""

from dataclasses import replace

import numpy as np

from whisper_engine.attempts import Attempt
from whisper_engine.contexts import FULL_CONTEXT_FRAMES
from whisper_engine.contract import WindowRequest
from whisper_engine.options import DecodingOptions
from whisper_engine.window import Window

SOUND = Attempt(
    tokens=(1,),
    text=" one",
    temperature=0.0,
    avg_logprob=-0.3,
    no_speech_prob=0.1,
    compression_ratio=1.2,
    cut_off=False,
)
LOOPED = replace(SOUND, compression_ratio=9.0, text=" one one one")
OTHER_LOOP = replace(LOOPED, text=" two two two")


def window(*, options: DecodingOptions | None = None) -> Window:
    request = WindowRequest(
        samples=np.zeros(16_000, np.float32), temperatures=(0.0, 0.5), options=options or DecodingOptions()
    )
    return Window(index=0, request=request, encoded=np.zeros((1, 1), np.float32))


def test_a_good_attempt_is_kept() -> None:
    judged = window()
    judged.judge(SOUND)
    assert judged.kept is SOUND


def test_a_bad_attempt_is_tried_in_the_full_context_at_the_same_temperature() -> None:
    judged = window()
    assert judged.context_frames < FULL_CONTEXT_FRAMES
    judged.judge(LOOPED)
    assert judged.accepted is None
    assert judged.encoded is None  # it must be encoded anew
    assert (judged.search.context_frames, judged.search.temperature) == (FULL_CONTEXT_FRAMES, 0.0)


def test_only_then_the_ladder_is_climbed() -> None:
    judged = window()
    judged.judge(LOOPED)
    judged.judge(OTHER_LOOP)
    assert judged.search.temperature == 0.5
    judged.judge(replace(LOOPED, text=" three three", avg_logprob=-0.1))
    assert judged.kept.text == " three three"
    assert not judged.confirmed


def test_a_text_that_two_contexts_agree_on_is_kept_though_it_repeats() -> None:
    judged = window()
    judged.judge(LOOPED)
    judged.judge(LOOPED)
    assert judged.kept is LOOPED
    assert judged.confirmed


def test_an_unsure_text_is_not_confirmed_by_saying_it_twice() -> None:
    unsure = replace(SOUND, avg_logprob=-2.0)
    judged = window()
    judged.judge(unsure)
    judged.judge(unsure)
    assert judged.accepted is None


def test_a_text_that_a_short_contexts_budget_cut_off_is_decoded_again() -> None:
    judged = window()
    judged.judge(replace(SOUND, cut_off=True))
    assert judged.accepted is None
    assert judged.search.context_frames == FULL_CONTEXT_FRAMES
    judged.judge(replace(SOUND, cut_off=True))
    assert judged.kept.cut_off  # there is nothing wider


def test_a_text_that_the_request_cut_off_is_kept() -> None:
    judged = window()
    judged.request = replace(judged.request, max_tokens=1)
    judged.judge(replace(SOUND, cut_off=True))
    assert judged.kept.cut_off


def test_the_full_context_from_the_start_begins_the_ladder_at_once() -> None:
    judged = window(options=DecodingOptions(full_context=True))
    judged.judge(LOOPED)
    assert judged.search.temperature == 0.5


DOUBTFUL = replace(SOUND, avg_logprob=-0.6)


def test_a_doubtful_text_gets_a_second_look_by_a_beam_in_the_same_context() -> None:
    judged = window()
    judged.judge(DOUBTFUL)
    assert judged.accepted is None
    assert judged.encoded is not None  # which it need not be encoded again for
    assert judged.search.beam_size == DecodingOptions().second_look_beam
    better = replace(DOUBTFUL, text=" won")
    judged.judge(better)
    assert judged.kept is better
    assert judged.fallbacks == 0  # nothing had failed


def test_the_first_look_is_kept_where_the_second_goes_wrong() -> None:
    judged = window()
    judged.judge(DOUBTFUL)
    judged.judge(LOOPED)
    assert judged.kept is DOUBTFUL


def test_whoever_asks_for_a_beam_or_for_no_second_look_gets_none() -> None:
    for request in (
        WindowRequest(samples=np.zeros(16_000, np.float32), beam_size=5),
        WindowRequest(samples=np.zeros(16_000, np.float32), options=DecodingOptions(second_look_logprob=None)),
    ):
        judged = Window(index=0, request=request, encoded=np.zeros((1, 1), np.float32))
        judged.judge(DOUBTFUL)
        assert judged.kept is DOUBTFUL
