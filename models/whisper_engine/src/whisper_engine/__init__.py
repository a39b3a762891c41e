"""Whisper over CTranslate2: windows of sound in, text with times out, on a CPU or a GPU.

A plain library: it knows neither Triton nor Earshot's services.
"""

from whisper_engine.contract import Capabilities, Code, Segment, WindowError, WindowRequest, WindowResult, Word
from whisper_engine.engine import WhisperEngine, Work
from whisper_engine.options import DecodingOptions, InvalidOptions, parse_options

__all__ = [
    "Capabilities",
    "Code",
    "DecodingOptions",
    "InvalidOptions",
    "Segment",
    "WhisperEngine",
    "WindowError",
    "WindowRequest",
    "WindowResult",
    "Word",
    "Work",
    "parse_options",
]
