import sys
from pathlib import Path

import httpx
from earshot_client import Client
from earshot_client.api.audio import create_transcription
from earshot_client.models import AudioForm, ErrorEnvelope, Granularity, ResponseFormat, VerboseTranscription
from earshot_client.types import File

file, server = sys.argv[1:]
client = Client(base_url=server, timeout=httpx.Timeout(600))

with Path(file).open("rb") as audio:
    form = AudioForm(
        file=File(payload=audio, file_name=file),
        model="whisper-1",
        response_format=ResponseFormat.VERBOSE_JSON,
        timestamp_granularities=[Granularity.WORD],
    )
    answer = create_transcription.sync(client=client, body=form)

match answer:
    case VerboseTranscription(words=list(words)):
        for word in words:
            print(f"{word.start:7.2f} {word.word}")
    case ErrorEnvelope(error=error):
        sys.exit(error.message)
