"""Takes the edited text out of what a chat model wrote around it: reasoning, fences, quotation marks.

Whether the text may be used is judging's to say. The transcript is fenced by tags named `transcript`, whatever
follows the name: `<transcript-7f3a>` … `</transcript-7f3a>`.
"""

import re

_THOUGHT = r"(?:seed:)?(?:think|thinking|thought|thoughts|reasoning|reflection|analysis)"
_OPENER = rf"(?:<{_THOUGHT}\b[^<>]*>|\[{_THOUGHT}\])"
_CLOSER = rf"(?:</{_THOUGHT}\s*>|\[/{_THOUGHT}\])"
_THOUGHT_OPENED = re.compile(_OPENER, re.IGNORECASE)
_THOUGHT_CLOSED = re.compile(_CLOSER, re.IGNORECASE)
_HARMONY = re.compile(r"<\|channel\|>\s?(?P<channel>[a-z]{1,16})[^<]{0,64}<\|message\|>")
_STOP = re.compile(r"(?:<\|[a-z_]{1,24}\|>|</s>|<end_of_turn>)$")
_FENCE_OPENED = re.compile(r"^<\s?transcript\b[^<>]*>", re.IGNORECASE)
_FENCE_CLOSED = re.compile(r"<\s?/\s?transcript\b[^<>]*>$", re.IGNORECASE)
_CODE_FENCE = re.compile(r"(`{3,}|~{3,})[a-z]*\s*", re.IGNORECASE)
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』", "'": "'", "‘": "’"}
_MOST_WRAPPERS = 6


def read_answer(content: str) -> str:
    """The edited text alone; empty when a model thought until its tokens ran out and never answered."""
    text = _without_reasoning(content.strip())
    for _ in range(_MOST_WRAPPERS):
        text = _unwrapped(text)
    return text


def _without_reasoning(text: str) -> str:
    """A closing tag ends the reasoning even when its opener is missing, as chat templates that write it leave it."""
    for channel in _HARMONY.finditer(text):
        if channel["channel"] == "final":
            return text[channel.end() :].strip()
    if text.startswith("<|channel|>"):
        return ""
    answer = max((closed.end() for closed in _THOUGHT_CLOSED.finditer(text)), default=0)
    text = text[answer:].lstrip()
    return "" if _THOUGHT_OPENED.match(text) else text


def _unwrapped(text: str) -> str:
    for around in (_STOP, _FENCE_OPENED, _FENCE_CLOSED):
        text = around.sub("", text).strip()
    return _unquoted(_without_code_fence(text))


def _without_code_fence(text: str) -> str:
    first, *inside = text.split("\n")
    if len(inside) < 2 or not (fence := _CODE_FENCE.fullmatch(first)):
        return text
    closes = [number for number, line in enumerate(inside) if line.strip() == fence[1]]
    return "\n".join(inside[:-1]).strip() if closes == [len(inside) - 1] else text


def _unquoted(text: str) -> str:
    """Quotation marks inside may mean that the first and the last belong to two quotations."""
    closers = _QUOTES.get(text[:1], "")
    if len(text) < 3 or text[-1] not in closers or set(text[1:-1]) & {text[0], *closers}:
        return text
    return text[1:-1].strip()
