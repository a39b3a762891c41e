"""One text for one window and what is known of it, whichever engine wrote it.

Whether it is good enough is the matter of `ladder`.
"""

import zlib
from dataclasses import dataclass
from math import nan

POSITIONS = 448
"""Of the decoder: prompt and text together."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One text for one window."""

    tokens: tuple[int, ...]
    text: str
    temperature: float
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float
    """Of the text's bytes by zlib; NaN without text."""
    cut_off: bool
    """Whether the search ran out of tokens before the text's end."""


def compression_ratio(text: str) -> float:
    """NaN without text."""
    spelled = text.strip().encode()
    return len(spelled) / len(zlib.compress(spelled)) if spelled else nan
