"""Prints how sure the model is of each token, as a natural logarithm: `python logprobs.py talk.mp3`."""

import sys
from pathlib import Path

from openai import OpenAI

transcription = OpenAI().audio.transcriptions.create(
    model="gpt-4o-transcribe", file=Path(sys.argv[1]), include=["logprobs"]
)
for token in transcription.logprobs or []:
    print(f"{token.logprob:8.3f} {token.token!r}")
