"""Calls whose one request can't be read: refused as others are, before gRPC makes a server's fault of them.

Streams read their requests themselves, in `intake.arriving_audio`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from gateway.edge.grpc.calls import Context, answered
from speechkit.domain.errors import InvalidRequest

OURS = "/earshot."

Handler = Any
"""Of one method; its class is generic in its stubs alone."""


class UnreadableCalls(grpc.aio.ServerInterceptor):  # type: ignore[type-arg] # generic in its stubs alone
    async def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]], details: grpc.HandlerCallDetails
    ) -> Handler:
        handler = await continuation(details)
        if handler is None or handler.request_streaming or not details.method.startswith(OURS):
            return handler
        return _reading(handler, method=details.method.rpartition("/")[2])


def _reading(handler: Handler, *, method: str) -> Handler:
    answer = handler.unary_stream if handler.response_streaming else handler.unary_unary

    async def read_and_answer(request: bytes, context: Context) -> Any:
        try:
            message = handler.request_deserializer(request)
        except DecodeError:
            async with answered(context, method=method):
                raise InvalidRequest("The request could not be read; send what the .proto file describes.") from None
        return await answer(message, context)

    made = grpc.unary_stream_rpc_method_handler if handler.response_streaming else grpc.unary_unary_rpc_method_handler
    return made(read_and_answer, response_serializer=handler.response_serializer)
