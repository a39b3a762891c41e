"""The service's door: messages in, calls of the desks and the refiner, messages out.

What messages mean stands in `speechkit.runtime.postprocess_messages`.
"""

# ruff: noqa: N802 - the protocol names the methods

from typing import cast

from earshot.postprocess.v1 import postprocess_pb2 as pb
from earshot.postprocess.v1.postprocess_pb2_grpc import PostprocessServiceServicer
from postprocess.calls import Context, answered
from speechkit.domain.endpoints import EndpointDraft
from speechkit.domain.errors import InvalidRequest
from speechkit.ports import Endpoints, Modes, Refiner
from speechkit.runtime.postprocess_messages import endpoints, modes, refinements

NAME = pb.DESCRIPTOR.services_by_name["PostprocessService"].full_name

MOST_SECONDS = 3_600.0
"""For a caller who has set no deadline."""


class PostprocessServicer(PostprocessServiceServicer):
    def __init__(self, *, endpoints: Endpoints, modes: Modes, refiner: Refiner) -> None:
        self._endpoints = endpoints
        self._modes = modes
        self._refiner = refiner

    async def CreateEndpoint(self, request: pb.CreateEndpointRequest, context: Context) -> pb.CreateEndpointResponse:
        async with answered(context, method="CreateEndpoint", tenant=request.tenant):
            made = await self._endpoints.create(endpoints.draft_of(request.draft), tenant=_tenant(request.tenant))
            return pb.CreateEndpointResponse(endpoint=endpoints.endpoint_message(made))

    async def GetEndpoint(self, request: pb.GetEndpointRequest, context: Context) -> pb.GetEndpointResponse:
        async with answered(context, method="GetEndpoint", tenant=request.tenant):
            found = await self._endpoints.get(request.endpoint_id, tenant=_tenant(request.tenant))
            return pb.GetEndpointResponse(endpoint=endpoints.endpoint_message(found))

    async def ListEndpoints(self, request: pb.ListEndpointsRequest, context: Context) -> pb.ListEndpointsResponse:
        async with answered(context, method="ListEndpoints", tenant=request.tenant):
            found = await self._endpoints.all(tenant=_tenant(request.tenant))
            return pb.ListEndpointsResponse(endpoints=[endpoints.endpoint_message(each) for each in found])

    async def UpdateEndpoint(self, request: pb.UpdateEndpointRequest, context: Context) -> pb.UpdateEndpointResponse:
        async with answered(context, method="UpdateEndpoint", tenant=request.tenant):
            changes = endpoints.endpoint_changes_of(request)
            changed = await self._endpoints.update(request.endpoint_id, changes, tenant=_tenant(request.tenant))
            return pb.UpdateEndpointResponse(endpoint=endpoints.endpoint_message(changed))

    async def DuplicateEndpoint(
        self, request: pb.DuplicateEndpointRequest, context: Context
    ) -> pb.DuplicateEndpointResponse:
        async with answered(context, method="DuplicateEndpoint", tenant=request.tenant):
            tenant = _tenant(request.tenant)
            double = await self._endpoints.duplicate(request.endpoint_id, tenant=tenant, name=request.name)
            return pb.DuplicateEndpointResponse(endpoint=endpoints.endpoint_message(double))

    async def DeleteEndpoint(self, request: pb.DeleteEndpointRequest, context: Context) -> pb.DeleteEndpointResponse:
        async with answered(context, method="DeleteEndpoint", tenant=request.tenant):
            in_need = await self._endpoints.delete(request.endpoint_id, tenant=_tenant(request.tenant))
            return pb.DeleteEndpointResponse(modes=in_need)

    async def TestEndpoint(self, request: pb.TestEndpointRequest, context: Context) -> pb.TestEndpointResponse:
        async with answered(context, method="TestEndpoint", tenant=request.tenant):
            test = await self._endpoints.test(_named_or_draft(request), tenant=_tenant(request.tenant))
            return pb.TestEndpointResponse(test=endpoints.test_message(test))

    async def ListEndpointModels(
        self, request: pb.ListEndpointModelsRequest, context: Context
    ) -> pb.ListEndpointModelsResponse:
        async with answered(context, method="ListEndpointModels", tenant=request.tenant):
            listed = await self._endpoints.models(_named_or_draft(request), tenant=_tenant(request.tenant))
            return pb.ListEndpointModelsResponse(models=listed.models, error=listed.error)

    async def CreateMode(self, request: pb.CreateModeRequest, context: Context) -> pb.CreateModeResponse:
        async with answered(context, method="CreateMode", tenant=request.tenant):
            made = await self._modes.create(modes.mode_draft_of(request.draft), tenant=_tenant(request.tenant))
            return pb.CreateModeResponse(mode=modes.mode_message(made))

    async def GetMode(self, request: pb.GetModeRequest, context: Context) -> pb.GetModeResponse:
        async with answered(context, method="GetMode", tenant=request.tenant):
            found = await self._modes.get(request.name, tenant=_tenant(request.tenant))
            return pb.GetModeResponse(mode=modes.mode_message(found))

    async def ListModes(self, request: pb.ListModesRequest, context: Context) -> pb.ListModesResponse:
        async with answered(context, method="ListModes", tenant=request.tenant):
            found = await self._modes.all(tenant=_tenant(request.tenant))
            return pb.ListModesResponse(modes=[modes.mode_message(each) for each in found])

    async def UpdateMode(self, request: pb.UpdateModeRequest, context: Context) -> pb.UpdateModeResponse:
        async with answered(context, method="UpdateMode", tenant=request.tenant):
            changes = modes.mode_changes_of(request)
            changed = await self._modes.update(request.name, changes, tenant=_tenant(request.tenant))
            return pb.UpdateModeResponse(mode=modes.mode_message(changed))

    async def DeleteMode(self, request: pb.DeleteModeRequest, context: Context) -> pb.DeleteModeResponse:
        async with answered(context, method="DeleteMode", tenant=request.tenant):
            await self._modes.delete(request.name, tenant=_tenant(request.tenant))
            return pb.DeleteModeResponse()

    async def Refine(self, request: pb.RefineRequest, context: Context) -> pb.RefineResponse:
        async with answered(context, method="Refine", tenant=request.tenant):
            _tenant(request.tenant)
            # None without a deadline, which gRPC's types don't know.
            left = cast(float | None, context.time_remaining())
            deadline_seconds = MOST_SECONDS if left is None else min(left, MOST_SECONDS)
            refined = await self._refiner.refine(refinements.refinement_of(request), deadline_seconds=deadline_seconds)
            return refinements.refined_message(refined)


def _tenant(tenant: str) -> str:
    if not tenant:
        raise InvalidRequest("The request names no tenant.", param="tenant")
    return tenant


def _named_or_draft(request: pb.TestEndpointRequest | pb.ListEndpointModelsRequest) -> str | EndpointDraft:
    if request.HasField("draft"):
        return endpoints.draft_of(request.draft)
    return request.endpoint_id
