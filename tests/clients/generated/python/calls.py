"""Every operation through the generated client, with a key; prints what test_generated_clients.py expects."""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from earshot_client import AuthenticatedClient, Client
from earshot_client.api.audio import create_transcription, create_translation
from earshot_client.api.models import list_models, retrieve_model
from earshot_client.models import (
    AudioForm,
    ErrorEnvelope,
    Granularity,
    Include,
    Model,
    ModelList,
    ResponseFormat,
    Task,
    Transcription,
    VerboseTranscription,
)
from earshot_client.types import File, Response

file, server, key = sys.argv[1:]
client = AuthenticatedClient(base_url=server, token=key, timeout=httpx.Timeout(600))


def form(model: str = "whisper-1") -> AudioForm:
    return AudioForm(file=File(payload=BytesIO(Path(file).read_bytes())), model=model)


def print_refusal(answer: Response[Any]) -> None:
    assert isinstance(answer.parsed, ErrorEnvelope)
    error = answer.parsed.error
    print(f"{int(answer.status_code)} {error.type_} {error.param or 'null'} {error.code or 'null'}")


models = list_models.sync(client=client)
assert isinstance(models, ModelList)
print(*(model.id for model in models.data))

model = retrieve_model.sync("org/whisper", client=client)
assert isinstance(model, Model)
print(model.id, model.owned_by)

body = form()
body.include = [Include.LOGPROBS]
transcription = create_transcription.sync(client=client, body=body)
assert isinstance(transcription, Transcription)
assert transcription.usage
assert transcription.logprobs
print(transcription.text, transcription.usage.seconds, transcription.logprobs[0].logprob)

body = form()
body.response_format = ResponseFormat.VERBOSE_JSON
body.timestamp_granularities = [Granularity.SEGMENT, Granularity.WORD]
body.language = "en"
verbose = create_transcription.sync(client=client, body=body)
assert isinstance(verbose, VerboseTranscription)
assert verbose.segments
assert verbose.words
print(verbose.language, verbose.segments[0].text, *(word.word for word in verbose.words))

body = form()
body.response_format = ResponseFormat.VERBOSE_JSON
translation = create_translation.sync(client=client, body=body)
assert isinstance(translation, VerboseTranscription)
assert translation.task == Task.TRANSLATE
print(translation.task, translation.text)

print_refusal(create_transcription.sync_detailed(client=client, body=form(model="whisper-9")))
body = form()
body.language = "klingon"
print_refusal(create_transcription.sync_detailed(client=client, body=body))
print_refusal(retrieve_model.sync_detailed("nobody", client=client))
print_refusal(list_models.sync_detailed(client=Client(base_url=server)))
