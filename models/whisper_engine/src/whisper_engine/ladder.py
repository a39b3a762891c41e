"""The temperature ladder: when a text is good enough, when it is silence, and which of several to keep.

The rules are Whisper's own but for two: a loop where nobody speaks is silence, and a doubtful text gets a second look.
The thresholds are the request's.
"""

from collections.abc import Sequence

from whisper_engine.attempts import Attempt
from whisper_engine.options import DecodingOptions


def is_good(attempt: Attempt, options: DecodingOptions) -> bool:
    """Whether the ladder ends here: a sound text, or silence, which no temperature turns into speech."""
    unsure = _is_unsure(attempt, options)
    return (unsure and is_silence(attempt, options)) or not (unsure or is_looped(attempt, options))


def is_silence(attempt: Attempt, options: DecodingOptions) -> bool:
    """Whether the model heard no speech, and what it wrote all the same is unsure or goes in circles.

    Circles are this engine's addition to Whisper's rule: a loop is confident of itself, and white noise makes loops.
    But so does a list of numbers, which a higher temperature gets right: a loop is silence only where the ladder ends.
    """
    if options.no_speech_threshold is None or not attempt.no_speech_prob > options.no_speech_threshold:
        return False
    return options.logprob_threshold is None or _is_unsure(attempt, options) or is_looped(attempt, options)


def is_looped(attempt: Attempt, options: DecodingOptions) -> bool:
    threshold = options.compression_ratio_threshold
    return threshold is not None and attempt.compression_ratio > threshold


def confirms(attempt: Attempt, earlier_text: str, options: DecodingOptions) -> bool:
    """Whether a whole text came out before, in another context: then somebody did say it, however often it repeats.

    "It was the best of times, it was the worst of times, it was …" compresses like a loop.
    """
    return attempt.text == earlier_text and not attempt.cut_off and not _is_unsure(attempt, options)


def is_doubtful(attempt: Attempt, options: DecodingOptions) -> bool:
    """Whether a good text deserves a second look: greedy search errs most where it is least sure.

    A sampled text is left alone: the ladder got there because greedy search and beam are stuck on this window.
    """
    threshold = options.second_look_logprob
    return (
        threshold is not None
        and attempt.temperature == 0
        and attempt.avg_logprob < threshold
        and not is_silence(attempt, options)
    )


def best(attempts: Sequence[Attempt], options: DecodingOptions) -> Attempt:
    """Of a ladder that was climbed in vain, the most probable text that is not a loop."""
    straight = [attempt for attempt in attempts if not is_looped(attempt, options)]
    return max(straight or attempts, key=lambda attempt: attempt.avg_logprob)


def finish_reason(attempt: Attempt, *, looped: bool) -> str:
    """How the text ended, in the contract's words."""
    if looped:
        return "repetition"
    return "length" if attempt.cut_off else "stop"


def _is_unsure(attempt: Attempt, options: DecodingOptions) -> bool:
    threshold = options.logprob_threshold
    return threshold is not None and attempt.avg_logprob < threshold
