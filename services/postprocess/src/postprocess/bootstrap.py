"""Puts the post-processing service together; `earshot serve` starts it through this module too.

The only module of the service that knows technologies by name.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from earshot.postprocess.v1.postprocess_pb2_grpc import add_PostprocessServiceServicer_to_server
from postprocess import servicer
from postprocess.chat.client import ChatClient
from postprocess.chat.contexts import Contexts
from postprocess.chat.http import EndpointAddresses, EndpointHttp
from postprocess.endpoints.desk import EndpointDesk
from postprocess.endpoints.drafts import DraftRules
from postprocess.modes.desk import ModeDesk
from postprocess.refining.refiner import ChatRefiner
from postprocess.servicer import PostprocessServicer
from postprocess.settings import PostprocessSettings
from postprocess.setups import RecentSetups, WatchedEndpointStore, WatchedModeStore
from speechkit.adapters.guarded_http.client import HttpxGuardedHttp, Patience, trusted_authorities
from speechkit.adapters.guarded_http.connecting import Resolve, system_resolve
from speechkit.adapters.job_backing import open_database, open_keys
from speechkit.adapters.sealing import MasterSealer
from speechkit.adapters.sql.endpoint_store import SqlEndpointStore
from speechkit.adapters.sql.mode_store import SqlModeStore
from speechkit.domain.addresses import AddressPolicy
from speechkit.runtime.grpc_server import grpc_server
from speechkit.runtime.health import Readiness, health_app
from speechkit.runtime.http_server import http_server
from speechkit.runtime.measured import MeasuredHttp
from speechkit.runtime.settings import split_list

OWN_NETWORKS = ("127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""This machine and the network at home, where a local run finds its chat server. Metadata services are not in it."""

CONNECTIONS = 512
PURPOSE = "chat"
MOST_MESSAGE_BYTES = 64 * 1024 * 1024
"""A day of speech is some megabytes of text and times."""


@asynccontextmanager
async def postprocess_service(
    settings: PostprocessSettings,
    *,
    local: bool = False,
    resolve: Resolve = system_resolve,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[None]:
    """The whole service, serving while the context is open.

    `local` says that only this machine's users can reach it: their endpoints may be here too.
    """
    readiness = Readiness()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        addresses = EndpointAddresses.listed(_private(settings, local=local))
        tls = tls or trusted_authorities()  # one for both: a list of all certificate authorities takes a while to read
        http = EndpointHttp(
            https=MeasuredHttp(
                await stack.enter_async_context(_client(addresses.https, settings, resolve, tls)), PURPOSE
            ),
            http=MeasuredHttp(
                await stack.enter_async_context(_client(addresses.http, settings, resolve, tls)), PURPOSE
            ),
        )
        setups = RecentSetups(endpoints=SqlEndpointStore(database), modes=SqlModeStore(database))
        endpoint_store = WatchedEndpointStore(inner=setups.endpoints, changed=setups.forget)
        mode_store = WatchedModeStore(inner=setups.modes, changed=setups.forget)
        modes = ModeDesk(store=mode_store, endpoints=endpoint_store)
        endpoints = EndpointDesk(
            store=endpoint_store,
            modes=modes,
            sealer=MasterSealer(open_keys(settings)),
            rules=DraftRules(addresses=addresses),
            http=http,
        )
        chat = ChatClient(http, calls_per_endpoint=settings.endpoint_calls_in_flight)
        refiner = ChatRefiner(setups=setups, endpoints=endpoints, chat=chat, contexts=Contexts(http))
        door = PostprocessServicer(endpoints=endpoints, modes=modes, refiner=refiner)
        readiness.add("database", database.ready)
        await stack.enter_async_context(
            grpc_server(
                readiness=readiness,
                host=settings.postprocess_grpc_host,
                port=settings.postprocess_grpc_port,
                port_setting="EARSHOT_POSTPROCESS_GRPC_PORT",
                grace_seconds=settings.shutdown_grace_seconds,
                most_message_bytes=MOST_MESSAGE_BYTES,
                services={servicer.NAME: lambda server: add_PostprocessServiceServicer_to_server(door, server)},
            )
        )
        await stack.enter_async_context(
            http_server(
                health_app(readiness),
                host=settings.postprocess_http_host,
                port=settings.postprocess_http_port,
                port_setting="EARSHOT_POSTPROCESS_HTTP_PORT",
                grace_seconds=settings.shutdown_grace_seconds,
            )
        )
        try:
            yield
        finally:
            readiness.drain()


def _private(settings: PostprocessSettings, *, local: bool) -> tuple[str, ...]:
    if settings.endpoint_private_addresses is None:
        return OWN_NETWORKS if local else ()
    return tuple(split_list(settings.endpoint_private_addresses))


def _client(
    policy: AddressPolicy, settings: PostprocessSettings, resolve: Resolve, tls: ssl.SSLContext
) -> HttpxGuardedHttp:
    patience = Patience(idle_seconds=settings.endpoint_idle_seconds)
    return HttpxGuardedHttp(policy, patience=patience, resolve=resolve, tls=tls, connections=CONNECTIONS)
