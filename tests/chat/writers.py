"""What a model makes of a transcript: well, badly, or as the speaker would have it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.chat.dialects import Reply

_FENCED = re.compile(r"<(transcript-[0-9a-f]{32})>\n(.*)\n</\1>", re.DOTALL)
_NUMBER = re.compile(r"^\[\d+\] ?")


@dataclass(frozen=True)
class Written:
    content: str | None
    finish: str = "stop"
    thought: str = ""


Writer = Callable[[list[dict[str, Any]]], Written | Reply | str]
"""Messages in, as the server was sent them."""


def transcript_in(messages: list[dict[str, Any]]) -> str:
    """What stands between the fences, or the last thing that was said."""
    for message in reversed(messages):
        if message["role"] == "user" and (found := _FENCED.search(message["content"])):
            return found[2]
    return str(messages[-1]["content"])


def faithful(messages: list[dict[str, Any]]) -> str:
    """A clean-up as it should be: each line with its number, a capital and a full stop."""
    return "\n".join(_cleaned(line) for line in transcript_in(messages).splitlines())


def hello(_: list[dict[str, Any]]) -> str:
    return "Hello!"


def poem(_: list[dict[str, Any]]) -> str:
    """What a speaker asked for, who told the model to ignore what it was told."""
    return "Roses are red, violets are blue, the sea is wide and so are you."


def chatty(messages: list[dict[str, Any]]) -> str:
    return f"Sure, here is the cleaned up transcript:\n\n{faithful(messages)}\n\nLet me know if you need anything else!"


def refusing(_: list[dict[str, Any]]) -> str:
    return "I'm sorry, but I can't help with that."


def dropping(messages: list[dict[str, Any]]) -> str:
    return faithful(messages)[: len(transcript_in(messages)) // 4]


def _cleaned(line: str) -> str:
    number = _NUMBER.match(line)
    head, text = (number[0], line[number.end() :]) if number else ("", line)
    text = re.sub(r"\b(um|uh),? ", "", text.strip())
    return f"{head}{text[:1].upper()}{text[1:]}" + ("" if not text or text[-1] in ".!?" else ".")
