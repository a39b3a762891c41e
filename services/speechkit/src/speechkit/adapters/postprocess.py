"""The post-processing service over gRPC: refiner, endpoints and modes for the services that stand in front of it.

What its messages mean stands in `speechkit.runtime.postprocess_messages`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import grpc
import structlog

from earshot.postprocess.v1 import postprocess_pb2 as pb
from earshot.postprocess.v1.postprocess_pb2_grpc import PostprocessServiceStub
from speechkit.domain.endpoints import Endpoint, EndpointChanges, EndpointDraft, EndpointTest, ListedModels
from speechkit.domain.errors import DeadlineExceeded, EarshotError, RefinerUnavailable
from speechkit.domain.modes import Mode, ModeChanges
from speechkit.domain.refinement import Refined, Refinement, RefineWarning, kept_raw
from speechkit.runtime.call_failures import error_of
from speechkit.runtime.postprocess_messages import endpoints, modes, refinements
from speechkit.runtime.tracing import trace_headers
from speechkit.runtime.work_ids import work_headers

if TYPE_CHECKING:  # a stub's type is in its .pyi alone
    from earshot.postprocess.v1.postprocess_pb2_grpc import PostprocessServiceAsyncStub

log = structlog.get_logger(__name__)

OPTIONS = (
    # A day of speech is a megabyte of text; its segments come with their times.
    ("grpc.max_send_message_length", 64 * 1024 * 1024),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.keepalive_time_ms", 30_000),
    # On Kubernetes the name is a headless service's: spread over its pods, and see new ones soon.
    ("grpc.lb_policy_name", "round_robin"),
    ("grpc.dns_min_time_between_resolutions_ms", 5_000),
    # A service that was away is found again within a second, not after gRPC's two minutes.
    ("grpc.max_reconnect_backoff_ms", 1_000),
)

ASKING_SECONDS = 10.0
"""For what is only looked up or written down."""
TESTING_SECONDS = 60.0
"""A local server may load the model first."""

Request = TypeVar("Request")
Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Postprocess:
    """One connection to the service, and what stands behind it."""

    refiner: "GrpcRefiner"
    endpoints: "GrpcEndpoints"
    modes: "GrpcModes"


@asynccontextmanager
async def open_postprocess(target: str) -> AsyncIterator[Postprocess]:
    """`target` is host:port; whether anything answers there shows with the first call."""
    async with grpc.aio.insecure_channel(target, options=OPTIONS) as channel:
        stub: PostprocessServiceAsyncStub = PostprocessServiceStub(channel)
        yield Postprocess(refiner=GrpcRefiner(stub), endpoints=GrpcEndpoints(stub), modes=GrpcModes(stub))


class GrpcRefiner:
    def __init__(self, stub: "PostprocessServiceAsyncStub") -> None:
        self._stub = stub

    async def refine(self, asked: Refinement, *, deadline_seconds: float) -> Refined:
        request = refinements.refinement_message(asked)
        try:
            answer = await _answer(self._stub.Refine, request, deadline_seconds)
        except EarshotError as error:
            if asked.strict:
                raise
            log.warning("refiner_failed", reason=error.reason.value)
            return kept_raw(asked, RefineWarning(check=error.reason.value, message=error.message))
        return refinements.refined_of(answer)


class GrpcEndpoints:
    def __init__(self, stub: "PostprocessServiceAsyncStub") -> None:
        self._stub = stub

    async def create(self, draft: EndpointDraft, *, tenant: str) -> Endpoint:
        request = pb.CreateEndpointRequest(tenant=tenant, draft=endpoints.draft_message(draft))
        return endpoints.endpoint_of((await _answer(self._stub.CreateEndpoint, request, ASKING_SECONDS)).endpoint)

    async def get(self, endpoint_id: str, *, tenant: str) -> Endpoint:
        request = pb.GetEndpointRequest(tenant=tenant, endpoint_id=endpoint_id)
        return endpoints.endpoint_of((await _answer(self._stub.GetEndpoint, request, ASKING_SECONDS)).endpoint)

    async def all(self, *, tenant: str) -> tuple[Endpoint, ...]:
        request = pb.ListEndpointsRequest(tenant=tenant)
        answer = await _answer(self._stub.ListEndpoints, request, ASKING_SECONDS)
        return tuple(endpoints.endpoint_of(endpoint) for endpoint in answer.endpoints)

    async def update(self, endpoint_id: str, changes: EndpointChanges, *, tenant: str) -> Endpoint:
        request = endpoints.endpoint_changes_message(endpoint_id, changes, tenant=tenant)
        return endpoints.endpoint_of((await _answer(self._stub.UpdateEndpoint, request, ASKING_SECONDS)).endpoint)

    async def duplicate(self, endpoint_id: str, *, tenant: str, name: str = "") -> Endpoint:
        request = pb.DuplicateEndpointRequest(tenant=tenant, endpoint_id=endpoint_id, name=name)
        answer = await _answer(self._stub.DuplicateEndpoint, request, ASKING_SECONDS)
        return endpoints.endpoint_of(answer.endpoint)

    async def delete(self, endpoint_id: str, *, tenant: str) -> tuple[str, ...]:
        request = pb.DeleteEndpointRequest(tenant=tenant, endpoint_id=endpoint_id)
        return tuple((await _answer(self._stub.DeleteEndpoint, request, ASKING_SECONDS)).modes)

    async def test(self, tested: str | EndpointDraft, *, tenant: str) -> EndpointTest:
        request = pb.TestEndpointRequest(tenant=tenant)
        if isinstance(tested, str):
            request.endpoint_id = tested
        else:
            request.draft.CopyFrom(endpoints.draft_message(tested))
        return endpoints.test_of((await _answer(self._stub.TestEndpoint, request, TESTING_SECONDS)).test)

    async def models(self, listed: str | EndpointDraft, *, tenant: str) -> ListedModels:
        request = pb.ListEndpointModelsRequest(tenant=tenant)
        if isinstance(listed, str):
            request.endpoint_id = listed
        else:
            request.draft.CopyFrom(endpoints.draft_message(listed))
        answer = await _answer(self._stub.ListEndpointModels, request, TESTING_SECONDS)
        return ListedModels(models=tuple(answer.models), error=answer.error)


class GrpcModes:
    def __init__(self, stub: "PostprocessServiceAsyncStub") -> None:
        self._stub = stub

    async def create(self, draft: Mode, *, tenant: str) -> Mode:
        request = pb.CreateModeRequest(tenant=tenant, draft=modes.mode_draft_message(draft))
        return modes.mode_of((await _answer(self._stub.CreateMode, request, ASKING_SECONDS)).mode)

    async def get(self, name: str, *, tenant: str) -> Mode:
        request = pb.GetModeRequest(tenant=tenant, name=name)
        return modes.mode_of((await _answer(self._stub.GetMode, request, ASKING_SECONDS)).mode)

    async def all(self, *, tenant: str) -> tuple[Mode, ...]:
        request = pb.ListModesRequest(tenant=tenant)
        answer = await _answer(self._stub.ListModes, request, ASKING_SECONDS)
        return tuple(modes.mode_of(mode) for mode in answer.modes)

    async def update(self, name: str, changes: ModeChanges, *, tenant: str) -> Mode:
        request = modes.mode_changes_message(name, changes, tenant=tenant)
        return modes.mode_of((await _answer(self._stub.UpdateMode, request, ASKING_SECONDS)).mode)

    async def delete(self, name: str, *, tenant: str) -> None:
        request = pb.DeleteModeRequest(tenant=tenant, name=name)
        await _answer(self._stub.DeleteMode, request, ASKING_SECONDS)


async def _answer(
    call: "grpc.aio.UnaryUnaryMultiCallable[Request, Answer]", request: Request, timeout_seconds: float
) -> Answer:
    """What failed at the other side fails here in the same way."""
    metadata = tuple((trace_headers() | work_headers()).items())
    try:
        return await call(request, timeout=timeout_seconds, metadata=metadata)
    except grpc.aio.AioRpcError as failed:
        if told := error_of(failed):
            raise told from None
        if failed.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            raise DeadlineExceeded("There was no time left for the refinement. Ask for it with more time.") from None
        log.warning("postprocess_unreachable", code=failed.code().name)
        raise RefinerUnavailable(
            "The post-processing service can't be reached just now. Try again in a few seconds."
        ) from None
