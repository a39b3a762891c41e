"""How much sound the encoder is given for a window: less than the 30 s that Whisper was trained on, with a guard.

The numbers behind the guard stand in docs/adr/0005-encoder-context.md.
"""

from whisper_engine.mel import FRAMES_PER_SECOND

FULL_CONTEXT_FRAMES = 30 * FRAMES_PER_SECOND

CONTEXT_FRAMES = tuple(seconds * FRAMES_PER_SECOND for seconds in (8, 11, 15, 20, 25, 30))
"""Windows of similar length share a context, because only rows of equal context can be decoded together.

A window's context depends on its own length alone, so its result does not depend on who shares the batch.
"""

SILENCE_FRAMES = 2 * FRAMES_PER_SECOND
"""What at least follows the window's last sound, so that the decoder sees that speech has ended."""


SPARE_TOKENS = 24
TOKENS_PER_SECOND = 20
"""Twice what the fastest speakers of languages with the longest spellings need: only a loop is cut by it.

Without a bound a loop in a window of 3 s costs as much as the text of 30 s, at every step of the ladder.
"""


def token_budget(frames: int) -> int:
    """How many tokens a context may take; the same for all windows that share it."""
    return SPARE_TOKENS + TOKENS_PER_SECOND * frames // FRAMES_PER_SECOND


def context_frames(content_frames: int, *, full: bool = False) -> int:
    """The smallest context that holds the content and the silence after it."""
    needed = content_frames + SILENCE_FRAMES
    if full:
        return FULL_CONTEXT_FRAMES
    return next((frames for frames in CONTEXT_FRAMES if frames >= needed), FULL_CONTEXT_FRAMES)
