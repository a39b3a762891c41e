"""A transcript as a client reads it: json, verbose_json, text, srt and vtt, byte for byte as OpenAI writes them.

Pure functions from a transcript to bytes or events; which format a caller may ask for is each door's matter.
"""

from speechkit.formats.events import TranscriptEvents
from speechkit.formats.rendering import Granularity, Rendered, ResponseFormat, render, render_whole

__all__ = ["Granularity", "Rendered", "ResponseFormat", "TranscriptEvents", "render", "render_whole"]
