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
USUAL_TOKENS_PER_SECOND = 8
"""English takes 4 to 5; scripts that the vocabulary spells byte by byte take more, and then the full context."""
MOST_TOKENS_PER_SECOND = 20
"""Beyond any speaker of any language: only a loop is cut by it."""


def token_budget(content_frames: int, frames: int) -> int:
    """How many tokens a window may take in a context, so that a loop in 3 s does not cost as much as 30 s of text.

    All windows of a short context have the same budget, or they could not be decoded together.
    """
    if frames < FULL_CONTEXT_FRAMES:
        return SPARE_TOKENS + USUAL_TOKENS_PER_SECOND * frames // FRAMES_PER_SECOND
    return SPARE_TOKENS + MOST_TOKENS_PER_SECOND * -(-content_frames // FRAMES_PER_SECOND)


def context_frames(content_frames: int, *, full: bool = False) -> int:
    """The smallest context that holds the content and the silence after it."""
    needed = content_frames + SILENCE_FRAMES
    if full:
        return FULL_CONTEXT_FRAMES
    return next((frames for frames in CONTEXT_FRAMES if frames >= needed), FULL_CONTEXT_FRAMES)
