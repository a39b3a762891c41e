"""How much sound the encoder is given: the window, silence behind it, and the same for windows of similar length."""

from hypothesis import given
from hypothesis import strategies as st

from whisper_engine.contexts import (
    CONTEXT_FRAMES,
    FULL_CONTEXT_FRAMES,
    SILENCE_FRAMES,
    context_frames,
    token_budget,
)

CONTENT = st.integers(1, FULL_CONTEXT_FRAMES)


@given(content=CONTENT)
def test_a_context_holds_the_window_and_the_silence_behind_it(content: int) -> None:
    frames = context_frames(content)
    assert frames in CONTEXT_FRAMES
    assert frames >= min(content + SILENCE_FRAMES, FULL_CONTEXT_FRAMES)
    assert not any(content + SILENCE_FRAMES <= other < frames for other in CONTEXT_FRAMES)


@given(content=CONTENT)
def test_the_full_context_can_be_asked_for(content: int) -> None:
    assert context_frames(content, full=True) == FULL_CONTEXT_FRAMES


@given(contents=st.lists(CONTENT, min_size=2, max_size=2))
def test_windows_of_one_short_context_have_one_budget(contents: list[int]) -> None:
    """Or they could not be decoded together."""
    for frames in CONTEXT_FRAMES[:-1]:
        assert token_budget(contents[0], frames) == token_budget(contents[1], frames)


@given(content=CONTENT)
def test_no_speaker_exceeds_the_budget(content: int) -> None:
    """Six tokens a second is fast English; the full context has room for thrice that."""
    seconds = content / 100
    assert token_budget(content, context_frames(content)) > 6 * seconds
    assert token_budget(content, FULL_CONTEXT_FRAMES) > 18 * seconds
