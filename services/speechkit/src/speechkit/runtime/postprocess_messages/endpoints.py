"""Endpoints, their drafts, changes and tests as messages."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from earshot.postprocess.v1 import postprocess_pb2 as pb
from speechkit.domain.endpoints import Endpoint, EndpointChanges, EndpointDraft, EndpointTest, Provider


def draft_message(draft: EndpointDraft) -> pb.EndpointDraft:
    return pb.EndpointDraft(
        name=draft.name,
        provider=_provider_name(draft.provider),
        base_url=draft.base_url,
        verbatim_url=draft.verbatim_url,
        model=draft.model,
        api_key=draft.api_key,
        context_tokens=draft.context_tokens,
    )


def draft_of(message: pb.EndpointDraft) -> EndpointDraft:
    return EndpointDraft(
        name=message.name,
        provider=_provider_of(message.provider) or Provider.CUSTOM,
        base_url=message.base_url,
        verbatim_url=message.verbatim_url,
        model=message.model,
        api_key=message.api_key,
        context_tokens=message.context_tokens,
    )


def endpoint_message(endpoint: Endpoint) -> pb.Endpoint:
    return pb.Endpoint(
        id=endpoint.id,
        name=endpoint.name,
        provider=_provider_name(endpoint.provider),
        base_url=endpoint.base_url,
        verbatim_url=endpoint.verbatim_url,
        model=endpoint.model,
        context_tokens=endpoint.context_tokens,
        has_api_key=endpoint.has_api_key,
        chat_url=endpoint.chat_url,
        is_default=endpoint.is_default,
        last_test=test_message(endpoint.last_test) if endpoint.last_test else None,
        created_at=_timestamp(endpoint.created_at),
    )


def endpoint_of(message: pb.Endpoint) -> Endpoint:
    return Endpoint(
        id=message.id,
        name=message.name,
        provider=_provider_of(message.provider) or Provider.CUSTOM,
        base_url=message.base_url,
        verbatim_url=message.verbatim_url,
        model=message.model,
        context_tokens=message.context_tokens,
        has_api_key=message.has_api_key,
        chat_url=message.chat_url,
        is_default=message.is_default,
        last_test=test_of(message.last_test) if message.HasField("last_test") else None,
        created_at=message.created_at.ToDatetime(UTC),
    )


def test_message(test: EndpointTest) -> pb.EndpointTest:
    return pb.EndpointTest(passed=test.passed, reply=test.reply, error=test.error, tested_at=_timestamp(test.tested_at))


def test_of(message: pb.EndpointTest) -> EndpointTest:
    return EndpointTest(
        passed=message.passed, reply=message.reply, error=message.error, tested_at=message.tested_at.ToDatetime(UTC)
    )


def endpoint_changes_message(endpoint_id: str, changes: EndpointChanges, *, tenant: str) -> pb.UpdateEndpointRequest:
    return pb.UpdateEndpointRequest(
        tenant=tenant,
        endpoint_id=endpoint_id,
        name=changes.name,
        provider=_provider_name(changes.provider),
        base_url=changes.base_url,
        verbatim_url=changes.verbatim_url,
        model=changes.model,
        api_key=changes.api_key,
        context_tokens=changes.context_tokens,
        is_default=changes.is_default,
    )


def endpoint_changes_of(message: pb.UpdateEndpointRequest) -> EndpointChanges:
    return EndpointChanges(
        name=message.name if message.HasField("name") else None,
        provider=_provider_of(message.provider),
        base_url=message.base_url if message.HasField("base_url") else None,
        verbatim_url=message.verbatim_url if message.HasField("verbatim_url") else None,
        model=message.model if message.HasField("model") else None,
        api_key=message.api_key if message.HasField("api_key") else None,
        context_tokens=message.context_tokens if message.HasField("context_tokens") else None,
        is_default=message.is_default if message.HasField("is_default") else None,
    )


def _provider_name(provider: Provider | None) -> str:
    return f"PROVIDER_{provider.name if provider else 'UNSPECIFIED'}"


def _provider_of(value: pb.Provider) -> Provider | None:
    return Provider[pb.Provider.Name(value).removeprefix("PROVIDER_")] if value else None


def _timestamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment.astimezone(UTC))
    return stamp
