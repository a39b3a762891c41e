"""A request that can't be served is refused before any work, with a message that says what is wrong."""

from typing import Any

import numpy as np
import pytest

from whisper_engine.admission import check
from whisper_engine.contract import Capabilities, Code, WindowError, WindowRequest
from whisper_engine.options import DecodingOptions

MULTILINGUAL = Capabilities(n_mels=80, vocabulary_size=51_865, languages=("en", "de"), translate=True)
ENGLISH = Capabilities(n_mels=80, vocabulary_size=51_864, languages=("en",), translate=False)
SECOND = np.zeros(16_000, np.float32)


def with_sample(value: float) -> np.ndarray:
    samples = SECOND.copy()
    samples[7] = value
    return samples


@pytest.mark.parametrize("samples", [SECOND[:1_600], np.zeros(480_000, np.float32), with_sample(-1.0)])
def test_a_window_of_100_ms_to_30_s_is_accepted(samples: np.ndarray) -> None:
    check(WindowRequest(samples=samples, language="de", task="translate", max_tokens=1), MULTILINGUAL)


@pytest.mark.parametrize(
    "samples",
    [
        SECOND[:0],
        SECOND[:1_599],
        np.zeros(480_001, np.float32),
        with_sample(np.nan),
        with_sample(np.inf),
        with_sample(-np.inf),
        with_sample(3e38),
        SECOND[None],
        SECOND.astype(np.float64),
    ],
)
def test_what_is_not_a_window_of_sound_is_refused(samples: np.ndarray) -> None:
    with pytest.raises(WindowError, match="audio") as refusal:
        check(WindowRequest(samples=samples), MULTILINGUAL)
    assert refusal.value.code is Code.INVALID


@pytest.mark.parametrize(
    ("request_fields", "named"),
    [
        ({"language": "xx"}, "language"),
        ({"language": "EN"}, "language"),
        ({"task": "summarize"}, "task"),
        ({"temperatures": ()}, "temperatures"),
        ({"temperatures": (0.0,) * 17}, "temperatures"),
        ({"temperatures": (1.5,)}, "temperature"),
        ({"temperatures": (float("nan"),)}, "temperature"),
        ({"beam_size": 0}, "beam"),
        ({"beam_size": 17}, "beam"),
        ({"max_tokens": 0}, "max tokens"),
        ({"max_tokens": 225}, "max tokens"),
        ({"options": DecodingOptions(suppress_tokens=(51_865,))}, "suppressed"),
        ({"prompt": "x" * 16_001}, "prompt"),
        ({"hotwords": "x" * 16_001}, "hotwords"),
    ],
)
def test_what_the_model_cannot_do_is_named(request_fields: dict[str, Any], named: str) -> None:
    with pytest.raises(WindowError, match=named):
        check(WindowRequest(samples=SECOND, **request_fields), MULTILINGUAL)


def test_an_english_only_model_neither_translates_nor_takes_other_languages() -> None:
    for request in (WindowRequest(samples=SECOND, task="translate"), WindowRequest(samples=SECOND, language="de")):
        with pytest.raises(WindowError):
            check(request, ENGLISH)
