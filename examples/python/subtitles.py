"""Prints subtitles of an audio file: `python subtitles.py talk.mp3 > talk.srt`."""

import sys
from pathlib import Path

from openai import OpenAI

print(OpenAI().audio.transcriptions.create(model="whisper-1", file=Path(sys.argv[1]), response_format="srt"), end="")
