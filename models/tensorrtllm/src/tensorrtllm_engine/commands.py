"""The commands that make an engine out of OpenAI's weights: TensorRT-LLM 1.2.1's converter, then its builder twice.

Their flags are facts of that version, checked by a test against the list of what its parsers know.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

TENSORRT_LLM = "1.2.1"
IMAGE = "nvcr.io/nvidia/tritonserver:26.07-trtllm-python-py3"
"""The last line of TensorRT-LLM that builds engines for Whisper. Upstream has removed the path, so the pin stays."""

CONVERTER = Path("/app/examples/models/core/whisper/convert_checkpoint.py")
"""Where the image has it."""
MAX_BATCH = 64
DTYPE = "float16"

CONVERT: Mapping[str, str] = {
    "--dtype": DTYPE,
    # In half precision a mean of log probabilities is too coarse to judge a text by.
    "--logits_dtype": "float32",
}
BUILD: Mapping[str, Mapping[str, str]] = {
    "encoder": {
        "--max_batch_size": str(MAX_BATCH),
        # 30 s, a mel frame each 10 ms.
        "--max_input_len": "3000",
        "--max_seq_len": "3000",
        # Eight windows begin together; 64 would take memory that the decoder's cache needs.
        "--max_num_tokens": "24000",
        "--moe_plugin": "disable",
        "--gemm_plugin": "disable",
        "--bert_attention_plugin": DTYPE,
    },
    "decoder": {
        "--max_beam_width": "1",
        "--max_batch_size": str(MAX_BATCH),
        # A whole prompt, and all of the decoder's positions. NVIDIA's example has 14 and 114, which cuts both.
        "--max_input_len": "228",
        "--max_seq_len": "448",
        "--max_encoder_input_len": "3000",
        "--moe_plugin": "disable",
        "--gemm_plugin": DTYPE,
        "--bert_attention_plugin": DTYPE,
        "--gpt_attention_plugin": DTYPE,
    },
}


def convert_command(*, weights: Path, checkpoint: Path, converter: Path = CONVERTER) -> list[str]:
    """`weights` is OpenAI's file, NAME.pt; the converter finds it by its folder and its name."""
    places = {"--model_dir": str(weights.parent), "--model_name": weights.stem, "--output_dir": str(checkpoint)}
    return [sys.executable, str(converter), *_arguments(places | dict(CONVERT))]


def build_command(part: str, *, checkpoint: Path, engine: Path) -> list[str]:
    places = {"--checkpoint_dir": str(checkpoint / part), "--output_dir": str(engine / part)}
    return ["trtllm-build", *_arguments(places | dict(BUILD[part]))]


def _arguments(flags: Mapping[str, str]) -> list[str]:
    return [word for flag in flags.items() for word in flag]
