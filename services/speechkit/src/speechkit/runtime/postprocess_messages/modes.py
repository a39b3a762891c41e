"""Modes, their drafts and changes as messages."""

from earshot.postprocess.v1 import postprocess_pb2 as pb
from speechkit.domain.modes import Mode, ModeChanges, ModeLimits


def mode_message(mode: Mode) -> pb.Mode:
    return pb.Mode(
        name=mode.name,
        description=mode.description,
        instructions=mode.instructions,
        limits=_limits_name(mode.limits),
        endpoint_id=mode.endpoint_id,
        fallback_endpoint_id=mode.fallback_endpoint_id,
        temperature=mode.temperature,
        max_tokens=mode.max_tokens,
        keywords=mode.keywords,
        target_language=mode.target_language,
        built_in=mode.built_in,
        changed=mode.changed,
        needs_endpoint=mode.needs_endpoint,
        keeps_segments=mode.keeps_segments,
    )


def mode_of(message: pb.Mode) -> Mode:
    return Mode(
        name=message.name,
        description=message.description,
        instructions=message.instructions,
        limits=_limits_of(message.limits) or ModeLimits.FAITHFUL,
        endpoint_id=message.endpoint_id,
        fallback_endpoint_id=message.fallback_endpoint_id,
        temperature=message.temperature,
        max_tokens=message.max_tokens,
        keywords=tuple(message.keywords),
        target_language=message.target_language,
        built_in=message.built_in,
        changed=message.changed,
        needs_endpoint=message.needs_endpoint,
    )


def mode_draft_message(draft: Mode) -> pb.ModeDraft:
    return pb.ModeDraft(
        name=draft.name,
        description=draft.description,
        instructions=draft.instructions,
        limits=_limits_name(draft.limits),
        endpoint_id=draft.endpoint_id,
        fallback_endpoint_id=draft.fallback_endpoint_id,
        temperature=draft.temperature,
        max_tokens=draft.max_tokens,
        keywords=draft.keywords,
        target_language=draft.target_language,
    )


def mode_draft_of(message: pb.ModeDraft) -> Mode:
    return Mode(
        name=message.name,
        description=message.description,
        instructions=message.instructions,
        limits=_limits_of(message.limits) or ModeLimits.FAITHFUL,
        endpoint_id=message.endpoint_id,
        fallback_endpoint_id=message.fallback_endpoint_id,
        temperature=message.temperature,
        max_tokens=message.max_tokens,
        keywords=tuple(message.keywords),
        target_language=message.target_language,
    )


def mode_changes_message(name: str, changes: ModeChanges, *, tenant: str) -> pb.UpdateModeRequest:
    return pb.UpdateModeRequest(
        tenant=tenant,
        name=name,
        description=changes.description,
        instructions=changes.instructions,
        limits=_limits_name(changes.limits),
        endpoint_id=changes.endpoint_id,
        fallback_endpoint_id=changes.fallback_endpoint_id,
        temperature=changes.temperature,
        max_tokens=changes.max_tokens,
        keywords=None if changes.keywords is None else pb.Keywords(keywords=changes.keywords),
        target_language=changes.target_language,
    )


def mode_changes_of(message: pb.UpdateModeRequest) -> ModeChanges:
    return ModeChanges(
        description=message.description if message.HasField("description") else None,
        instructions=message.instructions if message.HasField("instructions") else None,
        limits=_limits_of(message.limits),
        endpoint_id=message.endpoint_id if message.HasField("endpoint_id") else None,
        fallback_endpoint_id=message.fallback_endpoint_id if message.HasField("fallback_endpoint_id") else None,
        temperature=message.temperature if message.HasField("temperature") else None,
        max_tokens=message.max_tokens if message.HasField("max_tokens") else None,
        keywords=tuple(message.keywords.keywords) if message.HasField("keywords") else None,
        target_language=message.target_language if message.HasField("target_language") else None,
    )


def _limits_name(limits: ModeLimits | None) -> str:
    return f"LIMITS_{limits.name if limits else 'UNSPECIFIED'}"


def _limits_of(value: pb.Limits) -> ModeLimits | None:
    return ModeLimits[pb.Limits.Name(value).removeprefix("LIMITS_")] if value else None
