"""Prints the text of an audio file while it is still being heard: `python stream.py talk.mp3`."""

import sys
from pathlib import Path

from openai import OpenAI

events = OpenAI().audio.transcriptions.create(model="whisper-1", file=Path(sys.argv[1]), stream=True)
for event in events:
    if event.type == "transcript.text.delta":
        print(event.delta, end="", flush=True)
print()
