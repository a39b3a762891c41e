"""A receiver of webhooks, which is out of order when the first of some jobs' comes."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from speechkit.runtime.http_server import http_server

REFUSES_EACH = 10


@dataclass
class Receiver:
    port: int
    accepted: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The ids of the webhooks that came, by job."""
    refused: set[str] = field(default_factory=set)
    _seen: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])
        async with http_server(app, host="127.0.0.1", port=self.port, port_setting="", grace_seconds=1):
            yield

    async def _take(self, request: Request) -> Response:
        job = (await request.json())["data"]["id"]
        self._seen += 1
        if self._seen % REFUSES_EACH == 0 and job not in self.refused:
            self.refused.add(job)
            return Response(status_code=500)
        self.accepted[job].append(request.headers["webhook-id"])
        return Response(status_code=204)
