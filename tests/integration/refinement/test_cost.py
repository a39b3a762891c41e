"""What the service costs beside the chat server's own time stays small, also on a machine that is busy with tests."""

from tests.bench.refining import measured

LENIENT_MS = 60.0
"""`make bench` says what it is on a machine of its own."""


async def test_a_refinement_takes_little_longer_than_the_chat_server() -> None:
    cost = await measured(calls=40, at_once=40)
    assert cost.at_once_refined == 40
    assert cost.added_ms < LENIENT_MS
