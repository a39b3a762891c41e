"""How real servers say the same things differently: answers, streams, errors, lists of models.

From their documentation and their sources; which server says what is told beside each.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from speechkit.domain.endpoints import Provider

Body = dict[str, Any] | list[Any]


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: str = ""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    name: str
    provider: Provider = Provider.CUSTOM
    base_path: str = "/v1"
    """What a tenant writes behind the host."""
    chat_path: str = "/v1/chat/completions"
    comments: tuple[str, ...] = ()
    """Lines that a stream begins with."""
    reasoning_field: str = ""
    says_done: bool = True
    usage_chunk: bool = False
    models: Body | None = None
    context: tuple[str, Body] | None = None
    """Where its own API tells how much a model reads, and in which words."""
    unknown_path: Reply = Reply(status=404, body=b'{"detail":"Not Found"}')

    def whole(self, content: str | None, *, finish: str = "stop", thought: str = "") -> Reply:
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if thought and self.reasoning_field:
            message[self.reasoning_field] = thought
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        return json_reply({"id": "chatcmpl-1", "object": "chat.completion", "model": "m", "choices": [choice]})

    def events(self, content: str, *, finish: str = "stop", thought: str = "") -> list[bytes]:
        """A stream's parts, each as it leaves the server."""
        parts = [f"{comment}\n\n".encode() for comment in self.comments]
        parts.append(self._event({"role": "assistant", "content": ""}))
        if thought and self.reasoning_field:
            parts.append(self._event({self.reasoning_field: thought}))
        parts += [self._event({"content": piece}) for piece in _pieces(content)]
        parts.append(self._event({}, finish=finish))
        if self.usage_chunk:
            parts.append(event({"object": "chat.completion.chunk", "choices": [], "usage": {"total_tokens": 9}}))
        return [*parts, b"data: [DONE]\n\n"] if self.says_done else parts

    def _event(self, delta: dict[str, Any], *, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]})


def event(body: Body) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def json_reply(body: Body | str, *, status: int = 200, headers: str = "") -> Reply:
    return Reply(status=status, body=json.dumps(body, ensure_ascii=False).encode(), headers=headers)


def _list(*models: dict[str, Any]) -> Body:
    return {"object": "list", "data": list(models)}


OPENAI = Dialect(name="openai", usage_chunk=True, models=_list({"id": "m", "object": "model", "owned_by": "system"}))

OLLAMA = Dialect(
    name="ollama",
    provider=Provider.OLLAMA,
    base_path="",
    reasoning_field="reasoning",
    models=_list({"id": "m", "object": "model", "owned_by": "library"}),
    # The model could read more; the server loads it with what `num_ctx` says.
    context=("/api/show", {"parameters": "stop  x\nnum_ctx    8192\n", "model_info": {"llama.context_length": 131072}}),
    unknown_path=Reply(status=404, body=b"404 page not found", content_type="text/plain"),
)

LMSTUDIO = Dialect(
    name="lmstudio",
    provider=Provider.LMSTUDIO,
    models=_list({"id": "m", "object": "model", "owned_by": "organization_owner"}),
    context=(
        "/api/v0/models",
        _list({"id": "m", "state": "loaded", "max_context_length": 32768, "loaded_context_length": 6144}),
    ),
    # Status 200, and the error is a text.
    unknown_path=json_reply({"error": "Unexpected endpoint or method. (POST /v1/v1/chat/completions)"}),
)

VLLM = Dialect(
    name="vllm",
    reasoning_field="reasoning_content",
    models=_list({"id": "m", "object": "model", "owned_by": "vllm", "max_model_len": 10240}),
)

LLAMA_CPP = Dialect(
    name="llama.cpp",
    reasoning_field="reasoning_content",
    models=_list({"id": "m", "object": "model", "meta": {"n_ctx_train": 131072}}),
    context=("/props", {"default_generation_settings": {"n_ctx": 5120}, "total_slots": 1}),
    unknown_path=json_reply(
        {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}, status=404
    ),
)

OPENROUTER = Dialect(
    name="openrouter",
    base_path="/api/v1",
    chat_path="/api/v1/chat/completions",
    comments=(": OPENROUTER PROCESSING", ": OPENROUTER PROCESSING"),
    reasoning_field="reasoning",
    usage_chunk=True,
    models=_list({"id": "m", "name": "M", "context_length": 12288}),
)

DIALECTS: Sequence[Dialect] = (OPENAI, OLLAMA, LMSTUDIO, VLLM, LLAMA_CPP, OPENROUTER)

ERRORS: dict[str, tuple[Reply, str]] = {
    "OpenAI: wrong key": (
        json_reply({"error": {"message": "Incorrect API key provided: KEY.", "code": "invalid_api_key"}}, status=401),
        "endpoint_refused",
    ),
    "OpenAI: no quota, which is 429 too": (
        json_reply(
            {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}},
            status=429,
            headers="retry-after: 3600\r\n",
        ),
        "endpoint_overloaded",
    ),
    "OpenAI: too long": (
        json_reply(
            {
                "error": {
                    "message": "This model's maximum context length is 700 tokens.",
                    "code": "context_length_exceeded",
                }
            },
            status=400,
        ),
        "context_overflow",
    ),
    "Ollama: no such model": (
        json_reply({"error": {"message": "model 'm' not found", "type": "api_error", "code": None}}, status=404),
        "endpoint_refused",
    ),
    "LM Studio: no such path, in 200": (LMSTUDIO.unknown_path, "endpoint_wrong"),
    "LM Studio: an error that is a text": (
        json_reply({"error": "Failed to load model"}, status=500),
        "endpoint_unavailable",
    ),
    "LM Studio: too long": (
        json_reply({"error": "Trying to keep the first 5000 tokens: number of tokens to keep from the initial prompt"}),
        "context_overflow",
    ),
    "vLLM: flat": (
        json_reply(
            {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404},
            status=404,
        ),
        "endpoint_refused",
    ),
    "vLLM: flat and too long": (
        json_reply(
            {
                "object": "error",
                "message": "This model's maximum context length is 600 tokens. However, you requested 9000.",
                "type": "BadRequestError",
                "param": None,
                "code": 400,
            },
            status=400,
        ),
        "context_overflow",
    ),
    "llama.cpp: loading": (
        json_reply({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, status=503),
        "endpoint_unavailable",
    ),
    "llama.cpp: too long": (
        json_reply(
            {
                "error": {
                    "code": 400,
                    "message": "the request exceeds the available context size",
                    "type": "exceed_context_size_error",
                    "n_prompt_tokens": 9000,
                    "n_ctx": 640,
                }
            },
            status=400,
        ),
        "context_overflow",
    ),
    "OpenRouter: no credit": (
        json_reply({"error": {"code": 402, "message": "Insufficient credits"}}, status=402),
        "endpoint_no_credit",
    ),
    "OpenRouter: no credit, in 200": (
        json_reply({"error": {"code": 402, "message": "Insufficient credits"}}),
        "endpoint_no_credit",
    ),
    "OpenRouter: busy upstream, in 200": (
        json_reply({"error": {"code": 429, "message": "Provider returned error", "metadata": {"raw": "busy"}}}),
        "endpoint_overloaded",
    ),
    "OpenRouter: upstream broke, in a choice": (
        json_reply({"choices": [{"error": {"code": 502, "message": "bad gateway"}, "message": {"content": ""}}]}),
        "endpoint_unavailable",
    ),
    "FastAPI: detail": (json_reply({"detail": "Not Found"}, status=404), "endpoint_refused"),
    "no choices": (json_reply({"id": "x", "object": "chat.completion"}), "endpoint_wrong"),
    "empty choices": (json_reply({"choices": []}), "endpoint_wrong"),
    "null choices": (json_reply({"choices": None}), "endpoint_wrong"),
    "a choice that is a text": (json_reply({"choices": ["hello"]}), "endpoint_wrong"),
    "no message": (json_reply({"choices": [{"index": 0}]}), "endpoint_wrong"),
    "a web page": (
        Reply(body=b"<!doctype html><title>Hello</title>", content_type="text/html"),
        "endpoint_wrong",
    ),
    "nothing at all": (Reply(), "endpoint_wrong"),
    "a list": (json_reply([]), "endpoint_wrong"),
    "broken JSON": (Reply(body=b'{"choices": [{"mess'), "endpoint_wrong"),
    "deep JSON": (Reply(body=b'{"a":' * 100_000), "endpoint_wrong"),
    "a redirect": (Reply(status=307, headers="location: http://169.254.169.254/\r\n"), "endpoint_wrong"),
    "a gateway that gave up": (Reply(status=504, body=b"<html>", content_type="text/html"), "endpoint_unavailable"),
    "an error in the stream": (
        Reply(
            body=event({"choices": [{"delta": {"content": "Half"}, "finish_reason": None}]})
            + event({"error": {"code": 502, "message": "Provider disconnected"}, "choices": []}),
            content_type="text/event-stream",
        ),
        "endpoint_unavailable",
    ),
    "an empty stream": (Reply(body=b"", content_type="text/event-stream"), "endpoint_wrong"),
    "a stream without an end": (
        Reply(
            body=event({"choices": [{"delta": {"content": "Half"}, "finish_reason": None}]}),
            content_type="text/event-stream",
        ),
        "endpoint_unavailable",
    ),
}
"""What went wrong, as a server says it, and what a tenant is told that it is."""


def _pieces(content: str) -> list[str]:
    """As tokens come: a few characters each."""
    return [content[start : start + 7] for start in range(0, len(content), 7)]
