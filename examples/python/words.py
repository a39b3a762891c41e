"""Prints when each word of an audio file begins and ends: `python words.py talk.mp3`."""

import sys
from pathlib import Path

from openai import OpenAI

transcription = OpenAI().audio.transcriptions.create(
    model="whisper-1", file=Path(sys.argv[1]), response_format="verbose_json", timestamp_granularities=["word"]
)
for word in transcription.words or []:
    print(f"{word.start:7.2f} {word.end:7.2f} {word.word}")
