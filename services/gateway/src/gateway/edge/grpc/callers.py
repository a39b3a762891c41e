"""Callers over gRPC: who asks, by the key in the call's metadata.

Who may do what is decided by `edge.access`; `edge.http.callers` is the same for HTTP.
"""

import structlog

from gateway.edge.access import Access, Caller
from gateway.edge.grpc.calls import Context


async def caller_of(context: Context, access: Access) -> Caller:
    caller = await access.caller(metadata_of(context, "authorization"))
    if caller.key:
        structlog.contextvars.bind_contextvars(tenant=caller.tenant, key_id=caller.key.id)
    return caller


def metadata_of(context: Context, name: str) -> str | None:
    metadata = context.invocation_metadata() or ()
    return next((str(value) for key, value in metadata if key == name and value), None)
