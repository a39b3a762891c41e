"""HTTP/1.1 as uvicorn speaks it, where what is no HTTP is refused in OpenAI's words, as everything else is.

It also lets the application break off an answer whose client has stopped reading, which ASGI has no word for.
"""

import asyncio
from typing import Any

import h11
from starlette.requests import Request
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from gateway.edge.http.disconnects import disconnected
from gateway.edge.http.envelopes import error_response
from speechkit.domain.errors import InvalidRequest

BREAK_OFF = "break_off"
"""Its name in the state of every request."""

NO_HTTP = InvalidRequest(
    "The request could not be read as HTTP/1.1: it is malformed, or its headers are longer than 16 KiB. "
    "Let an HTTP library write it."
)


class OpenAIProtocol(H11Protocol):
    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state | {BREAK_OFF: self._break_off}, _loop)

    def send_400_response(self, msg: str) -> None:
        """No application has seen such a request, so its answer has no id."""
        if self.cycle is not None:
            self.cycle.disconnected = True  # the work on what came before the damage, and its answer
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self._break_off()
            return
        answer = error_response(NO_HTTP, path="")
        headers = [*answer.raw_headers, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=answer.status_code, headers=headers, reason=b"Bad Request"),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _break_off(self) -> None:
        self.transport.abort()


async def break_off(request: Request) -> None:
    """Ends the connection at once: to close it in order would wait for its client to read what lies in its buffer."""
    if hasattr(request.state, BREAK_OFF):
        getattr(request.state, BREAK_OFF)()
        await disconnected(request.receive)
