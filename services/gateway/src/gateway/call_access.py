"""Callers over gRPC: who asks, by the key in the call's metadata.

Who may do what is decided by `access`; `http_access` is the same for HTTP.
"""

import structlog

from gateway.access import Access, Caller
from gateway.call_edge import Context


async def caller_of(context: Context, access: Access) -> Caller:
    metadata = context.invocation_metadata() or ()
    authorization = next((value for name, value in metadata if name == "authorization"), None)
    caller = await access.caller(str(authorization) if authorization else None)
    if caller.key:
        structlog.contextvars.bind_contextvars(tenant=caller.tenant, key_id=caller.key.id)
    return caller
