"""The rarely needed knobs of decoding, read from a request's OPTIONS: one JSON object, each key optional.

What every request says (language, beam, temperatures, what to compute) has its own tensor and is not repeated here.
"""

import json
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any


class InvalidOptions(ValueError):
    """OPTIONS can't be read; the message names the key and what it takes."""


@dataclass(frozen=True, kw_only=True)
class DecodingOptions:
    """Hashable, because windows that are decoded together must agree on all of it."""

    compression_ratio_threshold: float | None = 2.4
    """Text that zlib shrinks by more than this is a loop, so the next temperature is tried; null never retries."""
    logprob_threshold: float | None = -1.0
    """An average log probability below this is a bad guess, so the next temperature is tried; null never retries."""
    no_speech_threshold: float | None = 0.6
    """Above this probability of no speech, a window that also fails logprob_threshold is silence; null keeps it."""
    second_look_logprob: float | None = -0.3
    """A text less probable than this on average is searched for once more, by a beam; null never looks twice."""
    second_look_beam: int = 5
    """How wide that beam is; a request whose own beam is as wide gets no second look; 1 to 16."""
    best_of: int = 5
    """Samples drawn at a temperature over 0, of which the most probable is kept; 1 to 16."""
    patience: float = 1.0
    """How many more finished hypotheses than the beam's size a beam search waits for; 1 to 4."""
    length_penalty: float = 1.0
    """Exponent of the length that ranks hypotheses; 0 prefers short ones, 1 compares means; 0 to 2."""
    repetition_penalty: float = 1.0
    """Over 1 makes tokens that were already written less likely; 0.5 to 3."""
    no_repeat_ngram_size: int = 0
    """Forbids writing the same run of so many tokens twice; 0 allows all; up to 32."""
    suppress_tokens: tuple[int, ...] = (-1,)
    """Token ids never written; -1 stands for the model's own list (noises, brackets, music notes)."""
    suppress_blank: bool = True
    """Forbids an empty text at the beginning."""
    max_initial_timestamp: float = 1.0
    """The latest second at which the first segment may begin; 0 to 30."""
    tell_silence: bool = False
    """Give the text of a window that is taken for silence all the same, with the finish `silence`."""
    full_context: bool = False
    """Encode 30 s whatever the window's length: slower, what Whisper was trained on."""

    @property
    def max_initial_timestamp_index(self) -> int:
        """In timestamp tokens, which are 20 ms apart."""
        return round(self.max_initial_timestamp * 50)


_RANGES: dict[str, tuple[float, float]] = {
    "compression_ratio_threshold": (0.0, 100.0),
    "logprob_threshold": (-100.0, 0.0),
    "second_look_logprob": (-100.0, 0.0),
    "second_look_beam": (1, 16),
    "no_speech_threshold": (0.0, 1.0),
    "best_of": (1, 16),
    "patience": (1.0, 4.0),
    "length_penalty": (0.0, 2.0),
    "repetition_penalty": (0.5, 3.0),
    "no_repeat_ngram_size": (0, 32),
    "max_initial_timestamp": (0.0, 30.0),
}
_NULLABLE = {"compression_ratio_threshold", "logprob_threshold", "no_speech_threshold", "second_look_logprob"}
_MAX_SUPPRESSED = 1_000
_REFUSED = {
    "seed": "this engine can't be seeded for one request: its sampler's state is shared by all windows. Leave seed "
    "out, or ask for temperature 0 alone, which is deterministic"
}


def parse_options(text: str) -> DecodingOptions:
    """Options from JSON; empty text means the defaults. Unknown keys are errors, so that no typo passes in silence."""
    if not text.strip():
        return DecodingOptions()
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidOptions(f"options are not JSON: {error}") from error
    if not isinstance(values, dict):
        raise InvalidOptions("options must be one JSON object")
    return DecodingOptions(**{key: _value(key, value) for key, value in values.items()})


_DEFAULTS = {item.name: item.default for item in fields(DecodingOptions)}


def _value(key: str, value: Any) -> Any:
    if key in _REFUSED:
        raise InvalidOptions(_REFUSED[key])
    if key not in _DEFAULTS:
        raise InvalidOptions(f"option {key[:40]!r} is not known; the known ones are {', '.join(_DEFAULTS)}")
    if key == "suppress_tokens":
        return _token_ids(value)
    if isinstance(_DEFAULTS[key], bool):
        if not isinstance(value, bool):
            raise InvalidOptions(f"option {key} must be true or false")
        return value
    if value is None and key in _NULLABLE:
        return None
    return _number(key, value)


def _number(key: str, value: Any) -> float | int:
    low, high = _RANGES[key]
    whole = isinstance(_DEFAULTS[key], int)
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not isfinite(value) or not low <= value <= high:
        raise InvalidOptions(f"option {key} must be a {'whole ' if whole else ''}number from {low} to {high}")
    return value if whole else float(value)


def _token_ids(value: Any) -> tuple[int, ...]:
    ids = value if isinstance(value, list) else [None]
    if len(ids) > _MAX_SUPPRESSED or not all(type(item) is int and item >= -1 for item in ids):
        raise InvalidOptions(f"option suppress_tokens must be a list of at most {_MAX_SUPPRESSED} token ids, or [-1]")
    return tuple(ids)
