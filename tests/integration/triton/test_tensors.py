"""What goes into the model and comes out of it, tensor by tensor, through a real Triton."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException

from speechkit.adapters.triton.contract import OUTPUTS
from tests.integration.triton.conftest import SAMPLE_RATE, WhisperClient, tensors_of, text

SCALARS = (
    "AVG_LOGPROB", "NO_SPEECH_PROB", "COMPRESSION_RATIO", "TEMPERATURE", "LANGUAGE_PROB", "LANGUAGE", "FINISH", "TEXT"
)  # fmt: skip

CAN = {
    "ctranslate2": {
        "engine": "ctranslate2", "word_timestamps": "true", "no_speech_prob": "true", "max_beam": "16"
    },
    "tensorrt_llm": {
        "engine": "tensorrt_llm", "word_timestamps": "false", "no_speech_prob": "false", "max_beam": "1"
    },
}  # fmt: skip


async def test_every_output_comes_in_its_shape(whisper: WhisperClient, reading: NDArray[np.float32]) -> None:
    yes = np.array([[True]])
    outputs = await whisper.ask(reading, WORD_TIMESTAMPS=yes, LOGPROBS=yes, LANGUAGE=text(""))
    assert outputs.keys() == OUTPUTS.keys()
    tokens, segments, words = (outputs[name].shape[1] for name in ("TOKENS", "SEGMENTS", "WORDS"))
    assert tokens > segments > 0
    measured = (await whisper.parameters())["word_timestamps"] == "true"
    assert words == (12 if measured else 0)
    shapes = {name: array.shape for name, array in outputs.items() if name not in SCALARS}
    assert shapes == {
        "TOKENS": (1, tokens),
        "TOKEN_LOGPROBS": (1, tokens),
        "TOKEN_TEXTS": (1, tokens),
        "SEGMENTS": (1, segments, 2),
        "SEGMENT_TOKENS": (1, segments),
        "WORDS": (1, words),
        "WORD_TIMES": (1, words, 2),
        "WORD_PROBS": (1, words),
    }
    assert all(outputs[name].shape == (1, 1) for name in SCALARS)
    assert outputs["SEGMENT_TOKENS"].sum() == tokens
    assert b"".join(outputs["TOKEN_TEXTS"][0]) == outputs["TEXT"][0, 0]
    assert b"".join(outputs["WORDS"][0]) == (outputs["TEXT"][0, 0] if measured else b"")
    assert b"ried" in outputs["TEXT"][0, 0]
    assert outputs["LANGUAGE"][0, 0] == b"en"


async def test_silence_has_empty_tensors(whisper: WhisperClient) -> None:
    outputs = await whisper.ask(np.zeros(SAMPLE_RATE, np.float32), WORD_TIMESTAMPS=np.array([[True]]))
    assert outputs["TEXT"][0, 0] == b""
    assert outputs["TOKENS"].shape == (1, 0)
    assert outputs["SEGMENTS"].shape == (1, 0, 2)
    assert outputs["WORDS"].shape == (1, 0)


async def test_the_model_says_what_it_can_do(whisper: WhisperClient) -> None:
    parameters = await whisper.parameters()
    languages = parameters.pop("languages").split(",")
    assert len(languages) == 99
    assert {"en", "de", "zh", "yi"} < set(languages)
    assert parameters == {"n_mels": "80", "translate": "true", "logprobs": "true"} | CAN[parameters["engine"]]


SECOND = np.zeros((1, SAMPLE_RATE), np.float32)


@pytest.mark.parametrize(
    "tensors",
    [
        pytest.param({"AUDIO": SECOND[:, :0]}, id="no sound"),
        pytest.param({"AUDIO": SECOND[:, :1_599]}, id="too short"),
        pytest.param({"AUDIO": np.zeros((1, 480_001), np.float32)}, id="too long"),
        pytest.param({"AUDIO": np.full_like(SECOND, np.nan)}, id="NaN"),
        pytest.param({"AUDIO": np.full_like(SECOND, np.inf)}, id="infinity"),
        pytest.param({"AUDIO": SECOND[None]}, id="three dimensions"),
        pytest.param({"AUDIO": SECOND.astype(np.int32)}, id="integers"),
        pytest.param({"LANGUAGE": text("xx")}, id="unknown language"),
        pytest.param({"LANGUAGE": text(b"\xff\xfe")}, id="language not UTF-8"),
        pytest.param({"TASK": text("summarize")}, id="unknown task"),
        pytest.param({"PROMPT": text(b"\xff")}, id="prompt not UTF-8"),
        pytest.param({"PROMPT": text("x" * 20_000)}, id="long prompt"),
        pytest.param({"HOTWORDS": text(b"\x80")}, id="hotwords not UTF-8"),
        pytest.param({"TEMPERATURES": np.zeros((1, 0), np.float32)}, id="no temperature"),
        pytest.param({"TEMPERATURES": np.array([[np.nan]], np.float32)}, id="NaN temperature"),
        pytest.param({"TEMPERATURES": np.array([[2.0]], np.float32)}, id="hot temperature"),
        pytest.param({"TEMPERATURES": np.zeros((1, 100), np.float32)}, id="long ladder"),
        pytest.param({"BEAM_SIZE": np.array([[0]], np.int32)}, id="no beam"),
        pytest.param({"BEAM_SIZE": np.array([[1_000]], np.int32)}, id="wide beam"),
        pytest.param({"BEAM_SIZE": np.array([[1, 1]], np.int32)}, id="two beams"),
        pytest.param({"TIMESTAMPS": np.array([[1]], np.int32)}, id="integer for a boolean"),
        pytest.param({"MAX_TOKENS": np.array([[0]], np.int32)}, id="no tokens"),
        pytest.param({"MAX_TOKENS": np.array([[225]], np.int32)}, id="many tokens"),
        pytest.param({"OPTIONS": text("{")}, id="options not JSON"),
        pytest.param({"OPTIONS": text('{"beam": 1}')}, id="unknown option"),
        pytest.param({"OPTIONS": text(b"\xff")}, id="options not UTF-8"),
        pytest.param({"OPTIONS": text('{"suppress_tokens": [99999999]}')}, id="no such token"),
    ],
)
async def test_bad_tensors_are_refused_and_the_next_window_works(
    whisper: WhisperClient, reading: NDArray[np.float32], tensors: dict[str, Any]
) -> None:
    with pytest.raises(InferenceServerException) as refusal:
        await whisper.ask(reading[:SAMPLE_RATE], **tensors)
    assert refusal.value.status() == "StatusCode.INVALID_ARGUMENT", refusal.value
    outputs = await whisper.ask(np.zeros(SAMPLE_RATE, np.float32))
    assert outputs["FINISH"][0, 0] == b"stop"


async def test_two_windows_in_one_request_are_refused(whisper: WhisperClient) -> None:
    """Triton would take them, since it counts rows, not requests."""
    samples = np.zeros(SAMPLE_RATE, np.float32)
    doubled: dict[str, Any] = {name: np.concatenate([array, array]) for name, array in tensors_of(samples).items()}
    with pytest.raises(InferenceServerException, match="one window"):
        await whisper.ask(samples, **doubled)
