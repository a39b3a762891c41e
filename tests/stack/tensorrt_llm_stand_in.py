"""A Triton model `tensorrt_llm` for machines without a GPU: the tensors of NVIDIA's, the decoding of CTranslate2.

It runs in Triton's Python backend, laid out by tests.stack.tensorrtllm. Friendlier than the real one in one thing:
CTranslate2 keeps the order of timestamps, which nothing forbids TensorRT-LLM to break.
"""

import json
import math
import os
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import triton_python_backend_utils as pb_utils
from numpy.typing import NDArray

from whisper_engine.attempts import Attempt
from whisper_engine.contract import WindowRequest
from whisper_engine.decoding import Search, decode
from whisper_engine.logprobs import token_logprobs
from whisper_engine.mel import FRAMES_PER_SECOND
from whisper_engine.options import DecodingOptions
from whisper_engine.tokenizer import Tokenizer
from whisper_engine.window import Window

FORBIDDEN = -1e8
SILENCE_FRAMES = 2 * FRAMES_PER_SECOND


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        parameters = json.loads(args["model_config"])["parameters"]
        model_dir = Path(parameters["stand_in_weights"]["string_value"])
        self._fails = parameters["stand_in_fails"]["string_value"]
        self._tokenizer = Tokenizer(model_dir / "tokenizer.json")
        self._model = ctranslate2.models.Whisper(
            str(model_dir),
            compute_type="int8",
            inter_threads=1,
            intra_threads=int(os.environ["EARSHOT_THREADS"]),
        )

    def execute(self, requests: list[Any]) -> list[Any]:
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        """Like the real one, an error of the engine is one request's alone."""
        try:
            outputs = self._outputs(request)
        except Exception as error:  # noqa: BLE001 - see above
            return pb_utils.InferenceResponse(error=pb_utils.TritonError(f"{type(error).__name__}: {error}"))
        wanted = request.requested_output_names()
        return pb_utils.InferenceResponse([pb_utils.Tensor(name, outputs[name]) for name in wanted])

    def _outputs(self, request: Any) -> dict[str, NDArray[Any]]:
        def tensor(name: str) -> NDArray[Any]:
            return np.asarray(pb_utils.get_input_tensor_by_name(request, name).as_numpy())

        def number(name: str) -> Any:
            (value,) = tensor(name).reshape(-1).tolist()
            return value

        features = tensor("encoder_input_features")[0].astype(np.float32)
        if not len(features) == number("input_lengths") == 2 * number("encoder_output_lengths") == 3000:
            raise ValueError("the engine is built for 3000 frames")
        encoded = self._encode(features)
        prompt = tensor("decoder_input_ids")[0].tolist()
        if len(prompt) > 228:
            raise ValueError(f"a prompt of {len(prompt)} tokens is more than the 228 that the engine is built for")
        if self._fails in self._tokenizer.decode(prompt):
            raise ValueError("as it was told to")
        if not (number("end_id") == number("pad_id") == self._tokenizer.end_of_text and number("beam_width") == 1):
            raise ValueError("other ends and beams than the engine's")
        if not number("return_log_probs"):
            raise ValueError("log probabilities are asked for in every request")
        bias = tensor("embedding_bias")[0]
        allowed = np.flatnonzero(bias > FORBIDDEN)
        if prompt == [self._tokenizer.start_of_transcript] and len(allowed) < 200:
            return self._language(encoded)
        greedy = number("runtime_top_k") == 1
        if (greedy and number("temperature") != 1.0) or (not greedy and number("runtime_top_p") != 1.0):
            raise ValueError("greedy is the first of all at temperature 1, sampling is from all of them")
        ctranslate2.set_random_seed(number("seed"))
        return self._text(
            encoded,
            prompt,
            temperature=0.0 if greedy else round(number("temperature"), 6),
            max_tokens=number("request_output_len"),
            suppressed=tuple(np.flatnonzero(bias <= FORBIDDEN).tolist()),
            repetition_penalty=number("repetition_penalty"),
        )

    def _encode(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of the sound and two seconds of silence alone, to spare the time of tests."""
        sounding = np.flatnonzero((features > features.min()).any(axis=1))
        frames = min(len(features), int(sounding[-1]) + SILENCE_FRAMES) if len(sounding) else SILENCE_FRAMES
        rows = np.ascontiguousarray(features[: frames - frames % 2].T[None])
        encoded: NDArray[np.float32] = np.asarray(
            self._model.encode(ctranslate2.StorageView.from_array(rows), to_cpu=True)
        )
        return np.ascontiguousarray(encoded[0])

    def _language(self, encoded: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        token, probability = self._model.detect_language(ctranslate2.StorageView.from_array(encoded[None]))[0][0]
        logprob = math.log(probability)
        return _tensors([self._tokenizer.language(token.strip("<|>"))], [logprob], logprob)

    def _text(
        self,
        encoded: NDArray[np.float32],
        prompt: list[int],
        *,
        temperature: float,
        max_tokens: int,
        suppressed: tuple[int, ...],
        repetition_penalty: float,
    ) -> dict[str, NDArray[Any]]:
        timestamps = self._tokenizer.no_timestamps not in prompt
        options = DecodingOptions(suppress_tokens=suppressed, best_of=1, repetition_penalty=repetition_penalty)
        search = Search(
            context_frames=0,
            prompt_length=len(prompt),
            beam_size=1,
            temperature=temperature,
            timestamps=timestamps,
            max_tokens=max_tokens,
            options=options,
        )
        row = ctranslate2.StorageView.from_array(encoded[None])
        (attempt,) = decode(self._model, self._tokenizer, row, [prompt], search)
        return _tensors(
            list(attempt.tokens),
            self._logprobs(encoded, prompt, attempt, options, timestamps=timestamps),
            0.0 if not attempt.tokens else attempt.avg_logprob * (len(attempt.tokens) + (not attempt.cut_off)),
        )

    def _logprobs(
        self,
        encoded: NDArray[np.float32],
        prompt: list[int],
        attempt: Attempt,
        options: DecodingOptions,
        *,
        timestamps: bool,
    ) -> list[float]:
        if not attempt.tokens:
            return []
        request = WindowRequest(samples=np.zeros(1, np.float32), timestamps=timestamps, options=options)
        window = Window(index=0, request=request, encoded=encoded, prompt=prompt, accepted=attempt)
        return list(token_logprobs([window], self._model, self._tokenizer)[0])


def _tensors(tokens: list[int], logprobs: list[float], total_logprob: float) -> dict[str, NDArray[Any]]:
    return {
        "output_ids": np.array([[tokens]], np.int32),
        "sequence_length": np.array([[len(tokens)]], np.int32),
        "cum_log_probs": np.array([[total_logprob]], np.float32),
        "output_log_probs": np.array([[logprobs]], np.float32),
    }
