"""What every gRPC door of ours does, whatever it carries."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from speechkit.runtime.grpc_server import grpc_server
from speechkit.runtime.health import Readiness

AGE_SECONDS = 0.5
PIECES = 15
PIECE_SECONDS = 0.1


async def who_calls(_: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
    return str(context.peer()).encode()


async def long_answer(_: bytes, __: grpc.aio.ServicerContext[bytes, bytes]) -> AsyncIterator[bytes]:
    for piece in range(PIECES):
        yield bytes([piece])
        await asyncio.sleep(PIECE_SECONDS)


def carry(server: grpc.aio.Server) -> None:
    methods = {
        "Who": grpc.unary_unary_rpc_method_handler(who_calls),
        "Long": grpc.unary_stream_rpc_method_handler(long_answer),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Calls", methods),))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with grpc_server(
        readiness=Readiness(),
        host="127.0.0.1",
        port=0,
        port_setting="EARSHOT_GRPC_PORT",
        grace_seconds=1,
        connection_age_seconds=AGE_SECONDS,
        services={"test.Calls": carry},
    ) as port:
        yield port


async def test_clients_connect_anew_so_that_they_find_replicas_that_were_added(port: int) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        who = channel.unary_unary("/test.Calls/Who", request_serializer=None, response_deserializer=None)
        assert await who(b"") == await who(b"")
        callers = {await who(b"")}
        async with asyncio.timeout(10):
            while len(callers) < 3:
                await asyncio.sleep(PIECE_SECONDS)
                callers.add(await who(b""))  # and not one of them is refused


async def test_a_call_that_outlives_its_connection_s_age_ends_as_it_would(port: int) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        long_call = channel.unary_stream("/test.Calls/Long", request_serializer=None, response_deserializer=None)
        pieces = [piece async for piece in long_call(b"")]
    assert pieces == [bytes([piece]) for piece in range(PIECES)]
