"""How long texts are in tokens, estimated from above, and how much of a transcript goes into one call."""

from speechkit.domain.modes import ModeLimits

ANSWERS_AS_LONG = {
    ModeLimits.FAITHFUL: 1.3,
    ModeLimits.SUBTITLES: 1.3,
    ModeLimits.REWRITING: 1.5,
    ModeLimits.SHORTENING: 0.7,
    ModeLimits.TRANSLATING: 2.0,
}
"""As the transcript, at most."""

CALLS_AS_LONG = {
    ModeLimits.FAITHFUL: 1_500,
    ModeLimits.SUBTITLES: 1_500,
    ModeLimits.TRANSLATING: 1_500,
    ModeLimits.REWRITING: 24_000,
    ModeLimits.SHORTENING: 24_000,
}
"""In tokens of transcript. Parts of some minutes go in parallel, and one that fails costs no more than itself. What is
to be one email or one summary stays whole for as long as it can."""

LEAST_PER_CALL = 100
MARGIN_TOKENS = 64
THINKING_TOKENS = 1_024
"""For models that think in the same tokens that they answer in; four times as much where that was too little."""


def tokens(text: str) -> int:
    """One for three bytes: Latin letters take four, others about as many characters as these bytes are."""
    return len(text.encode("utf-8", "replace")) // 3 + 1


def transcript_tokens(limits: ModeLimits, *, context: int, prompt: int) -> int:
    """How much of a transcript goes into one call beside a prompt of this length, its answer counted in."""
    room = (context - prompt - MARGIN_TOKENS) / (1 + ANSWERS_AS_LONG[limits])
    return max(LEAST_PER_CALL, min(CALLS_AS_LONG[limits], int(room)))


def answer_tokens(
    limits: ModeLimits, *, transcript: int, prompt: int, context: int, thinking: int, most: int = 0
) -> int:
    """What a call may answer, thinking included, as far as the context has room for it; `most` is the mode's own."""
    wanted = most or int(transcript * ANSWERS_AS_LONG[limits] * 1.2) + MARGIN_TOKENS + thinking
    return max(MARGIN_TOKENS, min(wanted, context - prompt))
