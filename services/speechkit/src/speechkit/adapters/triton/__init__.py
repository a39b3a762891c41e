"""The recognizer behind NVIDIA Triton: the model contract `whisper`, version 1, and the client that speaks it."""

from speechkit.adapters.triton.recognizer import TritonRecognizer

__all__ = ["TritonRecognizer"]
