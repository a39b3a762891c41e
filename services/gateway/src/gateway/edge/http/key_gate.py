"""The gate before every route: without a key that works nobody gets past it, nor is anything of the body read.

Whether keys are asked for, and whose key it is, is decided by `edge.access`.
"""

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.edge.access import Access
from gateway.edge.hispeech_wire import authorization
from gateway.edge.http.callers import CALLER
from gateway.edge.http.envelopes import error_response
from gateway.edge.http.requests import PROBES
from speechkit.domain.errors import EarshotError

log = structlog.get_logger(__name__)

OPEN_PATHS = PROBES | {"/docs", "/openapi.json"}
"""Health and metrics, whose readers have no keys, and what the API is."""


class KeyGate:
    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            try:
                key = authorization(Headers(scope=scope), path=scope["path"])
                caller = await self._access.caller(key)
            except EarshotError as error:
                log.info("request_refused", reason=error.reason.value, param=error.param)
                await error_response(error, path=scope["path"])(scope, receive, send)
                return
            scope.setdefault("state", {})[CALLER] = caller
        await self._app(scope, receive, send)
