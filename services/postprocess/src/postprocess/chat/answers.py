"""An endpoint's answer, whole or in a stream, in whichever dialect of chat completions its server speaks.

Judged by its status and by what it holds: some servers say that they failed in an answer with status 200. What becomes
of a failure is the matter of `client`; whether the words can be used is that of `postprocess.guard`.
"""

import asyncio
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from postprocess.chat.failures import ChatFailed, Trouble
from speechkit.ports import HttpReply

MOST_ERROR_BYTES = 64 * 1024
MOST_SHOWN_CHARACTERS = 300
END_SECONDS = 0.1

NO_CHAT = (
    "What answers at the endpoint's URL does not speak the chat-completions format. Check the URL, and that it ends in "
    "/chat/completions."
)

_OVERFLOW = re.compile(
    r"context[ _-]?(length|size|window)|exceed_context_size|tokens to keep|maximum context|too many tokens|"
    r"prompt is too long|n_ctx",
    re.IGNORECASE,
)
_CONTEXT_TOKENS = re.compile(r"(?:context length is|n_ctx[\"']?[:= ]+|context size \(|context length of)\s*\(?(\d+)")

_WRONG_KEY = (Trouble.REFUSED, "The endpoint refused the API key. Check it.")
_AWAY = (Trouble.UNAVAILABLE, "The endpoint could not answer in time.")
_BY_STATUS = {
    401: _WRONG_KEY,
    402: (Trouble.NO_CREDIT, "The endpoint's account has no credit left."),
    403: _WRONG_KEY,
    408: _AWAY,
    425: _AWAY,
    429: (Trouble.OVERLOADED, "The endpoint takes no more requests for now."),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    content: str | None
    """None where the model gave none; reasoning that came apart from it is not in it."""
    finish_reason: str
    """`stop`, `length`, or another word of the server's; empty where it said nothing."""


async def read_answer(reply: HttpReply, *, api_key: str = "") -> Answer:
    """Raises ChatFailed; no message quotes the key, whatever the server says."""
    if not 200 <= reply.status < 300:
        told = await _whole(reply, MOST_ERROR_BYTES)
        raise _failure(reply.status, _loaded(told), reply.retry_after, api_key)
    collected = _Collected(api_key)
    lines = _Lines()
    whole: list[bytes] = []
    async for part in reply.parts:
        if whole or (not lines.begun and part.lstrip()[:1] in (b"{", b"[")):
            whole.append(part)
            continue
        for line in lines.taken(part):
            collected.took(line)
        if collected.done:
            break
    if whole:
        return answer_of(_loaded(b"".join(whole)), api_key=api_key)
    for line in lines.taken(b"\n"):
        collected.took(line)
    await _read_to_its_end(reply)
    return collected.answer()


def answer_of(body: Any, *, api_key: str = "") -> Answer:
    """Of an answer that came whole."""
    if not isinstance(body, dict) or _error_in(body) is not None:
        raise _failure(200, body, None, api_key)
    choice = _first_choice(body)
    if choice is None:
        raise ChatFailed(Trouble.WRONG, NO_CHAT)
    if choice.get("error"):
        raise _failure(200, choice, None, api_key)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise ChatFailed(Trouble.WRONG, NO_CHAT)
    content = message.get("refusal") if message.get("content") is None else message["content"]
    return Answer(content=_text(content), finish_reason=_word(choice.get("finish_reason")))


async def read_json(reply: HttpReply) -> Any:
    """Of anything but an answer; None for what is no JSON, or no success."""
    return _loaded(await _whole(reply)) if 200 <= reply.status < 300 else None


class _Lines:
    """Lines out of bytes that are cut anywhere."""

    def __init__(self) -> None:
        self._rest = b""
        self.begun = False

    def taken(self, part: bytes) -> list[bytes]:
        self.begun = self.begun or bool(part.strip())
        *lines, self._rest = (self._rest + part).split(b"\n")
        return [line.rstrip(b"\r") for line in lines]


class _Collected:
    """A stream's answer so far."""

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key
        self._parts: list[str] = []
        self._finish_reason = ""
        self._is_stream = False
        self.done = False

    def took(self, line: bytes) -> None:
        """Comments, names of events and what is no JSON say nothing here."""
        if not line.startswith(b"data:") or self.done:
            return
        self._is_stream = True
        data = line[5:].strip()
        self.done = data == b"[DONE]"
        chunk = _loaded(data)
        if not isinstance(chunk, dict):
            return
        if _error_in(chunk) is not None:
            raise _failure(200, chunk, None, self._api_key)
        if choice := _first_choice(chunk):
            self._take_choice(choice)

    def answer(self) -> Answer:
        if not self._is_stream:
            raise ChatFailed(Trouble.WRONG, NO_CHAT)
        if not self._finish_reason and not self.done:
            raise ChatFailed(Trouble.UNAVAILABLE, "The endpoint broke off in the middle of its answer.", may_pass=True)
        return Answer(content="".join(self._parts), finish_reason=self._finish_reason)

    def _take_choice(self, choice: dict[str, Any]) -> None:
        if choice.get("error"):
            raise _failure(200, choice, None, self._api_key)
        said = choice.get("delta") or choice.get("message")
        if isinstance(said, dict):
            self._parts.append(_text(said.get("content")) or "")
        self._finish_reason = _word(choice.get("finish_reason")) or self._finish_reason


async def _read_to_its_end(reply: HttpReply) -> None:
    """Only a connection that was read to the end of its answer can be used again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(END_SECONDS):
            async for _ in reply.parts:
                pass


def _failure(status: int, body: Any, retry_after: str | None, api_key: str) -> ChatFailed:
    error = _error_in(body) if isinstance(body, dict) else None
    message, code = _told(error)
    if status == 200 and 400 <= code < 600:
        status = code
    trouble, words = _judged(status, error, message)
    shown = _shown(message, api_key)
    return ChatFailed(
        trouble,
        f"{words} It said: {shown}" if shown else words,
        may_pass=trouble in (Trouble.OVERLOADED, Trouble.UNAVAILABLE),
        retry_after_seconds=_seconds(retry_after) or _told_wait(error),
        context_tokens=_told_context(error, message) if trouble is Trouble.OVERFLOW else None,
    )


def _judged(status: int, error: Any, message: str) -> tuple[Trouble, str]:
    """By the status, and by the words of those who have one status for everything."""
    if _OVERFLOW.search(message):
        return Trouble.OVERFLOW, "The model can't read so much at once. State its context in the endpoint's settings."
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return Trouble.UNAVAILABLE, f"The endpoint failed with status {status}."
    if 300 <= status < 400:
        return Trouble.WRONG, f"The endpoint answered with a redirect, status {status}. Give the URL that it leads to."
    if error is None or "unexpected endpoint" in message.lower():
        return Trouble.WRONG, f"{NO_CHAT} It answered with status {status}."
    return Trouble.REFUSED, "The endpoint refused the request. Check the model's name and the URL."


def _told_context(error: Any, message: str) -> int | None:
    tokens = _number(error.get("n_ctx")) if isinstance(error, dict) else 0
    found = _CONTEXT_TOKENS.search(message)
    return tokens or (int(found[1][:9]) if found else None)


def _error_in(body: dict[str, Any]) -> Any:
    """Of one of the shapes that errors have: OpenAI's, a bare text, vLLM's old flat one, FastAPI's."""
    if body.get("error"):
        return body["error"]
    if body.get("object") == "error" or ("message" in body and "choices" not in body and "code" in body):
        return body
    return body["detail"] if "detail" in body and "choices" not in body else None


def _told(error: Any) -> tuple[str, int]:
    if isinstance(error, dict):
        words = [error.get("message"), error.get("type"), error.get("code")]
        metadata = error.get("metadata")
        if isinstance(metadata, dict):
            words.append(metadata.get("raw"))
        return " ".join(word for word in words if isinstance(word, str)), _number(error.get("code"))
    return (error if isinstance(error, str) else ""), 0


def _told_wait(error: Any) -> float | None:
    """OpenRouter hands on the headers of whoever refused."""
    metadata = error.get("metadata") if isinstance(error, dict) else None
    headers = metadata.get("headers") if isinstance(metadata, dict) else None
    said = headers.get("Retry-After") if isinstance(headers, dict) else None
    return _seconds(str(said)) if said else None


def _first_choice(body: dict[str, Any]) -> dict[str, Any] | None:
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else None


def _text(content: Any) -> str | None:
    """Text, or the text among parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else None


def _word(value: Any) -> str:
    return value[:40] if isinstance(value, str) else ""


def _number(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _shown(message: str, api_key: str) -> str:
    """What a server says may quote the key that it was given."""
    visible = "".join(character if character.isprintable() else " " for character in message)
    return (visible.replace(api_key, "***") if api_key else visible)[:MOST_SHOWN_CHARACTERS].strip()


def _seconds(retry_after: str | None) -> float | None:
    """Seconds or a date; what is neither says nothing."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after[:20]))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _loaded(told: bytes) -> Any:
    try:
        return json.loads(told)
    except (ValueError, RecursionError):
        return None


async def _whole(reply: HttpReply, most_bytes: int | None = None) -> bytes:
    parts, size = [], 0
    async for part in reply.parts:
        parts.append(part)
        size += len(part)
        if most_bytes and size > most_bytes:
            break
    return b"".join(parts)
