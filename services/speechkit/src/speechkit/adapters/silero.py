"""Voice detection by the Silero model, in ONNX, streaming; it judges frames and leaves cutting to the domain.

The model is the one inside the faster-whisper wheel, read as a file: importing that package would load CTranslate2.
"""

import asyncio
from importlib.metadata import distribution

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from speechkit.adapters.unfolding import unfolded
from speechkit.domain.audio import Samples
from speechkit.domain.windows import FRAME_SAMPLES
from speechkit.ports import VoiceDetection

CONTEXT_SAMPLES = 64
"""Silero hears the end of the frame before along with each frame."""


class SileroVoiceDetector:
    frame_samples = FRAME_SAMPLES

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        # One thread: the model is far too small to share out. With two, a request took no less time and a sixth more of
        # the processor's, and spinning workers would take the recognizer's cores.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        path = distribution("faster-whisper").locate_file("faster_whisper/assets/silero_vad_v6.onnx")
        model = unfolded(onnx.load(str(path))).SerializeToString()
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def session(self) -> VoiceDetection:
        return _SileroDetection(self._session)


class _SileroDetection:
    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._hidden = np.zeros((1, 1, 128), np.float32)
        self._cell = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT_SAMPLES, np.float32)

    async def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        if not len(samples):
            return np.zeros(0, np.float32)
        return await asyncio.to_thread(self._judge, samples)

    def _judge(self, samples: Samples) -> NDArray[np.float32]:
        frames = samples.reshape(-1, FRAME_SAMPLES)
        before = np.concatenate([self._context[None], frames[:-1, -CONTEXT_SAMPLES:]])
        self._context = frames[-1, -CONTEXT_SAMPLES:].copy()
        judged, self._hidden, self._cell = self._session.run(
            None, {"input": np.concatenate([before, frames], axis=1), "h": self._hidden, "c": self._cell}
        )
        return np.asarray(judged, np.float32).reshape(-1)
