"""A Triton model configuration for given weights: the committed template, and what it can't know.

Text alone: it neither loads the weights nor needs Triton, so that whoever lays out a model repository can call it.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

from whisper_engine.contract import Capabilities
from whisper_engine.tokenizer import Tokenizer

DEFAULT_MELS = 80


def model_config_text(
    template: str,
    model_dir: Path,
    *,
    engine: str = "ctranslate2",
    device: str = "cpu",
    instances: int = 1,
    max_batch: int | None = None,
) -> str:
    """`config.pbtxt` for the weights in `model_dir`, with its parameters and its instances on `cpu` or `cuda`.

    `max_batch` takes the place of the template's, which is for a CPU.
    """
    parameters = [
        f'  {{ key: "{key}" value: {{ string_value: "{value}" }} }}'
        for key, value in model_parameters(describe(model_dir, engine=engine)).items()
    ]
    kind = "KIND_GPU" if device == "cuda" else "KIND_CPU"
    group = f"instance_group [ {{ kind: {kind} count: {instances} }} ]"
    if max_batch is not None:
        template = re.sub(r"(?m)^max_batch_size: \d+$", f"max_batch_size: {max_batch}", template)
    return "\n".join([template.rstrip(), "", "parameters [", ",\n".join(parameters), "]", group, ""])


def model_parameters(capabilities: Capabilities) -> dict[str, str]:
    """What clients read by the ModelConfig call, as the strings that Triton carries."""
    return {
        "engine": capabilities.engine,
        "n_mels": str(capabilities.n_mels),
        "languages": ",".join(capabilities.languages),
        "translate": _boolean(value=capabilities.translate),
        "word_timestamps": _boolean(value=capabilities.word_timestamps),
        "no_speech_prob": _boolean(value=capabilities.no_speech_prob),
        "logprobs": _boolean(value=capabilities.logprobs),
        "max_beam": str(capabilities.max_beam),
    }


def describe(model_dir: Path, *, engine: str = "ctranslate2") -> Capabilities:
    """What a model can do at an engine, read from the small files beside its weights."""
    tokenizer = Tokenizer(model_dir / "tokenizer.json")
    config = json.loads((model_dir / "config.json").read_text())
    known = Capabilities(
        n_mels=_mels(model_dir),
        vocabulary_size=tokenizer.size,
        languages=tokenizer.languages,
        translate=tokenizer.multilingual,
        word_timestamps="alignment_heads" in config,
    )
    if engine == "tensorrt_llm":
        return replace(known, engine=engine, word_timestamps=False, no_speech_prob=False, max_beam=1)
    return known


def suppressed_tokens(model_dir: Path) -> tuple[int, ...]:
    """The model's own list of what is never written (noises, brackets, music notes), as CTranslate2 keeps it."""
    return tuple(json.loads((model_dir / "config.json").read_text())["suppress_ids"])


def _mels(model_dir: Path) -> int:
    """Written down beside the weights by the models that do not take 80."""
    try:
        preprocessor = json.loads((model_dir / "preprocessor_config.json").read_text())
    except FileNotFoundError:
        return DEFAULT_MELS
    return int(preprocessor["feature_size"])


def _boolean(*, value: bool) -> str:
    return "true" if value else "false"
