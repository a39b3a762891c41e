"""What only the models for TensorRT-LLM promise, in a real Triton before the stand-in for its engine."""

import asyncio
import json

import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException

from tests.integration.triton.conftest import SAMPLE_RATE, WhisperClient, text
from tests.stack.tensorrtllm import FAILS

pytestmark = pytest.mark.parametrize("whisper", ["tensorrtllm"], indirect=True)


async def test_a_sampled_text_has_no_log_probabilities(whisper: WhisperClient, reading: NDArray[np.float32]) -> None:
    """They would be those of the tempered distribution: NaN and none stand for not measured."""
    outputs = await whisper.ask(
        reading[: 3 * SAMPLE_RATE],
        TEMPERATURES=np.array([[0.2]], np.float32),
        LOGPROBS=np.array([[True]]),
        OPTIONS=text(json.dumps({"best_of": 2})),
    )
    assert b"ried" in outputs["TEXT"][0, 0]
    assert outputs["TEMPERATURE"][0, 0] == pytest.approx(0.2)
    assert np.isnan(outputs["AVG_LOGPROB"][0, 0])
    assert outputs["TOKEN_LOGPROBS"].shape == (1, 0)


async def test_a_whole_prompt_fits_the_engine(whisper: WhisperClient, reading: NDArray[np.float32]) -> None:
    """Also where times are refused, which takes one token more."""
    outputs = await whisper.ask(
        reading[: 3 * SAMPLE_RATE],
        PROMPT=text("Ever tried. " * 200),
        TIMESTAMPS=np.array([[False]]),
        TEMPERATURES=np.array([[0.0]], np.float32),
    )
    assert outputs["FINISH"][0, 0] in {b"stop", b"repetition"}


async def test_a_window_on_which_the_engine_fails_costs_its_neighbours_nothing(
    whisper: WhisperClient, reading: NDArray[np.float32]
) -> None:
    doomed, fine = await asyncio.gather(
        whisper.ask(reading[: 3 * SAMPLE_RATE], PROMPT=text(FAILS)),
        whisper.ask(reading[: 3 * SAMPLE_RATE]),
        return_exceptions=True,
    )
    assert isinstance(doomed, InferenceServerException)
    assert doomed.status() == "StatusCode.INTERNAL"
    assert "the engine failed" in str(doomed.message())
    assert not isinstance(fine, BaseException)
    assert b"ried" in fine["TEXT"][0, 0]
