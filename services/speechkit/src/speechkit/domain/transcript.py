"""What was said: words, segments and the whole transcript, with times in seconds from the start of the file.

How a transcript is written down for a client is the matter of `speechkit.formats`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Word:
    start: float
    end: float
    text: str
    """With the space before it, as the model wrote it, so that joining words gives the segment's text."""
    probability: float


@dataclass(frozen=True, kw_only=True)
class Segment:
    start: float
    end: float
    text: str
    tokens: tuple[int, ...]
    temperature: float
    avg_logprob: float
    """NaN for a text whose engine can't say."""
    compression_ratio: float
    no_speech_prob: float
    seek: int = 0
    """Where the window of this segment begins, in hundredths of a second: OpenAI's field of that name."""
    words: tuple[Word, ...] = ()
    token_texts: tuple[bytes, ...] = ()
    """What each of `tokens` spells: nothing for a timestamp; one character may be spread over several tokens."""
    token_logprobs: tuple[float, ...] = ()
    """One for each of `tokens`, or empty when they were not asked for or not measured."""


@dataclass(frozen=True, kw_only=True)
class Discarded:
    """A text that the model wrote and a guard did not believe."""

    start: float
    end: float
    text: str
    guard: str
    """Which one, by its name in `speechkit.domain.guards`."""


@dataclass(frozen=True, kw_only=True)
class Transcript:
    task: str
    language: str
    """ISO 639-1, given or detected; empty when nothing was said and nothing was given."""
    duration_seconds: float
    segments: tuple[Segment, ...]
    discarded: tuple[Discarded, ...] | None = None
    """What the guards took out; None where nobody asked."""

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments).strip()

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for segment in self.segments for word in segment.words)
