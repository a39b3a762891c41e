"""Prints what is said in an audio file: `python transcribe.py talk.mp3`."""

import sys
from pathlib import Path

from openai import OpenAI

transcription = OpenAI().audio.transcriptions.create(model="whisper-1", file=Path(sys.argv[1]))
print(transcription.text)
