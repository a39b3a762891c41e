"""The real post-processing service on a free port, and a caller of it, as the gateway and the worker are."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from postprocess.bootstrap import postprocess_service
from postprocess.settings import PostprocessSettings
from speechkit.adapters.guarded_http.connecting import Resolve, system_resolve
from speechkit.adapters.postprocess import Postprocess, open_postprocess
from speechkit.domain.endpoints import Endpoint, EndpointDraft
from speechkit.domain.refinement import Passage, Refinement, one_passage
from tests.chat.server import ChatServer
from tests.stack.ports import free_ports

TENANT = "acme"


@asynccontextmanager
async def running_postprocess(
    folder: Path,
    *,
    local: bool = True,
    resolve: Resolve = system_resolve,
    tls: ssl.SSLContext | None = None,
    **settings: Any,
) -> AsyncIterator[Postprocess]:
    port, http_port = free_ports(2)
    told = PostprocessSettings(
        data_dir=folder,
        postprocess_grpc_port=port,
        postprocess_http_port=http_port,
        shutdown_grace_seconds=0,
        **settings,
    )
    async with (
        postprocess_service(told, local=local, resolve=resolve, tls=tls),
        open_postprocess(f"127.0.0.1:{port}") as postprocess,
    ):
        yield postprocess


async def endpoint_at(
    postprocess: Postprocess, server: ChatServer, *, name: str = "chat", tenant: str = TENANT, **draft: Any
) -> Endpoint:
    said = {"provider": server.dialect.provider, "base_url": server.base_url, "model": "m", **draft}
    return await postprocess.endpoints.create(EndpointDraft(name=name, **said), tenant=tenant)


def to_refine(text: str = "", *, mode: str = "clean-up", texts: Sequence[str] = (), **asked: Any) -> Refinement:
    """Of a text, or of several with times, as the recognizer gives them."""
    passages = tuple(
        Passage(id=number, start=float(number), end=number + 1.0, text=f" {each}") for number, each in enumerate(texts)
    )
    asked.setdefault("tenant", TENANT)
    return Refinement(mode=mode, passages=passages or one_passage(text), **asked)
