"""What an endpoint is asked besides refinement: to say hello, and which models it has.

Whether an answer is any good is told here in words for whoever set the endpoint up.
"""

from datetime import UTC, datetime
from typing import Any

from postprocess.chat.answers import read_answer, read_json
from postprocess.chat.client import Target
from postprocess.chat.failures import ChatFailed
from postprocess.chat.http import EndpointHttp
from postprocess.chat.urls import models_url
from speechkit.domain.endpoints import EndpointTest, ListedModels

HELLO = "Say hello in one word."
HELLO_SECONDS = 45.0
"""A local server may load the model first."""
LISTING_SECONDS = 10.0
MOST_SHOWN_CHARACTERS = 500
MOST_MODELS = 2_000

TYPE_A_NAME = "The server's models can't be listed. Type the model's name instead."


async def said_hello(http: EndpointHttp, target: Target) -> EndpointTest:
    body = {
        "model": target.model,
        "messages": [{"role": "user", "content": HELLO}],
        "max_tokens": 10,
        "temperature": 0.0,
    }
    try:
        async with http.asked(
            "POST", target.chat_url, api_key=target.api_key, body=body, total_seconds=HELLO_SECONDS
        ) as reply:
            answer = await read_answer(reply, api_key=target.api_key)
    except ChatFailed as failed:
        return _tested(error=failed.message)
    if answer.content is None:
        return _tested(error="The endpoint answered, but without words in choices[0].message.content.")
    return _tested(reply=_printable(answer.content))


async def listed_models(http: EndpointHttp, target: Target) -> ListedModels:
    url = models_url(target.provider, target.base_url, verbatim=target.verbatim_url)
    if url is None:
        return ListedModels(models=(), error=TYPE_A_NAME)
    try:
        async with http.asked("GET", url, api_key=target.api_key, total_seconds=LISTING_SECONDS) as reply:
            names = _names(await read_json(reply))
    except ChatFailed as failed:
        return ListedModels(models=(), error=f"{TYPE_A_NAME} {failed.message}")
    return ListedModels(models=tuple(names[:MOST_MODELS]), error="" if names else TYPE_A_NAME)


def _tested(*, reply: str = "", error: str = "") -> EndpointTest:
    return EndpointTest(passed=not error, reply=reply, error=error, tested_at=datetime.now(UTC))


def _names(told: Any) -> list[str]:
    """OpenAI's list; Together's, which is bare; Ollama's own."""
    listed = (told.get("data") or told.get("models")) if isinstance(told, dict) else told
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    names = (entry.get("id") or entry.get("name") for entry in entries)
    return sorted({_printable(name)[:200] for name in names if isinstance(name, str) and name})


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)[:MOST_SHOWN_CHARACTERS].strip()
