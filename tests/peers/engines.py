"""The peers' engines, each made from its specification as a function that transcribes one file.

Every engine is imported only when it is asked for: one that can't be imported must not take the others down, and its
memory must be its own. Running them in processes of their own is the matter of `tests.peers.process`.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from tests.peers.workload import Heard, Transcribe
from tests.speech.audio import read_pcm

BATCH_SIZE = 8  # faster-whisper's own default for its batched pipeline
SAMPLING_SEED = 0  # the temperature ladder samples; without a seed a figure would change from run to run


class Engine(StrEnum):
    FASTER_WHISPER = "faster-whisper"
    FASTER_WHISPER_BATCHED = "faster-whisper-batched"
    WHISPER_CPP = "whisper.cpp"


@dataclass(frozen=True, kw_only=True)
class EngineSpec:
    engine: Engine
    weights: str
    """A CTranslate2 directory for faster-whisper, a ggml file for whisper.cpp."""
    threads: int
    precision: str
    """What the weights are computed in; whisper.cpp reads it from its file, so there it only names the run."""
    beam_size: int = 1
    at_once: int = 1
    """Files that it works on side by side when several clients ask."""
    vad_filter: bool = False
    """The batched pipeline can't cut a file without it."""


def load_engine(spec: EngineSpec) -> Transcribe:
    """Raises ImportError where the engine's package is missing."""
    return _whisper_cpp(spec) if spec.engine is Engine.WHISPER_CPP else _faster_whisper(spec)


def _faster_whisper(spec: EngineSpec) -> Transcribe:
    import ctranslate2
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    ctranslate2.set_random_seed(SAMPLING_SEED)
    model = WhisperModel(
        spec.weights, device="cpu", compute_type=spec.precision, cpu_threads=spec.threads, num_workers=spec.at_once
    )
    call = (
        partial(BatchedInferencePipeline(model).transcribe, batch_size=BATCH_SIZE)
        if spec.engine is Engine.FASTER_WHISPER_BATCHED
        else model.transcribe
    )

    def transcribe(path: str, language: str) -> Heard:
        segments, info = call(path, language=language or None, beam_size=spec.beam_size, vad_filter=spec.vad_filter)
        return Heard(text="".join(segment.text for segment in segments), language=info.language)

    return transcribe


def _whisper_cpp(spec: EngineSpec) -> Transcribe:
    from pywhispercpp.model import Model

    contexts: SimpleQueue[Model] = SimpleQueue()  # one serves one caller; others wait as they would in a program
    for _ in range(spec.at_once):
        contexts.put(
            Model(
                spec.weights,
                n_threads=spec.threads,
                print_progress=False,
                params_sampling_strategy=int(spec.beam_size > 1),  # 0 is greedy and leaves the beam unused
                beam_search={"beam_size": spec.beam_size, "patience": -1.0},
            )
        )

    def transcribe(path: str, language: str) -> Heard:
        samples = read_pcm(Path(path)).astype(np.float32) / np.float32(32_768)
        model = contexts.get()
        try:
            segments = model.transcribe(samples, language=language or "auto")
        finally:
            contexts.put(model)
        return Heard(text=" ".join(segment.text for segment in segments), language=language)

    return transcribe
