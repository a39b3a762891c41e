"""A stream means the same however the network cuts it, and what is no stream never breaks the reader."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postprocess.chat.answers import Answer, read_answer
from postprocess.chat.failures import ChatFailed
from speechkit.ports import HttpReply
from tests.chat.dialects import DIALECTS

SAID = "Grüße aus Bergen — 12 Kilo, 🎙 und „Zitate“."


def reply(body: bytes, cuts: list[int]) -> HttpReply:
    async def parts() -> AsyncIterator[bytes]:
        edges = [0, *sorted({min(cut, len(body)) for cut in cuts}), len(body)]
        for start, end in pairwise(edges):
            yield body[start:end]

    return HttpReply(status=200, retry_after=None, parts=parts())


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@given(cuts=st.lists(st.integers(0, 2000), max_size=30))
@settings(max_examples=20, deadline=None)
async def test_a_stream_means_the_same_however_it_is_cut(dialect: object, newline: bytes, cuts: list[int]) -> None:
    body = b"".join(dialect.events(SAID, thought="hm")).replace(b"\n", newline)  # type: ignore[attr-defined]
    assert await read_answer(reply(body, cuts)) == Answer(content=SAID, finish_reason="stop")


async def test_a_stream_may_end_without_saying_so() -> None:
    """After the reason for its end nothing more needs to come."""
    chunk = {"choices": [{"delta": {"content": SAID}, "finish_reason": "stop"}]}
    assert (await read_answer(reply(f"data: {json.dumps(chunk)}".encode(), []))).content == SAID


@given(body=st.binary(max_size=300), status=st.sampled_from([200, 400, 429, 500]))
@settings(max_examples=200, deadline=None)
async def test_nothing_that_a_server_says_breaks_the_reader(body: bytes, status: int) -> None:
    told = reply(body, [7])
    with suppress(ChatFailed):
        await read_answer(HttpReply(status=status, retry_after="soon", parts=told.parts))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "error", "message", "content", "code", "delta"]), inner)
    ),
    max_leaves=12,
)


@given(said=JSON, as_stream=st.booleans())
@settings(max_examples=300, deadline=None)
async def test_no_shape_of_json_breaks_the_reader(said: object, as_stream: bool) -> None:
    body = json.dumps(said).encode()
    with suppress(ChatFailed):
        await read_answer(reply(b"data: " + body + b"\n\n" if as_stream else body, []))
