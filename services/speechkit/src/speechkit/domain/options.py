"""What a caller may ask of a transcription, validated once, and what an engine says that it can do.

Which names the wire gives these options is each door's matter (HTTP form fields, gRPC messages).
"""

from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum

from speechkit.domain.chunking import AUTO, Chunking
from speechkit.domain.errors import InvalidRequest, UnknownLanguage, UnsupportedOption
from speechkit.domain.languages import LANGUAGE_NAMES

TEMPERATURE_LADDER = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Whisper's own fallback: greedy or beam first, then sampling hotter while the result looks wrong."""

MAX_PROMPT_CHARACTERS = 4_000
"""The model keeps the last 224 tokens; far more than that is a mistake or an attack."""


class Task(StrEnum):
    TRANSCRIBE = "transcribe"
    TRANSLATE = "translate"


class Priority(IntEnum):
    """Triton's queue levels: a lower number is served first."""

    LIVE = 1
    INTERACTIVE = 2
    JOB = 3


@dataclass(frozen=True, kw_only=True)
class TranscriptionOptions:
    model: str
    """A Triton model name, such as `whisper-base`; names that clients use are resolved before."""
    language: str = ""
    """ISO 639-1; empty means: detect."""
    task: Task = Task.TRANSCRIBE
    prompt: str = ""
    hotwords: str = ""
    temperatures: tuple[float, ...] = TEMPERATURE_LADDER
    beam_size: int = 1
    word_timestamps: bool = False
    logprobs: bool = False
    discarded: bool = False
    """Whether what the guards take out is to be told."""
    chunking: Chunking = AUTO
    priority: Priority = Priority.INTERACTIVE

    def __post_init__(self) -> None:
        if self.language and self.language not in LANGUAGE_NAMES:
            raise UnknownLanguage(
                f"Invalid language '{self.language[:20]}'. Language parameter must be specified in ISO-639-1 format.",
                param="language",
            )
        if not self.temperatures or not all(0.0 <= value <= 1.0 for value in self.temperatures):
            raise InvalidRequest("temperature must be a number from 0 to 1.", param="temperature")
        if not 1 <= self.beam_size <= 16:
            raise InvalidRequest("beam_size must be a whole number from 1 to 16.", param="beam_size")
        for name, text in (("prompt", self.prompt), ("hotwords", self.hotwords)):
            if len(text) > MAX_PROMPT_CHARACTERS:
                raise InvalidRequest(
                    f"{name} is longer than {MAX_PROMPT_CHARACTERS} characters; the model reads only the last 224 "
                    "tokens, so send its end.",
                    param=name,
                )

    @property
    def keywords(self) -> tuple[str, ...]:
        """The hotwords, one by one."""
        return tuple(word for word in map(str.strip, self.hotwords.split(",")) if word)

    @property
    def hints(self) -> dict[str, str]:
        """The caller's own words among the options, those that there are."""
        return {name: text for name, text in (("prompt", self.prompt), ("hotwords", self.hotwords)) if text}

    def without_hints(self) -> "TranscriptionOptions":
        return replace(self, prompt="", hotwords="")


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What the engine behind a model advertises in its Triton `parameters`; absent abilities are never guessed."""

    engine: str
    languages: frozenset[str] = field(default_factory=frozenset)
    """Empty means: the model does not say (English-only models list `en` alone)."""
    translate: bool = True
    word_timestamps: bool = False
    logprobs: bool = False
    no_speech_prob: bool = False
    max_beam: int = 1

    def check(self, options: TranscriptionOptions) -> None:
        """Refuse, before any work, what this engine would have to make up."""
        if options.word_timestamps and not self.word_timestamps:
            raise UnsupportedOption(
                f"Model '{options.model}' can't measure word times; leave out the word granularity.",
                param="timestamp_granularities[]",
            )
        if options.logprobs and not self.logprobs:
            raise UnsupportedOption(
                f"Model '{options.model}' gives no log probabilities; leave out include[]=logprobs.",
                param="include[]",
            )
        if options.task is Task.TRANSLATE and not self.translate:
            raise UnsupportedOption(f"Model '{options.model}' can't translate.", param="model")
        if options.language and self.languages and options.language not in self.languages:
            raise UnsupportedOption(
                f"Model '{options.model}' does not know language '{options.language}'.", param="language"
            )
        if options.beam_size > self.max_beam:
            raise UnsupportedOption(
                f"Model '{options.model}' takes a beam of at most {self.max_beam}.", param="beam_size"
            )
