"""Whisper: windows of sound in, text with times out.

A plain library: it knows neither Triton nor Earshot's services. There are two engines, imported where they are chosen,
because neither needs what the other does: `engine` runs CTranslate2 on a CPU or a GPU in its own process, `generating`
asks a server that writes whole texts, as TensorRT-LLM does.
"""

from whisper_engine.contract import Capabilities, Code, Segment, WindowError, WindowRequest, WindowResult, Word, Work
from whisper_engine.options import DecodingOptions, InvalidOptions, parse_options

__all__ = [
    "Capabilities",
    "Code",
    "DecodingOptions",
    "InvalidOptions",
    "Segment",
    "WindowError",
    "WindowRequest",
    "WindowResult",
    "Word",
    "Work",
    "parse_options",
]
