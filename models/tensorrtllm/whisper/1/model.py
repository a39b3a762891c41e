"""The Triton model `whisper-…` over `tensorrt_llm`; what it does is in whisper_triton.tensorrt_llm."""

from whisper_triton.tensorrt_llm import TensorRtLlmWhisper as TritonPythonModel

__all__ = ["TritonPythonModel"]
