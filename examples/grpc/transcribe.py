"""Transcribes a file over gRPC: `python transcribe.py talk.mp3 [host:port]`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import grpc

from earshot.speech.v1.speech_pb2 import TranscribeRequest, TranscriptionConfig
from earshot.speech.v1.speech_pb2_grpc import SpeechServiceStub


def spoken(path: str) -> Iterator[TranscribeRequest]:
    yield TranscribeRequest(config=TranscriptionConfig(model="whisper-1"))
    with Path(path).open("rb") as file:
        while part := file.read(65_536):
            yield TranscribeRequest(audio=part)


with grpc.insecure_channel(sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1:8090") as channel:
    for event in SpeechServiceStub(channel).Transcribe(spoken(sys.argv[1]), timeout=600):
        print(event.segment.text.strip() if event.HasField("segment") else event.transcript.usage)
