"""Prints in English what is said in another language: `python translate.py rede.mp3`."""

import sys
from pathlib import Path

from openai import OpenAI

translation = OpenAI().audio.translations.create(model="whisper-1", file=Path(sys.argv[1]))
print(translation.text)
