"""Server-sent events, read as strictly as OpenAI writes them."""

import json
from typing import Any

DONE = "[DONE]"


def read_events(body: bytes) -> list[Any]:
    """The events of a whole stream, comments left out; `[DONE]` as it is."""
    text = body.decode()
    assert text.endswith("\r\n\r\n")
    blocks = [block for block in text.removesuffix("\r\n\r\n").split("\r\n\r\n") if not block.startswith(":")]
    assert all(block.startswith("data: ") and "\n" not in block for block in blocks)
    return [DONE if block == f"data: {DONE}" else json.loads(block.removeprefix("data: ")) for block in blocks]
