"""How much an endpoint's model can read and write at once: as stated, as its server says, or as little as is usual.

Too much is often cut away without a word by the server, so that nothing here is ever guessed upwards.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from postprocess.chat.answers import read_json
from postprocess.chat.client import Target
from postprocess.chat.failures import ChatFailed
from postprocess.chat.http import EndpointHttp
from postprocess.chat.urls import models_url, server_url
from speechkit.domain.endpoints import Provider

USUAL_TOKENS = 4_096
LEAST_TOKENS = 512
MOST_TOKENS = 2_000_000

ASKING_SECONDS = 2.0
"""The transcript waits for this, once in a while."""
KNOWN_SECONDS = 600.0
UNKNOWN_SECONDS = 60.0
MOST_REMEMBERED = 10_000

_NUM_CTX = re.compile(r"^num_ctx\s+(\d{1,9})\s*$", re.MULTILINE)


@dataclass(frozen=True)
class _Found:
    tokens: int
    good_until: float


class Contexts:
    def __init__(self, http: EndpointHttp) -> None:
        self._http = http
        self._found: OrderedDict[tuple[str, str, str], _Found] = OrderedDict()

    async def of(self, target: Target) -> int:
        """In tokens. Never raises: a server that says nothing is taken for a small one."""
        if target.context_tokens:
            return target.context_tokens
        known = self._found.get(_name(target))
        if known and monotonic() < known.good_until:
            return known.tokens
        told = await self._told(target)
        self._remember(target, told or USUAL_TOKENS, KNOWN_SECONDS if told else UNKNOWN_SECONDS)
        return told or USUAL_TOKENS

    def learn(self, target: Target, tokens: int) -> None:
        """What turned out, once it was too much."""
        self._remember(target, max(LEAST_TOKENS, tokens), KNOWN_SECONDS)

    async def _told(self, target: Target) -> int:
        try:
            return _bounded(await self._asked(target))
        except ChatFailed:
            return 0

    async def _asked(self, target: Target) -> int:
        if target.provider is Provider.OLLAMA:
            return _of_ollama(await self._json(target, "POST", "/api/show", {"model": target.model}))
        if target.provider is Provider.LMSTUDIO:
            return _of_lmstudio(await self._json(target, "GET", "/api/v0/models"), target.model)
        listed = models_url(target.provider, target.base_url, verbatim=target.verbatim_url)
        told = _of_list(await self._read(target, "GET", listed), target.model) if listed else 0
        if told or target.verbatim_url or target.provider is not Provider.CUSTOM:
            return told
        return _of_llama_cpp(await self._json(target, "GET", "/props"))

    async def _json(self, target: Target, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return await self._read(target, method, server_url(target.provider, target.base_url, path), body)

    async def _read(self, target: Target, method: str, url: str, body: dict[str, Any] | None = None) -> Any:
        async with self._http.asked(
            method, url, api_key=target.api_key, body=body, total_seconds=ASKING_SECONDS
        ) as reply:
            return await read_json(reply)

    def _remember(self, target: Target, tokens: int, seconds: float) -> None:
        self._found[_name(target)] = _Found(tokens, monotonic() + seconds)
        if len(self._found) > MOST_REMEMBERED:
            self._found.popitem(last=False)


def _name(target: Target) -> tuple[str, str, str]:
    return target.endpoint_id, target.chat_url, target.model


def _of_ollama(told: Any) -> int:
    """What the model was made with. How much it could read is another matter: the server loads it with less."""
    parameters = told.get("parameters") if isinstance(told, dict) else None
    found = _NUM_CTX.search(parameters) if isinstance(parameters, str) else None
    return int(found[1]) if found else 0


def _of_lmstudio(told: Any, model: str) -> int:
    """Of the model as it is loaded; one that is not yet will be, with the server's own default."""
    entry = _entry(told, model)
    return _number(entry.get("loaded_context_length"))


def _of_list(told: Any, model: str) -> int:
    """vLLM's name for it, OpenRouter's and Together's, and Groq's."""
    entry = _entry(told, model)
    return next(
        (
            tokens
            for name in ("max_model_len", "context_length", "context_window")
            if (tokens := _number(entry.get(name)))
        ),
        0,
    )


def _of_llama_cpp(told: Any) -> int:
    settings = told.get("default_generation_settings") if isinstance(told, dict) else None
    return _number(settings.get("n_ctx")) if isinstance(settings, dict) else 0


def _entry(told: Any, model: str) -> dict[str, Any]:
    listed = told.get("data") if isinstance(told, dict) else told
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, Sequence) else []
    return next((entry for entry in entries if entry.get("id") == model), {})


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _bounded(tokens: int) -> int:
    return min(tokens, MOST_TOKENS) if tokens >= LEAST_TOKENS else 0
