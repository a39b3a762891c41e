"""Samples and seconds: the one sample rate of the product and the block of samples that stages hand on.

Where samples come from is the media decoder's matter; what is speech in them is the voice detector's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Whisper and Silero both listen at 16 kHz, so everything behind the decoder does."""

MIN_AUDIO_SECONDS = 0.1
"""OpenAI's API refuses less with `audio_too_short`; Whisper makes nothing of it either."""

Samples = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Block:
    """Mono samples in [-1, 1] at 16 kHz, and where in the file they begin."""

    offset_samples: int
    samples: Samples

    @property
    def end_samples(self) -> int:
        return self.offset_samples + len(self.samples)


def seconds(samples: int) -> float:
    return samples / SAMPLE_RATE


def samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
